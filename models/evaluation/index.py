"""What a data-set index holds of one image: counts by class, stage, segment size and distance to a boundary.

Everything is counted on plain arrays; models.evaluation.index_images runs the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from models.data.classes import Sample
from models.evaluation.error_kinds import KINDS, RIGHT, Outlines, WrongPixels, outlines, wrong_kinds
from models.evaluation.inference import OUTPUT
from models.evaluation.iou import check_ids, check_same_size
from models.evaluation.segments import BANDS, SIZES, segments

_SIZE_LIMITS = (32**2, 96**2)
_BAND_LIMITS = (3**2, 6**2, 12**2)
_REACH = 12
_BINS = len(SIZES) * len(BANDS)
# A suspect: a region away from every outline where the network is this sure and the label says something else.
SURE = 0.9
SUSPECTS = 5
_SMALLEST_SUSPECT = 16

Columns = dict[str, NDArray]


@dataclass(frozen=True, slots=True)
class ImageCounts:
    """Counts of one image; a column holds numbers of classes, stages and bins, rows without a pixel are left out.

    Attributes:
        number: place in the data set.
        id: of the image.
        size: (H, W).
        labelled: evaluated pixels.
        confidence: mean probability of the output's class over them, nan without any.
        bins: ``class``, ``stage``, ``size_bin``, ``boundary_bin``, ``pixels`` (labelled so), ``correct`` of them, and
            ``predicted``: pixels of these bins, of whatever label, that the stage calls this class.
        moves: ``before``, ``after`` (stages), ``class``, the bins, ``fixed``, ``broken``: pixels of the label's class.
        confusion: ``stage``, ``label``, ``predicted``, ``kind`` (of models.evaluation.error_kinds), ``pixels``.
        suspects: at most SUSPECTS regions where the label may be wrong, the largest first: ``label``, ``predicted``,
            ``pixels``, ``confidence`` (mean), ``x0``, ``y0``, ``x1``, ``y1``.
    """

    number: int
    id: str
    size: tuple[int, int]
    labelled: int
    confidence: float
    bins: Columns
    moves: Columns
    confusion: Columns
    suspects: Columns


@dataclass(frozen=True, slots=True)
class Answers:
    """What the stages of a network say about one image.

    Attributes:
        stages: name -> (H, W) int16 class ids.
        confidence: (H, W) probability of the last stage's class.
    """

    stages: dict[str, NDArray[np.int16]]
    confidence: NDArray[np.float32]


def count_image(number: int, sample: Sample, answers: Answers, num_classes: int, ignore_id: int) -> ImageCounts:
    """Count a sample, whose number is its place in the data set, by the answers of the stages and of the output.

    Raises:
        ValueError: if the label has another size than the image, or an id is unknown.
    """
    size = (sample.image.shape[0], sample.image.shape[1])
    label = np.full(size, ignore_id) if sample.label is None else sample.label
    for ids in answers.stages.values():
        check_same_size(ids, label)
    known = label != ignore_id
    check_ids("label", label[known], num_classes, f" or the ignore id {ignore_id}")
    outline = outlines(label.astype(np.int16), ignore_id, reach=_REACH)
    place = _places(outline)
    wrong = _wrong(answers, outline)
    paths = _paths(outline, wrong, place, num_classes)
    return ImageCounts(
        number,
        sample.id,
        size,
        int(known.sum()),
        float(answers.confidence[known].mean()) if known.any() else float("nan"),
        _bins(paths, answers, wrong, place),
        _moves(paths, len(wrong)),
        _confusion(paths, answers, wrong, outline),
        _suspects(answers, outline, num_classes),
    )


def _places(outline: Outlines) -> NDArray[np.int16]:
    """(H, W) size bin and boundary bin of a pixel as one number."""
    sizes = np.digitize(outline.segments.pixels, _SIZE_LIMITS) * len(BANDS)
    place = outline.segments.spread(sizes.astype(np.int16))
    for limit in _BAND_LIMITS:
        place += outline.squares >= limit
    return place


def _wrong(answers: Answers, outline: Outlines) -> list[WrongPixels]:
    """The wrong pixels of every stage."""
    found: list[WrongPixels] = []
    before: NDArray[np.int16] | None = None
    for ids in answers.stages.values():
        # The output of most networks is their last stage's answer.
        same = before is not None and np.array_equal(before, ids)
        found.append(found[-1] if same else wrong_kinds(ids, outline))
        before = ids
    return found


def _paths(
    outline: Outlines, wrong: list[WrongPixels], place: NDArray[np.int16], num_classes: int
) -> NDArray[np.int64]:
    """(K * bins, 2^S) pixels by class and bin, and by which stages are wrong: bit s of the column for stage s."""
    code = (outline.label.astype(np.int32) * _BINS + place) << len(wrong)
    for stage, pixels in enumerate(wrong):
        code.reshape(-1)[pixels.places] |= 1 << stage
    counts = np.bincount(code[outline.known], minlength=num_classes * _BINS << len(wrong))
    return counts.reshape(-1, 1 << len(wrong))


def _right(stage: int, stages: int) -> NDArray[np.bool_]:
    """Columns of the paths in which a stage is right."""
    return (np.arange(1 << stages) >> stage & 1) == 0


def _bins(paths: NDArray[np.int64], answers: Answers, wrong: list[WrongPixels], place: NDArray[np.int16]) -> Columns:
    stages, pixels = len(wrong), paths.sum(axis=1)
    correct = np.stack([paths[:, _right(stage, stages)].sum(axis=1) for stage in range(stages)])
    predicted = correct.copy()
    for stage, ids in enumerate(answers.stages.values()):
        places = wrong[stage].places
        code = ids.reshape(-1)[places].astype(np.int64) * _BINS + place.reshape(-1)[places]
        predicted[stage] += np.bincount(code, minlength=len(paths))
    stage, code = np.nonzero((pixels > 0) | (predicted > 0))
    return {
        "stage": stage,
        **_decoded(code),
        "pixels": pixels[code],
        "correct": correct[stage, code],
        "predicted": predicted[stage, code],
    }


def _moves(paths: NDArray[np.int64], stages: int) -> Columns:
    pairs = np.array(list(combinations(range(stages), 2)), dtype=np.int64).reshape(-1, 2)
    shape = (len(pairs), len(paths))
    fixed, broken = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for row, (before, after) in enumerate(pairs):
        was, is_ = _right(before, stages), _right(after, stages)
        fixed[row] = paths[:, ~was & is_].sum(axis=1)
        broken[row] = paths[:, was & ~is_].sum(axis=1)
    pair, code = np.nonzero(fixed + broken)
    return {
        "before": pairs[pair, 0],
        "after": pairs[pair, 1],
        **_decoded(code),
        "fixed": fixed[pair, code],
        "broken": broken[pair, code],
    }


def _decoded(code: NDArray) -> Columns:
    return {"class": code // _BINS, "size_bin": code // len(BANDS) % len(SIZES), "boundary_bin": code % len(BANDS)}


def _confusion(paths: NDArray[np.int64], answers: Answers, wrong: list[WrongPixels], outline: Outlines) -> Columns:
    stages, kinds, num_classes = len(wrong), len(KINDS), len(paths) // _BINS
    table = np.zeros((stages, num_classes, num_classes, kinds), dtype=np.int64)
    every = np.arange(num_classes)
    for stage, ids in enumerate(answers.stages.values()):
        places = wrong[stage].places
        code = outline.label.reshape(-1)[places].astype(np.int64) * num_classes + ids.reshape(-1)[places]
        counts = np.bincount(code * kinds + wrong[stage].kinds, minlength=table[stage].size)
        table[stage] = counts.reshape(table.shape[1:])
        right = paths[:, _right(stage, stages)].sum(axis=1).reshape(num_classes, _BINS).sum(axis=1)
        table[stage, every, every, RIGHT] = right
    stage, label, predicted, kind = np.nonzero(table)
    pixels = table[stage, label, predicted, kind]
    return {"stage": stage, "label": label, "predicted": predicted, "kind": kind, "pixels": pixels}


def _suspects(answers: Answers, outline: Outlines, num_classes: int) -> Columns:
    ids, labels = answers.stages[OUTPUT], outline.label
    inner = outline.known & (outline.squares >= _BAND_LIMITS[0])
    doubtful = inner & (ids != labels) & (answers.confidence >= SURE)
    if doubtful.sum() < _SMALLEST_SUSPECT:
        nothing = np.zeros(0, dtype=np.int64)
        return dict.fromkeys(("label", "predicted", "pixels", "confidence", "x0", "y0", "x1", "y1"), nothing)
    # Regions of one label and one answer.
    regions = segments(np.where(doubtful, labels.astype(np.int32) * num_classes + ids, -1))
    pixels = np.where(regions.class_id >= 0, regions.pixels, 0)
    chosen = np.argsort(-pixels, kind="stable")[:SUSPECTS]
    chosen = chosen[pixels[chosen] >= _SMALLEST_SUSPECT]
    places = [np.nonzero(regions.index == region) for region in chosen]
    return {
        "label": regions.class_id[chosen] // num_classes,
        "predicted": regions.class_id[chosen] % num_classes,
        "pixels": pixels[chosen],
        "confidence": np.array([answers.confidence[place].mean() for place in places], dtype=np.float64),
        "x0": np.array([columns.min() for _, columns in places], dtype=np.int64),
        "y0": np.array([rows.min() for rows, _ in places], dtype=np.int64),
        "x1": np.array([columns.max() + 1 for _, columns in places], dtype=np.int64),
        "y1": np.array([rows.max() + 1 for rows, _ in places], dtype=np.int64),
    }
