from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file

from gald_viz.probes.capture import capture
from gald_viz.probes.pretrained import with_backbone
from models.config import BackboneConfig
from models.data.scenes import CLASSES, draw_scene
from models.network import LoadedNetwork
from models.presets import preset
from models.segmenter import Segmenter

STAGES = ["backbone.c2", "backbone.c3", "backbone.c4", "backbone.c5"]


def network(backbone):
    config = replace(preset("tiny-fcn").model, backbone=backbone)
    return LoadedNetwork(Segmenter(config, CLASSES).eval().requires_grad_(False), "0" * 64, "net", {})


def test_the_copy_has_the_stages_of_the_weights_and_the_network_keeps_its_own(tmp_path):
    torch.manual_seed(0)
    loaded = network(BackboneConfig("mobilenetv2_050", output_stride=16))
    start = network(BackboneConfig("mobilenetv2_050", output_stride=16)).model.backbone
    save_file(start.body.state_dict(), tmp_path / "start.safetensors")
    image = draw_scene(0).image
    before = capture(loaded, image, stages=STAGES)

    copied = with_backbone(loaded, tmp_path / "start.safetensors")

    seen = capture(copied, image, stages=STAGES)
    with torch.inference_mode():
        expected = start(copied.model.preprocess(image))
    for name, level in zip(STAGES, expected, strict=True):
        torch.testing.assert_close(torch.from_numpy(seen.stages[name]), level[0], rtol=1e-4, atol=1e-5)
    assert (capture(loaded, image, stages=STAGES).stages["backbone.c5"] == before.stages["backbone.c5"]).all()
    assert copied.name == "start" and copied.sha256 != loaded.sha256


def test_what_has_no_such_backbone_or_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match="has no timm backbone"):
        with_backbone(network(BackboneConfig("tiny")), tmp_path / "a.safetensors")
    with pytest.raises(ValueError, match="does not exist"):
        with_backbone(network(BackboneConfig("mobilenetv2_050", output_stride=16)), tmp_path / "a.safetensors")
