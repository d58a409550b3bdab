"""The results of a study on disk: one small file a row and seed, and the conditions that all of them share.

STUDY/conditions.json, STUDY/ROW/seed-N.npz. A file appears once it is complete, so what is there is done.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.checkpoint import write_atomically
from models.config import from_dict, to_dict
from models.evaluation.per_image import PerImage
from models.study.conditions import Conditions

_CONDITIONS = "conditions.json"


@dataclass(frozen=True, slots=True)
class Result:
    """A row trained once, and measured.

    Attributes:
        counts: of every image.
        facts: seconds of the training, hardware, commit, sha256 of the checkpoint: plain values.
    """

    counts: PerImage
    facts: Mapping[str, Any]


class Results:
    """A folder of results.

    Args:
        folder: made when the first result is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def conditions(self) -> Conditions | None:
        """Those of the results that are there; None in an empty folder.

        Raises:
            ValueError: if the file is damaged.
        """
        file = self.folder / _CONDITIONS
        return from_dict(Conditions, json.loads(file.read_text())) if file.is_file() else None

    def agree_on(self, conditions: Conditions) -> None:
        """Write the conditions, or check that those of the folder are the same.

        Where the data and a checkpoint lie is of no account.

        Raises:
            ValueError: if other conditions hold in this folder.
        """
        plain = _described(conditions)
        there = self.conditions()
        if there is None:
            write_atomically(self.folder / _CONDITIONS, json.dumps(plain, indent=2).encode())
        elif (known := _described(there)) != plain:
            other = [key for key in plain if plain[key] != known.get(key)]
            raise ValueError(
                f"the results in {self.folder} were made under other conditions ({', '.join(other)}); "
                "give these again, or another --out."
            )

    def file(self, row: str, seed: int) -> Path:
        """Where the result of a row and seed is, or will be."""
        return self.folder / row / f"seed-{seed}.npz"

    def seeds(self, row: str) -> list[int]:
        """Seeds of a row that are done, in order."""
        return sorted(int(file.stem.removeprefix("seed-")) for file in (self.folder / row).glob("seed-*.npz"))

    def save(self, row: str, seed: int, result: Result) -> None:
        """Write one result."""
        buffer, counts = io.BytesIO(), result.counts
        np.savez_compressed(
            buffer,
            ids=np.array(counts.ids),
            confusion=counts.confusion.astype(np.uint32),
            boundary_f=counts.boundary_f.astype(np.float32),
            facts=np.array(json.dumps(dict(result.facts))),
        )
        file = self.file(row, seed)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, buffer.getvalue())

    def load(self, row: str, seed: int) -> Result:
        """Read one result.

        Raises:
            ValueError: if it is not there, or damaged.
        """
        file = self.file(row, seed)
        try:
            with np.load(file) as stored:
                counts = PerImage(
                    tuple(map(str, stored["ids"])),
                    stored["confusion"].astype(np.int64),
                    stored["boundary_f"].astype(np.float64),
                )
                return Result(counts, json.loads(str(stored["facts"])))
        except (OSError, ValueError, KeyError) as error:
            raise ValueError(f"result {file} cannot be read ({error}); delete it, and run the row again.") from error


def _described(conditions: Conditions) -> dict[str, Any]:
    """The conditions without the places of files."""
    plain = to_dict(conditions)
    plain["data"]["root"] = ""
    for part, key in (("train", "start"), ("train", "weights")):
        plain[part][key] = Path(plain[part][key]).name
    plain["pretrained"] = Path(plain["pretrained"]).name
    # The device changes the time, not the claim; each result says its own.
    for key in ("accelerator", "devices", "nodes", "seed", "checkpoint_every", "validate_every"):
        plain["train"].pop(key)
    return plain
