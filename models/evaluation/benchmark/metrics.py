"""What measuring a label map costs: boundary F against class after class, confusion against the forward pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from torch.nn import functional as F

from models.data.classes import ClassSet
from models.evaluation.benchmark.measure import check_repeats, describe_device, hardware, in_turns, ratios, timing
from models.evaluation.boundary import boundary_f, class_outlines, radii
from models.evaluation.iou import confusion
from models.presets import preset
from models.segmenter import Segmenter

PLAIN, FAST, CONFUSION, FORWARD = "boundary F, plain", "boundary F", "confusion, three stages", "forward pass"
_STAGES = 3
_IGNORE = 255
_SEGMENT = 64  # pixels: how wide the regions of the generated label are, about
_RAGGED = 8  # pixels: how wide the errors of the generated prediction are


@dataclass(frozen=True, slots=True)
class MapSize:
    """Label maps that are measured, and the network whose forward pass they are set against.

    Attributes:
        height: pixels.
        width: pixels.
        classes: K.
        preset: network, with random weights.

    Raises:
        ValueError: if a side is below 64 pixels or there are fewer than two classes.
    """

    height: int = 1024
    width: int = 2048
    classes: int = 19
    preset: str = "small-cgnl-ldv1"

    def __post_init__(self) -> None:
        if min(self.height, self.width) < 64 or self.classes < 2:
            raise ValueError(
                f"map is {self.height}x{self.width} with {self.classes} classes; give at least 64x64 with 2 classes."
            )


def bench_metrics(size: MapSize | None = None, repeats: int = 5, device: str = "cpu") -> dict[str, Any]:
    """Time of boundary F at the four radii and of three confusion matrices, for one image.

    The maps are generated: regions about 64 pixels wide, and a prediction whose outlines are ragged and whose errors
    are many, so that few boundary pixels find a match at once. ``boundary F, plain`` is a distance transform of SciPy
    for each class and map.

    Args:
        size: maps and network.
        repeats: timed rounds after one that warms up.
        device: torch device of the forward pass; the metrics run on the CPU.

    Returns:
        ``rows``, one a task: ``task``, ``seconds`` (median), ``spread``, and ``ratio`` (with ``ratio_low``,
        ``ratio_high``) to the plain boundary F or, for confusion, to the forward pass. ``speedup`` of boundary F,
        ``confusion_share`` of the forward pass, ``max_difference`` of the two boundary F, ``outline_pixels`` of label
        and prediction, ``device``, ``hardware``, ``size``.

    Raises:
        ValueError: if repeats < 1.
    """
    check_repeats(repeats)
    size = size or MapSize()
    label, *stages = label_maps(size, _STAGES + 1)
    maps = (stages[0], label, classes := size.classes, _IGNORE)
    runs: dict[str, Callable[[], Any]] = {
        PLAIN: lambda: plain_boundary_f(*maps),
        FAST: lambda: boundary_f(*maps),
        CONFUSION: lambda: [confusion(stage, label, classes, _IGNORE) for stage in stages],
        FORWARD: _forward(size, device),
    }
    difference = np.nan_to_num(runs[PLAIN]() - runs[FAST]())
    runs[FORWARD]()
    seconds = in_turns(runs, repeats, device)
    base = {PLAIN: PLAIN, FAST: PLAIN, CONFUSION: FORWARD, FORWARD: FORWARD}
    rows = [{"task": task, **timing(seconds[task]), **ratios(seconds[task], seconds[base[task]])} for task in runs]
    ratio_of = {task: ratios(seconds[task], seconds[base[task]])["ratio"] for task in runs}
    return {
        "name": "metrics",
        "device": describe_device(device),
        "hardware": hardware(device),
        "size": asdict(size),
        "rows": rows,
        "speedup": 1 / ratio_of[FAST],
        "confusion_share": ratio_of[CONFUSION],
        "max_difference": float(np.abs(difference).max()),
        "outline_pixels": [_outline_pixels(ids, size.classes) for ids in (label, stages[0])],
    }


def plain_boundary_f(
    prediction: NDArray[np.integer], label: NDArray[np.integer], num_classes: int, ignore_id: int
) -> NDArray[np.float64]:
    """Boundary F class by class, with a full Euclidean distance transform of each outline.

    Shape:
        prediction, label: (H, W) -> (K, T), nan where neither map outlines the class
    """
    known, reach = label != ignore_id, np.array(radii(label.shape))
    scores = np.full((num_classes, len(reach)), np.nan)
    for k in range(num_classes):
        found, truth = (class_outlines(ids, known, range(k, k + 1)) > 0 for ids in (prediction, label))
        if found.any() and truth.any():
            precision = (distance_transform_edt(~truth)[found][:, None] <= reach).mean(axis=0)
            recall = (distance_transform_edt(~found)[truth][:, None] <= reach).mean(axis=0)
            total = precision + recall
            scores[k] = np.divide(2 * precision * recall, total, out=np.zeros(len(reach)), where=total > 0)
        elif found.any() or truth.any():
            scores[k] = 0.0
    return scores


def label_maps(size: MapSize, count: int) -> list[NDArray[np.int64]]:
    """A label with ignored rows at the bottom, and predictions of it, (H, W) each."""
    generator = torch.Generator().manual_seed(0)

    def noise(cell: int) -> torch.Tensor:
        shape = (1, size.classes, size.height // cell + 2, size.width // cell + 2)
        coarse = torch.randn(shape, generator=generator)
        return F.interpolate(coarse, scale_factor=cell, mode="bilinear")[0, :, : size.height, : size.width]

    smooth = noise(_SEGMENT)
    maps = [(smooth + 0.25 * noise(_RAGGED)).argmax(dim=0).numpy() for _ in range(count - 1)]
    label = smooth.argmax(dim=0).numpy()
    label[-(size.height // 12) :] = _IGNORE
    return [label, *maps]


def _forward(size: MapSize, device: str) -> Callable[[], Any]:
    names = tuple(f"class {k}" for k in range(size.classes))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = Segmenter(preset(size.preset).model, ClassSet(names, ((0, 0, 0),) * size.classes)).to(device).eval()
    image = torch.zeros(1, 3, size.height, size.width, device=device)

    def run() -> Any:
        with torch.inference_mode():
            return model(image)

    return run


def _outline_pixels(ids: NDArray[np.integer], classes: int) -> int:
    """Pixels on the outline of a class, counted for every class."""
    known = ids != _IGNORE
    return sum(int((class_outlines(ids, known, range(k, k + 1)) > 0).sum()) for k in range(classes))
