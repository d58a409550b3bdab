"""Attribution and Compare in a real Chromium: what an answer rests on; two networks over data and in one frame."""

import re

import numpy as np
import pytest

from gald_viz.analysis.compare import compare
from gald_viz.index.files import SHIPPED, find_indexes

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOGIT = re.compile(r"logit (-?[\d.,]*\d)")
VERDICT = re.compile(r"Deletion is .*; Insertion is .* \(\d+ seeds, 95 % interval")


def settle(page):
    page.wait_for_timeout(200)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=300_000)


def choose(page, label, option):
    page.locator("[data-testid=stSelectbox]", has_text=label).locator("input").first.click()
    page.get_by_role("option", name=option).first.click()
    settle(page)


def number(page, label):
    return page.get_by_test_id("stMetric").filter(has_text=label).first.get_by_test_id("stMetricValue").inner_text()


def logit(page):
    """From the heading of the map."""
    return float(LOGIT.search(page.get_by_text(LOGIT).first.text_content()).group(1).replace(",", ""))


def nothing_broke(page):
    return page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0


def test_a_segment_is_attributed_and_the_map_is_checked(page, app_url):
    page.goto(f"{app_url}/attribution")
    page.get_by_text("GradCAM at").first.wait_for(timeout=300_000)
    settle(page)
    one_pixel = logit(page)

    choose(page, "Explain", "the segment that I click")
    choose(page, "Method", "integrated gradients")
    page.get_by_text("gap of the integral").first.wait_for()
    settle(page)
    # Summed over more pixels than one.
    assert abs(logit(page)) > abs(one_pixel)

    page.get_by_text("Deletion and insertion curves").click()
    page.get_by_text(VERDICT).wait_for(timeout=300_000)
    settle(page)
    assert 0 <= float(number(page, "deletion area")) <= 1
    assert nothing_broke(page)

    # Integrals of a network that is shuffled five times over take long enough to be cancelled.
    page.get_by_text("Weights randomised").click()
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_text("Shuffling weights: cancelled.").wait_for()
    settle(page)
    assert page.get_by_test_id("stProgress").count() == 0
    # The network is free again, and has its own weights: another pixel is explained.
    choose(page, "Explain", "the pixel I click")
    choose(page, "Method", "GradCAM")
    page.get_by_text("Weights randomised").click()
    settle(page)
    assert logit(page) == one_pixel


def test_two_networks_are_compared_over_the_data_and_in_one_frame(page, app_url):
    index = find_indexes(SHIPPED)[0]
    result = compare((index, "output"), (index, index.meta.stages[-1]))

    page.goto(f"{app_url}/compare")
    page.get_by_text("or were the images lucky?").wait_for(timeout=300_000)
    settle(page)
    assert number(page, "difference") == f"{100 * float(result.miou.difference):+.2f}"

    page.get_by_text("in one frame", exact=True).click()
    page.get_by_text("Choose a second network").wait_for()
    settle(page)
    choose(page, "Compare with", "FCN")
    page.get_by_text("Where does the second network put the cells").wait_for()
    page.get_by_text("Class tokens.", exact=False).first.wait_for()
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    settle(page)
    assert np.isfinite(float(number(page, "silhouette").split()[0]))
    assert nothing_broke(page)
