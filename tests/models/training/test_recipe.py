from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from models.config import TrainConfig
from models.data import open_data
from models.data.classes import ClassSet
from models.data.subset import limited
from models.evaluation.evaluate import evaluate
from models.segmenter import Segmenter, SegOutput
from models.training.recipe import Objective, freeze, make_optimizer, poly, set_learning_rate

CLASSES = ClassSet(("ground", "block", "stripe"), ((0, 0, 0),) * 3)


@pytest.fixture
def build(make_job):
    """A tiny network with so many frozen stages."""

    def make(frozen_stages: int = 0) -> Segmenter:
        model = make_job().model
        backbone = type(model.backbone)(**{**vars(model.backbone), "frozen_stages": frozen_stages})
        return Segmenter(type(model)(**{**vars(model), "backbone": backbone}), CLASSES)

    return make


def norms(module: nn.Module) -> list[nn.BatchNorm2d]:
    return [inner for inner in module.modules() if isinstance(inner, nn.BatchNorm2d)]


@pytest.mark.parametrize(
    ("step", "warmup", "factor"),
    [
        (0, 0, 1.0),
        (50, 0, 0.5**0.9),
        (75, 0, 0.25**0.9),
        (100, 0, 0.0),
        (130, 0, 0.0),
        (0, 10, 0.1),
        (4, 10, 0.5 * 0.96**0.9),
    ],
)
def test_poly_with_warm_up(step, warmup, factor):
    assert poly(step, iterations=100, power=0.9, warmup=warmup) == pytest.approx(factor)


def test_every_parameter_is_in_one_group_with_its_rate_and_decay(build):
    model = build()
    optimizer = make_optimizer(model, TrainConfig(lr=0.01, head_lr_factor=10.0, weight_decay=1e-4, momentum=0.8))
    settings = {id(p): group for group in optimizer.param_groups for p in group["params"]}

    assert sum(len(group["params"]) for group in optimizer.param_groups) == len(settings) == len([*model.parameters()])
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            decays = isinstance(module, nn.Conv2d | nn.Linear) and name == "weight"
            assert settings[id(parameter)]["weight_decay"] == (1e-4 if decays else 0.0)
    backbone = {id(p) for p in model.backbone.parameters()}
    assert all(group["lr"] == pytest.approx(0.01 if key in backbone else 0.1) for key, group in settings.items())
    assert all(group["momentum"] == 0.8 for group in optimizer.param_groups)


def test_the_schedule_moves_every_group_and_does_not_compound(build):
    optimizer = make_optimizer(build(), TrainConfig(lr=0.01, head_lr_factor=10.0))

    set_learning_rate(optimizer, 0.5)
    largest = set_learning_rate(optimizer, 0.25)

    assert largest == pytest.approx(0.025)
    assert {round(group["lr"], 9) for group in optimizer.param_groups} == {0.0025, 0.025}


def test_adamw_has_its_groups_and_decays_apart_from_the_gradient(build):
    model = build()
    config = TrainConfig(optimizer="adamw", lr=0.1, weight_decay=0.05, momentum=0.8)
    optimizer = make_optimizer(model, config)
    weight = model.decoder.classifier.weight
    before = weight.detach().clone()

    assert {group["betas"] for group in optimizer.param_groups} == {(0.8, 0.999)}
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()

    # Without a gradient only the decay is left, lr times its share.
    assert torch.allclose(weight, before * (1 - 0.1 * 0.05))
    assert sorted(group["weight_decay"] for group in optimizer.param_groups) == [0.0, 0.0, 0.05, 0.05]


@pytest.mark.parametrize(("images", "steps"), [(2975, 371 * 40), (8, 40), (5, 40), (17, 80)])
def test_epochs_are_counted_in_the_steps_that_the_sampler_takes(images, steps):
    assert TrainConfig(epochs=40, batch=8).for_images(images).iterations == steps
    assert TrainConfig(iterations=7).for_images(images) == TrainConfig(iterations=7)


