"""The same network with its backbone as it was before its training: what the training changed, stage by stage.

Zhu et al., ANN, ICCV 2019, Fig. 7 shows the stages of one backbone with ImageNet weights and with segmentation weights.
"""

from __future__ import annotations

import copy
import hashlib
from pathlib import Path

from gald_viz.probes.lock import exclusive
from models.backbones.timm_pyramid import TimmPyramid, load_pretrained
from models.checkpoint import file_sha256
from models.network import LoadedNetwork
from models.segmenter import Segmenter


def with_backbone(loaded: LoadedNetwork, weights: str | Path) -> LoadedNetwork:
    """A copy, named like the file, whose backbone has the file's weights; what lies behind it is kept.

    Only its backbone's stages mean something: its answer is that of a head on features that it never saw.

    Args:
        loaded: a network with a timm backbone; it is not changed.
        weights: a safetensors file of that backbone, such as ImageNet weights.

    Raises:
        ValueError: if the network has no such backbone, or the file is missing or does not fit.
    """
    model = loaded.model
    if not isinstance(model, Segmenter) or not isinstance(model.backbone, TimmPyramid):
        raise ValueError(f"{loaded.name} has no timm backbone whose weights could be replaced; choose another network.")
    path = Path(weights)
    if not path.is_file():
        raise ValueError(f"weights file {path} does not exist; give an existing .safetensors file.")
    with exclusive(model):
        copied, backbone = copy.deepcopy(model), copy.deepcopy(model.backbone)
    load_pretrained(backbone, copied.config.backbone.name, path)
    copied.backbone = backbone
    digest = hashlib.sha256(f"{loaded.sha256} {file_sha256(path)}".encode()).hexdigest()
    return LoadedNetwork(copied, digest, path.stem, dict(loaded.meta))
