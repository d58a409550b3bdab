"""Size response: the share of the pixels of posts and signs of each size that networks with and without GA and LD find.

The claim behind it: global aggregation washes out small patterns and local distribution brings them back (Li et al.,
arXiv:2107.13154, section I and Fig. 1). All networks of a seed start from the backbone of one FCN of that seed, see
the same crops and differ in the head alone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.checkpoint import load_checkpoint, write_atomically
from models.config import AggregationConfig, DataConfig, DistributionConfig, ModelConfig, TrainConfig, to_dict
from models.data.scenes import CLASSES
from models.data.sized_scenes import POLE_WIDTHS, SIGN_SIZES, SIZE, sized_scene
from models.presets import preset
from models.segmenter import Segmenter
from models.training.job import Job, train
from models.training.run_folder import RunFolder

# Reach of GA -> windows along each side of the image that it averages over; 1 = the whole image.
REACHES = {"eighth": 8, "third": 3, "whole": 1}
SHARES = {reach: f"1/{windows}" if windows > 1 else "whole" for reach, windows in REACHES.items()}
NETWORKS = ("fcn", "head", *(f"ga-{reach}" for reach in REACHES), *(f"gald-{reach}" for reach in REACHES))
SIZES = {"pole": POLE_WIDTHS, "sign": SIGN_SIZES}
TITLES = {
    "fcn": "FCN",
    "head": "bare head",
    **{f"ga-{reach}": f"GA {share}" for reach, share in SHARES.items()},
    **{f"gald-{reach}": f"GALD {share}" for reach, share in SHARES.items()},
}
HELD = {"pole": 3, "sign": 12}  # pixels of the one while the other varies
COUNTS = "counts.csv"
_TRUNK = "trunk"
_DATA = DataConfig("sized-scenes", crop=SIZE, scales=(1.0, 1.0), photometric=0.1, workers=0)
_AT_ONCE = 8


@dataclass(frozen=True)
class SizeStudy:
    """The conditions of the study.

    Attributes:
        seeds: of initialisation, order and augmentation; one trunk and one run a network each.
        networks: of NETWORKS: ``fcn``, ``head`` (the head of GA and GALD without either), and GA alone and GA with
            LDv2 at each reach.
        trunk_steps: of the FCN whose backbone the networks start from.
        steps: of each network.
        batch: scenes a step.
        scenes: test scenes at each size.

    Raises:
        ValueError: if there is no seed, no such network, or no scene.
    """

    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    networks: tuple[str, ...] = NETWORKS
    trunk_steps: int = 500
    steps: int = 200
    batch: int = 4
    scenes: int = 40

    def __post_init__(self) -> None:
        unknown = sorted({*self.networks} - {*NETWORKS})
        if unknown or not self.networks:
            raise ValueError(f"networks {unknown} do not exist; choose at least one of {list(NETWORKS)}.")
        if not self.seeds or min(self.seeds) < 0:
            raise ValueError(f"seeds are {self.seeds}; give at least one, none below 0.")
        if self.scenes < 1:
            raise ValueError(f"scenes is {self.scenes}, must be >= 1.")


@dataclass(frozen=True, slots=True)
class SizeCount:
    """What one network found of one class at one size; a line of the results.

    Attributes:
        network: one of NETWORKS.
        seed: of its training.
        knob: ``pole`` or ``sign``, the class that is counted.
        size: columns of a post, or rows of a sign.
        scenes: test scenes.
        labelled: pixels of the class.
        answered: pixels that the network called so.
        hits: pixels that are both.
    """

    network: str
    seed: int
    knob: str
    size: int
    scenes: int
    labelled: int
    answered: int
    hits: int


def network(name: str) -> ModelConfig:
    """The network of this name: a tiny backbone at output stride 8 and one of the heads.

    GA is PSP with one grid of windows, so that only its reach differs; LD is LDv2, whose 5 x 5 neighbours are 2 cells
    apart on the map of 12 x 24 cells.
    """
    base = replace(preset("tiny-aspp-ldv2").model, auxiliary=False)
    if name in ("fcn", _TRUNK):
        return replace(base, head="fcn")
    alone = replace(base, arrangement="ga")
    if name == "head":
        none = replace(base.aggregation, name="none", channels=base.width)
        return replace(alone, aggregation=none, distribution=DistributionConfig("none"))
    kind, _, reach = name.partition("-")
    psp = AggregationConfig("psp", channels=base.width, inner=base.width // 2, bins=(REACHES[reach],))
    if kind == "ga":
        return replace(alone, aggregation=psp, distribution=DistributionConfig("none"))
    return replace(base, aggregation=psp, distribution=replace(base.distribution, dilation=2))


def job(study: SizeStudy, name: str, seed: int, start: str = "") -> Job:
    """The training of one network, or of ``trunk``, for one seed.

    Behind the trunk the stem and c2, the costly part of the backbone, stay as they are.

    Args:
        study: steps, sizes and rates.
        name: of the network.
        seed: of weights and order.
        start: checkpoint of the trunk; empty for the trunk itself.
    """
    model = network(name)
    model = replace(model, backbone=replace(model.backbone, frozen_stages=1 if start else 0))
    recipe = TrainConfig(
        iterations=study.steps if start else study.trunk_steps,
        batch=study.batch,
        optimizer="adamw",
        lr=3e-3,
        weight_decay=1e-4,
        warmup=20,
        loss="ohem_balanced",
        ohem_min_kept=10_000,
        accelerator="cpu",
        seed=seed,
        weights="none",
        start=start,
    )
    return Job(f"size-{name}", model, _DATA, recipe)


def run(study: SizeStudy, out: Path, progress: bool = True) -> Iterator[SizeCount]:
    """Train and measure whatever is not done yet; each network and seed is kept in a folder of its own.

    A row (network and seed) that is done is read, not run again; one that was killed goes on from its last state.

    Args:
        study: the conditions.
        out: gets seed-SEED/NETWORK/, each a run folder with counts.csv.
        progress: show progress bars.

    Raises:
        ValueError: if the folder holds runs of other conditions.
    """
    for seed in study.seeds:
        for name in study.networks:
            yield from _row(study, out / f"seed-{seed}", name, seed, progress)


def done(study: SizeStudy, out: Path) -> list[SizeCount]:
    """What has been measured of a study so far; nothing is run.

    Raises:
        ValueError: if that is nothing, or the folder holds runs of other conditions.
    """
    there = [
        (seed, name)
        for seed in study.seeds
        for name in study.networks
        if (out / f"seed-{seed}" / name / COUNTS).is_file()
    ]
    if not there:
        raise ValueError(f"{out} holds no finished run of these seeds and networks; run gald size without --report.")
    return [count for seed, name in there for count in _row(study, out / f"seed-{seed}", name, seed, False)]


def checkpoints(study: SizeStudy, out: Path) -> dict[str, Path]:
    """``SEED/NETWORK`` and ``SEED/trunk`` -> the checkpoints of a study that are there, in the order of training."""
    wanted = ((seed, name) for seed in study.seeds for name in (_TRUNK, *study.networks))
    files = {f"{seed}/{name}": RunFolder(out / f"seed-{seed}" / name).checkpoint for seed, name in wanted}
    return {name: file for name, file in files.items() if file.is_file()}


def measure(model: Segmenter, scenes: int) -> Iterator[tuple[str, int, int, int, int]]:
    """Knob, size, labelled, answered and hit pixels at every size, on the first scenes of the test split."""
    for knob, sizes in SIZES.items():
        for size in sizes:
            shown = HELD | {knob: size}
            pairs = [sized_scene("test", index, shown["pole"], shown["sign"]) for index in range(scenes)]
            found = answers(model, [image for image, _ in pairs]) == CLASSES.index(knob)
            there = np.stack([label for _, label in pairs]) == CLASSES.index(knob)
            yield knob, size, int(there.sum()), int(found.sum()), int((there & found).sum())


def answers(model: Segmenter, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.int64]:
    """Class of each pixel of images of one size: (H, W, 3) each -> (N, H, W)."""
    parts = []
    with torch.inference_mode():
        for first in range(0, len(images), _AT_ONCE):
            planes = torch.cat([model.preprocess(image) for image in images[first : first + _AT_ONCE]])
            parts.append(model.predict_logits(planes).argmax(dim=1).cpu().numpy())
    return np.concatenate(parts)


def write_counts(file: Path, counts: Iterable[SizeCount]) -> None:
    """Write results as CSV, all or nothing."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(SizeCount))
    writer.writerows(astuple(count) for count in counts)
    write_atomically(file, text.getvalue().encode())


