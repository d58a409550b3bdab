"""Where figures get their networks and images from; notes what was used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gald_viz.paper.figure import Role
from gald_viz.paper.select import evenly
from gald_viz.probes.capture import capture
from gald_viz.types import Capture
from models import zoo
from models.adapters.reference import NetworkReference, open_network
from models.data import open_data
from models.data.classes import ClassSet, Sample, SegmentationData
from models.data.detection import open_detection
from models.detection.checkpoint import LoadedDetector, is_detector, load_detector
from models.network import LoadedNetwork
from models.stages import stages_of

_SHIPPED = "scenes-"  # what the default networks were trained on

Place = tuple[str, str, str, int]  # of an image: data set, folder, split, index


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person chooses.

    Attributes:
        data: name of the data set.
        root: its folder; empty for GALD_DATA/data, and for generated data.
        split: of the data set.
        candidates: images among which the rules choose, spread evenly over the split.
        seed: of everything drawn by chance.
        checkpoints: role, or nothing for the first role -> network.
        measured: values of an earlier run that cannot be computed again.

    Raises:
        ValueError: if candidates < 1.
    """

    data: str = "scenes"
    root: str = ""
    split: str = "val"
    candidates: int = 16
    seed: int = 0
    checkpoints: Mapping[str, str] = field(default_factory=dict)
    measured: Any = None

    def __post_init__(self) -> None:
        if self.candidates < 1:
            raise ValueError(f"candidates is {self.candidates}, must be >= 1.")


class Shelf:
    """Opened networks and what they held, for the figures of one run.

    Args:
        read: default network of a role -> stages that any figure reads of it. They are kept together from one run of
            the network, whichever figure asks first: what a stage holds depends in its last bits on which others are
            kept, and a figure must be the same alone and beside the others.
    """

    def __init__(self, read: Mapping[str, Sequence[str]] | None = None) -> None:
        self.read = dict(read or {})
        self.networks: dict[str, LoadedNetwork | LoadedDetector] = {}
        self.captures: dict[tuple[str, Place, tuple[str, ...]], Capture] = {}
        self.samples: dict[Place, Sample] = {}


