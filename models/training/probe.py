"""Stage classifiers: what the FCN feature and the GA context of a trained network would answer by themselves.

Li et al., arXiv:2107.13154, Fig. 8: classifiers on the stages of one network, fine-tuned until they converge. Their
loss is the one that the network was trained with: the stages differ by what they see, not by what they were asked.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from models.checkpoint import load_checkpoint
from models.config import DataConfig, TrainConfig, from_dict, to_dict
from models.config.checks import check_range
from models.data import open_data
from models.data.classes import SegmentationData
from models.data.loading import ResumableBatches, TrainingCrops, training_batches
from models.data.subset import limited, training_data
from models.device import find_device
from models.layers import resize
from models.losses import LOSSES
from models.provenance import provenance
from models.segmenter import Segmenter
from models.training.measure import Validation, save_measured


@dataclass(frozen=True)
class ProbeConfig:
    """How the stage classifiers are fine-tuned.

    Attributes:
        unfrozen: also train the trunk at a tenth of the rate, the papers' wording; off keeps the network as it is.
        batch: images a step.
        lr: learning rate of the classifiers, halved whenever a window brings less than ``tolerance``.
        window: steps over which the loss is averaged.
        tolerance: smallest relative fall of the loss that counts as progress.
        halvings: how often the rate is halved before the classifiers count as converged.
        max_iterations: stop here even when they have not converged.
        seed: of data order and augmentation.
        accelerator: ``auto``, ``cpu``, ``cuda`` or ``mps``.
    """

    unfrozen: bool = False
    batch: int = 4
    lr: float = 0.05
    window: int = 30
    tolerance: float = 0.02
    halvings: int = 3
    max_iterations: int = 400
    seed: int = 0
    accelerator: str = "auto"

    def __post_init__(self) -> None:
        check_range("batch", self.batch, 1, 4096)
        check_range("lr", self.lr, 1e-8, 10.0)
        check_range("window", self.window, 1, self.max_iterations)
        check_range("tolerance", self.tolerance, 0.0, 1.0)
        check_range("halvings", self.halvings, 0, 20)


def probe(checkpoint: str | Path, data: DataConfig, config: ProbeConfig, out: Path, progress: bool = True) -> Path:
    """Add stage classifiers to a checkpoint, fine-tune them, evaluate every stage, write a new checkpoint.

    Args:
        checkpoint: a network with a GA stage, path or zoo name.
        data: what to train and validate on; its class set must be the network's.
        config: recipe.
        out: file to write.
        progress: show a progress bar.

    Raises:
        ValueError: if the network has no stage before its output, the classes differ, or the loss is not finite.
    """
    device = find_device(config.accelerator)
    loaded = load_checkpoint(checkpoint)
    train_data = training_data(data, progress)
    val_data = limited(open_data(data.name, data.root or None, data.val_split), data.limit)
    torch.manual_seed(config.seed)
    model = with_stage_classifiers(loaded.model, train_data)
    criterion = _own_loss(loaded.meta, train_data.classes.ignore_id)
    batches = _batches(train_data, data, config)
    summary = _fit(model.to(device), batches, criterion, config, progress)
    summary["provenance"] = provenance()
    validation = Validation(val_data, data.val_split, progress)
    save_measured(model, out, {**loaded.meta, "stage_classifiers": summary}, validation)
    return out


def with_stage_classifiers(model: Segmenter, data: SegmentationData) -> Segmenter:
    """The same network with fresh classifiers on its stages.

    Raises:
        ValueError: if it has no stage before its output, or its classes are not the data's.
    """
    if model.classes.names != data.classes.names:
        raise ValueError(f"network has classes {model.classes.names}, the data {data.classes.names}; use its own data.")
    config = replace(model.config, stage_classifiers=True, auxiliary=False)
    probed = Segmenter(config, model.classes, model.preprocessing)
    if not probed.stage_classifiers:
        raise ValueError(f"head {model.config.head!r} has no stage before its output; there is nothing to probe.")
    trunk = {key: value for key, value in model.state_dict().items() if not key.startswith("stage_classifiers.")}
    probed.load_state_dict(trunk, strict=False)
    return probed


def _own_loss(meta: Mapping[str, Any], ignore_id: int) -> nn.Module:
    """The main loss of the network's training; plain cross entropy where that is unknown."""
    recipe = meta.get("training", {}).get("recipe")
    trained = from_dict(TrainConfig, recipe) if recipe else TrainConfig(loss="cross_entropy")
    return LOSSES.get(trained.loss)(trained, ignore_id)


