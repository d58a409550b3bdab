"""What a pixel, a region or a class owes to each cell of a stage: GradCAM and integrated gradients.

Selvaraju et al., ICCV 2017, arXiv:1610.02391; Sundararajan et al., ICML 2017, arXiv:1703.01365. Both by captum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from captum.attr import IntegratedGradients, LayerGradCam
from numpy.typing import NDArray
from torch import Tensor, nn

from gald_viz.probes.replay import Replay

GRADCAM, INTEGRATED = "GradCAM", "integrated gradients"
METHODS = (GRADCAM, INTEGRATED)


@dataclass(frozen=True, eq=False)
class Target:
    """What is explained: the logit of a class, summed over some pixels.

    Args:
        class_index: of the class.
        region: (H, W) bool, the pixels of the image; fixed before anything is changed, so it cannot move with it.

    Raises:
        ValueError: if the region holds no pixel.
    """

    class_index: int
    region: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.region.ndim != 2 or not self.region.any():
            raise ValueError(
                f"the region has {int(self.region.sum())} pixels and shape {self.region.shape}; "
                "choose at least one pixel (H, W)."
            )

    @classmethod
    def at_pixel(cls, class_index: int, pixel: tuple[int, int], size: tuple[int, int]) -> Target:
        """One pixel (x, y) of an image of `size` (H, W).

        Raises:
            ValueError: if it lies outside.
        """
        x, y = pixel
        if not (0 <= x < size[1] and 0 <= y < size[0]):
            raise ValueError(f"pixel (x, y) is {pixel}, must be within 0..{size[1] - 1}, 0..{size[0] - 1}.")
        region = np.zeros(size, dtype=bool)
        region[y, x] = True
        return cls(class_index, region)

    def score(self, logits: Tensor) -> Tensor:
        """Logits (B, K, H, W) -> (B,) summed logit."""
        self._check(logits)
        return (logits[:, self.class_index] * torch.from_numpy(self.region).to(logits)).sum(dim=(1, 2))

    def probability(self, logits: Tensor) -> Tensor:
        """Logits (B, K, H, W) -> (B,) mean probability of the class over the region, in 0..1."""
        self._check(logits)
        return logits.softmax(dim=1)[:, self.class_index, torch.from_numpy(self.region).to(logits.device)].mean(dim=1)

    def _check(self, logits: Tensor) -> None:
        if not 0 <= self.class_index < logits.shape[1]:
            raise ValueError(f"class is {self.class_index}, the network knows 0..{logits.shape[1] - 1}.")
        if logits.shape[2:] != self.region.shape:
            raise ValueError(f"the region is {self.region.shape}, the image {tuple(logits.shape[2:])}; it must fit.")


@dataclass(frozen=True, slots=True)
class Attribution:
    """A map over the cells of a stage.

    Attributes:
        method, stage: what was computed, where.
        cells: (h, w) float64; of GradCAM >= 0, of integrated gradients signed, in logits.
        score: the target's summed logit on the image as it is.
        reference: the same with the stage at its baseline of zeros; nan for GradCAM.
    """

    method: str
    stage: str
    cells: NDArray[np.float64]
    score: float
    reference: float

    @property
    def gap(self) -> float:
        """|sum of the map - (score - reference)| over |score - reference|: 0 for exact integrals; nan for GradCAM."""
        difference = self.score - self.reference
        return abs(float(self.cells.sum()) - difference) / abs(difference) if difference else float("nan")


def attribute(
    replay: Replay, target: Target, method: str, steps: int = 32, progress: Callable[[float], object] | None = None
) -> Attribution:
    """Explain a target by the cells of the stage that the replay holds.

    Args:
        replay: of a segmentation network; its stage may be the image for integrated gradients.
        target: what is explained.
        method: one of METHODS. GradCAM weighs each channel by its mean gradient and keeps what is positive in the sum
            over channels. Integrated gradients go in a straight line from zeros, of the image its mean colour.
        steps: of the integral.
        progress: told the share of the integral that is done, 0..1; what it raises ends the work.

    Raises:
        ValueError: if the method is unknown, or cannot be used on the stage.
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}, must be one of {METHODS}.")
    stage, value = replay.stage, replay.tensor(replay.value)
    with replay.opened() as logits:
        rest = _Rest(lambda given: target.score(logits(given)))
        score = _reached(rest, value, replay.name)
        if method == INTEGRATED:
            with torch.no_grad():
                reference = float(rest(torch.zeros_like(value)))
            # One at a time: the remembered answers are those of one image.
            rest.count(steps, progress)
            found = IntegratedGradients(rest).attribute(value.clone(), n_steps=steps, internal_batch_size=1)
            return Attribution(method, replay.name, _cells(found), score, reference)
        if stage is None:
            raise ValueError("GradCAM needs a stage with learned channels; choose one, or integrated gradients.")
        found = LayerGradCam(rest, stage).attribute(value.clone(), relu_attributions=True)
    return Attribution(method, replay.name, _cells(found), score, float("nan"))


def probability(replay: Replay, target: Target, value: NDArray[np.floating]) -> float:
    """Mean probability of the target with this value (C, h, w) at the replay's stage."""
    with replay.opened() as logits, torch.no_grad():
        return float(target.probability(logits(replay.tensor(value))))


class _Rest(nn.Module):
    """The network behind the stage, as captum takes it."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function
        self.steps, self.done, self.progress = 1, 0, _untold

    def count(self, steps: int, progress: Callable[[float], object] | None) -> None:
        """Tell of the next `steps` looks."""
        self.steps, self.done, self.progress = steps, 0, progress or _untold

    def forward(self, value: Tensor) -> Tensor:
        self.progress(min(self.done / self.steps, 1.0))
        self.done += 1
        return self.function(value)


def _untold(_share: float) -> None:
    """Nobody wants to know."""


def _reached(rest: nn.Module, value: Tensor, name: str) -> float:
    """The target's score, which must depend on the stage."""
    with torch.enable_grad():
        score = rest(value.clone().requires_grad_())
    if not score.requires_grad:
        raise ValueError(f"nothing leads from stage {name} to the answer of this network; choose a later stage.")
    return float(score.detach())


def _cells(found: Tensor) -> NDArray[np.float64]:
    return found.detach()[0].sum(dim=0).double().cpu().numpy()
