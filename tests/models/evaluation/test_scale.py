"""Training on paper: the arithmetic by hand, memory against real tensors, and the document against the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from gald_viz import cli
from models.config import TrainConfig
from models.data import DATASETS
from models.data.classes import ClassSet
from models.evaluation.benchmark.measure import LiveBytes
from models.evaluation.scale import DATA, FAMILIES, held_for_backward, hours, scale
from models.presets import preset
from models.recipes import RECIPES
from models.segmenter import Segmenter
from models.training.recipe import Objective

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "scaling.md").read_text()


def document_rows() -> list[dict[str, str]]:
    """The table of the document that has a column EFLOP."""
    lines = DOCUMENT.splitlines()
    start = next(number for number, line in enumerate(lines) if "| EFLOP |" in line)
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return [dict(zip(rows[0], row, strict=True)) for row in rows[2:]]


def test_hours_are_three_passes_of_two_operations_a_multiply_accumulate():
    # 100e9 MACs x 6 x 10 images x 1000 steps = 6e15 operations; at 1e12 a second 6000 s.
    assert hours(100, 10, 1000, 1.0) == pytest.approx(6000 / 3600)


@pytest.mark.parametrize("name", ["tiny-fcn", "tiny-cgnl-ldv1"])
def test_what_is_held_for_the_backward_pass_is_what_real_tensors_take(name):
    config = preset(name).model
    classes = ClassSet(("a", "b", "c"), ((0, 0, 0),) * 3)
    model, objective = Segmenter(config, classes).train(), Objective(TrainConfig(loss="cross_entropy"), 255)
    image, labels = torch.rand(2, 3, 160, 192), torch.randint(3, (2, 160, 192))
    own = [image, labels, *model.state_dict(keep_vars=True).values()]

    with LiveBytes(own) as live:
        loss = objective(model(image), labels)
        held = live.bytes

    assert loss.requires_grad
    # Image and labels are held too, but were there before; the counters of BatchNorm and the loss are bytes.
    given = image.nbytes + labels.nbytes
    assert 2 * held_for_backward(config, (160, 192), 3) == pytest.approx(held + given, rel=0.02)


def test_a_row_follows_the_recipe_of_the_papers():
    (row,) = (row for row in scale(["deeplabv3-r101"], 50.0) if row["data"] == "cityscapes")

    assert (row["recipe"], row["lent"], row["crop"]) == ("deeplabv3-cityscapes", False, "769x769")
    # DeepLabv3, appendix C: 90 thousand steps of 16 images.
    assert (row["batch"], row["steps"]) == (16, 90_000)
    assert row["hours"] == pytest.approx(6 * row["gmacs"] * 1e9 * 16 * 90_000 / 50e12 / 3600)
    assert row["exaflops"] == pytest.approx(row["hours"] * 3600 * 50e12 / 1e18)
    assert row["gib"] == pytest.approx(row["state_gib"] + 16 * row["image_gib"])


def test_epochs_become_steps_and_a_missing_recipe_is_lent():
    rows = {row["data"]: row for row in scale(["galdv2-r101"])}

    # 240 epochs of 20210 images in steps of 16, the remainder of each left out.
    assert rows["ade20k"]["steps"] == 240 * 1263
    assert [row["lent"] for row in rows.values()] == [False, False, True]


@pytest.mark.parametrize("name", DATA)
def test_the_data_sets_have_the_classes_that_are_counted_with(name):
    assert len(DATASETS.get(name).classes) == DATA[name].classes


@pytest.mark.parametrize("given", [["scale", "no-such"], ["scale", "hfgd", "--teraflops", "0"]])
def test_a_mistake_is_one_sentence(given, capsys):
    assert cli.main(given) == 1
    assert "must be" in capsys.readouterr().err


def test_the_document_has_a_row_for_every_family_and_data_set():
    rows = document_rows()

    assert [(row["preset"], row["data"]) for row in rows] == [(name, data) for name in FAMILIES for data in DATA]
    for row in rows:
        recipe = RECIPES[row["recipe"].removesuffix(" (lent)")]
        assert recipe.data.crop == tuple(map(int, row["crop"].split("x")))
        expected = 6 * float(row["GMACs"]) * int(row["batch"]) * int(row["steps"]) / 100e3 / 3600
        assert float(row["hours"]) == pytest.approx(expected, abs=0.01)


@pytest.mark.slow
def test_the_document_says_what_the_command_prints(capsys):
    # Three of the nine, as each takes seconds.
    chosen = ("fcn-r101", "deeplabv3-r101", "hfgd")
    cli.main(["scale", *chosen, "--markdown"])

    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 2 + 3 * len(chosen)
    assert [line for line in printed if line not in DOCUMENT.splitlines()] == []


def test_json_is_one_value(capsys):
    cli.main(["scale", "deeplabv3-r101", "--json", "--teraflops", "10"])

    value = json.loads(capsys.readouterr().out)
    assert (value["teraflops"], len(value["rows"])) == (10, 3)
