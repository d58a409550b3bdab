"""Configuration of networks, data and training: frozen dataclasses that check themselves.

JSON is what is written into checkpoints and run folders; these classes are the only place where it is read back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

VARIANTS = ("reference", "paper")
STRIDES = (4, 8, 16, 32)


def check_choice(name: str, value: Any, allowed: Sequence[Any]) -> None:
    """Raise ValueError naming the value and the allowed set."""
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}, must be one of {list(allowed)}.")


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raise ValueError unless low <= value <= high."""
    if not low <= value <= high:
        raise ValueError(f"{name} is {value}, must lie in {low}..{high}.")


@dataclass(frozen=True)
class BackboneConfig:
    """A timm network turned into a feature pyramid.

    Attributes:
        name: registered backbone, or timm's name of a ResNet, MobileNet or EfficientNet.
        output_stride: image pixels per cell of c5.
        multi_grid: factors on the dilation of the last stage's blocks, taken cyclically; empty for none.
        deep_stem: three 3x3 convolutions 64-64-128 instead of the 7x7 and a max-pool with ceil_mode (ResNets of the
            GALD and ANN code).
        dilate_first: the first block of a dilated stage uses the full rate (GALD code); off = the rate of the stage
            before it (ANN code, torchvision, timm).
        frozen_stages: how many leading stages (stem and c2 = 1, c3 = 2, ...) are not trained.
    """

    name: str = "resnet50"
    output_stride: int = 8
    multi_grid: tuple[int, ...] = ()
    deep_stem: bool = False
    dilate_first: bool = True
    frozen_stages: int = 0

    def __post_init__(self) -> None:
        check_choice("output_stride", self.output_stride, STRIDES)
        check_range("frozen_stages", self.frozen_stages, 0, 4)
        if any(grid < 1 for grid in self.multi_grid):
            raise ValueError(f"multi_grid is {self.multi_grid}, every factor must be >= 1.")


@dataclass(frozen=True)
class AggregationConfig:
    """Global aggregation (GA).

    Attributes:
        name: ``none``, ``psp``, ``aspp``, ``nonlocal`` or ``cgnl``.
        channels: C of the context that ASPP and PSP return; the others keep that of their input.
        inner: channels of a branch (ASPP, PSP) or of query and key (non-local); CGNL always uses channels / 2.
        rates: atrous rates of ASPP's three 3x3 branches.
        bins: grid sizes of PSP's pooling.
        half_size: run GA on a map of half the size, as the published GALDv1 code does with CGNL.
        groups: groups of CGNL.
        scale: CGNL divides its scalar by sqrt(c * h * w); needed for fp16, off in the published code.
        dropout: of whole channels behind ASPP's fusion; the published code uses 0.1.
    """

    name: str = "aspp"
    channels: int = 512
    inner: int = 256
    rates: tuple[int, ...] = (12, 24, 36)
    bins: tuple[int, ...] = (1, 2, 3, 6)
    half_size: bool = False
    groups: int = 8
    scale: bool = False
    dropout: float = 0.0

    def __post_init__(self) -> None:
        check_range("dropout", self.dropout, 0.0, 0.9)
        for name in ("channels", "inner", "groups"):
            check_range(name, getattr(self, name), 1, 8192)
        if any(rate < 1 for rate in self.rates) or any(size < 1 for size in self.bins):
            raise ValueError(f"rates {self.rates} and bins {self.bins} must all be >= 1.")


