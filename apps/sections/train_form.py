"""Sidebar of the Train page: what is trained on what, and how. A value that is refused is a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from apps.roots import confined
from apps.store import root_of
from models.aggregation import AGGREGATIONS
from models.config import DataConfig, DetectorConfig, ModelConfig, TrainConfig
from models.config.training import OPTIMIZERS
from models.data import DATASETS, open_data
from models.data.detection import DETECTION_SETS, open_detection
from models.device import usable_devices
from models.distribution import DISTRIBUTIONS
from models.losses import LOSSES
from models.presets import DETECTORS, PRESETS
from models.training.choices import check_masks, check_network, has_free_parts, parts_of, with_parts
from models.training.job import AnyJob, DetectorJob, Job

KEY = "control.train"
BACKBONES = ("tiny", "mobilenetv2_100", "resnet18", "resnet50", "resnet101", "efficientnet_b0", "convnext_tiny")
PRECISIONS = ("auto", "32-true", "bf16-mixed", "16-mixed")
_BN = "BatchNorm keeps its statistics and weights: the backbone's, or all of them with a head that was trained before."
_START = "small-aspp-ldv2"
_EVERY = {**PRESETS, **DETECTORS}


@dataclass(frozen=True)
class _Kind:
    """What the form offers for one kind of network.

    Attributes:
        sets: data sets by name.
        open: name, root, split -> data set.
        mark: behind the keys of controls that have other first values for the other kind.
        train: the recipe's first values.
        iterations: the same.
    """

    sets: Any
    open: Any
    mark: str
    train: TrainConfig


_SEGMENTATION = _Kind(DATASETS, open_data, "", TrainConfig(iterations=300, batch=4, weights="none"))
# As the detectors that ship were trained.
_DETECTION = _Kind(
    DETECTION_SETS,
    open_detection,
    ".detector",
    TrainConfig(300, batch=2, optimizer="adamw", lr=1e-3, warmup=60, weight_decay=1e-4, weights="none"),
)


def choose_job() -> AnyJob:
    """The job that the sidebar describes.

    Raises:
        ValueError: if a value is refused, the data is not there, or the network cannot be built.
    """
    preset, model = _model()
    kind = _DETECTION if isinstance(model, DetectorConfig) else _SEGMENTATION
    name, root = _data_set(kind)
    if isinstance(model, DetectorConfig):
        model = replace(model, sides=_sides(preset, model))
        crop, batch = DataConfig().crop, _batch(st, kind)
    else:
        model = replace(model, stage_classifiers=_stage_predictions())
        crop, batch = _crop(kind)
    recipe = _recipe(kind, batch)
    limit = st.session_state[f"{KEY}.limit"]
    if limit < 0:
        raise ValueError(f"images at most is {limit}; give 0 for all, or more.")
    data = DataConfig(name, root, crop=crop, limit=limit, workers=1)
    opened = kind.open(name, root_of(root), data.split)
    check_network(model, opened.classes, crop)
    if isinstance(model, DetectorConfig):
        check_masks(model, opened)
        return DetectorJob(preset, model, data, recipe)
    return Job(preset, model, data, recipe)


def _model() -> tuple[str, ModelConfig | DetectorConfig]:
    names = sorted(_EVERY, key=lambda name: (not name.startswith(("small", "tiny")), name in DETECTORS, name))
    st.session_state.setdefault(f"{KEY}.preset", _START)
    name = st.selectbox(
        "Preset",
        names,
        key=f"{KEY}.preset",
        format_func=lambda name: f"{name} · {_EVERY[name].system}",
        help="small-… and tiny-… train on a CPU. An R-CNN is a detector: it learns boxes and masks of objects.",
    )
    model = _EVERY[name].model
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
    if not re.fullmatch(r"[\w.-]+", backbone := str(backbone or own)):
        # timm would take a folder or an address for a name.
        raise ValueError(f"backbone is {backbone!r}, must be one of timm's names, such as resnet18.")
    return name, with_parts(model, backbone, ga, ld)


def _data_set(kind: _Kind) -> tuple[str, str]:
    names = sorted(kind.sets.names(), key=lambda name: (kind.sets.get(name).needs_root, name))
    name = str(st.selectbox("Data set", names, key=f"{KEY}.data{kind.mark}"))
    if not kind.sets.get(name).needs_root:
        return name, ""
    return name, st.text_input("Folder", key=f"{KEY}.root.{name}", placeholder=f"$GALD_DATA/{name}").strip()


def _stage_predictions() -> bool:
    tip = (
        "Classifiers on what lies before GA and before LD learn beside the network, which learns nothing from them: "
        "the fixed images then show what each stage would answer. Their losses are a part of the loss that is shown."
    )
    return st.checkbox("Stage predictions", True, key=f"{KEY}.stages", help=tip)


def _crop(kind: _Kind) -> tuple[tuple[int, int], int]:
    height, width, batch = st.columns(3)
    return (_whole(height, "Crop, px", "height", 240), _whole(width, "by", "width", 320)), _batch(batch, kind)


def _sides(preset: str, model: DetectorConfig) -> tuple[int, int]:
    left, right = st.columns(2)
    # Another preset has other sides.
    return (
        _whole(left, "Short side, px", f"short.{preset}", model.sides[0], "Images are fitted into this frame."),
        _whole(right, "Long side, px", f"long.{preset}", model.sides[1]),
    )


def _batch(place: Any, kind: _Kind) -> int:
    return _whole(place, "Batch", f"batch{kind.mark}", kind.train.batch)


def _recipe(kind: _Kind, batch: int) -> TrainConfig:
    first, mark = kind.train, kind.mark
    left, right = st.columns(2)
    iterations = _whole(left, "Steps", "iterations", first.iterations)
    lr = _real(right, "Learning rate", f"lr{mark}", first.lr)
    device, precision = st.columns(2)
    chosen: dict[str, Any] = {
        "accelerator": device.selectbox("Device", usable_devices(), key=f"{KEY}.device"),
        "precision": precision.selectbox("Precision", PRECISIONS, key=f"{KEY}.precision"),
    }
    with st.expander("More of the recipe"):
        chosen |= _more(kind)
    for key in ("weights", "start"):
        chosen[key] = chosen[key].strip()
        if chosen[key] not in ("", "auto", "none"):
            confined(chosen[key], f"file of {key!r}")
    return replace(first, iterations=iterations, lr=lr, batch=batch, **chosen)


def _more(kind: _Kind) -> dict[str, Any]:
    first, mark = kind.train, kind.mark
    left, right = st.columns(2)
    values: dict[str, Any] = {
        "optimizer": left.selectbox("Optimizer", _own_first(first.optimizer, OPTIMIZERS), key=f"{KEY}.optimizer{mark}"),
        "weight_decay": _real(right, "Weight decay", f"decay{mark}", first.weight_decay),
        "weights": left.text_input("Weights", "none", key=f"{KEY}.weights", help="none, auto (timm's hub) or a file."),
        "start": right.text_input("Start from", key=f"{KEY}.start", help="Checkpoint whose backbone is taken."),
        "validate_every": _whole(left, "Validate every", "validate", 50, "Steps; 0 for the end only."),
        "checkpoint_every": _whole(
            right, "Save every", "save", 50, "Steps; what Resume goes on from. 0: the end only."
        ),
        "warmup": _whole(left, "Warm-up steps", f"warmup{mark}", first.warmup),
        "seed": _whole(right, "Seed", "seed", 0),
    }
    if kind is _SEGMENTATION:
        values["loss"] = left.selectbox("Loss", _own_first(first.loss, LOSSES.names()), key=f"{KEY}.loss")
        values["aux_weight"] = _real(right, "Auxiliary weight", "aux", first.aux_weight)
    _whole(left, "Images at most", "limit", 0, "Of each split; 0 for all.")
    values["freeze_bn"] = right.checkbox("Freeze BN", key=f"{KEY}.freeze", help=_BN)
    return values


def _own_first(own: str, names: Any) -> list[str]:
    return list(dict.fromkeys([own, *names]))


# Neither has limits of its own: what a configuration refuses, it says in a sentence.
def _whole(place: Any, label: str, key: str, value: int, tip: str | None = None) -> int:
    return int(place.number_input(label, value=value, step=1, key=f"{KEY}.{key}", help=tip))


def _real(place: Any, label: str, key: str, value: float) -> float:
    return float(place.number_input(label, value=value, step=None, format="%g", key=f"{KEY}.{key}"))
