"""Run a network again from one of its stages on: what lies before is answered from memory.

A module's answer cannot depend on a stage that was reached only after the module had ended. So the modules that ended
before the stage was reached are called once; when the network runs again they hand out copies of what they returned,
and the stage hands out what was put in its place. Only plain functions between those modules run again.
"""

from __future__ import annotations

import copy
from collections import defaultdict, deque
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gald_viz.probes.capture import answer_of, classified
from gald_viz.probes.lock import exclusive
from gald_viz.types import Answer
from models.detection.checkpoint import LoadedDetector
from models.detection.detector import Detector
from models.network import LoadedNetwork, Network
from models.stages import Stage, check_stage_names, stages_of

# The name of what is no stage but can be changed as one: the normalised image (3, H, W).
IMAGE = "image"

Call = tuple[nn.Module, Any]
Forward = Callable[..., Any]


class Replay:
    """One network's look at one image, held at a stage.

    Args:
        loaded: a network or a detector in eval mode.
        image: (H, W, 3) uint8 RGB.
        stage: name of a stage of maps, or IMAGE for the network's input.

    Attributes:
        value: (C, h, w) what the stage holds; of a detector the part that lies on the image.
        answer: what the network says when nothing is changed.
        resumes: False where handing out the remembered answers did not give the same answer bit for bit, as when a
            block had changed one of them in place before it reached the stage: then the whole network runs again.

    Raises:
        ValueError: if there is no such stage, it holds no map, or the image is too small.
    """

    def __init__(self, loaded: LoadedNetwork | LoadedDetector, image: NDArray[np.uint8], stage: str) -> None:
        self.model, self.image, self.name = loaded.model, image, stage
        if stage == IMAGE and isinstance(self.model, Detector):
            raise ValueError("the image of a detector cannot be edited here; choose one of its stages.")
        self.stage = _stage(self.model, stage)
        with exclusive(self.model), torch.no_grad():
            self._calls, self._held, self.answer = self._recorded()
            self.value = self._of_image(self._held)
            again = self.run(self.value)
            self.resumes = bool(self._calls) and _same(again, self.answer)
            if not self.resumes:
                self._calls = []

    def run(self, value: NDArray[np.floating]) -> Answer:
        """What the network says with this value (C, h, w) at the stage.

        Raises:
            ValueError: if the shape is another.
        """
        if value.shape != self.value.shape:
            raise ValueError(f"the value is {value.shape}, stage {self.name} holds {self.value.shape}; keep the shape.")
        given = self.tensor(value)
        with exclusive(self.model), torch.no_grad(), self._resumed() as put:
            put(given)
            return classified(self._logits(given)) if self.stage is None else answer_of(self.model, self.image)

    @contextmanager
    def opened(self) -> Generator[Callable[[Tensor], Tensor]]:
        """The network from the stage on as a function, (1, C, h, w) -> logits (1, K, H, W), differentiable.

        Nobody else can use the network while the block runs.

        Raises:
            ValueError: for a detector, which has no logits of pixels.
        """
        if isinstance(self.model, Detector):
            raise ValueError("a detector has no logits of pixels; choose a segmentation network.")
        with exclusive(self.model), self._resumed() as put:

            def logits(value: Tensor) -> Tensor:
                put(value)
                return self._logits(value)

            yield logits

    def tensor(self, value: NDArray[np.floating]) -> Tensor:
        """The stage's tensor (1, C, h, w) with this value (C, h, w), laid out in memory as the network's own."""
        whole = self._held.clone()
        _, rows, columns = value.shape
        # Another layout would call other kernels, whose last bits differ.
        whole[0, :, :rows, :columns] = torch.from_numpy(np.ascontiguousarray(value)).to(whole)
        return whole

    @property
    def info(self) -> dict[str, Any]:
        """The stage's kind and what else it says of itself."""
        return {"kind": IMAGE} if self.stage is None else {"kind": self.stage.kind, **self.stage.info}

    @property
    def nbytes(self) -> int:
        """Memory that the remembered answers take, bytes."""
        return sum(_nbytes(output) for _, output in self._calls) + _nbytes(self._held)

    def _logits(self, value: Tensor) -> Tensor:
        planes = value if self.stage is None else self._network.preprocess(self.image)
        return self._network.predict_logits(planes)

    @property
    def _network(self) -> Network:
        if isinstance(self.model, Detector):
            raise ValueError("a detector has no logits of pixels; choose a segmentation network.")
        return self.model

    def _of_image(self, value: Tensor) -> NDArray[np.float32]:
        held = value[0].float().cpu().numpy()
        return self.model.within_image(held, self.image) if isinstance(self.model, Detector) else held

    def _recorded(self) -> tuple[list[Call], Tensor, Answer]:
        if self.stage is None:
            planes = self._network.preprocess(self.image)
            return [], planes, classified(self._network.predict_logits(planes))
        calls: list[Call] = []
        held: list[Tensor] = []
        listening = {module: _listening(module, calls, held) for module in _plain_modules(self.model)}

        def stop(value: Tensor) -> Tensor:
            if not held:
                held.append(value.clone())
                # Copies: what comes behind the stage may work in place.
                calls[:] = [(module, copy.deepcopy(output)) for module, output in calls]
            return value

        with _patched({**listening, self.stage: stop}):
            answer = answer_of(self.model, self.image)
        if not held:
            raise ValueError(f"stage {self.name} is not reached when this network looks at an image; choose another.")
        if held[0].ndim != 4:
            raise ValueError(f"stage {self.name} holds {tuple(held[0].shape)}, no map (1, C, h, w); choose another.")
        return calls, held[0], answer

    @contextmanager
    def _resumed(self) -> Generator[Callable[[Tensor], None]]:
        """The network answers from memory while the block runs; the function sets what the stage hands out."""
        remembered: defaultdict[nn.Module, deque[Any]] = defaultdict(deque)
        given: list[Tensor] = []

        def put(value: Tensor) -> None:
            given[:] = [value]
            remembered.clear()
            for module, output in self._calls:
                remembered[module].append(output)

        patches: dict[nn.Module, Forward] = {
            module: _remembering(module, remembered) for module, _ in self._calls if module is not self.stage
        }
        if self.stage is not None:
            # A copy: a layer behind may work in place.
            patches[self.stage] = lambda _value: given[0].clone()
        with _patched(patches):
            yield put


