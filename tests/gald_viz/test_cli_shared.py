"""gald evaluate on two processes of the CPU against one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from gald_viz.cli import main
from models.checkpoint import save_checkpoint
from models.data.scenes import CLASSES
from models.presets import preset
from models.segmenter import Segmenter

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command, with an untrained network."""
    torch.manual_seed(0)
    file = tmp_path_factory.mktemp("network") / "tiny.safetensors"
    save_checkpoint(Segmenter(preset("tiny-fcn").model, CLASSES), file, {})
    data = ("--data", "scenes", "--limit", "3", "--no-boundary", "--device", "cpu", "--quiet", "--json")
    return ["evaluate", "--checkpoint", str(file), *data]


@pytest.mark.slow
def test_two_processes_count_what_one_does_and_one_of_them_speaks(words, capsys, tmp_path):
    assert main(words) == 0
    alone = json.loads(capsys.readouterr().out)
    # The first process starts the other one by running its own file again.
    script = tmp_path / "gald.py"
    script.write_text("import sys\nfrom gald_viz.cli import main\nsys.exit(main())")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "GLOO_SOCKET_IFNAME": "lo"}

    done = subprocess.run(
        [sys.executable, str(script), *words, "--devices", "2"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    # Three images on two processes, and one value on stdout.
    assert json.loads(done.stdout) == alone