class Studio:
    """Networks and images of one figure.

    Args:
        settings: what was chosen.
        roles: of the figure.
        shelf: opened networks of other figures.

    Attributes:
        used: name of a network -> sha256 of those that looked at something.
        shown: ids of the images that were chosen, in their order.
        read: stages that were read.

    Raises:
        ValueError: if a role that is needed has no network, or a network is given for a role that there is not.
    """

    def __init__(self, settings: Settings, roles: Sequence[Role] = (), shelf: Shelf | None = None) -> None:
        self.settings = settings
        self.shelf = shelf or Shelf()
        self.names = _cast(roles, settings)
        self.defaults = {role.name: role.checkpoint for role in roles}
        self.used: dict[str, dict[str, str]] = {}
        self.shown: list[str] = []
        self.read: list[str] = []

    @cached_property
    def images(self) -> SegmentationData:
        """The data set."""
        return open_data(self.settings.data, self.settings.root or None, self.settings.split)

    @cached_property
    def candidates(self) -> tuple[int, ...]:
        """Places of the images among which the rules choose."""
        return evenly(self.settings.candidates, len(self.images))

    @property
    def classes(self) -> ClassSet:
        """Of the data set."""
        return self.images.classes

    def has(self, role: str) -> bool:
        """Whether a network plays this role."""
        return role in self.names

    def sample(self, index: int) -> Sample:
        """An image of the data set with its label.

        Raises:
            ValueError: if it has no label.
        """
        key = self._place(index)
        if key not in self.shelf.samples:
            self.shelf.samples[key] = self.images[index]
        sample = self.shelf.samples[key]
        if sample.label is None:
            raise ValueError(f"image {sample.id} has no label; figures need a labelled split.")
        return sample

    def label(self, index: int) -> NDArray[np.int64]:
        """(H, W) class ids of an image."""
        label = self.sample(index).label
        return np.asarray(label)

    def show(self, indices: Sequence[int]) -> None:
        """Note the images that a figure shows."""
        self.shown += [self.sample(index).id for index in indices]

    def network(self, role: str) -> LoadedNetwork | LoadedDetector:
        """The network in a role.

        Raises:
            ValueError: if it cannot be opened.
        """
        source = self.names[role]
        if source not in self.shelf.networks:
            self.shelf.networks[source] = _open(source)
        found = self.shelf.networks[source]
        self.used[role] = {"checkpoint": source, "name": found.name, "sha256": found.sha256}
        return found

    def answer(self, role: str, index: int) -> NDArray[np.int64]:
        """(H, W) class ids that the network in a role gives an image.

        Raises:
            ValueError: if the network knows other classes than the data set.
        """
        return self.capture(role, index, ()).prediction

    def capture(self, role: str, index: int, stages: Sequence[str]) -> Capture:
        """What the network in a role held at these stages.

        Raises:
            ValueError: if a stage does not exist, or the network knows other classes than the data set.
        """
        self.read += [stage for stage in stages if stage not in self.read]
        kept = self._kept(role, stages)
        key = (self.names[role], self._place(index), kept)
        if key not in self.shelf.captures:
            self.shelf.captures[key] = self._looked(role, index, kept)
        return self.shelf.captures[key]

    def objects(self, index: int) -> Any:
        """The labelled image of a detection data set of the same name."""
        found = open_detection(self.settings.data, self.settings.root or None, self.settings.split)
        return found[index]

    def _place(self, index: int) -> Place:
        return self.settings.data, self.settings.root, self.settings.split, index

    def _kept(self, role: str, stages: Sequence[str]) -> tuple[str, ...]:
        """These stages and those that other figures read of this role's network, as far as it has them."""
        known = stages_of(self.network(role).model)
        others = [stage for stage in self.shelf.read.get(self.defaults[role], ()) if stage in known]
        return tuple(sorted({*stages, *others}))

    def _looked(self, role: str, index: int, stages: tuple[str, ...]) -> Capture:
        loaded, sample = self.network(role), self.sample(index)
        if isinstance(loaded, LoadedNetwork) and loaded.model.classes.names != self.classes.names:
            raise ValueError(
                f"{loaded.name} knows the classes {list(loaded.model.classes.names)}, {self.settings.data} has "
                f"{list(self.classes.names)}; give --checkpoint {role}=NETWORK of this data set."
            )
        return capture(loaded, sample.image, sample.id, stages)


def _open(source: str) -> LoadedNetwork | LoadedDetector:
    return load_detector(source) if is_detector(source) else open_network(NetworkReference(source))


def _cast(roles: Sequence[Role], settings: Settings) -> dict[str, str]:
    """Role -> network, those given first, then what ships for the data set."""
    given = dict(settings.checkpoints)
    if "" in given and roles:
        given.setdefault(roles[0].name, given.pop(""))
    known = [role.name for role in roles]
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ValueError(f"this figure has no network {unknown[0]!r}; it has {known or 'none'}.")
    cast: dict[str, str] = {}
    for role in roles:
        name = given.get(role.name) or _shipped(role, settings.data)
        if name:
            cast[role.name] = name
        elif not role.optional:
            raise ValueError(
                f"no network for {role.name!r} on {settings.data} ships; give --checkpoint '{role.name}=NETWORK'."
            )
    return cast


def _shipped(role: Role, data: str) -> str:
    """The default network as it was trained on this data set, if such a one ships."""
    if not role.checkpoint.startswith(_SHIPPED):
        return role.checkpoint if role.checkpoint and Path(role.checkpoint).is_file() else ""
    name = f"{data}-{role.checkpoint.removeprefix(_SHIPPED)}"
    return name if zoo.ships(name) else ""
