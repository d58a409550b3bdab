"""What a data set's labels mean, and one item of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IGNORE = 255


@dataclass(frozen=True)
class ClassSet:
    """Names, colours and ignore id of the classes 0..K-1; travels with data sets and checkpoints.

    Args:
        names: K names.
        colors: K RGB triples, 0..255.
        ignore_id: label value that is neither trained nor evaluated; not one of 0..K-1.
        thing_flags: K booleans, True for countable objects; all False when not given.

    Raises:
        ValueError: if there is no class, the lengths differ, a name stands twice, a colour is none, or the ignore id is
            a class.
    """

    names: tuple[str, ...]
    colors: tuple[tuple[int, int, int], ...]
    ignore_id: int = IGNORE
    thing_flags: tuple[bool, ...] = ()

    def __post_init__(self) -> None:
        flags = self.thing_flags or (False,) * len(self.names)
        object.__setattr__(self, "thing_flags", tuple(bool(flag) for flag in flags))
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "colors", tuple(tuple(int(v) for v in color) for color in self.colors))
        if not len(self.names) == len(self.colors) == len(self.thing_flags):
            raise ValueError(
                f"{len(self.names)} names, {len(self.colors)} colours, {len(self.thing_flags)} thing flags: "
                "give one of each per class."
            )
        if len(set(self.names)) != len(self.names):
            raise ValueError(f"class names {self.names} are not unique; rename the doubles.")
        if not self.names:
            raise ValueError("0 classes are given; name at least one.")
        for color in self.colors:
            if len(color) != 3 or not all(0 <= value <= 255 for value in color):
                raise ValueError(f"colour {color} must be three numbers in 0..255.")
        if 0 <= self.ignore_id < len(self):
            raise ValueError(
                f"ignore_id is {self.ignore_id}, a class of 0..{len(self) - 1}; choose one beyond, like 255."
            )

    def __len__(self) -> int:
        return len(self.names)

    def index(self, name: str) -> int:
        """Class id of a name.

        Raises:
            ValueError: that lists the names when there is none.
        """
        if name not in self.names:
            raise ValueError(f"class is {name!r}, must be one of {list(self.names)}.")
        return self.names.index(name)

    def palette(self) -> NDArray[np.uint8]:
        """(K, 3) colours."""
        return np.array(self.colors, dtype=np.uint8)


@dataclass(frozen=True)
class Sample:
    """One image and its label.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        label: (H, W) int64, 0..K-1 or the ignore id; None without annotation.
        id: path relative to the data root without suffix, or the scene's number.
    """

    image: NDArray[np.uint8]
    label: NDArray[np.int64] | None
    id: str


class SegmentationData:
    """Base of every data set: a sequence of samples with a class set.

    Attributes:
        name: registered name.
        title: name for people; empty for the registered one.
        classes: the ClassSet.
        ids: one id per item, in order.
        needs_root: whether it lies in a folder; generated data does not.
        layout: how that folder looks, for people.
        SPLITS: names of the splits.
    """

    needs_root: bool = True
    layout: str = ""
    title: str = ""
    SPLITS: tuple[str, ...] = ()
    name: str
    classes: ClassSet
    ids: Sequence[str]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: int) -> Sample:
        raise IndexError(index)
