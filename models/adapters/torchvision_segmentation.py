"""torchvision's segmentation networks.

FCN (Long et al., CVPR 2015), DeepLabv3 (Chen et al., arXiv:1706.05587), LR-ASPP (Howard et al., arXiv:1905.02244).
"""

from __future__ import annotations

from collections.abc import Mapping

import torchvision
from torch import Tensor, nn
from torchvision.models import segmentation
from torchvision.models.segmentation.deeplabv3 import DeepLabHead
from torchvision.models.segmentation.fcn import FCNHead
from torchvision.models.segmentation.lraspp import LRASPPHead

from models.adapters.adapter import Adapter, Tap, near
from models.adapters.family import FAMILIES, Family

_RESNET = ("layer1", "layer2", "layer3", "layer4")
# Last blocks of MobileNetV3-large before the map is halved (or dilated) again, and its last convolution.
_MOBILENET_V3_LARGE = ("3", "6", "12", "16")
_USUAL_CLASSES = 21


@FAMILIES.register("torchvision")
class TorchvisionSegmentation(Family):
    """Networks of ``torchvision.models.segmentation``: a dict with ``out``, a backbone and one of three heads.

    Stages:
        backbone.c2 .. backbone.c5 of a ResNet or a MobileNetV3-large; aux.logits of the auxiliary head.
        FCN: fcn.features behind its 3x3 convolution. DeepLabv3: fcn.features, what ASPP sees, and ga.context,
        what it returns. LR-ASPP: fcn.features behind its 1x1 convolution, and ga.context, the same scaled by
        the gate that looks at the whole image, and resized.
        classifier.features and tokens, but not of LR-ASPP, which sums the answers of two classifiers.
    """

    def matches(self, module: nn.Module) -> bool:
        heads = (FCNHead, DeepLabHead, LRASPPHead)
        return hasattr(module, "backbone") and isinstance(getattr(module, "classifier", None), heads)

    def adapter(self, module: nn.Module) -> Adapter:
        head = getattr(module, "classifier", None)
        stages: dict[str, Tap | str] = dict(_levels(module.get_submodule("backbone")))
        if isinstance(head, LRASPPHead):
            stages |= {"fcn.features": "classifier.cbr", "ga.context": Tap("classifier.high_classifier", side="input")}
            return Adapter(stages)
        if getattr(module, "aux_classifier", None) is not None:
            stages["aux.logits"] = "aux_classifier"
        if isinstance(head, DeepLabHead):
            stages |= {"fcn.features": Tap("classifier.0", side="input"), "ga.context": "classifier.0"}
        else:
            stages["fcn.features"] = "classifier.2"
        return Adapter(stages, classifier="classifier.4")

    def build(self, name: str, tensors: Mapping[str, Tensor], num_classes: int | None) -> nn.Module:
        """The network of torchvision with this name, with as many classes as the tensors have, without any weights.

        Raises:
            ValueError: if torchvision has none of this name.
        """
        known = torchvision.models.list_models(module=segmentation)
        if name not in known:
            raise ValueError(
                f"torchvision network is {name!r}{near(name, dict.fromkeys(known))}, must be one of {known}."
            )
        rows = next((len(value) for key, value in tensors.items() if key in _CLASSIFIERS), num_classes)
        auxiliary = {"aux_loss": True} if any(key.startswith("aux_classifier.") for key in tensors) else {}
        return torchvision.models.get_model(
            name, weights=None, weights_backbone=None, num_classes=rows or _USUAL_CLASSES, **auxiliary
        )


_CLASSIFIERS = ("classifier.4.weight", "classifier.low_classifier.weight")


def _levels(backbone: nn.Module) -> dict[str, str]:
    """Stage -> path of the modules that end the levels; nothing for a backbone of another kind."""
    parts = dict(backbone.named_children())
    for names in (_RESNET, _MOBILENET_V3_LARGE):
        if set(names) <= set(parts) and (names is _RESNET or len(parts) == int(names[-1]) + 1):
            return {f"backbone.c{level}": f"backbone.{name}" for level, name in enumerate(names, start=2)}
    return {}
