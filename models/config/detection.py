"""What a detector is made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.config.checks import VARIANTS, check_choice, check_range
from models.config.network import AggregationConfig, BackboneConfig, DistributionConfig

LEVELS = ("c4", "c5")
_STRIDE = 32


@dataclass(frozen=True)
class RcnnConfig:
    """Region proposals and the heads on them, with torchvision's values.

    Attributes:
        anchors: side of the anchors on each of the five levels, pixels of the fitted image.
        ratios: height / width of the anchors.
        proposals: regions that are kept for the heads, of one image.
        canonical: side of a region, pixels, that is read from the third of the four levels (224 in the FPN paper).
        proposal_batch: anchors of an image that the proposals' loss looks at.
        region_batch: regions of an image that the heads' losses look at.
        hidden: channels of the two layers before class and box.
        score_threshold: objects below this are not reported.
        overlap_threshold: IoU above which the less sure of two objects of a class is left out.
        most: objects of an image at most.
    """

    anchors: tuple[int, ...] = (32, 64, 128, 256, 512)
    ratios: tuple[float, ...] = (0.5, 1.0, 2.0)
    proposals: int = 1000
    canonical: int = 224
    proposal_batch: int = 256
    region_batch: int = 512
    hidden: int = 1024
    score_threshold: float = 0.05
    overlap_threshold: float = 0.5
    most: int = 100

    def __post_init__(self) -> None:
        if len(self.anchors) != 5 or any(side < 1 for side in self.anchors):
            raise ValueError(f"anchors are {self.anchors}; give five sides >= 1, one for each level of the pyramid.")
        if not self.ratios or any(ratio <= 0 for ratio in self.ratios):
            raise ValueError(f"ratios are {self.ratios}; give at least one, all > 0.")
        for name in ("proposals", "canonical", "proposal_batch", "region_batch", "hidden", "most"):
            check_range(name, getattr(self, name), 1, 100_000)
        check_range("score_threshold", self.score_threshold, 0.0, 1.0)
        check_range("overlap_threshold", self.overlap_threshold, 0.0, 1.0)


@dataclass(frozen=True)
class DetectorConfig:
    """Faster R-CNN or Mask R-CNN with a feature pyramid and a block of GA and LD (Li et al., BMVC 2019, section 4.4).

    Attributes:
        backbone: image -> c2..c5 at strides 4 to 32.
        masks: a mask for each object too: Mask R-CNN.
        level: where the block of GA and LD stands, ``c5`` or ``c4``; the pyramid reads its output there.
        aggregation: GA of the block, ``none`` for none.
        distribution: LD of the block, ``none`` for none.
        variant: of GA and LD, ``reference`` or ``paper``.
        pyramid_width: channels of each level of the pyramid and of the mask head.
        pyramid_groups: groups of a GroupNorm behind each convolution of the pyramid, 0 for none as in the papers; with
            it large features, such as those of MobileNetV2, train at the usual rates.
        sides: short and long side, pixels, of the frame that an image is fitted into.
        rcnn: proposals and heads.
    """

    backbone: BackboneConfig = field(default_factory=lambda: BackboneConfig("resnet50", output_stride=_STRIDE))
    masks: bool = False
    level: str = "c5"
    aggregation: AggregationConfig = field(default_factory=lambda: AggregationConfig("none"))
    distribution: DistributionConfig = field(default_factory=lambda: DistributionConfig("none"))
    variant: str = "reference"
    pyramid_width: int = 256
    pyramid_groups: int = 0
    sides: tuple[int, int] = (800, 1333)
    rcnn: RcnnConfig = field(default_factory=RcnnConfig)

    def __post_init__(self) -> None:
        check_choice("level", self.level, LEVELS)
        check_choice("variant", self.variant, VARIANTS)
        check_choice("output_stride of a detector's backbone", self.backbone.output_stride, (_STRIDE,))
        check_range("pyramid_width", self.pyramid_width, 8, 4096)
        check_range("pyramid_groups", self.pyramid_groups, 0, self.pyramid_width)
        if self.pyramid_groups and self.pyramid_width % self.pyramid_groups:
            raise ValueError(
                f"pyramid_groups is {self.pyramid_groups}, must divide pyramid_width {self.pyramid_width}."
            )
        if len(self.sides) != 2 or not 32 <= self.sides[0] <= self.sides[1] <= 8192:
            raise ValueError(f"sides are {self.sides}; give 32 <= short <= long <= 8192, in pixels.")

    @property
    def has_block(self) -> bool:
        """Whether there is GA or LD at all."""
        return self.aggregation.name != "none" or self.distribution.name != "none"
