import json
import logging

import numpy as np
import pytest

from models.data.classes import ClassSet, Sample
from models.evaluation.evaluate import evaluate
from models.evaluation.inference import InferenceOptions

KEYS = {"miou", "pixel_accuracy", "iou", "boundary_f", "boundary_f_present"}
HALVES = np.repeat([[0, 0, 0, 0, 1, 1, 1, 1]], 8, axis=0)


def sample(paint, label, shown=None, name="a"):
    return Sample(paint(label if shown is None else shown), label, name)


def test_a_network_that_is_right_scores_one(painter, pictures, paint):
    model = painter(gain=20.0)

    result = evaluate(model, pictures([sample(paint, HALVES)], model.classes), progress=False).to_json()

    assert result["miou"] == result["pixel_accuracy"] == 1.0
    assert result["iou"] == {"road": 1.0, "sky": 1.0, "pole": None}
    assert result["boundary_f"] == result["boundary_f_present"] == {"3": 1.0, "5": 1.0, "9": 1.0, "12": 1.0}


def test_scores_count_over_all_images(painter, pictures, paint):
    model = painter(gain=20.0)
    wrong = HALVES.copy()
    wrong[:, 3] = 1
    ignored = HALVES.copy()
    ignored[0] = 255
    data = [sample(paint, HALVES, wrong, "a"), sample(paint, ignored, HALVES, "b")]

    result = evaluate(model, pictures(data, model.classes), progress=False)

    # First image: 24 road, 8 road taken for sky, 32 sky. Second: 28 and 28, 8 pixels ignored.
    assert result.confusion.tolist() == [[24 + 28, 8, 0], [0, 32 + 28, 0], [0, 0, 0]]
    assert result.to_json()["iou"] == pytest.approx({"road": 52 / 60, "sky": 60 / 68, "pole": None})
    assert result.to_json()["pixel_accuracy"] == pytest.approx(112 / 120)
    assert (result.images, result.skipped) == (2, ())


def test_json_has_the_keys_that_were_agreed_and_no_nan(painter, pictures, paint):
    model = painter()

    result = evaluate(model, pictures([sample(paint, HALVES)], model.classes), progress=False).to_json()

    assert set(result) == KEYS | {"stages"}
    assert set(result["stages"]) == {"fcn", "gald"}
    assert all(set(scores) == KEYS for scores in result["stages"].values())
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_stages_have_their_own_scores(painter, pictures, paint):
    model = painter(gain=20.0)
    # Means over 2x2 pixels: one pixel of pole among three of road is lost at fcn, the output keeps it.
    label = np.zeros((8, 8), int)
    label[3, 3] = 2

    result = evaluate(model, pictures([sample(paint, label)], model.classes), progress=False).to_json()

    assert result["iou"]["pole"] == 1.0
    assert result["stages"]["gald"]["iou"]["pole"] == 1.0
    assert result["stages"]["fcn"]["iou"]["pole"] == 0.0
    assert result["stages"]["fcn"]["pixel_accuracy"] == 63 / 64
    assert result["stages"]["fcn"]["boundary_f"]["3"] < 1.0


def test_options_reach_the_network(painter, pictures, paint):
    model = painter()

    evaluate(model, pictures([sample(paint, HALVES)], model.classes), InferenceOptions(flip=True), progress=False)

    assert len(model.seen) == 2


def test_boundary_scores_can_be_left_out(painter, pictures, paint):
    model = painter()
    data = pictures([sample(paint, HALVES)], model.classes)

    result = evaluate(model, data, boundary=False, progress=False)

    assert result.output.boundary is None
    assert result.to_json()["boundary_f"] == {"3": None, "5": None, "9": None, "12": None}


def test_an_image_without_label_is_reported_and_left_out(painter, pictures, paint, caplog):
    model = painter(gain=20.0)
    data = pictures([Sample(paint(HALVES), None, "val/b"), sample(paint, HALVES)], model.classes)

    with caplog.at_level(logging.ERROR):
        result = evaluate(model, data, progress=False)

    assert (result.images, result.skipped) == (1, ("val/b",))
    assert "val/b has no label" in caplog.text


def test_data_without_any_label_is_refused(painter, pictures, paint):
    model = painter()

    with pytest.raises(ValueError, match="0 of 1 images of pictures have a label"):
        evaluate(model, pictures([Sample(paint(HALVES), None, "a")], model.classes), progress=False)


def test_other_classes_are_refused(painter, pictures, paint):
    classes = ClassSet(("sky", "road", "pole"), ((0, 0, 0),) * 3)

    with pytest.raises(ValueError, match=r"\['road', 'sky', 'pole'\].*pictures has \['sky', 'road', 'pole'\]"):
        evaluate(painter(), pictures([sample(paint, HALVES)], classes), progress=False)


def test_a_label_of_another_size_or_id_names_the_sample(painter, pictures, paint):
    model = painter()
    small = Sample(paint(HALVES), HALVES[:4], "val/x")
    strange = Sample(paint(HALVES), HALVES + 6, "val/y")

    with pytest.raises(ValueError, match=r"sample val/x: prediction is \(8, 8\), label is \(4, 8\)"):
        evaluate(model, pictures([small], model.classes), progress=False)
    with pytest.raises(ValueError, match=r"sample val/y: label has id 6, 7"):
        evaluate(model, pictures([strange], model.classes), progress=False)


def test_progress_goes_to_stderr_and_can_be_switched_off(painter, pictures, paint, capsys):
    model = painter()
    data = pictures([sample(paint, HALVES)], model.classes)

    evaluate(model, data, progress=False)
    assert capsys.readouterr() == ("", "")
    evaluate(model, data)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "evaluate pictures" in shown.err
