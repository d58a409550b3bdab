import logging

import numpy as np
import pytest
from PIL import Image

from models.data.classes import ClassSet
from models.evaluation.inference import InferenceOptions
from models.evaluation.predict import CITYSCAPES_LABELS, cityscapes_table, overlay, predict_folder

LABEL = np.array([[0, 1, 2], [2, 2, 1], [0, 0, 0]])


@pytest.fixture
def photographs(tmp_path, paint):
    """Writes a photograph of a label under a name and returns its path."""

    def write(name, label=LABEL):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(paint(label)).save(path, lossless=True)
        return path

    return write


def run(model, tmp_path, **options):
    return predict_folder(model, tmp_path / "in", tmp_path / "out", progress=False, **options)


def read(path, mode=None):
    """Pixels as stored, or shown in a mode."""
    with Image.open(path) as image:
        return np.array(image.convert(mode) if mode else image)


def mode_of(path):
    with Image.open(path) as image:
        return image.mode


def test_every_photograph_gets_a_palette_label_and_an_overlay(painter, photographs, paint, tmp_path):
    photographs("a.png")
    photographs("city/b.WEBP", LABEL.T)

    result = run(painter(), tmp_path)

    out = tmp_path / "out"
    assert result.failed == {}
    names = ["labels/a.png", "overlays/a.png", "labels/city/b.png", "overlays/city/b.png"]
    assert result.written == [out / name for name in names]
    assert mode_of(out / "labels/a.png") == "P"
    np.testing.assert_array_equal(read(out / "labels/a.png"), LABEL)
    np.testing.assert_array_equal(read(out / "labels/city/b.png"), LABEL.T)
    np.testing.assert_array_equal(read(out / "labels/a.png", "RGB"), paint(LABEL))
    # Painter's class colours are the colours of its photographs.
    np.testing.assert_array_equal(read(out / "overlays/a.png"), paint(LABEL))


def test_cityscapes_ids_are_written_as_grey_values(painter, photographs, tmp_path):
    photographs("a.png")

    result = run(painter(), tmp_path, cityscapes_ids=True)

    path = tmp_path / "out/label_ids/a.png"
    assert path in result.written
    assert mode_of(path) == "L"
    # road, sky, pole
    np.testing.assert_array_equal(read(path), np.array([7, 23, 17])[LABEL])
    assert not (tmp_path / "out/labels").exists()


def test_a_bad_photograph_is_reported_and_the_others_are_written(painter, photographs, tmp_path, caplog):
    photographs("a.png")
    broken = photographs("b.png")
    broken.write_bytes(broken.read_bytes()[:45])
    tiny = photographs("c.png", LABEL[:1])
    photographs("d.png")

    with caplog.at_level(logging.ERROR):
        result = run(painter(), tmp_path)

    assert [path.name for path in result.written] == ["a.png", "a.png", "d.png", "d.png"]
    assert set(result.failed) == {broken, tiny}
    assert "b.png is damaged" in result.failed[broken]
    assert "at least 2" in result.failed[tiny]
    assert f"{broken} gave no prediction" in caplog.text


def test_photographs_of_the_same_name_do_not_overwrite_each_other(painter, photographs, tmp_path):
    photographs("a.png")
    photographs("a.webp", LABEL.T)

    run(painter(), tmp_path)

    np.testing.assert_array_equal(read(tmp_path / "out/labels/a.png"), LABEL)
    np.testing.assert_array_equal(read(tmp_path / "out/labels/a_webp.png"), LABEL.T)


def test_a_second_run_does_not_take_its_own_output_for_photographs(painter, photographs, tmp_path):
    photographs("a.png")
    for _ in range(2):
        result = predict_folder(painter(), tmp_path / "in", tmp_path / "in", progress=False)

    assert [path.parent.name for path in result.written] == ["labels", "overlays"]


def test_options_reach_the_network(painter, photographs, tmp_path):
    photographs("a.png")
    model = painter()

    run(model, tmp_path, options=InferenceOptions(flip=True))

    assert len(model.seen) == 2


def test_other_files_are_left_alone(painter, photographs, tmp_path):
    photographs("a.png")
    (tmp_path / "in/notes.txt").write_text("taken on a rainy day")

    result = run(painter(), tmp_path)

    assert (len(result.written), result.failed) == (2, {})


def test_a_missing_or_empty_folder_is_refused(painter, tmp_path):
    with pytest.raises(ValueError, match="in is not a folder"):
        run(painter(), tmp_path)
    (tmp_path / "in").mkdir()
    with pytest.raises(ValueError, match=r"in holds no photograph; .*\.jpg, \.jpeg, \.png, \.webp"):
        run(painter(), tmp_path)


def test_progress_goes_to_stderr(painter, photographs, tmp_path, capsys):
    photographs("a.png")

    predict_folder(painter(), tmp_path / "in", tmp_path / "out")

    shown = capsys.readouterr()
    assert (shown.out, "predict" in shown.err) == ("", True)


def test_cityscapes_has_34_labels_in_the_order_of_its_ids():
    known = {
        0: "unlabeled",
        7: "road",
        11: "building",
        17: "pole",
        20: "traffic sign",
        23: "sky",
        33: "bicycle",
    }

    assert len(CITYSCAPES_LABELS) == 34
    assert {index: CITYSCAPES_LABELS[index] for index in known} == known


def test_camvid_names_map_to_cityscapes_ids():
    expected = {
        **{"sky": 23, "building": 11, "pole": 17, "road": 7, "pavement": 8, "tree": 21, "sign": 20},
        **{"fence": 13, "car": 26, "pedestrian": 24, "bicyclist": 25},
    }

    assert cityscapes_table(list(expected)).tolist() == list(expected.values())


def test_spelling_does_not_matter_and_unknown_names_are_unlabeled():
    names = ["Traffic_Light", "traffic-sign", "light", "vegetation", "truck", "door", "person"]

    assert cityscapes_table(names).tolist() == [19, 20, 19, 21, 27, 0, 24]


def test_the_overlay_is_half_photograph_half_colour():
    classes = ClassSet(("road", "sky"), ((255, 0, 100), (0, 255, 255)))
    image = np.array([[[255, 200, 1], [10, 255, 255]]], dtype=np.uint8)

    assert overlay(image, np.array([[0, 1]]), classes).tolist() == [[[255, 100, 50], [5, 255, 255]]]
