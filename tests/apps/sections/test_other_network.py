"""The explorer with a network that is not ours."""

import json

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from apps import store
from gald_viz.views import VIEWS
from models.adapters.reference import NetworkReference
from models.data.scenes import CLASSES

OWN = """
import torch
from torch import nn
from models.adapters import Adapter, adapt
from models.data.scenes import CLASSES

class Small(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3, 8, 1), nn.ReLU())
        self.gate = nn.Sequential(nn.Conv2d(8, 8, 1), nn.Sigmoid())
        self.last = nn.Conv2d(8, len(CLASSES), 1)

    def forward(self, image):
        features = self.body(image)
        return {"out": self.last(features + features * self.gate(features))}

def build():
    return adapt(Small(), CLASSES, Adapter({"fcn.features": "body", "ld.mask": "gate"}, classifier="last"))

def bare():
    return Small()
"""
SHOWN = {"masks", "errors", "decomposition", "separation", "tokens"}


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("GALD_ALLOW_CODE", "1")
    (tmp_path / "my_network.py").write_text(OWN)
    return tmp_path / "my_network.py"


@pytest.fixture
def opened(explorer, own):
    def run(source="", view="errors", **fields):
        page = explorer(control__checkpoint="another network …", control__view=view)
        for key, value in {"source": source or f"{own}:build", **fields}.items():
            page.text_input(key=f"control.other.{key}").set_value(value)
        return page

    return run


def press(page):
    return next(button for button in page.button if button.label == "Open").click().run()


def complaints(page):
    return [error.value for error in page.error]


@pytest.mark.parametrize("view", list(VIEWS))
def test_every_view_of_ones_own_network_is_drawn_or_says_why_not(opened, view):
    page = press(opened(view=view))

    assert not page.exception
    assert complaints(page) == []
    if view in SHOWN:
        assert page.metric
        assert not page.info
    else:
        assert not page.metric
        assert "build ha" in page.info[0].value


def test_the_file_runs_only_when_the_button_is_pressed(opened, own):
    count = f"with open({str(own.with_name('ran'))!r}, 'a') as file:\n    file.write('x')\n"
    own.write_text(count + OWN)

    opened().run()
    assert not own.with_name("ran").exists()
    page = press(opened())
    page.slider(key="control.errors.band").set_value(9).run()

    assert complaints(page) == []
    assert own.with_name("ran").read_text() == "x"


def test_a_network_that_fails_is_told_once(opened):
    page = press(opened(source="my_network.py:gone"))

    assert len(complaints(page)) == 1
    assert "there is no file my_network.py" in complaints(page)[0]
    page.run()
    assert complaints(page) == []
    assert not page.exception


def test_a_file_that_breaks_while_it_is_open_is_one_sentence_and_can_be_mended(opened, own):
    page = press(opened())
    assert page.metric

    own.write_text("def build():\n    return 1 / 0\n")
    page.run()
    assert not page.exception
    assert "failed, line 2: ZeroDivisionError" in complaints(page)[0]
    own.write_text(OWN)
    page = press(page)

    assert complaints(page) == []
    assert page.metric


def test_weights_and_classes_are_those_of_the_form(opened, own, tmp_path):
    tensors = {"body.0.weight": torch.zeros(8, 3, 3, 3), "body.0.bias": torch.zeros(8)}
    tensors |= {"gate.0.weight": torch.zeros(8, 8, 1, 1), "gate.0.bias": torch.zeros(8)}
    bias = torch.zeros(len(CLASSES))
    bias[2] = 1.0
    tensors |= {"last.weight": torch.zeros(len(CLASSES), 8, 1, 1), "last.bias": bias}
    save_file(tensors, tmp_path / "grey.safetensors")
    reference = NetworkReference(f"{own}:bare", str(tmp_path / "grey.safetensors"), "scenes")

    page = press(opened(source=reference.source, weights=reference.weights, classes=reference.classes))

    assert complaints(page) == []
    assert page.metric[0].label == "pixel accuracy"
    picture = store.sample_picture("scenes", "", "val", 0)
    # The bias alone decides: class 2 everywhere.
    assert picture.label is not None
    share = (picture.label == 2).sum() / (picture.label < len(CLASSES)).sum()
    assert page.metric[0].value == f"{100 * share:.1f} %"
    assert store.network(reference).name == "bare (grey)"


def test_a_pickle_is_refused_until_the_box_is_ticked(opened, own, tmp_path):
    state = nn.Sequential(nn.Conv2d(3, 5, 1)).state_dict()
    torch.save(state, tmp_path / "a.pth")
    own.write_text("from torch import nn\n\ndef build():\n    return nn.Sequential(nn.Conv2d(3, 5, 1))\n")

    page = press(opened(weights=str(tmp_path / "a.pth"), view="tokens"))
    assert "a.pth is a pickle" in complaints(page)[0]
    page.checkbox(key="control.other.trust").check()
    page = press(page)

    assert complaints(page) == []
    # No adapter names the last layer.
    assert "build (a) has no class tokens" in page.info[0].value


def test_the_network_of_the_command_line_is_open_at_once(explorer, own, monkeypatch):
    asked = {"source": f"{own}:build", "weights": "", "classes": "", "trust_pickle": False}
    monkeypatch.setenv("GALD_NETWORK", json.dumps(asked))

    page = explorer(control__view="masks")

    assert complaints(page) == []
    assert page.metric[0].label == "lowest gate"
    assert page.text_input(key="control.other.source").value == asked["source"]


def test_a_shipped_checkpoint_on_the_command_line_is_chosen(explorer, monkeypatch):
    monkeypatch.setenv("GALD_NETWORK", json.dumps({"source": "scenes-ldv1"}))

    assert explorer().session_state["control.checkpoint"] == "scenes-ldv1"


def test_a_changed_file_of_ones_own_is_built_again(own):
    reference = NetworkReference(f"{own}:build")
    first = store.network(reference)
    assert store.network(reference) is first

    own.write_text(OWN.replace("manual_seed(0)", "manual_seed(1)"))

    assert store.network(reference).sha256 != first.sha256


def test_where_code_is_off_a_python_file_is_a_sentence_and_nothing_runs(opened, own, monkeypatch):
    monkeypatch.delenv("GALD_ALLOW_CODE")
    own.write_text("raise SystemExit('ran')")

    page = press(opened())

    assert not page.exception
    (sentence,) = complaints(page)
    assert "a Python file can run code on this machine, which is off here" in sentence
    assert page.checkbox(key="control.other.trust").disabled
    assert any("they are off here" in caption.value for caption in page.caption)
