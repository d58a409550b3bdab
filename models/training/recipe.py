"""Optimizer, schedule and loss of a training job."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.config import TrainConfig
from models.layers import resize
from models.losses import LOSSES
from models.losses.car import ClassAwareRegularisation
from models.segmenter import Segmenter, SegOutput
from models.stages import Term

if TYPE_CHECKING:
    from models.detection.detector import Detector


# Parts that a checkpoint fills: the backbone, and with start_head the others too.
_LEARNT = ("backbone", "head", "decoder")


def poly(step: int, iterations: int, power: float, warmup: int = 0) -> float:
    """Factor on the learning rate: (1 - step / iterations) ** power, after a linear warm-up.

    The ANN paper prints the exponent inside the bracket; all code has it outside.
    """
    rise = min(1.0, (step + 1) / warmup) if warmup else 1.0
    return rise * (1 - min(step, iterations) / iterations) ** power


def make_optimizer(model: Segmenter | Detector, config: TrainConfig) -> torch.optim.Optimizer:
    """SGD or AdamW; norms and biases without decay; the backbone at lr, the rest at lr * head_lr_factor.

    Raises:
        ValueError: if no parameter is left to train.
    """
    groups = []
    for of_backbone in (True, False):
        for decays in (True, False):
            chosen = [
                parameter
                for name, parameter in model.named_parameters()
                if parameter.requires_grad
                and name.startswith("backbone.") == of_backbone
                and (parameter.ndim > 1) == decays
            ]
            lr = config.lr * (1.0 if of_backbone else config.head_lr_factor)
            decay = config.weight_decay if decays else 0.0
            if chosen:
                groups.append({"params": chosen, "lr": lr, "base_lr": lr, "weight_decay": decay})
    if not groups:
        raise ValueError("no parameter is left to train; lower backbone.frozen_stages.")
    if config.optimizer == "adamw":
        return torch.optim.AdamW(groups, betas=(config.momentum, 0.999))
    return torch.optim.SGD(groups, momentum=config.momentum)


def set_learning_rate(optimizer: torch.optim.Optimizer, factor: float) -> float:
    """Apply the schedule's factor to every group; return the largest rate."""
    for group in optimizer.param_groups:
        group["lr"] = group["base_lr"] * factor
    return max(group["lr"] for group in optimizer.param_groups)


def freeze(model: Segmenter | Detector, config: TrainConfig) -> None:
    """Switch the network to training, with the configured stages and BatchNorms held still.

    BatchNorm of a head that starts anew always learns: there is nothing yet that could be kept.
    """
    model.train()
    frozen = model.backbone.leading_stages(model.config.backbone.frozen_stages)
    for module in frozen:
        module.eval().requires_grad_(False)
    learnt = _LEARNT if config.start_head else _LEARNT[:1]
    if config.freeze_bn:
        for norm in _norms(*(part for name, part in model.named_children() if name in learnt)):
            norm.eval().requires_grad_(False)
    if config.bn_decay:
        for norm in _norms(model):
            norm.momentum = 1 - config.bn_decay


def _norms(*parts: nn.Module) -> Iterator[nn.BatchNorm2d]:
    for part in parts:
        yield from (module for module in part.modules() if isinstance(module, nn.BatchNorm2d))


class Objective(nn.Module):
    """Loss of the network's logits plus those of everything else that asks for one.

    The auxiliary head, and supervised stages with the loss ``auxiliary``, have ``aux_weight`` times plain cross
    entropy; ``main`` is the loss of the network's logits times ``losses.guiding``; ``car`` regularises features;
    ``onlooker``, plain cross entropy, reaches nothing but the stage classifier itself.

    Shape:
        SegOutput and labels (B, H, W) -> scalar; logits are upsampled to the labels, or these downsampled to them: each
        cell takes the label at its centre
    """

    def __init__(self, config: TrainConfig, ignore_id: int) -> None:
        super().__init__()
        self.main = LOSSES.get(config.loss)(config, ignore_id)
        self.plain = LOSSES.get("cross_entropy")(config, ignore_id)
        self.car = ClassAwareRegularisation(config.losses, ignore_id)
        self.aux_weight, self.guiding = config.aux_weight, config.losses.guiding
        self.upsample = config.upsample_logits

    def forward(self, output: SegOutput, labels: Tensor) -> Tensor:
        loss = self.main(*self._same_size(output.logits, labels))
        if output.aux_logits is not None:
            loss = loss + self.aux_weight * self.plain(*self._same_size(output.aux_logits, labels))
        for term in output.terms.values():
            loss = loss + self._term(term, labels, output.logits.shape[1])
        return loss

    def _term(self, term: Term, labels: Tensor, num_classes: int) -> Tensor:
        if term.loss == "car":
            return self.car(term.value, labels, num_classes)
        if term.loss == "onlooker":
            return self.plain(*self._same_size(term.value, labels))
        if term.loss == "auxiliary":
            return self.aux_weight * self.plain(*self._same_size(term.value, labels))
        return self.guiding * self.main(*self._same_size(term.value, labels))

    def _same_size(self, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        if self.upsample:
            return resize(logits, (labels.shape[-2], labels.shape[-1])), labels
        # No class id is so large that float32 would round it.
        cells = F.interpolate(labels[:, None].float(), logits.shape[-2:], mode="nearest-exact")
        return logits, cells[:, 0].long()
