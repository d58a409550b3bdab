"""What the README and CONTRIBUTING tell a newcomer exists and runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from gald_viz import cli
from gald_viz.paper.figures import figures
from gald_viz.paper.tables import table_names
from models import zoo
from models.adapters.reference import NetworkReference, open_network
from models.data.camvid import CLASSES as CAMVID
from models.presets import DETECTORS, PRESETS
from models.stages import stages_of

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
# What the examples of CONTRIBUTING register, put to use in one small network, and the view drawn from it.
USE_EXAMPLES = """
from collections import OrderedDict
from dataclasses import replace
import torch
from gald_viz.probes.capture import capture
from models.adapters import adapt
from models.adapters.adapted import loaded
from models.backbones import BACKBONES
from models.checkpoint import LoadedCheckpoint
from models.config import TrainConfig
from models.data import open_data
from models.losses import LOSSES
from models.presets import preset
from models.segmenter import Segmenter

data = open_data("stripes", split="train")
base = preset("tiny-cgnl-ldv1").model
gald = replace(
    base,
    backbone=replace(base.backbone, name="strided"),
    aggregation=replace(base.aggregation, name="mean", half_size=False),
    distribution=replace(base.distribution, name="pointwise"),
    decoder="cosine",
)
for config, stages in ((gald, {"ld.mask", "tokens"}), (replace(gald, head="pointwise"), {"fcn.features", "tokens"})):
    model = Segmenter(config, data.classes).eval()
    shot = capture(LoadedCheckpoint(model, "", "example", {}), data[0].image)
    assert shot.prediction.shape == data[0].label.shape
    assert stages <= set(shot.stages), sorted(shot.stages)
logits = torch.zeros(1, 2, 4, 4)
loss = LOSSES.get("generalised")(TrainConfig(), 255)(logits, torch.zeros(1, 4, 4, dtype=torch.long))
assert abs(loss.item() - (1 - 0.5**0.7) / 0.7) < 1e-6, loss
assert VIEW.draw(shot).numbers[0].name == "sure"
parts = {"encoder": nn.Conv2d(3, 4, 4, 4), "decoder": nn.ReLU(), "segmentation_head": nn.Conv2d(4, 2, 3, padding=1)}
other = adapt(nn.Sequential(OrderedDict(parts)), data.classes)
assert set(capture(loaded(other, "smp"), data[0].image).stages) == {"classifier.features"}
"""


def test_the_two_commands_of_a_newcomer_stand_as_they_are():
    lines = README.splitlines()

    assert "    pip install uv && uv run streamlit run apps/explorer.py" in lines
    assert "    pip install uv && uv run pytest" in lines


def gald_lines() -> list[str]:
    """What follows gald in code blocks and in the text."""
    blocks = re.findall(r"^ {4}(?:uv run )?gald (.+)$", README, re.MULTILINE)
    inline = re.findall(r"`uv run gald ([^`]+)`", README)
    return [*blocks, *(words for words in inline if words != "...")]


@pytest.mark.parametrize("line", gald_lines())
def test_a_command_exists_with_its_options(line: str, capsys: pytest.CaptureFixture[str]):
    words = shlex.split(line)
    nested = ["check"] if words[0] == "data" else []

    with pytest.raises(SystemExit) as end:
        cli.main([words[0], *nested, "--help"])

    text = capsys.readouterr().out
    assert end.value.code == 0
    assert [word for word in words if word.startswith("--") and word not in text and word != "--json"] == []
    known = {"train": {*PRESETS, *DETECTORS}, "figure": figures(), "table": table_names()}
    if words[0] in known and not words[1].startswith("-"):
        assert words[1] in known[words[0]]


def test_every_command_is_described():
    described = set(re.findall(r"^\| `gald (\w+)", README, re.MULTILINE))

    assert described == set(cli.COMMANDS)


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_paths_and_links_lead_somewhere(name: str):
    text = (ROOT / name).read_text()
    rooms = "|".join(("models", "gald_viz", "apps", "tests", "notebooks", "docs", r"\.ci"))
    prose = re.sub(BLOCK, "", text)
    paths = set(re.findall(rf"(?<![\w/.])((?:{rooms})/[\w./-]+\w)", prose))
    links = {target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target}
    files = set(re.findall(r"`([A-Za-z]+\.(?:md|yml|toml))`", prose))

    assert {path for path in paths | links | files if not (ROOT / path).exists()} == set()


def test_links_inside_the_readme_meet_a_heading():
    anchors = {title.lower().replace(" ", "-") for title in re.findall(r"^#+ (.+)$", README, re.MULTILINE)}

    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= anchors


def test_the_example_of_the_readme_runs():
    example = BLOCK.findall(README)[0]
    if not zoo.names():
        pytest.skip("no checkpoint ships yet")

    assert "highest" in run(example)


def test_the_network_of_the_readme_opens_with_its_stages(tmp_path: Path):
    (example,) = (block for block in BLOCK.findall(README) if block.startswith("# my_network.py\n"))
    (tmp_path / "my_network.py").write_text(example)

    model = open_network(NetworkReference(f"{tmp_path / 'my_network.py'}:build")).model

    assert model.classes == CAMVID
    assert set(stages_of(model)) == {"fcn.features", "ld.mask", "classifier.features", "tokens"}


def test_the_examples_of_contributing_make_a_network_a_loss_a_data_set_and_a_view():
    examples = BLOCK.findall(CONTRIBUTING)
    rooms = {re.match(r"# (.+)/\w+\.py\n", example)[1] for example in examples}

    run("\n".join([*examples, USE_EXAMPLES]))
    assert rooms == {
        *("models/aggregation", "models/distribution", "models/heads", "models/decoders", "models/backbones"),
        *("models/losses", "models/data", "models/adapters", "gald_viz/views"),
    }


def run(code: str) -> str:
    """What the code prints; its error output is the failure."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
