import numpy as np
import pytest

from gald_viz.probes.capture import capture
from gald_viz.widgets.masks import NUMBERED, UNLIKE, MaskBrowser


@pytest.fixture(scope="module")
def mask(image, ldv1):
    return capture(ldv1, image, stages=["ld.mask"]).stages["ld.mask"]


@pytest.fixture(scope="module")
def opened(image, annotation, ldv1):
    return MaskBrowser(image, ldv1, annotation)


@pytest.fixture
def browser(opened):
    """As it was opened."""
    opened.stage.value = "ld.mask"
    opened.order.value = UNLIKE
    opened.place.value = 1
    return opened


def by_hand(mask):
    """Channels by the distance to the mean, the largest first, by a slow loop."""
    mean = sum(mask) / len(mask)
    distance = [sum((a - b) ** 2 for a, b in zip(one.ravel(), mean.ravel(), strict=True)) for one in mask]
    return sorted(range(len(mask)), key=lambda k: -distance[k])


def shown(browser):
    """The cells that the first figure is drawn from."""
    return np.array(next(trace for trace in browser.pictures.plots.drawn[0].data if trace.type == "heatmap").z)


def test_channels_are_browsed_from_the_one_most_unlike_the_mean(browser, mask):
    order = by_hand(mask)

    seen = [browser.channel]
    for _ in range(3):
        browser.forward.click()
        seen.append(browser.channel)
    assert seen == order[:4]
    np.testing.assert_allclose(shown(browser), mask[order[3]], rtol=1e-6)
    assert f"channel <b>{order[3]}</b>" in browser.pictures.numbers.value
    assert f"rank <b>4 of {len(mask)}</b>" in browser.pictures.numbers.value
    assert browser.place.value == 4

    for _ in range(4):
        browser.back.click()
    assert browser.channel == order[-1]


def test_the_number_and_another_order(browser, mask):
    distance = np.sqrt(((mask - mask.mean(axis=0)) ** 2).mean(axis=(1, 2)))
    browser.channel = 2
    assert f"distance to the mean <b>{distance[2]:.3f}</b>" in browser.pictures.numbers.value

    browser.order.value = NUMBERED
    assert (browser.channel, browser.place.value) == (2, 3)
    browser.place.value = 1
    assert browser.channel == 0
    browser.order.value = UNLIKE
    assert browser.place.value == by_hand(mask).index(0) + 1


def test_another_stage_is_browsed_over_its_own_range(browser, image, ldv1):
    context = capture(ldv1, image, stages=["ga.context"]).stages["ga.context"]
    assert browser.stage.value == "ld.mask"

    browser.stage.value = "ga.context"

    first = by_hand(context)[0]
    assert browser.channel == first and browser.status.value == ""
    np.testing.assert_allclose(shown(browser), context[first], rtol=1e-5)
    assert f"highest <b>{context[first].max():.3f}</b>" in browser.pictures.numbers.value
    assert browser.knobs.children == ()


def test_a_control_of_the_masks_view_redraws(browser):
    browser.knobs.knobs["limits"].value = "0 to 1"

    colours = browser.pictures.plots.drawn[0].layout.coloraxis
    assert (colours.cmin, colours.cmax) == (0, 1)
    assert "channel" not in browser.knobs.knobs


def test_a_network_without_a_mask_says_so_and_shows_what_it_has(image, annotation, ldv2):
    browser = MaskBrowser(image, ldv2, annotation)

    assert "not by a mask" in browser._remark.value
    assert "ld.mask" not in dict(browser.stage.options) and browser.pictures.plots.drawn


def test_what_is_no_channel_is_refused(browser, image, ldv1, mask):
    with pytest.raises(ValueError, match=r"channel is 999, must be in 0\.\."):
        browser.channel = 999
    assert "channel is 999" in MaskBrowser(image, ldv1, channel=999).status.value
    assert MaskBrowser(image, ldv1, channel=len(mask) - 1).channel == len(mask) - 1