def test_an_optimizer_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match=r"optimizer is 'adam', must be one of \['sgd', 'adamw'\]"):
        TrainConfig(optimizer="adam")


def test_nothing_to_train_is_refused(build):
    model = build().requires_grad_(False)

    with pytest.raises(ValueError, match=r"no parameter is left to train; lower backbone\.frozen_stages"):
        make_optimizer(model, TrainConfig())


@pytest.mark.parametrize("count", [1, 3])
def test_frozen_stages_do_not_move(build, blocks_root, count):
    model = build(frozen_stages=count)
    freeze(model, TrainConfig())
    still = {
        name: value.clone()
        for part in model.backbone.leading_stages(count)
        for name, value in part.state_dict(prefix=f"{id(part)}.").items()
    }

    # A validation in between must not wake the frozen BatchNorms or put the others to sleep.
    evaluate(model, limited(open_data("folder", blocks_root, "val"), 1), boundary=False, progress=False)
    output = model(torch.randn(2, 3, 40, 48))
    (output.logits.sum() + output.aux_logits.sum()).backward()

    frozen = [inner for part in model.backbone.leading_stages(count) for inner in norms(part)]
    after = {
        name: value
        for part in model.backbone.leading_stages(count)
        for name, value in part.state_dict(prefix=f"{id(part)}.").items()
    }
    assert len(frozen) == 2 + 2 * count
    assert all(not norm.training for norm in frozen)
    assert all(norm.training for norm in norms(model) if not any(norm is held for held in frozen))
    assert all(torch.equal(after[name], value) for name, value in still.items())
    for part in model.backbone.leading_stages(count):
        assert all(p.grad is None and not p.requires_grad for p in part.parameters())
    assert all(p.grad is not None for p in model.backbone.stages[3].parameters())


def test_batch_norms_of_the_backbone_can_be_held_still(build):
    model = build()
    freeze(model, TrainConfig(freeze_bn=True))

    assert all(not norm.training and not norm.weight.requires_grad for norm in norms(model.backbone))
    assert all(norm.training and norm.weight.requires_grad for norm in norms(model.head))
    assert all(layer.weight.requires_grad for layer in model.backbone.modules() if isinstance(layer, nn.Conv2d))


def test_the_objective_adds_two_fifths_of_the_auxiliary_loss():
    # Two classes, every pixel of class 0: p = 1/2 gives ln 2, logits (ln 3, 0) give p = 3/4.
    main = torch.zeros(1, 2, 2, 2)
    auxiliary = torch.tensor([math.log(3.0), 0.0])[None, :, None, None].expand(1, 2, 1, 1)
    labels = torch.zeros(1, 4, 4, dtype=torch.int64)
    objective = Objective(TrainConfig(loss="cross_entropy"), ignore_id=255)

    assert objective(SegOutput(main, None), labels).item() == pytest.approx(math.log(2))
    both = objective(SegOutput(main, auxiliary), labels).item()
    assert both == pytest.approx(math.log(2) + 0.4 * math.log(4 / 3))


def test_logits_are_upsampled_to_the_labels_before_the_loss():
    # Bilinear halves between -2 and 2 are -2, -1, 1, 2 at the centres of four pixels.
    logits = torch.zeros(1, 2, 1, 2)
    logits[0, 0, 0] = torch.tensor([-2.0, 2.0])
    labels = torch.zeros(1, 1, 4, dtype=torch.int64)
    labels[0, 0, 3] = 255
    expected = sum(math.log(1 + math.exp(-value)) for value in (-2, -1, 1)) / 3

    objective = Objective(TrainConfig(loss="cross_entropy"), ignore_id=255)

    assert objective(SegOutput(logits, None), labels).item() == pytest.approx(expected)


