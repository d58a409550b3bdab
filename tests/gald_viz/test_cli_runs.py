"""From training to a prediction, on a folder of eight pictures: left half road, right half sky."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gald_viz.cli import main

SIZE = (64, 96)
QUICK = ["--crop", "64,64", "--scales", "0.9,1.1", "--batch", "2", "--workers", "0", "--quiet", "--accelerator", "cpu"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    (root / "images").mkdir()
    (root / "labels").mkdir()
    classes = {"names": ["road", "sky"], "colors": [[128, 64, 128], [70, 130, 180]], "labels": "ids"}
    (root / "classes.json").write_text(json.dumps(classes))
    label = np.zeros(SIZE, np.uint8)
    label[:, SIZE[1] // 2 :] = 1
    image = np.where(label[..., None] == 1, [90, 160, 250], [60, 60, 60]).astype(np.uint8)
    for index in range(4):
        Image.fromarray(image).save(root / "images" / f"{index}.png")
        Image.fromarray(label).save(root / "labels" / f"{index}.png")
    return root


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "tiny"
    words = f"train tiny-aspp-ldv2 --data folder --root {data} --out {run} --iterations 20 --lr 0.05".split()
    assert main([*words, *QUICK]) == 0
    return run / "checkpoints" / "final.safetensors"


@pytest.fixture(scope="module")
def probed(trained: Path, data: Path) -> Path:
    out = trained.with_name("probed.safetensors")
    words = f"probe {trained} --data folder --root {data} --out {out} --max-iterations 4 --window 2".split()
    assert main([*words, *QUICK]) == 0
    return out


def answer(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert main([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_train_answers_with_the_checkpoint_and_its_score(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    words = f"train tiny-fcn --data folder --root {data} --out {tmp_path / 'run'} --iterations 1".split()

    value = answer(capsys, *words, *QUICK)

    assert value["run"] == str(tmp_path / "run")
    assert Path(value["checkpoint"]).is_file()
    assert 0 <= value["miou"] <= 1


def test_evaluate_answers_with_the_agreed_keys(trained: Path, data: Path, capsys: pytest.CaptureFixture[str]):
    words = f"evaluate --checkpoint {trained} --data folder --root {data} --quiet --device cpu".split()

    value = answer(capsys, *words)

    assert set(value) == {"miou", "pixel_accuracy", "iou", "boundary_f", "boundary_f_present", "stages"}
    assert set(value["iou"]) == {"road", "sky"}
    assert set(value["boundary_f"]) == {"3", "5", "9", "12"}
    # Two colours, two classes: twenty steps are enough to do better than either class everywhere.
    assert 0.5 < value["miou"] <= 1
    assert value["miou"] == pytest.approx(sum(value["iou"].values()) / 2)


def test_evaluate_takes_scales_flip_tiles_and_a_limit(trained: Path, data: Path, capsys: pytest.CaptureFixture[str]):
    words = f"evaluate --checkpoint {trained} --data folder --root {data} --limit 2 --no-boundary --quiet".split()

    value = answer(capsys, *words, "--scales", "1,1.25", "--flip", "--tile", "64", "--device", "cpu")

    assert 0.5 < value["miou"] <= 1
    assert set(value["boundary_f"].values()) == {None}


def test_evaluate_shows_classes_and_stages_of_a_probed_network(
    probed: Path, data: Path, capsys: pytest.CaptureFixture[str]
):
    capsys.readouterr()
    assert main(f"evaluate --checkpoint {probed} --data folder --root {data} --quiet --device cpu".split()) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["IoU", "[%]", "output", "fcn", "ga", "gald"]
    assert [line.split()[0] for line in lines[1:5]] == ["road", "sky", "mean", "pixel"]
    output, gald = lines[1].split()[1], lines[1].split()[4]
    assert output == gald


def test_probe_says_which_trunk(probed: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    words = f"probe {probed} --data folder --root {data} --out {tmp_path / 'p.safetensors'} --unfrozen".split()

    value = answer(capsys, *words, "--max-iterations", "1", "--window", "1", *QUICK)

    assert value["trunk"] == "unfrozen"
    assert set(value["miou"]) == {"fcn", "ga", "gald"}


def test_predict_writes_label_maps_and_overlays(
    trained: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    words = f"predict --checkpoint {trained} {data / 'images'} {tmp_path} --cityscapes-ids --quiet".split()

    value = answer(capsys, *words, "--device", "cpu")

    assert len(value["written"]) == 8
    assert value["failed"] == {}
    label = np.asarray(Image.open(tmp_path / "label_ids" / "0.png"))
    assert label.shape == SIZE
    assert set(np.unique(label)) <= {7, 23}  # road and sky of Cityscapes


def test_a_photograph_without_a_prediction_is_a_mistake(
    trained: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    source = tmp_path / "in"
    source.mkdir()
    (source / "broken.jpg").write_bytes(b"no picture")

    value = answer(
        capsys, "predict", "--checkpoint", str(trained), str(source), str(tmp_path / "out"), "--quiet", code=1
    )

    assert value["written"] == []
    assert "cannot be read" in value["failed"][str(source / "broken.jpg")]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--checkpoint", "nope"], "'nope', neither a file nor one of the zoo"),
        (["--checkpoint", "TRAINED", "--data", "scenes"], "evaluate on data with the same classes"),
        (["--checkpoint", "TRAINED", "--tile", "0"], "tile is 0, must be >= 1"),
        (["--checkpoint", "TRAINED", "--scales", "0"], "give one or more positive numbers"),
        (["--checkpoint", "TRAINED", "--average", "median"], "average is 'median', must be one of"),
        (["--checkpoint", "TRAINED", "--tile", "16"], "needs at least"),
    ],
)
def test_what_does_not_fit_is_one_sentence(
    words: list[str], message: str, trained: Path, data: Path, capsys: pytest.CaptureFixture[str]
):
    capsys.readouterr()
    given = [str(trained) if word == "TRAINED" else word for word in words]

    assert main(["evaluate", "--data", "folder", "--root", str(data), *given, "--quiet", "--device", "cpu"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gald: error: ")
    assert message in err
    assert "Traceback" not in err


def test_a_list_that_is_none_is_wrong_usage():
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate", "--data", "folder", "--checkpoint", "x", "--scales", "big"])

    assert stopped.value.code == 2
