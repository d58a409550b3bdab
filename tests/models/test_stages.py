import pytest
import torch
from torch import nn

from models.data.classes import ClassSet
from models.presets import preset
from models.segmenter import Segmenter
from models.stages import Stage, record, replace, stages_of


def network() -> nn.Sequential:
    """x -> 2 x (stage ``doubled``) -> ReLU in place -> stage ``positive``."""
    double = nn.Conv2d(1, 1, 1, bias=False)
    nn.init.constant_(double.weight, 2.0)
    return nn.Sequential(
        double, Stage("doubled", kind="features"), nn.ReLU(inplace=True), Stage("positive", kind="mask")
    )


def hooks(model: nn.Module) -> int:
    return sum(len(module._forward_hooks) for module in model.modules())


IMAGE = torch.tensor([[[[-1.0, 3.0]]]])


def test_a_stage_returns_the_very_tensor_and_knows_its_kind():
    stage = Stage("ld.mask", kind="mask", variant="paper")

    assert stage(IMAGE) is IMAGE
    assert (stage.name, stage.kind, stage.info) == ("ld.mask", "mask", {"variant": "paper"})
    assert "ld.mask" in repr(stage)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match=r"kind is 'picture', must be one of .*'affinity'"):
        Stage("x", kind="picture")


def test_stages_are_listed_in_module_order():
    assert list(stages_of(network())) == ["doubled", "positive"]


def test_two_stages_of_one_name_are_refused():
    model = nn.Sequential(Stage("a", kind="features"), Stage("a", kind="mask"))

    with pytest.raises(ValueError, match="two stages of this network are called 'a'"):
        stages_of(model)


def test_one_stage_used_twice_is_one_stage_and_keeps_its_last_value():
    stage = Stage("a", kind="features")
    model = nn.Sequential(stage, nn.ReLU(), stage)

    with record(model) as seen:
        model(IMAGE)

    assert seen["a"].tolist() == [[[[0.0, 3.0]]]]


def test_the_record_is_a_copy_that_an_in_place_layer_does_not_rewrite():
    model = network()

    with record(model) as seen:
        model(IMAGE)

    assert seen["doubled"].tolist() == [[[[-2.0, 6.0]]]]
    assert seen["positive"].tolist() == [[[[0.0, 6.0]]]]
    assert not seen["doubled"].requires_grad


def test_recording_leaves_the_gradients_alone():
    image = IMAGE.clone().requires_grad_()
    model = network()

    with record(model):
        model(image).sum().backward()

    assert image.grad is not None and image.grad.tolist() == [[[[0.0, 2.0]]]]


def test_only_the_named_stages_are_recorded_and_only_inside_the_block():
    model = network()
    with record(model, ["positive"]) as seen:
        model(IMAGE)
    model(-IMAGE)

    assert list(seen) == ["positive"]
    assert seen["positive"].tolist() == [[[[0.0, 6.0]]]]


@pytest.mark.parametrize("use", [lambda model: record(model, ["gone"]), lambda model: replace(model, {"gone": abs})])
def test_a_wrong_name_is_refused_with_those_that_exist(use):
    model = network()

    with pytest.raises(ValueError, match=r"no stage \['gone'\]; it has \['doubled', 'positive'\]"), use(model):
        pass
    assert hooks(model) == 0


@pytest.mark.parametrize("use", [record, lambda model: replace(model, {"doubled": torch.abs})])
def test_hooks_are_gone_after_an_exception(use):
    model = network()

    with pytest.raises(KeyError), use(model):
        assert hooks(model) > 0
        raise KeyError

    assert hooks(model) == 0


def test_an_edit_changes_what_lies_after_it():
    model = network()
    with replace(model, {"doubled": lambda value: value + 5}):
        edited = model(IMAGE)

    assert edited.tolist() == [[[[3.0, 11.0]]]]
    assert model(IMAGE).tolist() == [[[[0.0, 6.0]]]]


def test_an_edit_of_another_precision_is_brought_back():
    model = network()
    with replace(model, {"doubled": lambda value: value.double().abs()}):
        edited = model(IMAGE)

    assert edited.dtype == torch.float32
    assert edited.tolist() == [[[[2.0, 6.0]]]]


def test_an_edit_that_changes_the_shape_is_refused_and_leaves_no_hook():
    model = network()

    with (
        pytest.raises(ValueError, match=r"the edit of doubled returned \(1, 1, 1\), the stage holds \(1, 1, 1, 2\)"),
        replace(model, {"doubled": lambda value: value[..., 0]}),
    ):
        model(IMAGE)
    assert hooks(model) == 0


def test_inside_replace_the_edited_value_is_recorded():
    model = network()
    with replace(model, {"doubled": torch.neg}), record(model) as seen:
        model(IMAGE)

    assert seen["doubled"].tolist() == [[[[2.0, -6.0]]]]


@pytest.mark.parametrize("name", ["tiny-cgnl-ldv1", "tiny-aspp-ldv2"])
def test_an_edit_that_changes_nothing_leaves_every_bit(name):
    model = Segmenter(preset(name).model, ClassSet(("a", "b"), ((0, 0, 0), (1, 1, 1)))).eval()
    image = torch.randn(1, 3, 128, 120)
    with torch.no_grad():
        plain = model(image).logits
        with replace(model, dict.fromkeys(stages_of(model), lambda value: value)):
            edited = model(image).logits

    assert torch.equal(plain, edited)