def _batches(data: SegmentationData, crops: DataConfig, config: ProbeConfig) -> Iterator[tuple[Tensor, Tensor]]:
    order = ResumableBatches(len(data), config.batch, config.seed)
    return training_batches(TrainingCrops(data, crops, config.seed), order, crops.workers)


def _fit(
    model: Segmenter,
    batches: Iterator[tuple[Tensor, Tensor]],
    criterion: nn.Module,
    config: ProbeConfig,
    progress: bool,
) -> dict[str, Any]:
    started = time.perf_counter()
    model.train(config.unfrozen).requires_grad_(config.unfrozen)
    model.stage_classifiers.train().requires_grad_(True)
    optimizer = _optimizer(model, config)
    losses: list[float] = []
    plateau = _Plateau(config)
    for images, labels in tqdm(batches, total=config.max_iterations, disable=not progress, unit="it"):
        loss = _loss(model, images.to(model.device), labels.to(model.device), criterion)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if not math.isfinite(losses[-1]):
            raise ValueError(f"the loss is {losses[-1]} at step {len(losses)}; lower lr, it is {config.lr}.")
        if plateau.reached(losses, optimizer) or len(losses) >= config.max_iterations:
            break
    model.eval()
    return {
        "trunk": "unfrozen" if config.unfrozen else "frozen",
        "iterations": len(losses),
        "converged": plateau.done,
        "loss": sum(losses[-config.window :]) / len(losses[-config.window :]),
        "seconds": round(time.perf_counter() - started, 3),
        "recipe": to_dict(config),
    }


def _optimizer(model: Segmenter, config: ProbeConfig) -> torch.optim.SGD:
    groups: list[dict[str, Any]] = [{"params": list(model.stage_classifiers.parameters()), "lr": config.lr}]
    if config.unfrozen:
        trunk = [value for name, value in model.named_parameters() if not name.startswith("stage_classifiers.")]
        groups.append({"params": trunk, "lr": config.lr / 10})
    return torch.optim.SGD(groups, lr=config.lr, momentum=0.9, weight_decay=1e-4)


def _loss(model: Segmenter, images: Tensor, labels: Tensor, criterion: nn.Module) -> Tensor:
    """Mean of the classifiers' losses; of the network's own too where the trunk learns, or it would forget it."""
    learns = model.training
    with torch.set_grad_enabled(learns):
        pyramid, head = model.trunk(model.normalise(images))
    answers = [layer(head.stage_features[name]) for name, layer in model.stage_classifiers.items()]
    if learns:
        answers.append(model.decoder(head.features, pyramid))
    size = (labels.shape[-2], labels.shape[-1])
    return torch.stack([criterion(resize(answer, size), labels) for answer in answers]).mean()


class _Plateau:
    """Halve the rate whenever a window of steps brings too little; done after the last halving."""

    def __init__(self, config: ProbeConfig) -> None:
        self.config, self.best, self.halved, self.done = config, float("inf"), 0, False

    def reached(self, losses: list[float], optimizer: torch.optim.Optimizer) -> bool:
        window = self.config.window
        if len(losses) % window:
            return False
        mean = sum(losses[-window:]) / window
        if mean > self.best * (1 - self.config.tolerance):
            self.done = self.halved >= self.config.halvings
            self.halved += 1
            for group in optimizer.param_groups:
                group["lr"] /= 2
        self.best = min(self.best, mean)
        return self.done
