"""The explorer with the checkpoint file of a detector."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from apps import store
from apps.sections.network import OWN_FILE
from models import zoo
from models.checkpoint import save_checkpoint
from models.data.detection import open_detection
from models.detection.detector import Detector
from models.presets import detector_preset


@pytest.fixture(scope="module")
def detectors(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two runs with untrained detectors of the objects in scenes."""
    folder, files = tmp_path_factory.mktemp("runs"), []
    for seed, name in enumerate(("one", "two")):
        torch.manual_seed(seed)
        model = Detector(detector_preset("tiny-mask-rcnn-gald").model, open_detection("scenes").classes)
        files.append(folder / name / "checkpoints" / "final.safetensors")
        training = {"preset": "tiny-mask-rcnn-gald", "data": {"name": "scenes"}}
        metrics = {"voc_map50": 0.125, "box_ap": 0.1, "mask_ap": 0.1}
        save_checkpoint(model, files[-1], {"params": 1, "training": training, "metrics": metrics})
    return files


def test_its_objects_are_shown_and_counted_against_the_labels(explorer, detectors):
    page = explorer(
        control__checkpoint=OWN_FILE, control__checkpoint__path=str(detectors[0]), control__view="detections"
    )

    assert not page.exception
    assert not page.error
    assert not page.warning
    labelled = open_detection("scenes", None, "val")[0]
    values = {metric.label: metric.value for metric in page.metric}
    assert int(values["right"]) + int(values["missed"]) == (~labelled.ignored).sum()


def test_two_stand_side_by_side_under_the_names_of_their_runs(explorer, detectors):
    page = explorer(
        control__checkpoint=OWN_FILE,
        control__checkpoint__path=str(detectors[0]),
        control__second=OWN_FILE,
        control__second__path=str(detectors[1]),
        control__view="detections",
    )

    assert not page.exception
    assert {"right, one", "right, two"} <= {metric.label for metric in page.metric}


def test_a_detector_that_ships_is_chosen_by_name_and_compared(explorer, detectors, zoo_folder, tmp_path, monkeypatch):
    (tmp_path / "detectors").mkdir()
    for name, file in zip(("scenes-first", "scenes-second"), detectors, strict=True):
        (tmp_path / "detectors" / f"{name}.safetensors").write_bytes(file.read_bytes())
    (tmp_path / "scenes-ldv2.safetensors").write_bytes((zoo_folder / "scenes-ldv2.safetensors").read_bytes())
    monkeypatch.setattr(zoo, "_FOLDER", tmp_path)

    page = explorer(control__checkpoint="scenes-first", control__second="scenes-second", control__view="detections")
    segmenter = explorer(control__second="scenes-second", control__view="errors")

    assert not page.exception
    assert page.selectbox(key="control.checkpoint").options[1].endswith("scenes · mAP 12.5")
    assert {"right, scenes-first", "right, scenes-second"} <= {metric.label for metric in page.metric}
    # A segmentation network is not compared with a detector that was chosen before.
    assert not segmenter.exception
    assert segmenter.metric


def test_its_mask_is_shown_and_views_of_classes_say_why_not(explorer, detectors):
    page = explorer(control__checkpoint=OWN_FILE, control__checkpoint__path=str(detectors[0]), control__view="masks")
    assert page.metric[0].label == "lowest gate"

    page.session_state["control.view"] = "errors"
    page.run()

    assert not page.metric
    assert page.info[0].value.startswith("one is a detector: it finds objects")


def test_a_second_file_that_is_none_is_told(explorer, detectors):
    page = explorer(
        control__checkpoint=OWN_FILE,
        control__checkpoint__path=str(detectors[0]),
        control__second=OWN_FILE,
        control__second__path="nothing.safetensors",
        control__view="detections",
    )

    assert "nothing.safetensors" in page.error[0].value
    assert page.metric


def test_a_detection_data_set_is_a_source_of_pictures(tmp_path):
    names = open_detection("scenes").classes.names

    objects = store.labelled_objects(("scenes", "", "val", 0), (128, 256))

    sample = open_detection("scenes", None, "val")[0]
    assert len(objects) == len(sample.labels)
    assert (objects.boxes * 2 == sample.boxes).all()
    assert objects.masks.shape[1:] == (128, 256)
    assert store.object_set("scenes", "", "val").classes.names == names
    with pytest.raises(ValueError, match=r"instances_val2017\.json|val2017 does not exist"):
        store.data_set("coco", str(tmp_path), "val")