def read_counts(file: Path) -> list[SizeCount]:
    """Read what write_counts() wrote.

    Raises:
        ValueError: if the file is missing or holds something else.
    """
    if not file.is_file():
        raise ValueError(f"{file} does not exist; run gald size to measure, or give the folder that has it.")
    with file.open(newline="") as source:
        header, *lines = [*csv.reader(source)] or [[]]
    try:
        if header != [field.name for field in fields(SizeCount)]:
            raise ValueError(f"its header is {header}")
        return [
            SizeCount(network, int(seed), knob, *(int(number) for number in numbers))
            for network, seed, knob, *numbers in lines
        ]
    except (ValueError, TypeError) as error:
        raise ValueError(f"{file} is no file of gald size ({error}); run the command again.") from error


def _row(study: SizeStudy, folder: Path, name: str, seed: int, progress: bool) -> list[SizeCount]:
    file = folder / name / COUNTS
    if not file.is_file():
        trunk = _trained(job(study, _TRUNK, seed), folder / _TRUNK, progress)
        trained = _trained(job(study, name, seed, str(trunk)), folder / name, progress)
        model = load_checkpoint(trained).model
        rows = (SizeCount(name, seed, *row[:2], study.scenes, *row[2:]) for row in measure(model, study.scenes))
        write_counts(file, rows)
    else:
        _check_same(job(study, name, seed, "trunk"), folder / name)
    counts = read_counts(file)
    if counts[0].scenes != study.scenes:
        raise ValueError(
            f"{file} was measured on {counts[0].scenes} scenes, not {study.scenes}; choose another folder."
        )
    return counts


def _trained(wanted: Job, folder: Path, progress: bool) -> Path:
    run = RunFolder(folder)
    if run.has_steps():
        _check_same(wanted, folder)
    return train(wanted, folder, resume=run.has_steps(), progress=progress)


def _check_same(wanted: Job, folder: Path) -> None:
    """Refuse a run of other conditions; where its start lay does not matter."""
    found = RunFolder(folder).config()
    for part, values in to_dict(replace(wanted, train=replace(wanted.train, start=""))).items():
        other = found.get(part, {})
        if values != (other | {"start": ""} if part == "train" else other):
            raise ValueError(f"{folder} was run with another {part} than asked for now; choose another folder.")
