"""Named recipes: how each paper trains on each data set, and how the checkpoints that ship were trained.

A module of this room with a function ``family`` brings a family of recipes.
"""

from __future__ import annotations

from models.recipes.kind import Recipe
from models.registry import families

__all__ = ["RECIPES", "Recipe", "phases", "recipe", "recipes_of"]


def recipe(name: str) -> Recipe:
    """The recipe of this name.

    Raises:
        ValueError: listing the names, if there is none.
    """
    if name not in RECIPES:
        raise ValueError(f"recipe is {name!r}, must be one of {sorted(RECIPES)}.")
    return RECIPES[name]


def phases(name: str) -> tuple[str, ...]:
    """The recipes to run one after the other, this one last.

    Raises:
        ValueError: as recipe.
    """
    before = recipe(name).after
    return (*phases(before), name) if before else (name,)


def recipes_of(preset: str) -> tuple[str, ...]:
    """Names of the recipes that train this preset."""
    return tuple(name for name, entry in RECIPES.items() if entry.preset == preset)


RECIPES: dict[str, Recipe] = families(__name__, __path__)
