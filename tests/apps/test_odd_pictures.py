"""Pictures of odd shapes and labels: every view ends in a picture or in one sentence, never in a traceback."""

from collections.abc import Callable

import numpy as np
import pytest

from apps import store
from models.data.scenes import CLASSES, draw_scene

from .conftest import LDV2

VIEWS = ("all", "errors", "tokens", "separation", "backbone", "stages", "decomposition", "affinity")


@pytest.fixture
def picture(monkeypatch) -> Callable[..., None]:
    """Put an image and its label in the place of every image of the data set."""
    scene = draw_scene(7, (256, 512))

    def put(height: int, width: int, ignored: bool) -> None:
        image = np.tile(scene.image, (8, 4, 1))[:height, :width]
        label = np.tile(np.asarray(scene.label), (8, 4))[:height, :width]
        label = np.full_like(label, 255) if ignored else label
        size = f"{height}x{width}"
        made = store.Picture(image.copy(), label.astype(np.int64), CLASSES.names, size, f"{size}, {ignored}")
        monkeypatch.setattr(store, "sample_picture", lambda *_place: made)

    return put


@pytest.mark.parametrize(("height", "width"), [(33, 40), (64, 2000), (1, 1)])
def test_every_view_of_a_picture_of_odd_shape_shows_it_or_says_in_a_sentence_why_not(picture, explorer, height, width):
    picture(height, width, ignored=False)
    for view, page in views(explorer):
        assert bool(page.metric) != bool(said(page)) or view == "all"
        if height == 1:
            assert said(page) == ["image is 1x1, this network needs at least 32x32; enlarge it."]
        elif view == "separation" and width == 40:
            assert "a map needs at least 5 cells of 2 classes" in said(page)[0]
        else:
            assert not said(page)


def test_a_label_that_ignores_every_pixel_is_said_to_be_of_no_use(picture, explorer):
    picture(128, 256, ignored=True)
    for view, page in views(explorer):
        if view in ("errors", "decomposition"):
            assert ["that of this image ignores every pixel" in words for words in said(page)] == [True]
        elif view == "tokens":
            assert {metric.label: metric.value for metric in page.metric}["mean of the diagonal"]
        elif view == "affinity":
            assert any("ignores every pixel: classes are those of the prediction" in one.value for one in page.caption)
        elif view != "separation":
            assert not said(page)


def views(explorer):
    """Every view's name with the page that shows it, one after the other in one session."""
    page = explorer(control__view=VIEWS[0], control__checkpoint=LDV2)
    for view in VIEWS:
        page.session_state["control.view"] = view
        page.run()
        assert not page.exception, view
        yield view, page


def said(page) -> list[str]:
    return [entry.value for entry in (*page.error, *page.info)]
