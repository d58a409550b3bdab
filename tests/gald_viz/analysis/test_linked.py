import numpy as np
import pytest

from gald_viz.analysis.linked import MAX_PIXELS, WIDEST_BAND, linked_maps
from gald_viz.types import Capture


def capture(height=4, width=6, **stages) -> Capture:
    prediction = np.zeros((height, width), dtype=np.int64)
    prediction[:, width // 2 :] = 1
    return Capture(
        image=np.arange(height * width * 3, dtype=np.uint8).reshape(height, width, 3),
        prediction=prediction,
        confidence=np.full((height, width), 0.75, np.float32),
        stages=stages,
        stage_info={},
        class_names=("road", "sky", "pole"),
        class_colors=np.zeros((3, 3), np.uint8),
    )


def logits(height, width, classes, odds):
    """So many times more probable than each of the two others."""
    return np.stack([np.where(classes == k, np.log(odds), 0.0) for k in range(3)]).astype(np.float32)


def test_a_stage_answers_with_the_softmax_of_its_logits():
    classes = np.array([[0, 1, 2, 0, 1, 2]] * 4)
    found = linked_maps(capture(**{"fcn.logits": logits(4, 6, classes, 8.0)}))

    fcn, output = found.answers
    assert (fcn.name, output.name) == ("FCN", "output")
    assert np.array_equal(fcn.classes, classes)
    assert fcn.probability == pytest.approx(np.full((4, 6), 8 / 10))
    p = np.array([0.8, 0.1, 0.1])
    assert fcn.entropy == pytest.approx(np.full((4, 6), -(p * np.log(p)).sum() / np.log(3)), abs=1e-6)
    assert output.entropy is None
    assert np.array_equal(output.probability, np.full((4, 6), np.float32(0.75)))


def test_a_last_stage_that_says_what_the_network_says_stands_for_both():
    seen = capture(**{"fcn.logits": logits(4, 6, np.zeros((4, 6)), 3.0)})
    same = capture(**{**seen.stages, "gald.logits": logits(4, 6, seen.prediction, 3.0)})

    assert [answer.name for answer in linked_maps(same).answers] == ["FCN", "GALD = output"]
    assert [heat.name for heat in linked_maps(same).heats] == ["confidence", "entropy of GALD = output"]


def test_maps_of_ld_are_there_where_the_network_has_them():
    weights = np.full((9, 4, 6), 1 / 12, np.float32)
    weights[4] = 4 / 12
    mask = np.stack([np.full((4, 6), 0.25), np.full((4, 6), 0.75)]).astype(np.float32)

    heats = {heat.name: heat for heat in linked_maps(capture(**{"ld.mask": mask, "ld.affinity": weights})).heats}

    assert list(heats) == ["confidence", "LD mask, mean gate", "LD affinity, own weight", "LD affinity, entropy"]
    assert heats["LD mask, mean gate"].limits == (0.5, 0.5)
    assert heats["LD affinity, own weight"].values == pytest.approx(np.full((4, 6), 1 / 3))
    spread = -(8 / 12 * np.log(1 / 12) + 1 / 3 * np.log(1 / 3))
    assert heats["LD affinity, entropy"].values == pytest.approx(np.full((4, 6), spread), abs=1e-5)


def test_the_band_is_the_distance_to_the_nearest_boundary_of_the_label():
    label = np.zeros((4, 60), np.int64)
    label[:, 30:] = 1
    found = linked_maps(capture(4, 60), label)

    # The two columns that meet are at 0; the distance is cut off where no slider goes.
    by_hand = [min(29 - x if x < 30 else x - 30, WIDEST_BAND) for x in range(60)]
    assert found.band.tolist() == [by_hand] * 4
    assert linked_maps(capture()).band is None


def test_a_large_image_is_shown_at_fewer_pixels_of_the_same_place():
    seen = capture(1000, 2000)
    found = linked_maps(seen, seen.prediction)

    height, width = found.image.shape[:2]
    assert height * width == pytest.approx(MAX_PIXELS, rel=0.01)
    assert found.scale == pytest.approx(1000 / height, rel=0.01)
    assert found.label is not None
    assert np.array_equal(found.label, found.answers[0].classes)
    assert (found.label == 1).mean() == pytest.approx(0.5, abs=0.01)
