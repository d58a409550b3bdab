"""What LD adds to a network: time, memory, parameters and multiply-accumulates (GALD, TIP 2021, Table IV)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from models.data.classes import ClassSet
from models.evaluation.benchmark.measure import (
    check_repeats,
    describe_device,
    extra_bytes,
    hardware,
    in_turns,
    ratios,
    timing,
)
from models.evaluation.cost import cost
from models.presets import preset
from models.segmenter import Segmenter

# A network with LD, and the one that lacks nothing but the LD; seconds of Table IV on a V100.
PAIRS = {"aspp-ldv1": "aspp", "aspp-ldv2": "aspp-concat"}
PUBLISHED = {"aspp-ldv1": 70 / 65, "aspp-ldv2": 82 / 65}


@dataclass(frozen=True, slots=True)
class PassSize:
    """A forward pass.

    Attributes:
        side: height and width of the image, pixels.
        batch: images.
        classes: K.
        pairs: (with LD, without) preset names.

    Raises:
        ValueError: if side, batch or classes is too small.
    """

    side: int = 512
    batch: int = 1
    classes: int = 19
    pairs: tuple[tuple[str, str], ...] = tuple(PAIRS.items())

    def __post_init__(self) -> None:
        if self.side < 128 or self.batch < 1 or self.classes < 2:
            raise ValueError(
                f"side is {self.side}, batch is {self.batch}, classes is {self.classes}; "
                "a side must be >= 128 pixels, a batch >= 1, classes >= 2."
            )


def bench_local_distribution(size: PassSize | None = None, repeats: int = 5, device: str = "cpu") -> dict[str, Any]:
    """Time and memory of whole networks with LD against the same without, forward, evaluation mode, float32.

    The networks take turns; a ratio is that of two passes of one round. Beside the time of the whole network stands
    the time of its LD alone, on the very tensors that the network gives it, by that of the network without: it is the
    steadier number where other work shares the machine.

    Args:
        size: image and networks; those of the paper's Table IV by default.
        repeats: timed rounds after one that warms up and counts memory.
        device: torch device.

    Returns:
        ``rows``, one a network: ``network``, ``seconds`` (median), ``spread``, ``ratio`` (with ``ratio_low``,
        ``ratio_high``) to the one without LD, ``ld_share``: seconds of LD alone by those of the network without,
        ``published`` ratio of the paper, ``peak_bytes`` of the tensors beside weights and image, ``memory_ratio``,
        ``params`` and ``macs`` with ``params_ratio`` and ``macs_ratio``. ``device``, ``hardware``, ``size``.

    Raises:
        ValueError: if repeats < 1, or a name is no preset with an LD.
    """
    check_repeats(repeats)
    size = size or PassSize()
    names = list(dict.fromkeys(name for pair in size.pairs for name in reversed(pair)))
    models = {name: _network(name, size, device) for name in names}
    image = torch.randn(size.batch, 3, size.side, size.side, generator=torch.Generator().manual_seed(0)).to(device)
    runs: dict[tuple[str, str], Any] = {
        ("whole", name): partial(_whole, model, image) for name, model in models.items()
    }
    for name, _ in size.pairs:
        runs["ld", name] = partial(_alone, models[name], *_inputs_of_ld(models[name], image))
    peak = {
        name: extra_bytes(runs["whole", name], [image, *model.state_dict(keep_vars=True).values()])
        for name, model in models.items()
    }
    seconds = in_turns(runs, repeats, device)
    rows = []
    for name in names:
        base = dict(size.pairs).get(name, name)
        whole = seconds["whole", base]
        alone = seconds.get(("ld", name))
        rows.append(
            {
                "network": name,
                **timing(seconds["whole", name]),
                **ratios(seconds["whole", name], whole),
                "ld_share": ratios(alone, whole)["ratio"] if alone else 0.0,
                "published": PUBLISHED.get(name),
                "peak_bytes": peak[name],
                "memory_ratio": peak[name] / peak[base],
                **_counts(name, base, size),
            }
        )
    return {
        "name": "local-distribution",
        "device": describe_device(device),
        "hardware": hardware(device),
        "size": asdict(size),
        "rows": rows,
    }


def _network(name: str, size: PassSize, device: str) -> Segmenter:
    names = tuple(f"class {k}" for k in range(size.classes))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = Segmenter(preset(name).model, ClassSet(names, ((0, 0, 0),) * size.classes))
    return model.to(device).eval().requires_grad_(False)


def _whole(model: Segmenter, image: Tensor) -> tuple[Tensor, ...]:
    with torch.no_grad():
        return (model(image).logits,)


def _inputs_of_ld(model: Segmenter, image: Tensor) -> tuple[Tensor, ...]:
    """What the network gives its LD."""
    seen: list[Tensor] = []
    part = _ld(model)
    handle = part.register_forward_pre_hook(lambda _part, inputs: seen.extend(value.clone() for value in inputs))
    try:
        _whole(model, image)
    finally:
        handle.remove()
    return tuple(seen)


def _alone(model: Segmenter, *inputs: Tensor) -> tuple[Tensor, ...]:
    with torch.no_grad():
        return (_ld(model)(*inputs),)


def _ld(model: Segmenter) -> torch.nn.Module:
    part = getattr(model.head, "distribution", None)
    if not isinstance(part, torch.nn.Module):
        raise ValueError(f"{type(model.head).__name__} of this network has no LD; choose a preset with one.")
    return part


def _counts(name: str, base: str, size: PassSize) -> dict[str, float]:
    own, other = (cost(preset(which).model, (size.side, size.side), size.classes) for which in (name, base))
    return {
        "params": own.params,
        "params_ratio": own.params / other.params,
        "macs": own.macs,
        "macs_ratio": own.macs / other.macs,
    }
