"""Sidebar of the Train page: what is trained on what, and how. A value that is refused is a sentence."""

from __future__ import annotations

from typing import Any

import streamlit as st

from models.aggregation import AGGREGATIONS
from models.config import DataConfig, ModelConfig, TrainConfig
from models.config.training import OPTIMIZERS
from models.data import DATASETS, open_data
from models.device import usable_devices
from models.distribution import DISTRIBUTIONS
from models.losses import LOSSES
from models.presets import PRESETS
from models.training.choices import check_network, has_free_parts, parts_of, with_parts
from models.training.job import Job

KEY = "control.train"
BACKBONES = ("tiny", "mobilenetv2_100", "resnet18", "resnet50", "resnet101", "efficientnet_b0", "convnext_tiny")
PRECISIONS = ("auto", "32-true", "bf16-mixed", "16-mixed")
_START = "small-aspp-ldv2"


def choose_job() -> Job:
    """The job that the sidebar describes.

    Raises:
        ValueError: if a value is refused, the data is not there, or the network cannot be built.
    """
    preset, model = _model()
    data, recipe = _data(), _recipe()
    _check(model, data)
    return Job(preset, model, data, recipe)


def _model() -> tuple[str, ModelConfig]:
    names = sorted(PRESETS, key=lambda name: (not name.startswith(("small", "tiny")), name))
    st.session_state.setdefault(f"{KEY}.preset", _START)
    name = st.selectbox(
        "Preset", names, key=f"{KEY}.preset", format_func=lambda name: f"{name} · {PRESETS[name].system}"
    )
    model = PRESETS[name].model
    own = model.backbone.name
    options = list(dict.fromkeys([own, *BACKBONES]))
    # Another preset has other parts: its own come first again.
    backbone = st.selectbox(
        "Backbone", options, key=f"{KEY}.backbone.{name}", accept_new_options=True, help="Or another of timm's names."
    )
    ga, ld = parts_of(model)
    if has_free_parts(model):
        left, right = st.columns(2)
        ga = left.selectbox("GA", _own_first(ga, AGGREGATIONS.names()), key=f"{KEY}.ga.{name}")
        ld = right.selectbox("LD", _own_first(ld, DISTRIBUTIONS.names()), key=f"{KEY}.ld.{name}")
    return name, with_parts(model, str(backbone or own), ga, ld)


def _data() -> DataConfig:
    names = sorted(DATASETS.names(), key=lambda name: (DATASETS.get(name).needs_root, name))
    name = st.selectbox("Data set", names, key=f"{KEY}.data")
    kind, root = DATASETS.get(name), ""
    if kind.needs_root:
        root = st.text_input("Folder", key=f"{KEY}.root.{name}", placeholder=f"$GALD_DATA/{name}").strip()
    height, width, batch = st.columns(3)
    crop = (_whole(height, "Crop, px", "height", 240), _whole(width, "by", "width", 320))
    st.session_state[f"{KEY}.batch.value"] = _whole(batch, "Batch", "batch", 4)
    limit = st.session_state.get(f"{KEY}.limit", 0)
    return DataConfig(name, root, crop=crop, limit=limit, workers=1)


def _recipe() -> TrainConfig:
    left, right = st.columns(2)
    iterations = _whole(left, "Steps", "iterations", 300)
    lr = _real(right, "Learning rate", "lr", 0.01)
    device, precision = st.columns(2)
    chosen: dict[str, Any] = {
        "accelerator": device.selectbox("Device", usable_devices(), key=f"{KEY}.device"),
        "precision": precision.selectbox("Precision", PRECISIONS, key=f"{KEY}.precision"),
    }
    with st.expander("More of the recipe"):
        chosen |= _more()
    return TrainConfig(iterations=iterations, lr=lr, batch=st.session_state[f"{KEY}.batch.value"], **chosen)


def _more() -> dict[str, Any]:
    defaults = TrainConfig()
    left, right = st.columns(2)
    values: dict[str, Any] = {
        "optimizer": left.selectbox("Optimizer", OPTIMIZERS, key=f"{KEY}.optimizer"),
        "loss": right.selectbox("Loss", _own_first(defaults.loss, LOSSES.names()), key=f"{KEY}.loss"),
        "weights": left.text_input("Weights", "none", key=f"{KEY}.weights", help="none, auto (timm's hub) or a file."),
        "start": right.text_input("Start from", key=f"{KEY}.start", help="Checkpoint whose backbone is taken."),
        "validate_every": _whole(left, "Validate every", "validate", 50),
        "checkpoint_every": _whole(right, "Save every", "save", 50),
        "weight_decay": _real(left, "Weight decay", "decay", defaults.weight_decay),
        "aux_weight": _real(right, "Auxiliary weight", "aux", defaults.aux_weight),
        "warmup": _whole(left, "Warm-up steps", "warmup", 0),
        "seed": _whole(right, "Seed", "seed", 0),
    }
    _whole(left, "Images at most", "limit", 0)
    values["freeze_bn"] = right.checkbox("Freeze BatchNorm", key=f"{KEY}.freeze")
    return values


def _check(model: ModelConfig, data: DataConfig) -> None:
    if data.limit < 0:
        raise ValueError(f"images at most is {data.limit}; give 0 for all, or more.")
    opened = open_data(data.name, data.root or None, data.split)
    check_network(model, opened.classes, data.crop)


def _own_first(own: str, names: list[str]) -> list[str]:
    return list(dict.fromkeys([own, *names]))


# Neither has limits of its own: what a configuration refuses, it says in a sentence.
def _whole(place: Any, label: str, key: str, value: int) -> int:
    return int(place.number_input(label, value=value, step=1, key=f"{KEY}.{key}"))


def _real(place: Any, label: str, key: str, value: float) -> float:
    return float(place.number_input(label, value=value, step=None, format="%g", key=f"{KEY}.{key}"))
