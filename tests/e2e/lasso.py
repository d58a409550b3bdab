"""What a reader does with the linked maps of sampled cells, in the app and in JupyterLab."""

import re


def lasso_all(page, points):
    """Draw a lasso round all dots of the first map; returns when all cells are chosen."""
    dots = points.locator("canvas.map").first
    dots.scroll_into_view_if_needed()
    box = dots.bounding_box()
    at = lambda x, y: (box["x"] + x * box["width"], box["y"] + y * box["height"])  # noqa: E731
    page.mouse.move(*at(0.01, 0.01))
    page.mouse.down()
    for corner in ((0.99, 0.01), (0.99, 0.99), (0.01, 0.99), (0.01, 0.02)):
        page.mouse.move(*at(*corner), steps=3)
    page.mouse.up()
    cells = int(re.search(r"\d+", points.locator("h4").text_content().partition(",")[2])[0])
    points.and_(page.locator(f"[data-chosen='{cells}']")).wait_for()


def click_image(page, points):
    """Click a pixel of the first image; returns when the sampled cell nearest to it is chosen."""
    photo = points.locator("canvas.image").first
    photo.scroll_into_view_if_needed()
    size = photo.bounding_box()
    photo.click(position={"x": size["width"] * 0.5, "y": size["height"] * 0.8})
    points.and_(page.locator("[data-chosen='1']")).wait_for()
    points.get_by_text(re.compile("the nearest sampled cell, .* px away, is chosen")).wait_for()