@dataclass(frozen=True)
class DistributionConfig:
    """Local distribution (LD).

    Attributes:
        name: ``none``, ``depthwise``, ``average``, ``bilinear`` (LDv1) or ``affinity`` (LDv2).
        depth: number of halvings before the mask (LDv1); d = 2**depth.
        kernel: k, neighbours per side (LDv2), odd.
        dilation: r, cells between neighbours (LDv2).
        border: ``zero`` keeps neighbours outside the map in the softmax with logit 0; ``exclude`` masks them out.
        channels: C' of query, key and value (LDv2).
        key_from: ``both`` = concat(X_g, X_l), or ``context`` = X_g alone (Table IIc).
        query_from: the same for the query.
        scale: divide the scores by sqrt(C').
    """

    name: str = "depthwise"
    depth: int = 3
    kernel: int = 5
    dilation: int = 6
    border: str = "zero"
    channels: int = 256
    key_from: str = "both"
    query_from: str = "both"
    scale: bool = False

    def __post_init__(self) -> None:
        check_range("depth", self.depth, 1, 6)
        check_range("kernel", self.kernel, 1, 31)
        check_range("dilation", self.dilation, 1, 64)
        check_range("channels", self.channels, 1, 8192)
        if self.kernel % 2 == 0:
            raise ValueError(f"kernel is {self.kernel}, must be odd so that it has a centre.")
        check_choice("border", self.border, ("zero", "exclude"))
        check_choice("key_from", self.key_from, ("both", "context"))
        check_choice("query_from", self.query_from, ("both", "context"))


@dataclass(frozen=True)
class ModelConfig:
    """One segmentation network.

    Attributes:
        backbone: image -> pyramid.
        head: ``fcn`` or ``gald`` (GA alone and LD alone are arrangements of it).
        aggregation: GA of the head.
        distribution: LD of the head.
        arrangement: ``gald`` (GA then LD), ``ldga`` (LD then GA), ``parallel`` (both, concatenated), ``ga`` or ``ld``.
        variant: ``reference`` computes what the published code does, ``paper`` the equations as printed.
        width: channels of the head's 3x3 convolutions and of the feature the classifier sees.
        decoder: context -> logits.
        auxiliary: an auxiliary head on c4 while training.
        dropout: of the auxiliary head.
        stage_classifiers: 1x1 classifiers on ``fcn.features`` and ``ga.context``.
    """

    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    head: str = "gald"
    aggregation: AggregationConfig = field(default_factory=AggregationConfig)
    distribution: DistributionConfig = field(default_factory=DistributionConfig)
    arrangement: str = "gald"
    variant: str = "reference"
    width: int = 512
    decoder: str = "linear"
    auxiliary: bool = True
    dropout: float = 0.1
    stage_classifiers: bool = False

    def __post_init__(self) -> None:
        check_choice("arrangement", self.arrangement, ("gald", "ldga", "parallel", "ga", "ld"))
        check_choice("variant", self.variant, VARIANTS)
        check_range("width", self.width, 8, 8192)
        check_range("dropout", self.dropout, 0.0, 0.9)


@dataclass(frozen=True)
class DataConfig:
    """What a training job reads.

    Attributes:
        name: registered data set.
        root: its folder; empty for generated scenes.
        split: split to train on.
        val_split: split to validate on.
        crop: height and width of a training crop, pixels.
        scales: smallest and largest random scale.
        flip: mirror half of the crops.
        photometric: brightness, contrast and saturation jitter, 0 for none.
        workers: loader processes.
        limit: use at most so many images of each split, 0 for all.
    """

    name: str = "scenes"
    root: str = ""
    split: str = "train"
    val_split: str = "val"
    crop: tuple[int, int] = (240, 320)
    scales: tuple[float, float] = (0.5, 2.0)
    flip: bool = True
    photometric: float = 0.0
    workers: int = 1
    limit: int = 0

    def __post_init__(self) -> None:
        low, high = self.scales
        if not 0 < low <= high:
            raise ValueError(f"scales are {self.scales}; give 0 < smallest <= largest.")
        if min(self.crop) < 32:
            raise ValueError(f"crop is {self.crop}; both sides must be >= 32.")
        check_range("photometric", self.photometric, 0.0, 1.0)
        check_range("workers", self.workers, 0, 64)
        check_range("limit", self.limit, 0, 1_000_000_000)


