"""The explorer as a reader uses it, in a real Chromium."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from apps.latency.clock import PICTURE
from models.data import open_data
from models.data.scenes import draw_scene

pytestmark = pytest.mark.browser

VIEWS = {
    "LD masks": "LD mask maps.",
    "Local affinity": "Local affinity.",
    "Errors": "Error maps.",
    "Stages": "Stage predictions.",
    "Separation": "Feature separation.",
    "Tokens": "Class-token similarity.",
    "Detections": "Detections.",
    "Backbone": "Backbone feature maps.",
}
# A chart of plotly, or the maps that are linked with their images.
DRAWN = ".js-plotly-plot .main-svg, [data-testid=linked-points]"


def settle(page):
    """Wait until the page's script has run to its end."""
    page.wait_for_timeout(200)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def open_page(page, url):
    page.goto(url)
    page.locator(PICTURE).wait_for()
    settle(page)


def choose(page, label, option):
    page.locator("[data-testid=stSelectbox]", has_text=label).locator("input").click()
    page.get_by_role("option", name=option).first.click()
    settle(page)


def click_pixel(page, x, y, size):
    """Click the middle of pixel (x, y) of an image of size (H, W); returns the pixel that the page answers for."""
    image, picker = page.locator(PICTURE), page.get_by_test_id("pixel-picker")
    image.scroll_into_view_if_needed()
    before = picker.get_attribute("data-pixel")
    box = image.bounding_box()
    image.click(position={"x": (x + 0.5) * box["width"] / size[1], "y": (y + 0.5) * box["height"] / size[0]})
    page.locator(f"[data-testid=pixel-picker]:not([data-pixel='{before}'])").wait_for()
    column, row = picker.get_attribute("data-pixel").split(",")
    page.get_by_text(f"Pixel ({column}, {row})").first.wait_for()
    # The image is shown a little smaller than it is, and a mouse knows whole pixels of the screen only.
    assert max(abs(int(column) - x), abs(int(row) - y)) <= 1
    return int(column), int(row)


def dots(page):
    """Colours and places of the dots over the image."""
    return page.locator("[data-testid=pixel-picker] circle").evaluate_all(
        "dots => dots.map((dot) => dot.getAttribute('cx') + dot.getAttribute('cy') + dot.getAttribute('fill'))"
    )


def open_view(page, name):
    page.get_by_test_id("stButtonGroup").get_by_text(name, exact=True).click()
    page.get_by_text(VIEWS[name], exact=True).wait_for()
    settle(page)


def test_a_click_and_an_arrow_key_move_the_affinity(page, app_url):
    open_page(page, app_url)
    before = dots(page)

    x, y = click_pixel(page, 300, 200, (256, 512))
    clicked = dots(page)
    page.locator(PICTURE).press("ArrowLeft")
    # One cell of the affinity, at the networks' output stride of 8.
    page.get_by_text(f"Pixel ({x - 8}, {y})").first.wait_for()

    assert len(clicked) == 25
    assert clicked != before
    assert dots(page) != clicked


@pytest.mark.slow
def test_a_pole_in_a_photograph(page, app_url, camvid_root, shipped):
    if not any("camvid" in name for name in shipped):
        pytest.skip("no shipped checkpoint knows CamVid's classes")
    data = open_data("camvid", camvid_root, "val")
    label = data[0].label
    # A pole pixel whose eight neighbours are pole as well.
    core = ndimage.binary_erosion(label == data.classes.index("pole"), np.ones((3, 3)))
    y, x = (int(place) for place in np.argwhere(core)[0])

    open_page(page, app_url)
    choose(page, "Image from", "CamVid, 11 classes")
    page.get_by_role("button", name=re.compile("^Use .* camvid")).first.click()
    settle(page)
    open_view(page, "Local affinity")
    offers = page.get_by_role("button", name=re.compile(r"^Use .*LDv2 · camvid"))
    if offers.count():
        offers.first.click()
        settle(page)
    page.locator(PICTURE).wait_for()
    before = dots(page)
    x, y = click_pixel(page, x, y, label.shape)

    page.get_by_text(f"Pixel ({x}, {y}): pole").first.wait_for()
    assert dots(page) != before


def test_all_views_open(page, app_url):
    open_page(page, app_url)
    for name in VIEWS:
        open_view(page, name)
        # A network has a mask or an affinity or finds objects; the page offers one that has what this view shows.
        offers = page.get_by_role("button", name=re.compile("^Use .* · scenes"))
        if offers.count():
            offers.first.click()
            settle(page)
        page.locator(DRAWN).first.wait_for()
        page.get_by_test_id("stMetric").first.wait_for()
        assert page.get_by_test_id("stException").count() == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "drawn"),
    [
        ("HFGD, OS 4 · scenes", {"Errors", "Separation", "Tokens", "Backbone"}),
        ("Mask R-CNN + GALD (CGNL, LDv1) · scenes", {"LD masks", "Detections", "Backbone"}),
    ],
)
def test_a_network_of_another_kind_shows_what_it_has_and_says_what_not(page, app_url, network, drawn):
    open_page(page, app_url)
    choose(page, "Network", re.compile("^" + re.escape(network)))
    figures, sentence = page.locator(DRAWN), page.get_by_test_id("stAlert")

    seen = set()
    for name in VIEWS:
        open_view(page, name)
        figures.or_(sentence).first.wait_for()
        if not sentence.count():
            page.get_by_test_id("stMetric").first.wait_for()
            seen.add(name)

    assert seen == drawn
    assert page.get_by_test_id("stException").count() == 0


def test_a_photograph_is_uploaded_and_a_broken_one_leaves_it(page, app_url):
    buffer = io.BytesIO()
    Image.fromarray(draw_scene(11, size=(192, 384)).image).save(buffer, "JPEG", quality=90)
    open_page(page, app_url)
    choose(page, "Image from", "Upload a photograph")

    chooser = page.locator("input[type=file]")
    chooser.set_input_files({"name": "street.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()})
    page.get_by_text(re.compile("street.jpg · 384 × 192 px")).wait_for()
    settle(page)
    picture = page.locator(PICTURE).get_attribute("data-signature")
    chooser.set_input_files({"name": "broken.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()[:3000]})
    page.get_by_text("damaged or truncated").wait_for()
    settle(page)

    assert page.locator(PICTURE).get_attribute("data-signature") == picture
    assert page.get_by_test_id("stException").count() == 0
