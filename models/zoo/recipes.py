"""How each checkpoint that ships was trained: five networks on two data sets, and some of the other papers.

Three phases, after DeepLabv3 (Chen et al., arXiv:1706.05587, section 4.1). ``start``: an FCN at output stride 16 with
BatchNorm learning. ``trunk``: the FCN at output stride 8 from that backbone, with BatchNorm and the stages up to c2
held still, as from here on. Then every network from the trunk's backbone. So the five start alike, differ in the head
and see the same crops. Rare classes are raised in the loss throughout: the schedules are short. The networks of the
other papers start from the shipped FCN of their data set, each at the output stride of its paper, the detectors from
ImageNet.
"""

from __future__ import annotations

from dataclasses import replace

from models.config import DataConfig, ModelConfig, TrainConfig
from models.presets import detector_preset, preset
from models.training.job import AnyJob, DetectorJob, Job

SYSTEMS = ("fcn", "cgnl", "cgnl-ldv1", "aspp", "aspp-ldv2")
PROBED = ("cgnl-ldv1", "aspp-ldv2")
# Steps of each job; what is decoded from stride 32 has cheap steps.
FURTHER = {
    "scenes-ldga": 200,
    "scenes-ann": 300,
    "scenes-deeplabv3": 300,
    "scenes-sfpn": 1200,
    "scenes-sfpn-hfgm": 1200,
    "scenes-hfgd": 1200,
    "camvid-hfgd": 1500,
}
DETECTORS = ("scenes-mask-rcnn", "scenes-mask-rcnn-gald")
_OBJECTS = DataConfig("scenes", scales=(0.9, 1.2))
_DETECTION = TrainConfig(
    iterations=300, batch=2, optimizer="adamw", lr=1e-3, warmup=60, weight_decay=1e-4, freeze_bn=True
)
_CAMVID = DataConfig("camvid", crop=(240, 320), scales=(0.6, 1.7), photometric=0.25)
_SCENES = DataConfig("scenes", crop=(128, 256), scales=(0.6, 1.5), photometric=0.1, limit=600)
_DATA = {"camvid": _CAMVID, "scenes": _SCENES}
_START = TrainConfig(
    lr=0.02, head_lr_factor=4.0, weight_decay=1e-4, warmup=50, loss="ohem_balanced", checkpoint_every=50
)
_DENSE = replace(_START, batch=4, lr=0.01, head_lr_factor=5.0, freeze_bn=True, ohem_min_kept=20_000, weights="none")
_ITERATIONS = {"camvid": (1200, 700, 280), "scenes": (500, 300, 200)}


def names() -> list[str]:
    """Every job: ``DATA-start``, ``DATA-trunk`` and five ``DATA-SYSTEM`` for each data set, then the other papers'."""
    jobs = [f"{data}-{part}" for data in _DATA for part in ("start", "trunk", *SYSTEMS)]
    return [*jobs, *FURTHER, *DETECTORS]


def phase_before(name: str) -> str | None:
    """The job whose backbone this one starts from; None for the first phase."""
    data, system = _split(name)
    if name in DETECTORS:
        return None
    if name in FURTHER:
        return f"{data}-fcn"
    return {"start": None, "trunk": f"{data}-start"}.get(system, f"{data}-trunk")


def job(name: str, root: str = "", weights: str = "auto", start: str = "", split: str = "train") -> AnyJob:
    """The job that trains one checkpoint of the zoo.

    Args:
        name: one of ``names``.
        root: folder of the data set; not needed for scenes.
        weights: ImageNet weights of MobileNetV2 for the first phase.
        start: checkpoint of the phase before, for the others.
        split: what to train on; ``fit`` leaves out the sequence that recipes are selected on.

    Raises:
        ValueError: if there is no such job.
    """
    data_name, system = _split(name)
    if name in DETECTORS:
        detector = f"small-{system}"
        return DetectorJob(detector, detector_preset(detector).model, _OBJECTS, replace(_DETECTION, weights=weights))
    val_split = "select" if split == "fit" else "val"
    data = replace(_DATA[data_name], root=root, split=split, val_split=val_split)
    first, trunk, last = _ITERATIONS[data_name]
    if system == "start":
        recipe = replace(_START, iterations=first, weights=weights)
        return Job("small-fcn", _network("fcn", output_stride=16), data, recipe)
    iterations = trunk if system == "trunk" else FURTHER.get(name, last)
    recipe = replace(_DENSE, iterations=iterations, start=start)
    system = "fcn" if system == "trunk" else system
    return Job(f"small-{system}", _network(system, frozen_stages=1), data, recipe)


def _network(system: str, **backbone: int) -> ModelConfig:
    model = preset(f"small-{system}").model
    return replace(model, backbone=replace(model.backbone, **backbone))


def _split(name: str) -> tuple[str, str]:
    if name not in names():
        raise ValueError(f"zoo job is {name!r}, must be one of {names()}.")
    data, _, system = name.partition("-")
    return data, system
