from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch
from torchvision.ops import box_iou

from models import zoo
from models.checkpoint import load_checkpoint
from models.data.detection import open_detection
from models.data.scenes import draw_scene
from models.detection.checkpoint import load_detector
from models.zoo.cards import card_text
from models.zoo.recipes import DETECTORS, FURTHER, PROBED, SYSTEMS

KEYS = {"name", "data", "preset", "params", "miou", "boundary_f", "size_bytes"}
RARE = ("pole", "sign", "fence", "pedestrian", "bicyclist")


def test_the_networks_of_the_recipes_ship():
    pairs = [f"{data}-{system}" for data in ("camvid", "scenes") for system in SYSTEMS]
    assert zoo.names() == sorted([*pairs, *FURTHER])
    assert zoo.detectors() == sorted(DETECTORS)


@pytest.mark.parametrize("name", zoo.names())
def test_a_shipped_checkpoint_predicts(name):
    loaded = load_checkpoint(name)
    scene = draw_scene(3, size=(128, 256))

    with torch.inference_mode():
        logits = loaded.model.predict_logits(loaded.model.preprocess(scene.image))

    assert logits.shape == (1, 11, 128, 256)
    assert torch.isfinite(logits).all()
    assert len(logits.argmax(dim=1).unique()) > 1
    assert loaded.sha256 == hashlib.sha256(zoo.path(name).read_bytes()).hexdigest()
    assert sorted(loaded.model.stage_classifiers) == (["fcn", "ga"] if name.split("-", 1)[1] in PROBED else [])


@pytest.mark.parametrize("name", zoo.detectors())
def test_a_shipped_detector_finds_objects(name):
    loaded = load_detector(name)
    sample = open_detection("scenes", split="val")[0]
    found = loaded.model.predict(sample.image)

    sure = found.scores >= 0.5
    overlaps = box_iou(torch.from_numpy(sample.boxes), torch.from_numpy(found.boxes[sure]))
    named = torch.from_numpy(sample.labels)[:, None] == torch.from_numpy(found.labels[sure])
    hit = ((overlaps >= 0.5) & named).any(dim=1)

    assert found.masks is not None
    assert found.masks.shape == (len(found.scores), *sample.image.shape[:2])
    assert hit.float().mean() >= 0.8
    assert loaded.sha256 == hashlib.sha256(zoo.path(name).read_bytes()).hexdigest()


@pytest.mark.parametrize("name", zoo.detectors())
def test_a_shipped_detector_was_made_as_its_name_says(name):
    card = zoo.card(name)
    training = card["training"]

    assert training["preset"] == f"small-{name.removeprefix('scenes-')}"
    assert training["start"] == "file mobilenetv2_100_imagenet.safetensors"
    assert (card["metrics"]["split"], card["metrics"]["images"]) == ("val", 100)
    rates = [rates["voc_ap50"] for rates in card["metrics"]["classes"].values()]
    assert card["metrics"]["voc_map50"] == pytest.approx(np.mean(rates))


@pytest.mark.parametrize("name", [*zoo.names(), *zoo.detectors()])
def test_a_shipped_checkpoint_is_small_and_its_card_has_its_numbers(name):
    assert zoo.path(name).stat().st_size <= 16_000_000
    assert zoo.path(name).with_suffix(".md").read_text() == card_text(name)


@pytest.mark.parametrize("name", zoo.names())
def test_a_shipped_checkpoint_was_made_as_its_name_says(name):
    card = zoo.card(name)
    data, system = name.split("-", 1)
    training, metrics = card["training"], card["metrics"]

    assert (training["preset"], training["data"]["name"], training["data"]["split"]) == (
        f"small-{system}",
        data,
        "train",
    )
    # Nothing else from the development weights may be the start of what ships.
    assert training["start"].endswith("started from file mobilenetv2_100_imagenet.safetensors")
    assert (metrics["split"], metrics["images"]) == ("val", {"camvid": 101, "scenes": 100}[data])
    inner = {"fcn", "ga"} if system in PROBED else {"guide"} if system in ("hfgd", "sfpn-hfgm") else set()
    assert set(metrics["stages"]) == {*inner, "gald"}
    assert 0 < metrics["miou"] < 1
    assert metrics["miou"] == pytest.approx(np.mean([iou for iou in metrics["iou"].values() if iou is not None]))


@pytest.mark.parametrize("name", [name for name in zoo.names() if name.startswith("camvid")])
def test_small_and_rare_things_are_found(name):
    iou = zoo.card(name)["metrics"]["iou"]

    assert all(iou[rare] > 0 for rare in RARE)


def test_the_listing_has_the_keys_of_the_contract():
    rows = zoo.listing()

    assert [row["name"] for row in rows] == zoo.names()
    assert all(set(row) == KEYS for row in rows)
    assert all(set(row["boundary_f"]) == {"3", "5", "9", "12"} for row in rows)


def test_the_listing_of_detectors_has_their_rates():
    rows = zoo.detector_listing()

    assert [row["name"] for row in rows] == zoo.detectors()
    assert all(0 < row["mask_ap"] < row["box_ap"] < row["voc_map50"] < 1 for row in rows)


def test_a_zoo_lists_what_lies_in_its_folder(small_zoo):
    (small_zoo / "notes.txt").write_text("no checkpoint")

    (row,) = zoo.listing()

    assert (row["name"], row["data"], row["preset"]) == ("scenes-tiny", "scenes", "tiny-cgnl-ldv1")
    assert (row["params"], row["miou"], row["boundary_f"]["3"]) == (12345, 0.4567, pytest.approx(0.4667))
    assert row["size_bytes"] == (small_zoo / "scenes-tiny.safetensors").stat().st_size
    assert load_checkpoint("scenes-tiny").name == "scenes-tiny"


def test_an_unknown_name_is_refused_with_the_names(small_zoo):
    for find in (zoo.path, zoo.card):
        with pytest.raises(ValueError, match=r"checkpoint is 'other', the zoo has \['scenes-tiny'\]"):
            find("other")