def test_the_auxiliary_loss_is_plain_even_when_the_main_one_mines():
    labels = torch.tensor([[[0, 0, 0, 0]]])
    # Class 0 has p = 1/2 in one pixel and nearly 1 in the others.
    logits = torch.zeros(1, 2, 1, 4)
    logits[0, 0, 0, 1:] = 20.0
    config = TrainConfig(loss="ohem", ohem_threshold=0.7, ohem_min_kept=1, aux_weight=1.0)
    objective = Objective(config, ignore_id=255)

    assert objective(SegOutput(logits, None), labels).item() == pytest.approx(math.log(2))
    assert objective(SegOutput(logits, logits), labels).item() == pytest.approx(math.log(2) * (1 + 1 / 4), abs=1e-6)


def test_a_second_phase_that_takes_the_head_holds_its_batch_norms_too(build):
    model = build()
    freeze(model, TrainConfig(freeze_bn=True, start="first", start_head=True))
    model(torch.randn(2, 3, 40, 48))

    for part in (model.backbone, model.head, model.decoder):
        assert all(not norm.training and not norm.weight.requires_grad for norm in norms(part))
    assert all((norm.running_mean == 0).all() and norm.num_batches_tracked == 0 for norm in norms(model.head))
    # No checkpoint holds the auxiliary head: it starts anew.
    assert model.auxiliary is not None and all(norm.training for norm in norms(model.auxiliary))
    assert all(layer.weight.requires_grad for layer in model.modules() if isinstance(layer, nn.Conv2d))


def test_the_decay_of_batch_norm_is_the_share_that_a_step_keeps(build):
    model = build()
    freeze(model, TrainConfig(bn_decay=0.9997))
    norm = norms(model.head)[0]

    values = torch.tensor([1.0, 5.0])[:, None, None, None].expand(2, norm.num_features, 1, 1)
    norm(values)

    # Mean 3, unbiased variance 8.
    assert norm.running_mean is not None and norm.running_var is not None
    assert norm.running_mean.tolist() == pytest.approx([0.0003 * 3] * norm.num_features, rel=1e-4)
    assert norm.running_var.tolist() == pytest.approx([0.9997 + 0.0003 * 8] * norm.num_features)


def test_without_a_decay_the_layers_keep_their_own(build):
    model = build()
    freeze(model, TrainConfig())

    assert {norm.momentum for norm in norms(model)} == {0.1}


def test_labels_are_downsampled_to_the_logits_where_that_is_asked_for():
    # Cells of 2x2 pixels take the label below and right of their centre: 1 and 255, the latter ignored.
    labels = torch.tensor([[[0, 0, 0, 0], [0, 1, 0, 255]]])
    logits = torch.zeros(1, 2, 1, 2)
    logits[0, 0, 0] = math.log(3.0)
    objective = Objective(TrainConfig(loss="cross_entropy", upsample_logits=False, aux_weight=1.0), ignore_id=255)

    assert objective(SegOutput(logits, None), labels).item() == pytest.approx(math.log(4))
    # The auxiliary map has one cell, and the label of its centre is 0: -ln 3/4.
    centred = torch.tensor([[[9, 9, 9], [9, 0, 9], [9, 9, 9]]])
    loss = objective(SegOutput(logits[..., :1], logits[..., :1]), centred).item()
    assert loss == pytest.approx(2 * math.log(4 / 3))


@pytest.mark.parametrize("size", [(33, 47), (32, 48)])
def test_every_cell_takes_the_label_of_the_pixel_at_its_centre(size):
    labels = torch.randint(0, 2, (2, *size), generator=torch.Generator().manual_seed(0))
    rows = [int((cell + 0.5) * size[0] / 5) for cell in range(5)]
    columns = [int((cell + 0.5) * size[1] / 6) for cell in range(6)]
    expected = labels[:, rows][:, :, columns]
    # So sure of the expected labels that any other would cost a hundred.
    logits = 100.0 * torch.stack([1 - expected, expected], dim=1).float()

    objective = Objective(TrainConfig(loss="cross_entropy", upsample_logits=False), ignore_id=255)

    assert objective(SegOutput(logits, None), labels).item() == pytest.approx(0.0, abs=1e-6)
