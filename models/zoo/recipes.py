"""How each checkpoint that ships was trained: five networks on two data sets.

Two phases, after DeepLabv3 (Chen et al., arXiv:1706.05587, section 4.1): first an FCN at output stride 16 with
BatchNorm learning, once for all five; then every network at output stride 8 from that backbone, with BatchNorm and the
stages up to c3 held still. So the five start alike, differ in the head and see the same crops.
"""

from __future__ import annotations

from dataclasses import replace

from models.config import DataConfig, TrainConfig
from models.presets import preset
from models.training.job import Job

SYSTEMS = ("fcn", "cgnl", "cgnl-ldv1", "aspp", "aspp-ldv2")
PROBED = ("cgnl-ldv1", "aspp-ldv2")
_CAMVID = DataConfig("camvid", crop=(240, 320), scales=(0.6, 1.7), photometric=0.25)
_SCENES = DataConfig("scenes", crop=(128, 256), scales=(0.6, 1.5), photometric=0.1, limit=600)
_DATA = {"camvid": _CAMVID, "scenes": _SCENES}
_FIRST = TrainConfig(lr=0.02, head_lr_factor=4.0, weight_decay=1e-4, warmup=50, checkpoint_every=50)
_SECOND = TrainConfig(
    batch=4,
    lr=0.01,
    head_lr_factor=5.0,
    weight_decay=1e-4,
    warmup=30,
    freeze_bn=True,
    ohem_min_kept=20_000,
    checkpoint_every=50,
    weights="none",
)
_ITERATIONS = {"camvid": (900, 450), "scenes": (400, 400)}


def names() -> list[str]:
    """Every job: one ``DATA-start`` and five ``DATA-SYSTEM`` for each data set."""
    return [f"{data}-{part}" for data in _DATA for part in ("start", *SYSTEMS)]


def job(name: str, root: str = "", weights: str = "auto", start: str = "", split: str = "train") -> Job:
    """The job that trains one checkpoint of the zoo.

    Args:
        name: one of ``names``.
        root: folder of the data set; not needed for scenes.
        weights: ImageNet weights of MobileNetV2 for the first phase.
        start: checkpoint of the first phase, for the second.
        split: what to train on; ``fit`` leaves out the sequence that recipes are selected on.

    Raises:
        ValueError: if there is no such job.
    """
    if name not in names():
        raise ValueError(f"zoo job is {name!r}, must be one of {names()}.")
    data_name, system = name.split("-", 1)
    val_split = "select" if split == "fit" else "val"
    data = replace(_DATA[data_name], root=root, split=split, val_split=val_split)
    first, second = _ITERATIONS[data_name]
    if system == "start":
        model = preset("small-fcn").model
        model = replace(model, backbone=replace(model.backbone, output_stride=16))
        return Job("small-fcn", model, data, replace(_FIRST, iterations=first, weights=weights))
    model = preset(f"small-{system}").model
    model = replace(model, backbone=replace(model.backbone, frozen_stages=2))
    return Job(f"small-{system}", model, data, replace(_SECOND, iterations=second, start=start))
