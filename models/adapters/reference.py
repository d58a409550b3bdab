"""From what a user types to a network: a checkpoint, a network of a family, or what a Python file of his own builds."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from models.adapters.adapted import AdaptedNetwork, adapt, loaded
from models.adapters.adapter import near, said
from models.adapters.family import FAMILIES
from models.adapters.weights import fill, read_tensors
from models.checkpoint import file_sha256, load_checkpoint
from models.data import DATASETS
from models.data.classes import ClassSet
from models.data.folder import read_classes
from models.network import LoadedNetwork, Network

KINDS = "a name of gald zoo, a checkpoint file, FAMILY:NAME or FILE.py:FUNCTION"


@dataclass(frozen=True)
class NetworkReference:
    """Which network to open.

    Attributes:
        source: name or file of a checkpoint of ours, FAMILY:NAME such as ``torchvision:fcn_resnet50``, or
            FILE.py:FUNCTION, which runs that file and calls the function.
        weights: file that fills a network of others; empty for the weights it is built with.
        classes: what the outputs of a network of others mean, the name of a data set or a classes.json; empty for
            what it says itself.
        trust_pickle: whether the weights may be a pickle, which can run code.
    """

    source: str
    weights: str = ""
    classes: str = ""
    trust_pickle: bool = False

    @property
    def parts(self) -> tuple[str, str]:
        """(family or Python file, name or function); two empty texts for a checkpoint."""
        left, _, right = self.source.rpartition(":")
        foreign = bool(right) and (left.endswith(".py") or left in FAMILIES.names())
        return (left, right) if foreign else ("", "")

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that it is read from, for caches."""
        left, _ = self.parts
        source = self.source if not left else left if left.endswith(".py") else ""
        return tuple(Path(name).expanduser() for name in (source, self.weights, self.classes) if name)


def open_network(reference: NetworkReference, output_stride: int | None = None) -> LoadedNetwork:
    """Open a network; the only place where a reference is understood.

    Args:
        reference: which.
        output_stride: open a checkpoint at this stride instead of the one it was trained at.

    Raises:
        ValueError: if it cannot be found, read or built, or weights and classes do not fit it.
    """
    origin, name = reference.parts
    if not origin:
        return _checkpoint(reference, output_stride)
    if output_stride is not None:
        raise ValueError(f"output_stride is {output_stride}, which only checkpoints can change; leave it out.")
    classes = class_set(reference.classes) if reference.classes else None
    weights = Path(reference.weights).expanduser() if reference.weights else None
    own = origin.endswith(".py")
    model = (_from_file if own else _from_family)(reference, weights, classes)
    filled = weights.stem if weights else "" if own else "random weights"
    code = file_sha256(Path(origin).expanduser()) if own else ""
    return loaded(model, f"{name} ({filled})" if filled else name, reference.source, code)


def class_set(name: str) -> ClassSet:
    """The classes of a data set, or of a classes.json.

    Raises:
        ValueError: if there is no such data set or file.
    """
    if name.endswith(".json"):
        return read_classes(Path(name).expanduser()).classes
    known = {entry: DATASETS.get(entry).classes for entry in fixed_class_sets()}
    if name not in known:
        raise ValueError(f"classes are {name!r}{near(name, known)}, must be a classes.json or one of {list(known)}.")
    return known[name]


def fixed_class_sets() -> list[str]:
    """Names of the data sets whose classes are known without their files."""
    return [name for name in DATASETS.names() if hasattr(DATASETS.get(name), "classes")]


def _checkpoint(reference: NetworkReference, output_stride: int | None) -> LoadedNetwork:
    source = reference.source
    if reference.weights or reference.classes:
        raise ValueError(
            f"{source!r} is a checkpoint, which holds its weights and classes; leave weights and classes out."
        )
    if ":" in source and not Path(source).is_file():
        raise ValueError(f"network is {source!r}, must be {KINDS}, with FAMILY of {FAMILIES.names()}.")
    return load_checkpoint(Path(source).expanduser(), output_stride)


def _from_family(reference: NetworkReference, weights: Path | None, classes: ClassSet | None) -> AdaptedNetwork:
    family, name = reference.parts
    tensors = read_tensors(weights, reference.trust_pickle) if weights else {}
    module = FAMILIES.get(family)().build(name, tensors, len(classes) if classes else None)
    if weights:
        fill(module, tensors, weights.name)
    return adapt(module, classes)


def _from_file(reference: NetworkReference, weights: Path | None, classes: ClassSet | None) -> Network:
    made = _call(reference)
    if not isinstance(made, nn.Module):
        raise ValueError(f"{reference.source} returned a {type(made).__name__}, must return a torch.nn.Module.")
    if weights:
        inner = made.module if isinstance(made, AdaptedNetwork) else made
        fill(inner, read_tensors(weights, reference.trust_pickle), weights.name)
    if not isinstance(made, Network):
        return adapt(made, classes)
    if classes is not None and classes.names != made.classes.names:
        raise ValueError(f"{reference.source} names other classes than {reference.classes!r}; leave classes out.")
    return made.eval().requires_grad_(False)


def _call(reference: NetworkReference) -> Any:
    """What the function in the user's file returns; whatever goes wrong there is told with its line."""
    origin, function = reference.parts
    file = Path(origin).expanduser().resolve()
    if not file.is_file():
        raise ValueError(f"network is {reference.source!r}, and there is no file {origin}.")
    spec = importlib.util.spec_from_file_location(f"_own_network_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise ValueError(f"{file.name} cannot be run as Python.")
    module = importlib.util.module_from_spec(spec)
    try:
        with _found_beside(file.parent):
            spec.loader.exec_module(module)
            if not callable(getattr(module, function, None)):
                known = dict.fromkeys(name for name, held in vars(module).items() if callable(held))
                raise ValueError(f"there is no function {function!r}{near(function, known)} in it.")
            return getattr(module, function)()
    except Exception as error:  # code of the user's, which may raise anything
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
        where = f", line {lines[-1]}" if lines else ""
        raise ValueError(f"{reference.source} failed{where}: {said(error)}") from error


@contextmanager
def _found_beside(folder: Path) -> Generator[None]:
    """The file may import its neighbours, as a script may."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