@dataclass(frozen=True)
class TrainConfig:
    """The recipe of the papers: SGD 0.9, poly 0.9, OHEM, auxiliary 0.4.

    Attributes:
        iterations: optimizer steps.
        batch: images a step.
        lr: learning rate of the backbone at the start.
        head_lr_factor: multiplies lr for everything that is not the backbone.
        momentum: of SGD.
        weight_decay: L2, not on norms and biases.
        power: exponent of the poly schedule lr * (1 - step / iterations)**power.
        warmup: steps of linear warm-up.
        loss: registered loss.
        aux_weight: weight of the auxiliary cross entropy.
        ohem_threshold: OHEM keeps pixels whose true-class probability is at most this.
        ohem_min_kept: OHEM keeps at least this many pixels of a process's batch; K of the ``ohem_topk`` loss.
        freeze_bn: keep BatchNorm statistics and affine parameters as they are.
        precision: ``auto`` (bf16-mixed on CUDA, else 32-true) or a Fabric precision.
        accelerator: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        validate_every: steps between validations, 0 for the end only.
        checkpoint_every: steps between resumable states, 0 for the end only.
        seed: seeds data, augmentation and init.
        weights: start of the backbone: ``auto`` (timm's hub), ``none`` (random) or a local .safetensors file.
        start: one of our checkpoints whose backbone is taken; the head starts anew.
    """

    iterations: int = 1000
    batch: int = 8
    lr: float = 0.01
    head_lr_factor: float = 1.0
    momentum: float = 0.9
    weight_decay: float = 5e-4
    power: float = 0.9
    warmup: int = 0
    loss: str = "ohem"
    aux_weight: float = 0.4
    ohem_threshold: float = 0.7
    ohem_min_kept: int = 100_000
    freeze_bn: bool = False
    precision: str = "auto"
    accelerator: str = "auto"
    validate_every: int = 0
    checkpoint_every: int = 100
    seed: int = 0
    weights: str = "auto"
    start: str = ""

    def __post_init__(self) -> None:
        check_range("iterations", self.iterations, 1, 10_000_000)
        check_range("batch", self.batch, 1, 4096)
        check_range("lr", self.lr, 1e-8, 10.0)
        check_range("power", self.power, 0.0, 10.0)
        check_range("ohem_threshold", self.ohem_threshold, 0.0, 1.0)
        check_range("ohem_min_kept", self.ohem_min_kept, 1, 1_000_000_000)
        check_range("momentum", self.momentum, 0.0, 0.9999)
        check_range("weight_decay", self.weight_decay, 0.0, 1.0)
        for name in ("head_lr_factor", "aux_weight", "warmup", "validate_every", "checkpoint_every"):
            check_range(name, getattr(self, name), 0, 10_000_000)


def to_dict(config: Any) -> dict[str, Any]:
    """Nested plain dict of a config: tuples become lists, ready for JSON."""
    return json.loads(json.dumps(asdict(config)))


def from_dict(cls: type, values: Any) -> Any:
    """Rebuild a config from to_dict's output.

    Raises:
        ValueError: for values that are no mapping, a key that the class does not have, or a value that it refuses.
    """
    if not isinstance(values, Mapping):
        raise ValueError(f"{cls.__name__} is {values!r}, must be a mapping of its fields.")
    hints = get_type_hints(cls)
    unknown = sorted(set(values) - set(hints))
    if unknown:
        raise ValueError(f"{cls.__name__} has no field {unknown}; it has {sorted(hints)}.")
    return cls(**{key: _typed(f"{cls.__name__}.{key}", hints[key], value) for key, value in values.items()})


def _typed(name: str, hint: Any, value: Any) -> Any:
    if is_dataclass(hint):
        return from_dict(hint, value)
    if get_origin(hint) is tuple:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{name} is {value!r}, must be a list.")
        return tuple(_typed(name, get_args(hint)[0], part) for part in value)
    if hint is float and type(value) is int:
        return float(value)
    if hint in (int, float, str, bool) and type(value) is not hint:
        raise ValueError(f"{name} is {value!r}, must be of type {hint.__name__}.")
    return value
