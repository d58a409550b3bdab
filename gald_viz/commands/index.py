"""gald index: what a network does on every image of a data set, as Parquet that pages and queries read."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gald_viz.commands.inference import add_weights_options, reference_from
from gald_viz.commands.report import Report, percent
from models.training.command import add_quiet

if TYPE_CHECKING:
    from gald_viz.index.build import IndexJob
    from models.network import LoadedNetwork
    from models.processes import Processes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Network, data, folder, devices."""
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="file, or a name of gald zoo; or a network of others")
    add_weights_options(parser)
    parser.add_argument("--data", required=True, help="data set; gald data list names them")
    parser.add_argument("--root", help="its folder (default: NAME in the folder GALD_DATA)")
    parser.add_argument("--split", default="val", help="part of the data set (default: val)")
    parser.add_argument("--limit", type=int, default=0, metavar="INT", help="only so many images (default: all)")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder of the index; one that is there goes on")
    parser.add_argument(
        "--against", default="", metavar="CHECKPOINT", help="a second network of the same classes, for the Compare page"
    )
    parser.add_argument(
        "--batch", type=int, default=4, metavar="INT", help="images in a forward pass, where sizes allow (default: 4)"
    )
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda or mps")
    parser.add_argument("--devices", type=int, default=1, metavar="INT", help="devices of this machine (default: 1)")
    add_quiet(parser)


def run(arguments: argparse.Namespace) -> Report:
    """Index the images that the folder lacks.

    Raises:
        ValueError: if network, data and folder do not exist or do not fit each other, or there are fewer devices.
    """
    from tqdm import tqdm

    from gald_viz.index.build import build_index
    from gald_viz.index.files import open_index

    job, processes = _prepared(arguments)
    hidden = arguments.quiet or not processes.is_first
    with tqdm(total=len(job.numbers), desc=f"index {job.data.name}", unit="image", disable=hidden) as bar:
        for done, _ in build_index(job, arguments.out, processes):
            bar.update(done - bar.n)
    if not processes.is_first:
        # The first process alone says what came out.
        raise SystemExit(0)
    made = open_index(arguments.out)
    shown = ", ".join(f"{name} {percent(miou)}" for name, miou in made.miou.items())
    value = {"index": str(made.path), "images": made.meta.images, "skipped": made.skipped, "miou": made.miou}
    return Report(value, f"{made.path}: {made.title}, mIoU {shown}")


def _prepared(arguments: argparse.Namespace) -> tuple[IndexJob, Processes]:
    from gald_viz.index.build import IndexJob
    from models.config import TrainConfig
    from models.data import open_data
    from models.device import find_device
    from models.processes import ALONE, Processes

    device = find_device(arguments.device)
    data = open_data(arguments.data, arguments.root, arguments.split)
    own = _network(arguments, arguments.checkpoint)
    second = _network(arguments, arguments.against) if arguments.against else None
    place = (arguments.data, _lasting(arguments.root or ""), arguments.split)
    names = (_lasting(arguments.checkpoint), _lasting(arguments.against))
    job = IndexJob(own, names[0], data, place, arguments.limit, arguments.batch, second, names[1])
    job.meta()
    if arguments.devices == 1:
        processes = ALONE
    else:
        from models.training.distributed import start_processes

        fabric = start_processes(device, TrainConfig(devices=arguments.devices), "32-true")
        processes, device = Processes(fabric.global_rank, fabric.world_size, fabric.device), str(fabric.device)
    for loaded in filter(None, (own, second)):
        loaded.model.to(device)
    return job, processes


def _lasting(name: str) -> str:
    """The whole path where this is a file or a folder, as the index is read from other places; else the name."""
    path = Path(name).expanduser()
    return str(path.resolve()) if name and path.exists() else name


def _network(arguments: argparse.Namespace, source: str) -> LoadedNetwork:
    from models.adapters.reference import open_network
    from models.detection.checkpoint import is_detector

    if is_detector(source):
        raise ValueError(f"{source} is a detector, an index counts the pixels of a segmentation network; choose one.")
    reference = reference_from(arguments)
    # Weights and classes are those of the first network.
    first = source == arguments.checkpoint
    return open_network(reference if first else replace(reference, source=source, weights="", classes=""))
