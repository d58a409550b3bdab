"""Options that evaluate and predict share: the checkpoint, and how an image is shown to it."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from models.training.command import add_quiet
from models.training.options import comma_list

if TYPE_CHECKING:
    from models.checkpoint import LoadedCheckpoint
    from models.evaluation.inference import InferenceOptions


def add_inference_options(parser: argparse.ArgumentParser) -> None:
    """Checkpoint, output stride, scales, mirroring, tiles, device."""
    parser.add_argument("--checkpoint", required=True, help="file, or a name of gald zoo")
    parser.add_argument(
        "--recipe", default="", help="show it as the test of this recipe does; the options below win (gald recipes)"
    )
    parser.add_argument(
        "--output-stride", type=int, metavar="INT", help="open the network at this stride (default: as it was trained)"
    )
    parser.add_argument(
        "--scales",
        type=comma_list(float),
        metavar="FLOAT,...",
        help="sizes of the image at which it is predicted; the results are averaged (default: 1)",
    )
    parser.add_argument("--flip", action="store_true", default=None, help="average with the mirrored image")
    parser.add_argument("--tile", type=int, metavar="PIXELS", help="side of sliding tiles (default: the whole image)")
    parser.add_argument("--average", help="what is averaged: probabilities (default) or logits")
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda or mps")
    add_quiet(parser)


def options_from(arguments: argparse.Namespace) -> InferenceOptions:
    """The options as the inference wants them.

    Raises:
        ValueError: for scales, a tile, an average or a recipe that do not exist.
    """
    from models.evaluation.inference import InferenceOptions
    from models.recipes import recipe

    start = recipe(arguments.recipe).test if arguments.recipe else InferenceOptions()
    values = {name: getattr(arguments, name) for name in ("scales", "flip", "tile", "average")}
    return replace(start, **{name: value for name, value in values.items() if value is not None})


def loaded_from(arguments: argparse.Namespace) -> LoadedCheckpoint:
    """The checkpoint on the chosen device.

    Raises:
        ValueError: if the file cannot be loaded, at this output stride, or there is no such device or recipe.
    """
    from models.checkpoint import load_checkpoint
    from models.device import find_device
    from models.recipes import recipe

    device = find_device(arguments.device)
    stride = arguments.output_stride
    if stride is None and arguments.recipe:
        stride = recipe(arguments.recipe).test_stride or None
    loaded = load_checkpoint(arguments.checkpoint, stride)
    loaded.model.to(device)
    return loaded