def _stage(model: nn.Module, name: str) -> Stage | None:
    if name == IMAGE:
        return None
    check_stage_names(model, [name])
    return stages_of(model)[name]


def _plain_modules(model: nn.Module) -> list[nn.Module]:
    return [part for part in model.modules() if part is not model and not isinstance(part, torch.jit.ScriptModule)]


def _listening(module: nn.Module, calls: list[Call], held: list[Tensor]) -> Forward:
    """The module's forward that notes what it returned, in place of what its own parts had noted."""
    plain = module.forward

    def forward(*words: Any, **named: Any) -> Any:
        if held:
            return plain(*words, **named)
        mark = len(calls)
        output = plain(*words, **named)
        if not held:
            calls[mark:] = [(module, output)]
        return output

    return forward


def _remembering(module: nn.Module, remembered: Mapping[nn.Module, deque[Any]]) -> Forward:
    plain = module.forward

    def forward(*words: Any, **named: Any) -> Any:
        left = remembered[module]
        return copy.deepcopy(left.popleft()) if left else plain(*words, **named)

    return forward


@contextmanager
def _patched(forwards: Mapping[nn.Module, Forward]) -> Generator[None]:
    """Other forwards while the block runs, seen by nobody who does not hold the network's lock."""
    own = {module: vars(module).get("forward") for module in forwards}
    try:
        for module, forward in forwards.items():
            module.forward = forward
        yield
    finally:
        for module, before in own.items():
            if before is not None:
                module.forward = before
            elif "forward" in vars(module):
                del module.forward


def _same(first: Answer, second: Answer) -> bool:
    return np.array_equal(first.prediction, second.prediction) and np.array_equal(first.confidence, second.confidence)


def _nbytes(value: Any) -> int:
    if isinstance(value, Tensor):
        return value.numel() * value.element_size()
    if isinstance(value, Mapping):
        return sum(map(_nbytes, value.values()))
    return sum(map(_nbytes, value)) if isinstance(value, list | tuple) else 0
