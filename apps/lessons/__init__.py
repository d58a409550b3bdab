"""The lessons: every module of this room that does not start with an underscore holds one, named LESSON."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from apps.lessons._lesson import Lesson, Outcome

__all__ = ["Lesson", "Outcome", "lessons"]


@cache
def lessons() -> dict[str, Lesson]:
    """Name of the module -> its lesson, in the order of a class."""
    names = [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
    found = {name: importlib.import_module(f"{__name__}.{name}").LESSON for name in names}
    return dict(sorted(found.items(), key=lambda item: item[1].order))
