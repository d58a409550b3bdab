"""The checkpoints that ship: three phases on two data sets, as models.zoo.recipes has them."""

from __future__ import annotations

from collections.abc import Iterator

from models.recipes.kind import Recipe
from models.zoo.recipes import job, names, phase_before

_SOURCE = "models/zoo, phases after DeepLabv3 section 4.1"


def family() -> Iterator[tuple[str, Recipe]]:
    """One recipe for each job of the zoo."""
    for name in names():
        found = job(name)
        after = phase_before(name) or ""
        yield name, Recipe(found.preset, found.data, found.train, _SOURCE, after, model=found.model)
