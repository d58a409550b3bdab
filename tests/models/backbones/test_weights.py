import pytest
import timm
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

from models.backbones.timm_pyramid import TimmPyramid, load_pretrained
from models.backbones.weights import fill, match, read_weights
from models.config import BackboneConfig


class Body(nn.Module):
    """Two stages, the second with two blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.layer1 = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3))
        self.layer2 = nn.Sequential(nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1))


def stored(**changes) -> dict[str, torch.Tensor]:
    """Tensors of another Body, with some replaced or (None) left out."""
    tensors = Body().state_dict() | {key.replace("__", "."): value for key, value in changes.items()}
    return {key: value for key, value in tensors.items() if value is not None}


@pytest.fixture
def file(tmp_path):
    def write(tensors, name="weights.safetensors"):
        save_file({key: value.contiguous() for key, value in tensors.items()}, tmp_path / name)
        return tmp_path / name

    return write


def test_equal_names_are_copied_one_by_one():
    body, tensors = Body(), stored()

    assert fill(body, match(body, tensors, "a")) == ""
    assert all(torch.equal(body.state_dict()[key], value) for key, value in tensors.items())


def test_a_classifier_that_the_body_has_not_is_left_out():
    tensors = stored(fc__weight=torch.ones(5, 3), conv_head__weight=torch.ones(4))

    assert fill(Body(), match(Body(), tensors, "a")) == ""


def test_half_precision_is_widened():
    body, tensors = Body(), {key: value.half() for key, value in stored().items() if value.is_floating_point()}
    fill(body, match(body, tensors, "a"))

    filled = body.state_dict()["layer1.0.weight"]
    assert filled.dtype == torch.float32
    assert torch.equal(filled, tensors["layer1.0.weight"].float())


def test_a_file_of_the_first_stages_leaves_the_rest_random_and_says_so():
    body = Body()
    before = {key: value.clone() for key, value in body.state_dict().items()}
    tensors = {key: value for key, value in stored().items() if key.startswith("layer1")}

    assert fill(body, match(body, tensors, "a")) == "; random: layer2"
    after = body.state_dict()
    assert torch.equal(after["layer1.0.weight"], tensors["layer1.0.weight"])
    assert torch.equal(after["layer2.0.weight"], before["layer2.0.weight"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"layer2__1__bias": None},
            r"file a is of another network: 1 tensors missing \['layer2\.1\.bias'\], 0 unknown",
        ),
        (
            {"layer2__2__bias": torch.ones(3)},
            r"another network: 0 tensors missing \[\], 1 unknown \['layer2\.2\.bias'\]",
        ),
        (
            {"layer1__0__weight": torch.ones(3, 2, 5, 5)},
            r"layer1\.0\.weight is \(3, 2, 3, 3\), the file has \(3, 2, 5, 5\)",
        ),
    ],
)
def test_tensors_of_another_network_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        match(Body(), stored(**changes), "a")


def test_other_names_go_by_module_order_with_numbers_by_value():
    body = Body()
    names = {"layer1.0": "features.2", "layer1.1": "features.9", "layer2.0": "features.10", "layer2.1": "features.11"}
    source = {key: value for key, value in stored().items() if "num_batches" not in key}
    renamed = {names[key[:8]] + key[8:]: value for key, value in source.items()} | {"classifier.weight": torch.ones(7)}
    shuffled = dict(sorted(renamed.items()))

    assert fill(body, match(body, shuffled, "a")) == ""
    assert all(torch.equal(body.state_dict()[key], value) for key, value in source.items())


def test_too_few_tensors_in_other_names_are_refused():
    with pytest.raises(ValueError, match="file a has 1 tensors, the backbone needs 10"):
        match(Body(), {"features.0.weight": torch.ones(3, 2, 3, 3)}, "a")


def test_a_file_that_is_missing_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"nothing\.safetensors does not exist; give an existing"):
        read_weights(tmp_path / "nothing.safetensors")


@pytest.mark.parametrize("size", [0, 20, -1])
def test_a_file_that_is_cut_off_is_refused(file, size):
    path = file(stored())
    path.write_bytes(path.read_bytes()[:size])

    with pytest.raises(ValueError, match=r"weights\.safetensors is truncated or not a safetensors file"):
        read_weights(path)


def test_a_pickle_is_refused(tmp_path):
    torch.save({"a": torch.ones(1)}, tmp_path / "weights.pth")

    with pytest.raises(ValueError, match=r"weights\.pth is truncated or not .*pickles \(\.pth\) are not opened"):
        read_weights(tmp_path / "weights.pth")


def mobilenet() -> TimmPyramid:
    return TimmPyramid(BackboneConfig("mobilenetv2_100", output_stride=32)).eval()


def test_torchvisions_mobilenet_fits_in_its_natural_order(file):
    reference = torchvision.models.mobilenet_v2().eval()
    backbone = mobilenet()

    line = load_pretrained(backbone, "mobilenetv2_100", file(reference.state_dict()))

    assert line == "file weights.safetensors"
    image = torch.randn(1, 3, 65, 97)  # at odd sizes padding at the end equals padding around
    with torch.no_grad():
        features, value = backbone(image), image
        ends = {3: 0, 6: 1, 13: 2, 17: 3}
        for number, layer in enumerate(reference.features):
            value = layer(value)
            if number in ends:
                torch.testing.assert_close(features[ends[number]], value, rtol=1e-4, atol=1e-5)


def test_none_leaves_the_weights_alone():
    backbone = mobilenet()
    before = {key: value.clone() for key, value in backbone.state_dict().items()}

    assert load_pretrained(backbone, "mobilenetv2_100", "none") == "random"
    assert all(torch.equal(before[key], value) for key, value in backbone.state_dict().items())


def test_a_resnet_without_its_last_stage_is_accepted(file):
    source = timm.create_model("resnet10t", pretrained=False).state_dict()
    first = {key: value for key, value in source.items() if not key.startswith(("layer4", "fc"))}
    backbone = TimmPyramid(BackboneConfig("resnet10t"))

    line = load_pretrained(backbone, "resnet10t", file(first, "c4.safetensors"))

    assert line == "file c4.safetensors; random: layer4"
    assert all(torch.equal(backbone.body.state_dict()[key], value) for key, value in first.items())


def hub_gives(monkeypatch, name: str) -> nn.Module:
    source = timm.create_model(name, pretrained=False)
    monkeypatch.setattr(
        timm, "create_model", lambda asked, pretrained: source if asked == name and pretrained else None
    )
    return source


def test_the_hubs_weights_are_taken_and_named(monkeypatch):
    backbone = mobilenet()
    source = hub_gives(monkeypatch, "mobilenetv2_100").state_dict()

    assert load_pretrained(backbone, "mobilenetv2_100") == "timm mobilenetv2_100"
    assert all(torch.equal(source[key], value) for key, value in backbone.body.state_dict().items())


def test_what_the_hub_has_not_for_a_deep_stem_is_named(monkeypatch):
    backbone = TimmPyramid(BackboneConfig("resnet18", deep_stem=True))
    source = hub_gives(monkeypatch, "resnet18").state_dict()

    assert load_pretrained(backbone, "resnet18") == "timm resnet18; random: conv1, bn1, layer1"
    assert torch.equal(backbone.body.state_dict()["layer4.1.conv2.weight"], source["layer4.1.conv2.weight"])


def test_without_a_hub_the_start_is_random_and_a_warning_says_so(monkeypatch):
    backbone = mobilenet()
    before = backbone.body.state_dict()["conv_stem.weight"].clone()

    def unreachable(name, pretrained):
        raise ConnectionError("no route")

    monkeypatch.setattr(timm, "create_model", unreachable)

    with pytest.warns(
        UserWarning, match=r"no pretrained weights for mobilenetv2_100 \(ConnectionError\).*--weights FILE"
    ):
        assert load_pretrained(backbone, "mobilenetv2_100") == "random"
    assert torch.equal(backbone.body.state_dict()["conv_stem.weight"], before)
