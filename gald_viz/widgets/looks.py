"""What the widgets look at: one image as one or several networks see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
import traitlets
from numpy.typing import NDArray

from gald_viz.analysis.linked import LinkedMaps, linked_maps
from gald_viz.pictures import fitted
from gald_viz.probes.capture import capture
from gald_viz.types import Capture, Look
from gald_viz.widgets.controls import offer
from models.adapters.reference import NetworkReference, open_network
from models.detection.checkpoint import LoadedDetector, is_detector, load_detector
from models.network import LoadedNetwork

Network = LoadedNetwork | LoadedDetector
Named = Network | str | Path


class Looks:
    """One image and its networks, each of which looks once.

    Args:
        image: (H, W, 3) uint8 RGB, or what numpy makes one of; very large ones are made smaller.
        networks: one or several: loaded ones, or what `gald explore --checkpoint` takes, such as a name of `gald zoo`.
        label: (H, W) ids of the first network's classes, None without annotation; networks that know other classes are
            shown without it.

    Attributes:
        networks: name -> network.
        remark: what was done to the image, empty for nothing.

    Raises:
        ValueError: if the image is none, there is no network, or one of them cannot be opened.
    """

    def __init__(self, image: Any, networks: Named | Sequence[Named], label: NDArray[np.integer] | None = None) -> None:
        several = [networks] if isinstance(networks, Named) else list(networks)
        if not several:
            raise ValueError("there is no network to look through; give one or several.")
        found = _checked(np.asarray(image), label)
        picture = fitted(*found)
        self.image, self._label, self.remark = picture.image, picture.label, picture.remark
        self.networks: dict[str, Network] = {}
        for one in map(opened, several):
            self.networks[_unlike(one.name, self.networks)] = one
        self._captures: dict[str, Capture] = {}
        self._maps: dict[str, LinkedMaps] = {}

    @property
    def size(self) -> tuple[int, int]:
        """(H, W)."""
        return self.image.shape[0], self.image.shape[1]

    def capture(self, name: str) -> Capture:
        """What the network of this name held.

        Raises:
            ValueError: if the image is too small for it.
        """
        if name not in self._captures:
            self._captures[name] = capture(self.networks[name], self.image)
        return self._captures[name]

    def maps(self, name: str) -> LinkedMaps:
        """What its stages say at every pixel."""
        if name not in self._maps:
            self._maps[name] = linked_maps(self.capture(name), self.label(name))
        return self._maps[name]

    def label(self, name: str) -> NDArray[np.int64] | None:
        """The label (H, W), for a network that knows the classes of the first one."""
        first = next(iter(self.networks.values())).model.classes.names
        return self._label if self.networks[name].model.classes.names == first else None

    def look(self, name: str, state: Mapping[str, Any], other: str = "") -> Look:
        """What a view is drawn from; `other` is the second network's name, empty for none.

        Raises:
            ValueError: if the image is too small for a network.
        """
        return Look(self.capture(name), self.label(name), state, self.capture(other) if other else None)


class NetworkChoice(ipywidgets.HBox):
    """Which network is looked through, and which one beside it; nothing to see where there is one only.

    Args:
        looks: with the networks.

    Attributes:
        first: name of the network.
        second: name of the one beside it, empty for none.
        compares: whether a second one can be chosen.
        compared: ``second`` while it can be chosen, else empty.
    """

    first, second = traitlets.Unicode(), traitlets.Unicode()
    compares = traitlets.Bool(False)

    def __init__(self, looks: Looks) -> None:
        self._names, self._settling = list(looks.networks), False
        self._first = ipywidgets.Dropdown(options=self._names, description="Network")
        self._second = ipywidgets.Dropdown(description="Beside it")
        super().__init__(first=self._names[0])
        self._first.observe(lambda change: setattr(self, "first", change["new"]), "value")
        self._second.observe(self._chosen, "value")
        self.observe(self._offer, ["first", "second", "compares"])
        self._offer()

    @property
    def compared(self) -> str:
        """Name of the second network, empty where the view shows one alone."""
        return self.second if self.compares else ""

    @traitlets.validate("first", "second")
    def _known(self, proposal: Any) -> str:
        allowed = [*self._names, *([""] if proposal["trait"].name == "second" else [])]
        if proposal["value"] not in allowed:
            raise ValueError(f"network is {proposal['value']!r}, must be one of {self._names}.")
        return proposal["value"]

    def _chosen(self, change: dict[str, Any]) -> None:
        if not self._settling:
            self.second = change["new"] or ""

    def _offer(self, _change: Any = None) -> None:
        others = [name for name in self._names if name != self.first]
        if self.second not in others:
            self.second = ""
        self._settling = True
        self._first.value = self.first
        offer(self._second, {"no other network": "", **{name: name for name in others}})
        self._second.value = self.second
        self._settling = False
        several = len(self._names) > 1
        self.children = ((self._first, self._second) if self.compares else (self._first,)) if several else ()


def opened(network: Named) -> Network:
    """The network itself, or the one of this name or file.

    Raises:
        ValueError: if there is no such network, or it cannot be read.
    """
    if isinstance(network, Network):
        return network
    return load_detector(network) if is_detector(network) else open_network(NetworkReference(str(network)))


def _checked(
    image: NDArray[Any], label: NDArray[np.integer] | None
) -> tuple[NDArray[np.uint8], NDArray[np.int64] | None]:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
        raise ValueError(
            f"the image is {image.dtype} of shape {image.shape}, must be uint8 (H, W, 3), RGB; "
            "models.data.images.read_image opens a file so."
        )
    if label is None:
        return image, None
    ids = np.asarray(label)
    if ids.shape != image.shape[:2]:
        raise ValueError(
            f"the label is {ids.shape}, the image is {image.shape[:2]} (height, width); give the label of this image."
        )
    return image, ids.astype(np.int64)


def _unlike(name: str, taken: Mapping[str, Any]) -> str:
    """The name, numbered where another network has it."""
    number, found = 2, name
    while found in taken:
        found, number = f"{name} ({number})", number + 1
    return found
