"""Under which conditions all rows of a study are trained, and the job of one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.config import DataConfig, ModelConfig, TrainConfig
from models.output_stride import at_output_stride
from models.presets import preset
from models.study.row import Row
from models.study.small import small
from models.training.job import Job

# What the small networks that ship were trained with in their last phase, on smaller crops and in fewer steps.
SMALL_DATA = DataConfig("camvid", crop=(160, 224), scales=(0.5, 1.25), photometric=0.25)
SMALL_TRAIN = TrainConfig(
    iterations=150,
    batch=4,
    lr=0.01,
    head_lr_factor=5.0,
    weight_decay=1e-4,
    warmup=20,
    loss="ohem_balanced",
    ohem_min_kept=20_000,
    freeze_bn=True,
    checkpoint_every=50,
    start="camvid-fcn",
    weights="none",
)
# Up to c4: an hour of two cores is three seeds of six rows with the last stage learning, and half a seed of all of it.
_FROZEN_STAGES = 3


@dataclass(frozen=True)
class Conditions:
    """What all rows have in common; two results are comparable where these are equal.

    Attributes:
        data: what is trained and measured on.
        train: the recipe that a row's Training changes; its seed counts up from the first.
        small: networks at a size for two cores, see models.study.small.
        pretrained: checkpoint for the rows that go on from more data, empty to leave these out.
    """

    data: DataConfig
    train: TrainConfig
    small: bool = False
    pretrained: str = ""


def usual(small_networks: bool) -> Conditions:
    """What holds where nothing else is asked: the papers' recipe, or that for two cores."""
    if small_networks:
        return Conditions(SMALL_DATA, SMALL_TRAIN, small=True)
    return Conditions(DataConfig("camvid"), TrainConfig())


def network_of(row: Row, conditions: Conditions) -> ModelConfig:
    """The row's network as it is trained.

    Raises:
        ValueError: if it cannot have the row's output stride.
    """
    model = preset(row.preset).model
    stride = row.training.output_stride
    if stride:
        model = at_output_stride(model, stride)
        model = replace(model, backbone=replace(model.backbone, trained_stride=0))
    if not conditions.small:
        return model
    model = small(model)
    frozen = 0 if row.training.scratch else _FROZEN_STAGES
    return replace(model, backbone=replace(model.backbone, frozen_stages=frozen))


def job_of_row(row: Row, conditions: Conditions, seed: int) -> Job:
    """The job that trains a row once.

    Raises:
        ValueError: if the row needs a checkpoint that is not given, or a value is refused.
    """
    own, recipe = row.training, conditions.train
    if own.pretrained and not conditions.pretrained:
        raise ValueError(f"row {row.key!r} goes on from a checkpoint of more data; give one with --pretrained.")
    train = replace(
        recipe,
        seed=seed,
        batch=max(1, round(recipe.batch * own.batch)),
        iterations=max(1, round(recipe.iterations * own.iterations)),
        freeze_bn=recipe.freeze_bn if own.freeze_bn is None else own.freeze_bn,
        upsample_logits=own.upsample_logits,
    )
    if own.scratch:
        train = replace(train, start="", weights="none", freeze_bn=False)
    if own.pretrained:
        train = replace(train, start=conditions.pretrained, start_head=True, new_classes=True)
    crop = (max(32, round(conditions.data.crop[0] * own.crop)), max(32, round(conditions.data.crop[1] * own.crop)))
    return Job(row.preset, network_of(row, conditions), replace(conditions.data, crop=crop), train)


def twins(rows: tuple[Row, ...], conditions: Conditions) -> dict[str, str]:
    """Key of a row -> key of an earlier one that is the very same under these conditions, as Swin-L is when small."""
    seen: dict[tuple[object, ...], str] = {}
    same: dict[str, str] = {}
    for row in rows:
        identity = (network_of(row, conditions), row.training, row.test, row.test_stride)
        first = seen.setdefault(identity, row.key)
        if first != row.key:
            same[row.key] = first
    return same
