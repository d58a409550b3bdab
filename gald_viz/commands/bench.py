"""gald bench: what an operator costs against the plain way to compute the same, and what training costs here."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gald_viz.commands.report import Report, table

_HELP = {
    "attention": "blocks of the ANN paper's Table 1, beside CGNL, local and fused attention",
    "growth": "time and memory of every GA and LD against the number of positions",
    "index": "the data-set index against the forward passes that it needs",
    "local-attention": "the local attention of GALDv2 against unfolding keys and values",
    "local-distribution": "what LDv1 and LDv2 add to ASPP on a ResNet-50",
    "loading": "images a second of data loading, by worker processes, against the training step",
    "metrics": "boundary F of one map, and confusion matrices against the forward pass",
    "training": "seconds and memory of a training step against image size, batch, classes and network",
    "training-loop": "samples a second of the job's loop against a plain loop",
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
        bench.add_argument("--out", default="", metavar="FILE", help="write the answer with date and command as JSON")
    _add_sizes(names.choices["attention"])
    _add_loading(names.choices["loading"])
    _add_growth(names.choices["growth"])
    _add_index(names.choices["index"])
    _add_training_loop(names.choices["training-loop"])


def run(arguments: argparse.Namespace) -> Report:
    """Measure.

    Raises:
        ValueError: if repeats < 1, there is no such device, or a size makes no sense.
    """
    from gald_viz.paper.performance import recorded
    from models.evaluation.benchmark import BENCHMARKS

    result = BENCHMARKS[arguments.name](**_options(arguments))
    if arguments.out:
        Path(arguments.out).write_text(recorded(result))
    if getattr(arguments, "plot", ""):
        from gald_viz.paper.growth_figure import growth_png

        Path(arguments.plot).write_bytes(growth_png(result))
    text = [
        f"{result['name']} on {result['device']}",
        table(result["rows"], list(result["rows"][0])),
        *([table(result["fits"], list(result["fits"][0]))] if "fits" in result else ()),
        *result.get("notes", ()),
    ]
    if "memory_ratio" in result:
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
    _add_data(parser, "train")
    parser.add_argument("--batch", type=int, default=4, metavar="INT", help="images (default: 4)")
    parser.add_argument("--crop", type=int, default=192, metavar="INT", help="height and width (default: 192)")
    parser.add_argument("--preset", default="small-cgnl-ldv1", metavar="NAME", help="network of the step")


def _add_growth(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=20.0, help="longest pass that is run (default: 20)")
    parser.add_argument("--plot", default="", metavar="FILE", help="draw time and memory as PNG")


def _add_index(parser: argparse.ArgumentParser) -> None:
    _add_data(parser, "val")
    parser.add_argument("--checkpoint", default="scenes-aspp-ldv2", metavar="NAME", help="a network of gald zoo")
    parser.add_argument("--images", type=int, default=8, metavar="INT", help="how many (default: 8)")
    parser.add_argument("--batch", type=int, default=1, metavar="INT", help="images in a forward pass (default: 1)")


def _add_training_loop(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preset", default="small-cgnl-ldv1", metavar="NAME", help="network")
    parser.add_argument("--side", type=int, default=192, metavar="INT", help="height and width (default: 192)")
    parser.add_argument("--batch", type=int, default=4, metavar="INT", help="images (default: 4)")
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out, which takes minutes")


def _add_data(parser: argparse.ArgumentParser, split: str) -> None:
    parser.add_argument("--data", default="scenes", metavar="NAME", help="data set (default: scenes)")
    parser.add_argument("--root", default="", metavar="DIR", help="its folder")
    parser.add_argument("--split", default=split, metavar="NAME", help=f"its split (default: {split})")


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    from models.device import find_device
    from models.evaluation.benchmark.attention import EVERY_DEVICE

    own = _SETTINGS[arguments.name](arguments) if arguments.name in _SETTINGS else {}
    every = arguments.name == "attention" and arguments.device == EVERY_DEVICE
    return {**own, "repeats": arguments.repeats, "device": EVERY_DEVICE if every else find_device(arguments.device)}


def _attention(arguments: argparse.Namespace) -> dict[str, Any]:
    from models.evaluation.benchmark.attention import BlockSizes

    return {"settings": BlockSizes(arguments.sizes, arguments.channels, arguments.inner)}


def _loading(arguments: argparse.Namespace) -> dict[str, Any]:
    from models.config import DataConfig
    from models.evaluation.benchmark.loading import LoadingSettings

    crop = (arguments.crop, arguments.crop)
    data = DataConfig(arguments.data, arguments.root, split=arguments.split, crop=crop, limit=32)
    return {"settings": LoadingSettings(data, arguments.preset, arguments.batch)}


def _growth(arguments: argparse.Namespace) -> dict[str, Any]:
    from models.evaluation.benchmark.growth import Growth

    return {"settings": Growth(seconds=arguments.seconds)}


def _index(arguments: argparse.Namespace) -> dict[str, Any]:
    from models.evaluation.benchmark.index import IndexedImages

    place = (arguments.data, arguments.root, arguments.split)
    return {"settings": IndexedImages(arguments.checkpoint, *place, arguments.images, arguments.batch)}


def _training_loop(arguments: argparse.Namespace) -> dict[str, Any]:
    from models.evaluation.benchmark.training_loop import LoopSize

    return {"size": LoopSize(arguments.preset, arguments.side, arguments.batch, not arguments.no_compile)}


_SETTINGS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "attention": _attention,
    "growth": _growth,
    "index": _index,
    "loading": _loading,
    "training-loop": _training_loop,
}


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)
