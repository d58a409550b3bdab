"""Asymmetric fusion non-local block (AFNB): c5 attends to the anchors of finer levels.

Zhu et al., ICCV 2019, arXiv:1908.07678, section 3.3, eq. 14 to 17, Tables 6 and 9.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from models.aggregation.asymmetric import AnchorAttention, Join
from models.backbones.pyramid import Pyramid
from models.config import FusionConfig
from models.fusion import FUSIONS
from models.fusion.base import Fusion


@FUSIONS.register("afnb")
class AsymmetricFusionNonLocal(Fusion):
    """Query from c5, key and value from each level; the contexts are summed and joined with c5.

    Without sampling it is the fusion non-local block (FNB). Nothing is shared, also not between levels, of which the
    paper says only that their responses are summed. Levels and c5 may differ in size.

    Args:
        channels: channels of c2..c5.
        config: ``levels``; ``inner`` is C' of query, key and value; ``dropout``, ``asymmetric``.

    Shape:
        Pyramid -> (B, C5, h, w), or (B, 2 C5, h, w) for ``concat`` in the variant ``paper``

    Stages:
        for each level, such as c4: fusion.c4.query: (B, C', h, w). fusion.c4.key: (B, C', h4, w4).
        fusion.c4.anchors: (B, C', S).
    """

    def __init__(self, channels: Sequence[int], config: FusionConfig) -> None:
        super().__init__()
        high, options = channels[-1], config.asymmetric
        self.attentions = nn.ModuleDict(
            {
                f"c{level}": AnchorAttention(
                    (high, channels[level - 2]), config.inner, options, "nothing", f"fusion.c{level}"
                )
                for level in config.levels
            }
        )
        self.join = Join(high, options, relu=False, dropout=config.dropout)
        self.out_channels = self.join.out_channels

    def forward(self, pyramid: Pyramid) -> Tensor:
        contexts = (attend(pyramid.c5, getattr(pyramid, name)) for name, attend in self.attentions.items())
        context = next(contexts)
        for response in contexts:
            context = context + response
        return self.join(context, pyramid.c5)
