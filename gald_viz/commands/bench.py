"""gald bench: what an operator costs against the plain way to compute the same, and what training costs here."""

from __future__ import annotations

import argparse
from typing import Any

from gald_viz.commands.report import Report, table

_HELP = {
    "attention": "blocks of the ANN paper's Table 1, beside CGNL, local and fused attention",
    "local-attention": "the local attention of GALDv2 against unfolding keys and values",
    "loading": "images a second of data loading, by worker processes, against the training step",
    "training": "seconds and memory of a training step against image size, batch, classes and network",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Name, rounds, device, and what is the benchmark's own."""
    names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    for name, summary in _HELP.items():
        bench = names.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        bench.add_argument("--repeats", type=int, default=5, metavar="INT", help="timed rounds (default: 5)")
        # Also behind the name, where one would write it; SUPPRESS keeps the one in front of it.
        bench.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        device = "all" if name == "attention" else "cpu"
        bench.add_argument("--device", default=device, help=f"torch device (default: {device})")
    _add_sizes(names.choices["attention"])
    _add_loading(names.choices["loading"])


def run(arguments: argparse.Namespace) -> Report:
    """Measure.

    Raises:
        ValueError: if repeats < 1, there is no such device, or a size makes no sense.
    """
    from models.evaluation.benchmark import BENCHMARKS

    result = BENCHMARKS[arguments.name](**_options(arguments))
    text = [
        f"{result['name']} on {result['device']}",
        table(result["rows"], list(result["rows"][0])),
        *result.get("notes", ()),
    ]
    if "speedup" in result:
        text.append(f"speedup {result['speedup']:.1f}, memory ratio {result['memory_ratio']:.3f}")
    return Report(result, "\n".join(text))


def _add_sizes(parser: argparse.ArgumentParser) -> None:
    from models.training.options import comma_list

    parser.add_argument(
        "--sizes",
        type=comma_list(_size),
        default=((96, 96), (256, 128)),
        metavar="WIDTHxHEIGHT,...",
        help="maps (default: 96x96,256x128; at the latter the explicit matrix and its softmax take 8.6 GB)",
    )
    parser.add_argument("--channels", type=int, default=2048, metavar="INT", help="of a map (default: 2048)")
    parser.add_argument("--inner", type=int, default=256, metavar="INT", help="of query and key (default: 256)")


def _add_loading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", default="scenes", metavar="NAME", help="data set (default: scenes)")
    parser.add_argument("--root", default="", metavar="DIR", help="its folder")
    parser.add_argument("--split", default="train", metavar="NAME", help="its split (default: train)")
    parser.add_argument("--batch", type=int, default=4, metavar="INT", help="images (default: 4)")
    parser.add_argument("--crop", type=int, default=192, metavar="INT", help="height and width (default: 192)")
    parser.add_argument("--preset", default="small-cgnl-ldv1", metavar="NAME", help="network of the step")


def _loading(arguments: argparse.Namespace) -> dict[str, Any]:
    from models.config import DataConfig
    from models.evaluation.benchmark.loading import LoadingSettings

    crop = (arguments.crop, arguments.crop)
    data = DataConfig(arguments.data, arguments.root, split=arguments.split, crop=crop, limit=32)
    return {"settings": LoadingSettings(data, arguments.preset, arguments.batch)}


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    from models.device import find_device
    from models.evaluation.benchmark.attention import EVERY_DEVICE, BlockSizes

    if arguments.name != "attention":
        own = _loading(arguments) if arguments.name == "loading" else {}
        return {**own, "repeats": arguments.repeats, "device": find_device(arguments.device)}
    every = arguments.device == EVERY_DEVICE
    return {
        "settings": BlockSizes(arguments.sizes, arguments.channels, arguments.inner),
        "repeats": arguments.repeats,
        "device": EVERY_DEVICE if every else find_device(arguments.device),
    }


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)
