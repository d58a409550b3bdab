import numpy as np
import pytest

from gald_viz.analysis.linked import linked_maps
from gald_viz.analysis.readout import class_name_of, read_out, small_class_pixel


@pytest.fixture
def capture(make_capture):
    return make_capture()


def test_every_stage_is_read_at_the_pixel(capture, label):
    found = read_out(linked_maps(capture, label), label.shape, (50, 33))

    # 48x64 pixels over 12x16 cells of 4 x 4: pixel (50, 33) lies a cell's 5/8 into row 8 and column 12.
    for answer, stage in zip(found.answers, ("fcn", "ga", "gald"), strict=False):
        logits = capture.stages[f"{stage}.logits"].astype(np.float64)
        # Cell centres lie at 4 j + 1.5: the row is 33 = 29.5 + 3.5, the column 50 = 49.5 + 0.5.
        between = lambda row, logits=logits: 0.875 * logits[:, row, 12] + 0.125 * logits[:, row, 13]  # noqa: E731
        value = 0.125 * between(7) + 0.875 * between(8)
        odds = np.exp(value) / np.exp(value).sum()
        assert answer.class_id == odds.argmax()
        assert answer.probability == pytest.approx(odds.max(), abs=1e-5)
        assert answer.entropy == pytest.approx(-(odds * np.log(odds)).sum() / np.log(4), abs=1e-5)
    assert found.pixel == (50, 33) and found.label == label[33, 50]
    last = found.answers[-1]
    assert (last.name, last.class_id, last.probability) == ("output", capture.prediction[33, 50], 0.75)


def test_without_a_label_there_is_none_to_read_and_a_pixel_outside_is_refused(capture):
    maps = linked_maps(capture)

    assert read_out(maps, (48, 64), (63, 47)).label is None
    with pytest.raises(ValueError, match=r"0\.\.63, 0\.\.47"):
        read_out(maps, (48, 64), (64, 0))


def test_a_large_image_is_read_at_the_pixel_of_its_smaller_maps_that_covers_it(make_capture, monkeypatch):
    monkeypatch.setattr("gald_viz.analysis.linked.MAX_PIXELS", 48 * 64 // 4)
    seen = make_capture(stages={})
    maps = linked_maps(seen)

    assert maps.scale == 2
    assert read_out(maps, (48, 64), (63, 47)).answers[0].class_id == maps.answers[0].classes[23, 31]


def test_first_pixel_lies_in_the_rarest_class_that_is_large_enough():
    prediction = np.zeros((100, 100), dtype=np.int64)
    prediction[10:13, 70:79] = 4
    prediction[50, 50] = 2

    assert small_class_pixel(prediction) == (74, 11)


def test_first_pixel_of_an_image_of_one_class_is_its_middle():
    assert small_class_pixel(np.full((5, 7), 3)) == (3, 2)


def test_an_id_without_a_name_has_words():
    assert class_name_of(("road", "sky"), 1) == "sky"
    assert class_name_of(("road", "sky"), 255) == "not labelled"
