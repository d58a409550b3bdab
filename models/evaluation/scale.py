"""What training a network would cost in hours and memory, from counts alone: nothing is run.

hours = 3 x 2 x MACs x batch x steps / rate / 3600: a multiply-accumulate is two operations, and the backward pass takes
twice what the forward pass takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from models.config import ModelConfig, TrainConfig
from models.data.classes import ClassSet
from models.evaluation.cost import cost
from models.presets import preset
from models.recipes import RECIPES, Recipe
from models.segmenter import Segmenter
from models.training.recipe import Objective

# One network of full size for each system of the papers.
FAMILIES = (
    *("fcn-r101", "psp-r101", "galdnet-r101", "galdv2-r101"),
    *("ann-r101", "deeplabv3-r101", "hfgd", "hfgd-swin-l", "hfgd-convnext-l"),
)
TERAFLOPS = 100.0
_PASSES = 3
_GIB = 2**30
# Weights, gradients and what the optimizer keeps of each parameter, in float32.
_STATE_BYTES = {"sgd": 12, "adamw": 16}
# How long to train where no recipe of the network's own paper does.
_LENT = {
    "cityscapes": "galdv1-cityscapes",
    "ade20k": "ann-ade20k",
    "coco_stuff": "hfgd-convnext-l-coco-stuff-164k",
}


@dataclass(frozen=True, slots=True)
class DataSize:
    """A data set on paper.

    Attributes:
        images: of its train split.
        classes: K.
    """

    images: int
    classes: int


DATA = {"cityscapes": DataSize(2975, 19), "ade20k": DataSize(20_210, 150), "coco_stuff": DataSize(118_287, 171)}


def scale(names: Sequence[str] = FAMILIES, teraflops: float = TERAFLOPS) -> list[dict[str, Any]]:
    """Hours and memory of training each network on Cityscapes, ADE20K and COCO-Stuff 164k.

    Args:
        names: presets.
        teraflops: operations that the hardware sustains, 10**12 a second, of all devices together.

    Returns:
        one row a network and data set: ``preset``, ``data``, ``recipe``, ``lent`` (the recipe is another network's),
        ``crop``, ``batch``, ``steps``, ``gmacs`` (an image, forward), ``exaflops`` (the whole training), ``hours``,
        ``state_gib`` (weights, gradients, optimizer), ``image_gib`` (what the backward pass of one image needs in
        float32), ``gib`` (both, the whole batch on one device).

    Raises:
        ValueError: for a name that is no preset, or a rate that is not above 0.
    """
    if not teraflops > 0:
        raise ValueError(f"teraflops is {teraflops}, must be above 0.")
    return [_row(name, preset(name).model, data, teraflops) for name in names for data in DATA]


def hours(gmacs: float, batch: int, steps: int, teraflops: float) -> float:
    """Hours of a training.

    Args:
        gmacs: 10**9 multiply-accumulates of a forward pass, an image.
        batch: images a step.
        steps: of the training.
        teraflops: 10**12 operations a second that all devices together sustain.
    """
    return operations(gmacs, batch, steps) / (teraflops * 1e12) / 3600


def operations(gmacs: float, batch: int, steps: int) -> float:
    """Operations of a whole training, two a multiply-accumulate, three times the forward pass.

    Args:
        gmacs: 10**9 multiply-accumulates of a forward pass, an image.
        batch: images a step.
        steps: of the training.
    """
    return _PASSES * 2 * gmacs * 1e9 * batch * steps


def held_for_backward(config: ModelConfig, size: tuple[int, int], num_classes: int) -> int:
    """Bytes an image that the forward pass and a cross entropy keep for the backward pass, float32, without weights.

    Counted on two images of shapes alone, as BatchNorm on a pooled map learns from no less.
    """
    held: dict[int, Tensor] = {}

    def keep(value: Tensor) -> Tensor:
        # The tensor itself is kept: an address that is free would be given to another one.
        held[value.untyped_storage()._cdata] = value
        return value

    with torch.device("meta"):
        classes = ClassSet(tuple(map(str, range(num_classes))), ((0, 0, 0),) * num_classes)
        model = Segmenter(config, classes).train()
        objective = Objective(TrainConfig(loss="cross_entropy"), classes.ignore_id)
        image, labels = torch.zeros(2, 3, *size), torch.zeros(2, *size, dtype=torch.long)
        own = {value.untyped_storage()._cdata for value in model.state_dict(keep_vars=True).values()}
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value):
            output = model(image)
            # What CAR holds depends on the labels: K x C averages beside maps of C x h x w.
            terms = {name: term for name, term in output.terms.items() if term.loss != "car"}
            objective(output._replace(terms=terms), labels)
    return sum(value.untyped_storage().nbytes() for key, value in held.items() if key not in own) // 2


def _row(name: str, config: ModelConfig, data: str, teraflops: float) -> dict[str, Any]:
    recipe_name, recipe = _schedule(name, data)
    train = recipe.train.for_images(DATA[data].images)
    counted = cost(config, recipe.data.crop, DATA[data].classes)
    gmacs = counted.macs / 1e9
    state = counted.params_aux * _STATE_BYTES[train.optimizer] / _GIB
    image = held_for_backward(config, recipe.data.crop, DATA[data].classes) / _GIB
    return {
        "preset": name,
        "data": data,
        "recipe": recipe_name,
        "lent": recipe.preset != name,
        "crop": "x".join(map(str, recipe.data.crop)),
        "batch": train.batch,
        "steps": train.iterations,
        "gmacs": gmacs,
        "exaflops": operations(gmacs, train.batch, train.iterations) / 1e18,
        "hours": hours(gmacs, train.batch, train.iterations, teraflops),
        "state_gib": state,
        "image_gib": image,
        "gib": state + train.batch * image,
    }


def _schedule(name: str, data: str) -> tuple[str, Recipe]:
    """The first recipe that trains this network on the data's train split from the backbone's weights, or one lent."""
    for recipe_name, recipe in RECIPES.items():
        if (recipe.preset, recipe.data.name, recipe.data.split, recipe.after) == (name, data, "train", ""):
            return recipe_name, recipe
    return _LENT[data], RECIPES[_LENT[data]]
