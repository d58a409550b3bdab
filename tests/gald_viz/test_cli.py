from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gald_viz.cli import COMMANDS, main
from gald_viz.commands import explore
from gald_viz.commands.report import percent, table
from models import zoo
from models.evaluation import benchmark

ROOT = Path(__file__).resolve().parents[2]


def answer(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    """The one JSON value on stdout of a command."""
    assert main([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def complaint(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The sentence on stderr of a command that is refused; nothing is on stdout."""
    assert main(list(words)) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gald: error: ")
    assert err.count("\n") == 1
    return err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder: two images, the second with a class id that does not exist."""
    (tmp_path / "images").mkdir()
    (tmp_path / "labels").mkdir()
    classes = {"names": ["road", "sky"], "colors": [[128, 64, 128], [70, 130, 180]], "labels": "ids"}
    (tmp_path / "classes.json").write_text(json.dumps(classes))
    for name, ids in {"a": [[0, 1, 1], [255, 0, 1]], "b": [[0, 1, 1], [7, 0, 1]]}.items():
        Image.new("RGB", (3, 2)).save(tmp_path / "images" / f"{name}.png")
        Image.fromarray(np.array(ids, np.uint8)).save(tmp_path / "labels" / f"{name}.png")
    return tmp_path


def test_help_lists_every_command_and_loads_no_torch():
    code = (
        "import sys\nfrom gald_viz.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as stopped:\n    assert stopped.code == 0\n"
        "assert not {'torch', 'numpy', 'streamlit'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert [name for name in COMMANDS if f"\n    {name} " not in done.stdout] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])

    assert stopped.value.code == 0
    assert COMMANDS[command].split()[0] in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["paint"],
        ["evaluate"],
        ["models", "--bogus"],
        ["data"],
        ["bench", "x"],
        ["bench", "attention", "--sizes", "8"],
    ],
)
def test_wrong_usage_exits_with_2(words: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stopped:
        main(words)

    out, err = capsys.readouterr()
    assert (stopped.value.code, out) == (2, "")
    assert err.startswith("usage: gald")


def test_zoo_lists_what_ships(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    row = {
        "name": "camvid-x",
        "data": "camvid",
        "preset": "small-x",
        "params": 2_500_000,
        "miou": 0.61234,
        "boundary_f": {"3": 0.5, "5": None},
        "size_bytes": 5_100_000,
    }
    monkeypatch.setattr(zoo, "listing", lambda: [row])

    assert answer(capsys, "zoo") == [row]
    assert main(["zoo"]) == 0
    shown = "camvid-x camvid small-x 2.50 5.10 61.23 50.00 -"
    assert " ".join(capsys.readouterr().out.splitlines()[1].split()) == shown
    monkeypatch.setattr(zoo, "listing", list)
    assert answer(capsys, "zoo") == []


def test_zoo_lists_the_detectors_apart(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    rates = {"voc_map50": 0.81234, "box_ap": 0.5, "mask_ap": None}
    row = {"name": "x", "data": "scenes", "preset": "p", "params": 4_000_000, **rates, "size_bytes": 8_100_000}
    monkeypatch.setattr(zoo, "detector_listing", lambda: [row])

    assert answer(capsys, "zoo", "--detectors") == [row]
    assert main(["zoo", "--detectors"]) == 0
    assert " ".join(capsys.readouterr().out.splitlines()[1].split()) == "x scenes p 4.00 8.10 81.23 50.00 -"


def test_a_good_data_set_is_counted(folder: Path, capsys: pytest.CaptureFixture[str]):
    (folder / "images" / "b.png").unlink()
    (folder / "labels" / "b.png").unlink()

    # The folder has no splits, so train and val are the same and are read once.
    assert answer(capsys, "data", "check", "folder", "--root", str(folder)) == {
        "name": "folder",
        "splits": {"train": {"images": 1, "pixels": {"road": 2, "sky": 3}, "ignored": 1, "unlabelled": [], "bad": {}}},
    }


def test_a_bad_file_is_named_and_is_a_mistake(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["data", "check", "folder", "--root", str(folder), "--split", "val", "--quiet"]) == 1

    out, err = capsys.readouterr()
    assert "val: 2 images, 0 without a label, 1 bad" in out
    assert "has id 7 at row 1, column 0" in out
    assert "sky             3      50.00" in out
    assert err == ""


def test_a_check_can_be_limited(capsys: pytest.CaptureFixture[str]):
    found = answer(capsys, "data", "check", "scenes", "--split", "val", "--limit", "1")["splits"]["val"]

    assert found["images"] == 1
    assert sum(found["pixels"].values()) == 256 * 512


def test_data_sets_are_listed_with_their_layouts(capsys: pytest.CaptureFixture[str]):
    rows = {row["name"]: row for row in answer(capsys, "data", "list")}

    assert rows["ade20k"] == {
        "name": "ade20k",
        "task": "segmentation",
        "splits": ["train", "val", "trainval"],
        "layout": "ROOT/images/PART/NAME.jpg and ROOT/annotations/PART/NAME.png (PART: training, validation)",
    }
    assert rows["voc_detection"]["task"] == "detection"
    assert [name for name, row in rows.items() if not row["layout"]] == ["scenes", "sized-scenes"]
    assert main(["data", "list"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("ade20k             segmentation  train val trainval")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["data", "check", "scenes", "--limit", "-1"], "limit is -1, must be >= 0; 0 reads all"),
        (["data", "check", "kitti"], "data set is 'kitti', must be one of"),
        (["data", "check", "folder", "--root", "nowhere"], "data folder nowhere does not exist"),
        (["data", "check", "camvid"], "needs its folder; give --root DIR, or GALD_DATA"),
        (["explore", "--port", "0"], "port is 0, must lie in 1..65535"),
        (["explore", "--classes", "voc"], "are for a network; name it with --checkpoint"),
        (["bench", "local-attention", "--repeats", "0"], "repeats is 0, must be >= 1"),
        (["bench", "local-attention", "--device", "tpu"], "device is 'tpu', this machine has"),
        (["bench", "attention", "--repeats", "0"], "repeats is 0, must be >= 1"),
        (["bench", "attention", "--device", "tpu"], "device is 'tpu', this machine has"),
        (["bench", "attention", "--channels", "20"], "channels is 20, must be a multiple of 16"),
    ],
)
def test_the_users_mistake_is_one_sentence(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("GALD_DATA", raising=False)

    assert message in complaint(capsys, *words)


def test_what_a_library_prints_does_not_reach_stdout(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    def noisy(repeats: int, device: str) -> dict[str, Any]:
        print("tuning kernels")
        row = {"implementation": "fused", "seconds": 0.5}
        return {"name": "x", "device": device, "rows": [row], "speedup": 12.3, "memory_ratio": 0.05}

    monkeypatch.setitem(benchmark.BENCHMARKS, "local-attention", noisy)

    assert answer(capsys, "bench", "local-attention")["speedup"] == 12.3
    assert main(["bench", "local-attention"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "speedup 12.3, memory ratio 0.050"
    assert err == "tuning kernels\n"


def test_attention_is_measured_at_the_sizes_that_are_asked_for(capsys: pytest.CaptureFixture[str]):
    words = ["bench", "attention", "--sizes", "12x8,6x6", "--channels", "16", "--inner", "4", "--repeats", "1"]

    found = answer(capsys, *words, "--device", "cpu")

    assert [(row["size"], row["implementation"]) for row in found["rows"][:2]] == [
        ("12x8", "explicit"),
        ("12x8", "fused"),
    ]
    assert {row["size"] for row in found["rows"]} == {"12x8", "6x6"}
    assert main([*words, "--device", "cpu"]) == 0
    shown = capsys.readouterr().out
    assert "APNB at 6x6 on cpu: speed x " in shown
    assert "against fused attention" in shown


def test_explore_starts_streamlit_on_the_explorer(monkeypatch: pytest.MonkeyPatch):
    started, environments = [], []

    def start(command: list[str], check: bool, env: dict[str, str]) -> subprocess.CompletedProcess:
        started.append(command)
        environments.append(env)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(explore.subprocess, "run", start)

    assert main(["explore", "--port", "8777", "--headless"]) == 0
    assert started[0][:4] == [sys.executable, "-m", "streamlit", "run"]
    assert Path(started[0][4]).parts[-2:] == ("apps", "explorer.py")
    assert started[0][5:] == ["--server.port=8777", "--server.headless=true"]
    assert "GALD_NETWORK" not in environments[0]
    assert main(["explore", "--checkpoint", "timm:resnet18", "--classes", "voc"]) == 0
    asked = {"source": "timm:resnet18", "weights": "", "classes": "voc", "trust_pickle": False}
    assert json.loads(environments[1]["GALD_NETWORK"]) == asked


def test_terminating_the_command_ends_the_explorer_with_it(monkeypatch: pytest.MonkeyPatch):
    before = signal.getsignal(signal.SIGTERM)

    def terminated(command: list[str], check: bool, env: dict[str, str]) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(explore.subprocess, "run", terminated)

    with pytest.raises(SystemExit) as end:
        main(["explore"])

    assert end.value.code == 143
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_table_aligns_numbers_to_the_right():
    rows = [{"name": "a", "miou": 5.0}, {"name": "long", "miou": None}]

    assert table(rows, ("name", "miou")) == "name  miou\na     5.00\nlong     -"
    assert table([], ("name", "miou")) == "name  miou"


@pytest.mark.parametrize(("rate", "shown"), [(0.123456, 12.35), (None, None), (1, 100)])
def test_rates_are_shown_in_per_cent(rate: float | None, shown: float | None):
    assert percent(rate) == shown
