"""gald train and gald evaluate with a detector."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gald_viz.cli import main


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "tiny"
    words = f"train tiny-faster-rcnn-gald --data scenes --out {run} --iterations 1 --batch 2 --limit 2 --workers 0"
    assert main([*words.split(), "--quiet", "--accelerator", "cpu"]) == 0
    return run / "checkpoints" / "final.safetensors"


def answer(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert main([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_train_answers_with_its_score(trained: Path, capsys: pytest.CaptureFixture[str]):
    words = f"train --resume --out {trained.parents[1]} --quiet".split()

    value = answer(capsys, *words)

    assert (value["checkpoint"], set(value)) == (str(trained), {"checkpoint", "run", "voc_map50"})
    assert main(words) == 0
    assert capsys.readouterr().out.startswith(f"{trained}: mAP@.5 ")


def test_evaluate_counts_average_precision(trained: Path, capsys: pytest.CaptureFixture[str]):
    words = f"evaluate --checkpoint {trained} --data scenes --limit 2 --device cpu --quiet".split()

    value = answer(capsys, *words)

    assert value["images"] == 2
    assert set(value["classes"]) == {"car", "truck", "sign", "light", "person"}
    assert {"voc_map50_11", "voc_map50", "box_ap", "box_ap50", "mask_ap", "box_ap_small"} <= set(value)
    assert value["mask_ap"] is None
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines[1:7]] == ["car", "truck", "sign", "light", "person", "mean"]
    assert lines[0].split("  ")[0] == "AP [%]"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["evaluate", "--flip", "--scales", "1,2"],
            "is a detector, which looks at the plain image; leave out --scales, ",
        ),
        (["predict", "FOLDER", "OUT"], "holds a detector, here a segmenter is needed"),
        (["probe", "--out", "x.safetensors"], "holds a detector, here a segmenter is needed"),
    ],
)
def test_what_is_for_segmentation_is_refused(words, message, trained: Path, capsys, tmp_path):
    where = {"FOLDER": str(tmp_path), "OUT": str(tmp_path / "out")}
    given = [where.get(word, word) for word in words]
    given += [str(trained)] if words[0] == "probe" else ["--checkpoint", str(trained)]
    given += ["--data", "scenes"] if words[0] == "evaluate" else []

    assert main(given) == 1
    assert message in capsys.readouterr().err
