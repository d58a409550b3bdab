"""SegFormer as Hugging Face's transformers builds it, which need not be installed.

Xie et al., NeurIPS 2021, arXiv:2105.15203.
"""

from __future__ import annotations

from torch import nn

from models.adapters.adapter import Adapter, Tap
from models.adapters.family import FAMILIES, Family
from models.adapters.taps import is_pointwise

# One linear layer a level; the second name came with transformers 5.
_PROJECTIONS = ("linear_c", "linear_projections")


@FAMILIES.register("segformer")
class SegFormer(Family):
    """Networks with a ``decode_head`` that projects each level, fuses them and classifies at stride 4; ``.logits``.

    Stages:
        backbone.c2 .. backbone.c5, what the decode head gets; classifier.features, what it fused them to; tokens.
    """

    def matches(self, module: nn.Module) -> bool:
        head = getattr(module, "decode_head", None)
        return _projections(head) is not None and is_pointwise(getattr(head, "classifier", None))

    def adapter(self, module: nn.Module) -> Adapter:
        head = module.get_submodule("decode_head")
        name = _projections(head)
        levels = len(list(head.get_submodule(str(name)).children()))
        stages = {
            f"backbone.c{6 - levels + index}": Tap(f"decode_head.{name}.{index}", side="input")
            for index in range(levels)
        }
        names = getattr(getattr(module, "config", None), "id2label", None) or {}
        return Adapter(stages, "decode_head.classifier", class_names=tuple(str(names[key]) for key in sorted(names)))


def _projections(head: object) -> str | None:
    """Name of the list of projections in the decode head."""
    lists = (name for name in _PROJECTIONS if isinstance(getattr(head, name, None), nn.ModuleList))
    return next(lists, None) if hasattr(head, "linear_fuse") else None
