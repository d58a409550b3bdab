"""A figure's manifest: what draws the same pixels again, as JSON."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gald_viz.paper.figure import Facts, PaperFigure
from gald_viz.paper.studio import Settings, Studio
from models.device import threads
from models.provenance import provenance

FORMAT = 1
_LIBRARIES = ("matplotlib", "numpy", "scipy", "scikit-learn", "umap-learn")


def manifest(
    figure: PaperFigure, studio: Studio, facts: Facts, width: str, files: Mapping[str, bytes]
) -> dict[str, Any]:
    """All that was chosen, used and found, as plain values.

    Args:
        figure: which.
        studio: after the computing.
        facts: of the computing.
        width: ``one`` or ``two``.
        files: name -> bytes of what was drawn.
    """
    settings, made = studio.settings, provenance()
    return {
        "format": FORMAT,
        "figure": figure.name,
        "paper": figure.paper,
        "number": figure.number,
        "title": figure.title,
        "command": command(figure, settings, width),
        "width": width,
        "data": {"name": settings.data, "root": settings.root, "split": settings.split} if figure.data else None,
        "candidates": settings.candidates,
        "seed": settings.seed,
        "networks": studio.used,
        "images": list(dict.fromkeys(studio.shown)),
        "stages": studio.read,
        "rule": facts.rule,
        "reductions": facts.reductions,
        "limits": {name: [float(end) for end in ends] for name, ends in facts.limits.items()},
        "numbers": {name: _plain(value) for name, value in facts.numbers.items()},
        "measured": facts.measured,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        "threads": threads(),
        "commit": made["commit"],
        "versions": made["versions"] | {name: importlib.metadata.version(name) for name in _LIBRARIES},
    }


def command(figure: PaperFigure, settings: Settings, width: str) -> str:
    """What a person types to get the figure."""
    words = ["gald", "figure", figure.name]
    if figure.data:
        words += ["--data", settings.data, *(["--root", settings.root] if settings.root else [])]
        words += ["--split", settings.split, "--candidates", str(settings.candidates)]
    for role, name in settings.checkpoints.items():
        words += ["--checkpoint", _quoted(f"{role}={name}" if role else name)]
    return " ".join([*words, "--seed", str(settings.seed), "--width", width, "--out", "DIR"])


def read_manifest(path: Path, root: str = "") -> tuple[dict[str, Any], Settings]:
    """A manifest and the settings in it.

    Args:
        path: of the JSON file.
        root: folder of the data set here, where it lies elsewhere than it did.

    Raises:
        ValueError: if it is not there, no manifest, or of another format.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(
            f"manifest {path} cannot be read ({error.strerror}); give the .json beside a figure."
        ) from error
    except ValueError as error:
        raise ValueError(f"manifest {path.name} is no JSON ({error}); give the .json beside a figure.") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT or "figure" not in found:
        raise ValueError(f"{path.name} is no manifest of format {FORMAT}; give the .json beside a figure.")
    try:
        settings = Settings(
            candidates=found["candidates"],
            seed=found["seed"],
            checkpoints={role: used["checkpoint"] for role, used in found["networks"].items()},
            measured=found["measured"],
        )
        data = found["data"]
        if data:
            where = root or data["root"]
            settings = replace(settings, data=data["name"], root=where, split=data["split"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"manifest {path.name} lacks {error}; give the .json as it was written.") from error
    return found, settings


def check_same(found: Mapping[str, Any], studio: Studio) -> None:
    """Refuse to call a figure the same that is not.

    Raises:
        ValueError: when networks or images are others than those of the manifest.
    """
    for role, used in studio.used.items():
        before = found["networks"].get(role, {}).get("sha256")
        if before != used["sha256"]:
            raise ValueError(
                f"{role} is {used['checkpoint']} with sha256 {used['sha256'][:12]}, the manifest has "
                f"{str(before)[:12]}; give the same weights."
            )
    images = list(dict.fromkeys(studio.shown))
    if images != found["images"]:
        raise ValueError(f"the rule chose the images {images}, the manifest has {found['images']}; the data changed.")


def _plain(value: float) -> float | None:
    number = float(value)
    return number if number == number else None


def _quoted(word: str) -> str:
    return f"'{word}'" if set(word) & set(" ()'&;|") else word
