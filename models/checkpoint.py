"""One safetensors file = weights, configuration, class set, preprocessing and history. Nothing is ever unpickled."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from models.config import ModelConfig, from_dict, to_dict
from models.data.classes import ClassSet
from models.network import LoadedNetwork, Preprocessing
from models.output_stride import at_output_stride
from models.segmenter import Segmenter

if TYPE_CHECKING:
    from models.detection.detector import Detector

FORMAT = 1
_KEY = "gald"
SEGMENTER = Segmenter.kind
Config = TypeVar("Config")
Network = TypeVar("Network", bound=nn.Module)
_PARTS = ("config", "classes", "preprocessing", "meta")


@dataclass(frozen=True)
class LoadedCheckpoint(LoadedNetwork):
    """A network of ours, read from its file; ``name`` is the file's stem, or the zoo's name."""

    model: Segmenter


def save_checkpoint(model: Segmenter | Detector, path: str | Path, meta: Mapping[str, Any], half: bool = True) -> str:
    """Write weights and description atomically; return the file's sha256.

    Args:
        model: what to save; the auxiliary head is training state and stays out.
        path: ends in .safetensors.
        meta: JSON values: training, metrics, provenance.
        half: store floating point weights as fp16 (the zoo); False keeps float32.
    """
    header = {
        "format": FORMAT,
        "config": to_dict(model.config),
        "classes": asdict(model.classes),
        "preprocessing": asdict(model.preprocessing),
        "meta": dict(meta),
    }
    if model.kind != SEGMENTER:
        header["kind"] = model.kind
    tensors = {
        key: _stored(value, half) for key, value in model.state_dict().items() if not key.startswith("auxiliary.")
    }
    data = save(tensors, metadata={_KEY: json.dumps(header)})
    write_atomically(Path(path), data)
    return hashlib.sha256(data).hexdigest()


def load_checkpoint(source: str | Path, output_stride: int | None = None) -> LoadedCheckpoint:
    """Read a checkpoint from a path, or by its name in the zoo.

    Args:
        source: path or name.
        output_stride: open the network at this stride instead of the one it was trained at; its rates follow.

    Raises:
        ValueError: if the file is missing, truncated, a pickle, of another format or architecture, or the network
            cannot be opened at the output stride.
    """
    path = find_checkpoint(source)
    header, tensors = read_checkpoint(path, SEGMENTER)

    config, classes, preprocessing = described(path, header, ModelConfig)
    config = at_output_stride(config, output_stride) if output_stride else config

    def build() -> Segmenter:
        model = Segmenter(config, classes, preprocessing)
        model.auxiliary = None
        return model

    model = rebuilt(path, build, tensors)
    return LoadedCheckpoint(model, file_sha256(path), name_of(path), header["meta"])


def find_checkpoint(source: str | Path) -> Path:
    """The file of a path, or of a name in the zoo.

    Raises:
        ValueError: if there is neither.
    """
    from models import zoo

    path = zoo.path(str(source)) if zoo.ships(str(source)) else Path(source)
    if not path.is_file():
        known = [*zoo.names(), *zoo.detectors()]
        raise ValueError(f"checkpoint is {str(source)!r}, neither a file nor one of the zoo: {known}.")
    return path


def name_of(path: Path) -> str:
    """What people call a checkpoint: the run it was trained in, whose files are all called the same, or its file."""
    place = path.resolve().parent
    return place.parent.name if place.name == "checkpoints" else path.stem


def kind_of(path: str | Path) -> str:
    """What a checkpoint holds: ``segmenter`` or ``detector``.

    Raises:
        ValueError: as load_checkpoint.
    """
    return str(read_header(path).get("kind", SEGMENTER))


def read_checkpoint(path: Path, kind: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Description and tensors of a file that holds a network of this kind.

    Raises:
        ValueError: as load_checkpoint, or if it holds another kind.
    """
    file = _open(path)
    header = _parse(path, file.metadata())
    found = header.get("kind", SEGMENTER)
    if found != kind:
        raise ValueError(f"checkpoint {path.name} holds a {found}, here a {kind} is needed; give the file of one.")
    return header, {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict


def described(path: Path, header: Mapping[str, Any], config: type[Config]) -> tuple[Config, ClassSet, Preprocessing]:
    """Configuration, classes and preprocessing as the description in a file has them.

    Raises:
        ValueError: if a value is refused.
    """
    with _as_described(path):
        own = from_dict(config, header["config"])
        classes = from_dict(ClassSet, header["classes"])
        return own, classes, from_dict(Preprocessing, header["preprocessing"])


def rebuilt(path: Path, build: Callable[[], Network], tensors: Mapping[str, Tensor]) -> Network:
    """The network that a file describes, filled, float32, in eval mode and without gradients.

    Raises:
        ValueError: if it cannot be built, or the tensors are of another one.
    """
    with _as_described(path), torch.device("meta"):
        model = build()
    # A description may ask for any amount of memory: the shapes come first.
    _check_shapes(path, model, tensors)
    whole = {name for name, _ in model.named_buffers()} <= set(tensors)
    # Buffers that no checkpoint holds (the filters of an anti-aliased network) are computed while it is built.
    model = model.to_empty(device="cpu") if whole else build()
    model.load_state_dict(tensors)
    return model.float().eval().requires_grad_(False)


def read_header(path: str | Path) -> dict[str, Any]:
    """The JSON description of a checkpoint, without its weights.

    Raises:
        ValueError: as load_checkpoint.
    """
    return _parse(Path(path), _open(Path(path)).metadata())


def file_sha256(path: Path) -> str:
    """sha256 of a file, read once per path, size and modification time."""
    state = path.stat()
    return _hash(path, state.st_size, state.st_mtime_ns)


def write_atomically(path: Path, data: bytes) -> None:
    """Write so that the path holds the old bytes or all of the new ones, even when the machine stops."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix="." + path.name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def is_pickle(path: Path) -> bool:
    """Whether the file begins as a pickle, or as the archive in which torch.save puts one."""
    with path.open("rb") as file:
        return file.read(2) in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


@lru_cache(maxsize=64)
def _hash(path: Path, size: int, modified: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stored(value: Tensor, half: bool) -> Tensor:
    value = value.detach().cpu().contiguous()
    # BatchNorm statistics are few and their range is not fp16's.
    return value.half() if half and value.is_floating_point() and value.ndim > 1 else value


def _open(path: Path) -> Any:
    try:
        return safe_open(path, framework="pt")
    except OSError as error:
        raise ValueError(f"checkpoint {path} cannot be read ({error}); give an existing file.") from error
    except SafetensorError as error:
        if is_pickle(path):
            raise ValueError(
                f"checkpoint {path.name} is a pickle (.pth/.pt), which could run code; it is not opened. "
                "Save it with models.checkpoint.save_checkpoint."
            ) from error
        raise ValueError(
            f"checkpoint {path.name} ({path.stat().st_size} bytes) is truncated or not a safetensors file ({error}); "
            "copy it again."
        ) from error


def _parse(path: Path, metadata: Mapping[str, str] | None) -> dict[str, Any]:
    if not metadata or _KEY not in metadata:
        raise ValueError(
            f"checkpoint {path.name} has no description of its network; only files of save_checkpoint can be opened."
        )
    try:
        header = dict(json.loads(metadata[_KEY]))
    except (ValueError, TypeError) as error:
        raise ValueError(f"the description in checkpoint {path.name} is damaged ({error}); copy it again.") from error
    if header.get("format") != FORMAT:
        raise ValueError(f"checkpoint {path.name} has format {header.get('format')}, this version reads {FORMAT}.")
    missing = [key for key in _PARTS if not isinstance(header.get(key), Mapping)]
    if missing:
        raise ValueError(f"the description in checkpoint {path.name} lacks {missing}; save it again.")
    return header


@contextmanager
def _as_described(path: Path) -> Generator[None]:
    """What goes wrong inside is the fault of the description in the file."""
    try:
        yield
    except (ValueError, TypeError) as error:
        raise ValueError(f"checkpoint {path.name} describes a network that cannot be built: {error}") from error


def _check_shapes(path: Path, model: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    own = model.state_dict()
    missing, extra = sorted(set(own) - set(tensors)), sorted(set(tensors) - set(own))
    if missing or extra:
        raise ValueError(
            f"checkpoint {path.name} is of another architecture than its description: "
            f"{len(missing)} tensors missing {missing[:3]}, {len(extra)} unknown {extra[:3]}."
        )
    for key, value in tensors.items():
        if own[key].shape != value.shape:
            raise ValueError(
                f"checkpoint {path.name}: {key} is {tuple(value.shape)}, its description says {tuple(own[key].shape)}."
            )
