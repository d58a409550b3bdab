import numpy as np
import pytest

from gald_viz.types import Capture
from gald_viz.widgets.linked import LinkedWidget


@pytest.fixture
def seen() -> Capture:
    return Capture(
        image=np.zeros((4, 6, 3), np.uint8),
        prediction=np.zeros((4, 6), np.int64),
        confidence=np.ones((4, 6), np.float32),
        stages={},
        stage_info={},
        class_names=("road", "sky"),
        class_colors=np.zeros((2, 3), np.uint8),
        provenance={"checkpoint": "a", "image": "b"},
    )


def test_the_widget_carries_what_the_panels_draw(seen):
    widget = LinkedWidget(seen, np.ones((4, 6), np.int64))

    assert (widget.data["title"], widget.data["width"], widget.data["height"]) == ("a, b", 6, 4)
    assert widget.data["label"] and [answer["name"] for answer in widget.data["answers"]] == ["output"]
    assert widget.pixel == []


def test_a_label_that_does_not_fit_is_refused(seen):
    with pytest.raises(ValueError, match="the label is"):
        LinkedWidget(seen, np.ones((5, 6), np.int64))
