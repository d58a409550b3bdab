"""Options that evaluate and predict share: the checkpoint, and how an image is shown to it."""

from __future__ import annotations

import argparse
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
        "--output-stride", type=int, metavar="INT", help="open the network at this stride (default: as it was trained)"
    )
    parser.add_argument(
        "--scales",
        type=comma_list(float),
        default=(1.0,),
        metavar="FLOAT,...",
        help="sizes of the image at which it is predicted; the results are averaged (default: 1)",
    )
    parser.add_argument("--flip", action="store_true", help="average with the mirrored image")
    parser.add_argument("--tile", type=int, metavar="PIXELS", help="side of sliding tiles (default: the whole image)")
    parser.add_argument(
        "--average", default="probabilities", help="what is averaged: probabilities (default) or logits"
    )
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda or mps")
    add_quiet(parser)


def options_from(arguments: argparse.Namespace) -> InferenceOptions:
    """The options as the inference wants them.

    Raises:
        ValueError: for scales, a tile or an average that do not exist.
    """
    from models.evaluation.inference import InferenceOptions

    return InferenceOptions(arguments.scales, arguments.flip, arguments.tile, arguments.average)


def loaded_from(arguments: argparse.Namespace) -> LoadedCheckpoint:
    """The checkpoint on the chosen device.

    Raises:
        ValueError: if the file cannot be loaded, at this output stride, or there is no such device.
    """
    from models.checkpoint import load_checkpoint
    from models.device import find_device

    device = find_device(arguments.device)
    loaded = load_checkpoint(arguments.checkpoint, arguments.output_stride)
    loaded.model.to(device)
    return loaded
