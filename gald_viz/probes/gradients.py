"""Which parts of a network a loss trains: its gradient, part by part, with and without stop-gradients.

Huang et al., HFGD (High-level Feature Guided Decoding), sections 3.1 and 5.2.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.config import TrainConfig
from models.layers import resize
from models.losses.pixel import CrossEntropy
from models.network import LoadedNetwork
from models.segmenter import Segmenter
from models.stages import stages_of

UPSAMPLER, GUIDING = "upsampler", "guiding branch"
STOPS = {"none": (False, False), "tokens": (True, False), "features": (False, True), "both": (True, True)}
# Part -> how its parameters begin; the first that fits counts.
_PARTS = {
    "backbone": ("backbone.",),
    "context (CAE)": ("head.",),
    "class tokens": ("decoder.classifier.",),
    "upsampler": ("decoder.",),
}
_LEVEL = "backbone.c2"


@dataclass(frozen=True, slots=True)
class GradientFlow:
    """The gradient of one loss on one image.

    Attributes:
        norms: part -> Euclidean norm over its parameters; 0 where no gradient arrives.
        pull: (h, w) norm over channels of the gradient at the backbone's finest level.
        loss: nats.
    """

    norms: dict[str, float]
    pull: NDArray[np.float32]
    loss: float


class GradientProbe:
    """A copy of a guided network that can be asked for gradients; its weights never change.

    Args:
        loaded: a network whose upsampler is guided by high-level features (HFGM).

    Raises:
        ValueError: if the network has no guiding branch.
    """

    def __init__(self, loaded: LoadedNetwork) -> None:
        model = loaded.model
        if not isinstance(model, Segmenter) or not model.config.upsampling.guidance:
            raise ValueError(f"{loaded.name} has no guiding branch; give a network of HFGD, such as scenes-hfgd.")
        self._model = Segmenter(model.config, model.classes, model.preprocessing).eval()
        self._model.load_state_dict(model.state_dict())
        self._lock = threading.Lock()

    def flow(self, image: NDArray[np.uint8], labels: NDArray[np.int64], loss: str, stop: str) -> GradientFlow:
        """Run one loss backward.

        Args:
            image: (H, W, 3).
            labels: (H, W).
            loss: ``upsampler``, cross entropy of the network's answer, or ``guiding branch``, that of the inner one.
            stop: which stop-gradients stand: ``none``, ``tokens``, ``features`` or ``both``.

        Raises:
            ValueError: for another loss or stop, or an image that is too small.
        """
        if loss not in (UPSAMPLER, GUIDING) or stop not in STOPS:
            raise ValueError(
                f"loss is {loss!r}, stop is {stop!r}; give {UPSAMPLER!r} or {GUIDING!r}, one of {[*STOPS]}."
            )
        tokens, features = STOPS[stop]
        model = self._model
        with self._lock, torch.enable_grad():
            model.decoder.options = replace(model.decoder.options, stop_tokens=tokens, stop_features=features)
            level, answers = self._answers(image)
            truth = torch.from_numpy(labels)[None]
            ask = CrossEntropy(TrainConfig(loss="cross_entropy"), model.classes.ignore_id)
            value = ask(resize(answers[loss], (labels.shape[0], labels.shape[1])), truth)
            names, parameters = zip(*model.named_parameters(), strict=True)
            gradients = torch.autograd.grad(value, (level, *parameters), allow_unused=True)
        return GradientFlow(_norms(names, gradients[1:]), _pull(level, gradients[0]), value.item())

    def _answers(self, image: NDArray[np.uint8]) -> tuple[Tensor, dict[str, Tensor]]:
        """The backbone's finest level, and the logits of both branches, all with their graph."""
        seen: dict[str, Tensor] = {}
        stages = stages_of(self._model)
        handles = [
            stages[name].register_forward_hook(lambda stage, _inputs, output: seen.__setitem__(stage.name, output))
            for name in (_LEVEL, "guide.logits")
        ]
        try:
            logits = self._model(self._model.preprocess(image)).logits
        finally:
            for handle in handles:
                handle.remove()
        return seen[_LEVEL], {UPSAMPLER: logits, GUIDING: seen["guide.logits"]}


def _norms(names: tuple[str, ...], gradients: tuple[Tensor | None, ...]) -> dict[str, float]:
    squares = dict.fromkeys(_PARTS, 0.0)
    for name, gradient in zip(names, gradients, strict=True):
        part = next(part for part, starts in _PARTS.items() if name.startswith(starts))
        squares[part] += 0.0 if gradient is None else float(gradient.double().square().sum())
    return {part: square**0.5 for part, square in squares.items()}


def _pull(level: Tensor, gradient: Tensor | None) -> NDArray[np.float32]:
    found = torch.zeros_like(level) if gradient is None else gradient
    return found[0].norm(dim=0).detach().numpy()
