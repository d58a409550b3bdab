"""What the Attribution page keeps between reruns: maps, their curves, and their likeness under randomised weights."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from apps import replays, store
from apps.shelf import Shelf
from gald_viz.analysis.faithfulness import Faithfulness, Randomisation, evaluations, faithfulness, randomisation
from gald_viz.analysis.resize import bilinear
from gald_viz.editing import editable_stages
from gald_viz.probes.attribution import GRADCAM, METHODS, Attribution, Target, attribute, probability
from gald_viz.probes.randomise import depths, layers_from_last, randomised
from gald_viz.probes.replay import IMAGE, Replay
from models.network import LoadedNetwork
from models.stages import stages_of

ITSELF = "the mask itself"
STEPS, POINTS, KEPT = 10, 6, 64

Progress = Callable[[float, str], object]


@dataclass(frozen=True, slots=True)
class Question:
    """What is explained, how.

    Attributes:
        stage: whose cells get the map.
        method: one of the methods of methods_at.
        class_index: the target's class.
        region: the target's pixels, as region_bytes gives them.
        steps: of the integral.
    """

    stage: str
    method: str
    class_index: int
    region: bytes
    steps: int


def region_bytes(region: NDArray[np.bool_]) -> bytes:
    """A region (H, W) as a question carries it."""
    return np.packbits(region).tobytes()


def stages(loaded: store.Network) -> list[str]:
    """The stages that can be asked, those of features first, the image last."""
    kinds = {name: stage.kind for name, stage in stages_of(loaded.model).items()}
    names = sorted(editable_stages(loaded.model), key=lambda name: kinds[name] != "features")
    return [*names, IMAGE]


def methods_at(held: Replay) -> list[str]:
    """What can be computed at a stage."""
    own = [ITSELF] if held.info["kind"] == "mask" else []
    return [*own, *(name for name in METHODS if held.stage is not None or name != GRADCAM)]


def target_of(held: Replay, question: Question) -> Target:
    """The target on the image as it is.

    Raises:
        ValueError: if the region holds no pixel.
    """
    size = held.answer.prediction.shape
    bits = np.unpackbits(np.frombuffer(question.region, np.uint8), count=size[0] * size[1])
    return Target(question.class_index, bits.reshape(size).astype(bool))


def attributed(
    loaded: LoadedNetwork, picture: store.Picture, question: Question, progress: Progress | None = None
) -> Attribution:
    """The map that answers the question; progress is told of every step of an integral.

    Raises:
        ValueError: if the stage does not lead to the answer.
    """

    def answered() -> Attribution:
        held = replays.replay(loaded, picture, question.stage)
        return _answered(held, question, target_of(held, question), progress)

    return _kept((loaded.sha256, picture.digest, question, "map"), answered)


def curves(
    loaded: LoadedNetwork, picture: store.Picture, question: Question, place: str, seeds: int, progress: Progress
) -> Faithfulness:
    """Deletion and insertion in the cells of `place`, the question's stage or IMAGE; progress is told of every look."""
    key = (loaded.sha256, picture.digest, question, place, seeds)
    return _kept(key, lambda: _curves(loaded, picture, question, place, seeds, progress))


def sanity(loaded: LoadedNetwork, picture: store.Picture, question: Question, progress: Progress) -> Randomisation:
    """The map with the weights shuffled from the last layer on, at a few depths."""
    key = (loaded.sha256, picture.digest, question)
    return _kept(key, lambda: _sanity(loaded, picture, question, progress))


def _curves(
    loaded: LoadedNetwork, picture: store.Picture, question: Question, place: str, seeds: int, progress: Progress
) -> Faithfulness:
    target = target_of(replays.replay(loaded, picture, question.stage), question)
    cells, held = attributed(loaded, picture, question, progress).cells, replays.replay(loaded, picture, place)
    if place != question.stage:
        cells = bilinear(cells, held.value.shape[1:])
    fill = np.zeros_like(held.value) if place == IMAGE else held.value.mean(axis=(1, 2), keepdims=True)
    total, looks = evaluations(STEPS, seeds), itertools.count(1)

    def score(removed: NDArray[np.float64]) -> float:
        number = next(looks)
        progress(number / total, f"{number} of {total} looks")
        share = removed.astype(held.value.dtype)
        return probability(held, target, held.value * (1 - share) + fill * share)

    return faithfulness(cells, score, STEPS, seeds)


def _sanity(loaded: LoadedNetwork, picture: store.Picture, question: Question, progress: Progress) -> Randomisation:
    # The same pixels throughout: what the network says with other weights is not the question.
    target = target_of(replays.replay(loaded, picture, question.stage), question)
    order = layers_from_last(loaded, picture.image)
    names, maps = ["none"], [attributed(loaded, picture, question, progress).cells]
    reached = depths(len(order), POINTS)[1:]
    for number, depth in enumerate(reached, start=1):
        with randomised(loaded, order[:depth]):
            held = Replay(loaded, picture.image, question.stage)
            share = functools.partial(_within, progress, number, len(reached))
            maps.append(_answered(held, question, target, share).cells)
        names.append(order[depth - 1])
        progress(number / len(reached), f"{depth} of {len(order)} layers shuffled")
    return randomisation(names, maps)


def _within(progress: Progress, number: int, count: int, share: float, words: str) -> None:
    """Progress within one of several pieces, numbered from 1."""
    progress((number - 1 + share) / count, f"{number} of {count}, {words}")


def _answered(held: Replay, question: Question, target: Target, progress: Progress | None = None) -> Attribution:
    if question.method == ITSELF:
        cells = held.value.mean(axis=0).astype(np.float64)
        return Attribution(ITSELF, question.stage, cells, float("nan"), float("nan"))
    steps = question.steps
    told = None if progress is None else lambda share: progress(share, f"{round(share * steps)} of {steps} steps")
    return attribute(held, target, question.method, steps, told)


def _kept(key: tuple, compute: Callable[[], Any]) -> Any:
    """What was computed for the key; Streamlit's own cache cannot hold what tells its progress on the page."""
    return _shelf().get(key, compute, lambda _found: 1)


@st.cache_resource(max_entries=1, show_spinner=False)
def _shelf() -> Shelf:
    # Curves of a few points each: their number is bound enough.
    return Shelf(KEPT)
