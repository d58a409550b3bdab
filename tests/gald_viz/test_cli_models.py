"""gald models and gald recipes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gald_viz.cli import main
from models.detection import cost as detection_cost
from models.evaluation import arithmetic
from models.evaluation.cost import Cost
from models.presets import DETECTORS, PRESETS
from models.recipes import RECIPES

PARTS = {"backbone": 1, "ga": 2, "ld": 3, "head": 4, "decoder": 5}


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """The one JSON value on stdout of a command."""
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command says that is refused."""
    assert main(list(words)) == 1
    return capsys.readouterr().err


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every network has the same cost, and none is built."""

    def same(_config: object, size: tuple[int, int], _classes: int) -> Cost:
        return Cost(
            70_000_000, 75_000_000, 15 * 10**9, size, {key: value * 10**9 for key, value in PARTS.items()}, 10**8
        )

    monkeypatch.setattr(arithmetic, "cost", same)
    monkeypatch.setattr(detection_cost, "detector_cost", same)


def test_models_counts_a_preset_at_the_input_of_its_paper(capsys: pytest.CaptureFixture[str]):
    row, tiny = answer(capsys, "models", "galdnet-r50", "tiny-fcn")

    assert row.pop("macs") == pytest.approx(467.9e9, rel=1e-3)
    parts = row.pop("macs_by_part")
    assert sum(parts.values()) == pytest.approx(467.9e9, rel=1e-3)
    assert set(parts) == set(PARTS)
    assert 50e6 < row.pop("activation_bytes") < 1e9
    assert row == {
        "name": "galdnet-r50",
        "system": PRESETS["galdnet-r50"].system,
        "params": 47_672_787,
        "params_aux": 52_402_662,
        "input": [769, 769],
        "classes": 19,
        "paper": PRESETS["galdnet-r50"].paper,
        "deviation": PRESETS["galdnet-r50"].deviation,
        "published": [],
        "recipes": [],
    }
    assert (tiny["name"], tiny["input"]) == ("tiny-fcn", [360, 480])


def test_models_puts_the_papers_figure_beside_ours_and_says_what_is_wrong_with_it(
    counted: None, capsys: pytest.CaptureFixture[str]
):
    (row,) = answer(capsys, "models", "galdnet-r101")

    (figure,) = row["published"]
    assert figure.pop("deviation") == pytest.approx(70 / 65.3 - 1)
    assert figure == {
        "metric": "parameters",
        "printed": 65.3e6,
        "counted": 70_000_000,
        "source": "GALD TIP Table VI",
        "note": "the published code has 66.66 without the auxiliary head",
    }
    assert "galdv1-cityscapes" in row["recipes"]
    assert main(["models", "galdnet-r101", "aspp-ldv1"]) == 0
    out = capsys.readouterr().out
    assert "65.30 M         +7.20" in out
    # Over its baseline, which costs the same here.
    assert "+0.40 M         -100.00" in out
    assert "galdnet-r101: parameters of GALD TIP Table VI: the published code has 66.66" in out
    assert "aspp-ldv1: added parameters of GALD TIP Table IV: three depthwise" in out
    assert "\n\ngaldnet-r101: trained by galdv1-cityscapes, galdv1-cityscapes-test" in out
    assert "aspp-ldv1: trained by" not in out


def test_models_lists_every_preset(counted: None, capsys: pytest.CaptureFixture[str]):
    assert [row["name"] for row in answer(capsys, "models")] == [*PRESETS, *DETECTORS]
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.partition("\n\n")[0].splitlines()
    assert len(lines) == 1 + len(PRESETS) + len(DETECTORS)
    shown = next(line for line in lines if line.startswith("fcn ")).split()
    assert shown[2:12] == ["70.00", "15.00", "832x832", "75.00", "1.00", "2.00", "3.00", "4.00", "5.00", "100.00"]


def test_an_unknown_preset_is_one_sentence(capsys: pytest.CaptureFixture[str]):
    assert "preset is 'vgg', must be one of" in refusal(capsys, "models", "vgg")


def test_recipes_are_lists_of_plain_values(capsys: pytest.CaptureFixture[str]):
    rows = {row["name"]: row for row in answer(capsys, "recipes")}
    start, later = rows["camvid-start"], rows["deeplabv3-voc-test"]

    assert list(rows) == list(RECIPES)
    assert (start["preset"], start["data"]["name"]) == ("small-fcn", "camvid")
    assert (start["model"]["backbone"]["output_stride"], start["train"]["loss"]) == (16, "ohem_balanced")
    assert later["phases"] == ["deeplabv3-voc", "deeplabv3-voc-test"]
    assert later["test"]["scales"] == [0.5, 0.75, 1.0, 1.25, 1.5, 1.75]
    assert rows["deeplabv3-voc"]["test"]["output_stride"] == 8
    assert later["source"] == "DeepLabv3 section 4.3"
    detector = rows["mask-rcnn-coco"]
    assert (detector["preset"], detector["train"]["epochs"]) == ("mask-rcnn-gald", 12)
    assert (detector["data"]["name"], detector["model"]["sides"]) == ("coco", [800, 1333])


def test_a_recipe_that_is_named_is_shown_with_every_value(capsys: pytest.CaptureFixture[str]):
    assert main(["recipes", "camvid-start", "galdv2-ade20k"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]

    assert ["model.backbone.output_stride", "16"] in lines
    assert ["data.crop", "240,320"] in lines
    assert ["train.epochs", "240"] in lines
    assert "must be one of" in refusal(capsys, "recipes", "camvid-vgg")


def test_the_list_of_recipes_has_a_line_each(capsys: pytest.CaptureFixture[str]):
    assert main(["recipes"]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert len(lines) == 1 + len(RECIPES)
    line = next(" ".join(line.split()) for line in lines if line.startswith("deeplabv3-coco-voc "))
    schedule = "30000 steps 16 0.0001 513x513"
    assert line == f"deeplabv3-coco-voc deeplabv3-r101 voc trainaug {schedule} deeplabv3-coco DeepLabv3 section 4.3"
    line = next(" ".join(line.split()) for line in lines if line.startswith("faster-rcnn-voc "))
    assert "trainval 14 epochs 16 0.02 - - GALD BMVC" in line
    assert any("galdv1-camvid " in line and "180 epochs" in line for line in lines)
