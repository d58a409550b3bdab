"""The checkpoints that ship, as models.zoo.recipes has them."""

from __future__ import annotations

from collections.abc import Iterator

from models.recipes.kind import Recipe
from models.zoo.recipes import DETECTORS, job, names, phase_before

_PHASES = "models/zoo, phases after DeepLabv3 section 4.1"
_ONE_PHASE = "models/zoo, from ImageNet at once"


def family() -> Iterator[tuple[str, Recipe]]:
    """One recipe for each job of the zoo."""
    for name in names():
        found = job(name)
        source, after = _ONE_PHASE if name in DETECTORS else _PHASES, phase_before(name) or ""
        yield name, Recipe(found.preset, found.data, found.train, source, after, model=found.model)
