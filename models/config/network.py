"""What a network is made of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from models.config.asymmetric import AsymmetricConfig, FusionConfig
from models.config.attention import AttentionConfig
from models.config.checks import VARIANTS, check_choice, check_range
from models.config.upsampling import UpsamplingConfig

STRIDES = (4, 8, 16, 32, 64, 128, 256)
BACKBONE_STRIDE = 32


@dataclass(frozen=True)
class BackboneConfig:
    """A timm network turned into a feature pyramid.

    Attributes:
        name: registered backbone, or timm's name of a ResNet, MobileNet, EfficientNet, ConvNeXt or Swin.
        output_stride: image pixels per cell of c5; beyond 32, of the last block of a cascade. ConvNeXt and Swin have 32
            alone.
        multi_grid: factors on the dilation of the blocks of the last stage, and of a cascade behind it, taken
            cyclically; empty for none.
        deep_stem: three 3x3 convolutions 64-64-128 instead of the 7x7 and a max-pool with ceil_mode (ResNets of the
            GALD and ANN code).
        dilate_first: the first block of a dilated stage uses the full rate (GALD code); off = the rate of the stage
            before it (ANN code, torchvision, timm).
        trained_stride: output stride that the weights were trained at; at another one the rates keep the values on the
            cells that both share. 0 for the output stride itself.
        frozen_stages: how many leading stages (stem and c2 = 1, c3 = 2, ...) are not trained.
    """

    name: str = "resnet50"
    output_stride: int = 8
    multi_grid: tuple[int, ...] = ()
    deep_stem: bool = False
    dilate_first: bool = True
    trained_stride: int = 0
    frozen_stages: int = 0

    def __post_init__(self) -> None:
        check_choice("output_stride", self.output_stride, STRIDES)
        check_choice("trained_stride", self.trained_stride, (0, *STRIDES))
        check_range("frozen_stages", self.frozen_stages, 0, 4)
        if any(grid < 1 for grid in self.multi_grid):
            raise ValueError(f"multi_grid is {self.multi_grid}, every factor must be >= 1.")


@dataclass(frozen=True)
class AggregationConfig:
    """Global aggregation (GA).

    Attributes:
        name: ``none``, ``psp``, ``aspp``, ``nonlocal``, ``cgnl``, ``apnb``, ``ocr``, ``attention`` or ``cae``.
        channels: C of the context; ``none``, non-local, CGNL and APNB keep that of their input.
        inner: channels of a branch (ASPP, PSP) or of query and key (non-local, APNB, OCR); CGNL uses channels / 2.
        rates: atrous rates of ASPP's 3x3 branches, in cells of the map: double them when the output stride is halved.
        image_pooling: ASPP's branch that sees the mean of the whole map.
        bins: grid sizes of PSP's pooling.
        half_size: run GA on a map of half the size, as the published GALDv1 code does with CGNL.
        groups: groups of CGNL.
        scale: CGNL divides its scalar by sqrt(c * h * w); needed for fp16, off in the published code.
        dropout: of whole channels behind the fusion of ASPP (published code: 0.1) and of APNB (0.05).
        asymmetric: anchors of APNB.
        attention: of ``attention`` and ``cae``, HFGD's encoders.
        regions: object regions of OCR; a network sets its number of classes.
    """

    name: str = "aspp"
    channels: int = 512
    inner: int = 256
    rates: tuple[int, ...] = (12, 24, 36)
    image_pooling: bool = True
    bins: tuple[int, ...] = (1, 2, 3, 6)
    half_size: bool = False
    groups: int = 8
    scale: bool = False
    dropout: float = 0.0
    asymmetric: AsymmetricConfig = field(default_factory=AsymmetricConfig)
    attention: AttentionConfig = field(default_factory=AttentionConfig)
    regions: int = 19

    def __post_init__(self) -> None:
        check_range("dropout", self.dropout, 0.0, 0.9)
        for name in ("channels", "inner", "groups", "regions"):
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
        head: ``fcn``, ``gald`` (GA alone and LD alone are arrangements of it), ``ann`` (fusion, then GA),
            ``deeplabv3``, ``cascade`` or ``encoder`` (GA on c5).
        aggregation: GA of the head.
        distribution: LD of the head.
        arrangement: ``gald`` (GA then LD), ``ldga`` (LD then GA), ``parallel`` (both, concatenated), ``ga`` or ``ld``.
        variant: ``reference`` computes what the published GALD code does, ``paper`` its equations as printed; the
            parts of ANN have their own.
        extra_blocks: blocks of the cascade behind the backbone's four: 3 for DeepLabv3's block7.
        width: channels of the head's 3x3 convolutions and of the feature the classifier sees.
        decoder: context -> logits.
        upsampling: of the decoders that upsample with finer levels; ``linear`` has none.
        auxiliary: an auxiliary head on c4 while training.
        dropout: of the auxiliary head.
        stage_classifiers: 1x1 classifiers on ``fcn.features`` and ``ga.context``, which learn while the network does
            and teach it nothing; ``gald probe`` trains them afterwards until they converge.
        fusion: fusion of levels before the GA of the ``ann`` head.
    """

    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    head: str = "gald"
    aggregation: AggregationConfig = field(default_factory=AggregationConfig)
    distribution: DistributionConfig = field(default_factory=DistributionConfig)
    arrangement: str = "gald"
    variant: str = "reference"
    extra_blocks: int = 3
    width: int = 512
    decoder: str = "linear"
    upsampling: UpsamplingConfig = field(default_factory=UpsamplingConfig)
    auxiliary: bool = True
    dropout: float = 0.1
    stage_classifiers: bool = False
    fusion: FusionConfig = field(default_factory=FusionConfig)

    def __post_init__(self) -> None:
        check_choice("arrangement", self.arrangement, ("gald", "ldga", "parallel", "ga", "ld"))
        check_choice("variant", self.variant, VARIANTS)
        check_range("extra_blocks", self.extra_blocks, 0, 3)
        check_range("width", self.width, 8, 8192)
        check_range("dropout", self.dropout, 0.0, 0.9)
        coarsest = BACKBONE_STRIDE << (self.extra_blocks if self.head == "cascade" else 0)
        if self.backbone.output_stride > coarsest:
            raise ValueError(
                f"output_stride is {self.backbone.output_stride}, head {self.head!r} ends at {coarsest}; "
                "choose that or less, or a cascade with more extra_blocks."
            )

    def for_classes(self, count: int) -> ModelConfig:
        """The configuration as the parts of a network with so many classes get it."""
        return replace(self, aggregation=replace(self.aggregation, regions=count))
