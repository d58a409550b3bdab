"""Options that several commands share: which network, and how an image is shown to it."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from models.training.command import add_quiet
from models.training.options import comma_list

if TYPE_CHECKING:
    from models.adapters.reference import NetworkReference
    from models.evaluation.inference import InferenceOptions
    from models.network import LoadedNetwork


def add_network_options(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """Checkpoint or network of others, with its weights and classes."""
    parser.add_argument(
        "--checkpoint",
        required=required,
        metavar="NETWORK",
        help="file, or a name of gald zoo; a network of others: FAMILY:NAME such as torchvision:fcn_resnet50, or "
        "FILE.py:FUNCTION, which runs that file",
    )
    add_weights_options(parser)


def add_weights_options(parser: argparse.ArgumentParser) -> None:
    """What a network of others needs."""
    parser.add_argument("--weights", default="", metavar="FILE", help="of a network of others: .safetensors")
    parser.add_argument(
        "--classes", default="", help="of a network of others: name of a data set with its classes, or a classes.json"
    )
    parser.add_argument(
        "--trust-pickle", action="store_true", help="open weights that are a pickle: it can run code, so only your own"
    )


def add_inference_options(parser: argparse.ArgumentParser) -> None:
    """Network, output stride, scales, mirroring, tiles, device."""
    add_network_options(parser)
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


def reference_from(arguments: argparse.Namespace) -> NetworkReference:
    """Which network the options name."""
    from models.adapters.reference import NetworkReference

    return NetworkReference(arguments.checkpoint, arguments.weights, arguments.classes, arguments.trust_pickle)


def loaded_from(arguments: argparse.Namespace) -> LoadedNetwork:
    """The network on the chosen device.

    Raises:
        ValueError: if the network cannot be opened, at this output stride, or there is no such device or recipe.
    """
    from models.adapters.reference import open_network
    from models.device import find_device
    from models.recipes import recipe

    device = find_device(arguments.device)
    stride = arguments.output_stride
    if stride is None and arguments.recipe:
        stride = recipe(arguments.recipe).test_stride or None
    loaded = open_network(reference_from(arguments), stride)
    loaded.model.to(device)
    return loaded
