"""The plain values that travel between the rooms: no torch, no drawing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Objects:
    """Objects in one image, found by a detector or labelled.

    Attributes:
        boxes: (N, 4) x0, y0, x1, y1 in pixels of the image; x1 and y1 lie behind the last pixel.
        labels: (N,) int64 class ids.
        scores: (N,) in 0..1, the surest first; 1 for labelled ones.
        masks: (N, H, W) bool, None for boxes alone.
        ignored: (N,) bool, labelled objects that count neither as found nor as missed; None for none.
    """

    boxes: NDArray[np.floating]
    labels: NDArray[np.int64]
    scores: NDArray[np.floating]
    masks: NDArray[np.bool_] | None = None
    ignored: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a network says of an image: the fields of a Capture of the same names."""

    prediction: NDArray[np.int64]
    confidence: NDArray[np.float32]
    objects: Objects | None = None


@dataclass(frozen=True, slots=True)
class Capture:
    """What one network held while it looked at one image.

    Attributes:
        image: (H, W, 3) uint8 RGB, as the network's preprocessing received it.
        prediction: (H, W) int64 class ids of the network's own answer; of a detector the class of the surest object at
            each pixel, the ignore id where there is none.
        confidence: (H, W) float32 in 0..1, probability of the predicted class; of a detector the object's score.
        stages: stage name -> array without the batch axis: (C, h, w), or (K, C) for tokens.
        stage_info: stage name -> attributes of the Stage: its kind; kernel, dilation, border of an affinity.
        class_names: K names.
        class_colors: (K, 3) uint8 palette.
        ignore_id: label value that is not evaluated.
        provenance: checkpoint name and sha256, image id and sha256, and ``stage_trunk``, whether the trunk was frozen
            while the stage classifiers were trained: what a figure must carry. Of a network of others also
            ``source``, what was opened.
        objects: what a detector found; None for a network that gives every pixel a class.
    """

    image: NDArray[np.uint8]
    prediction: NDArray[np.int64]
    confidence: NDArray[np.float32]
    stages: Mapping[str, NDArray[Any]]
    stage_info: Mapping[str, Mapping[str, Any]]
    class_names: tuple[str, ...]
    class_colors: NDArray[np.uint8]
    ignore_id: int = 255
    provenance: Mapping[str, Any] = field(default_factory=dict)
    objects: Objects | None = None

    def knows(self, label: NDArray[np.int64] | None) -> bool:
        """Whether any pixel of a label (H, W) is evaluated."""
        return label is not None and bool((label != self.ignore_id).any())


@dataclass(frozen=True, slots=True)
class Control:
    """One knob of a view, told in plain values so that any front end can draw it.

    Attributes:
        key: name in the state that the view reads.
        label: what the reader sees.
        kind: "slider" (minimum, maximum, step), "select" (options) or "toggle".
        default: value when the state holds none.
        options: choices of a select.
        minimum, maximum, step: bounds of a slider, whole numbers when the default is one.
        help: one sentence on what it changes.
        when: (key of another control, values) for which this one matters; None: always.
    """

    key: str
    label: str
    kind: Literal["slider", "select", "toggle"]
    default: Any
    options: tuple[Any, ...] = ()
    minimum: float = 0
    maximum: float = 1
    step: float = 1
    help: str = ""
    when: tuple[str, tuple[Any, ...]] | None = None

    def matters(self, state: Mapping[str, Any]) -> bool:
        """Whether the control changes the picture in this state."""
        return self.when is None or state.get(self.when[0]) in self.when[1]

    def check(self, value: Any) -> None:
        """Raise ValueError when the control does not allow the value."""
        if self.kind == "select" and value not in self.options:
            raise ValueError(f"{self.key} is {value!r}, must be one of {list(self.options)}.")
        if self.kind == "slider" and not self.minimum <= value <= self.maximum:
            raise ValueError(f"{self.key} is {value!r}, must be in [{self.minimum}, {self.maximum}].")


@dataclass(frozen=True, slots=True)
class Number:
    """A figure's number.

    Attributes:
        name: short label.
        value: the number, nan where it is not defined.
        unit: "" for a plain ratio, "%" for a value that is printed times 100, else the unit.
        explanation: one sentence on how it is computed.
    """

    name: str
    value: float
    unit: str = ""
    explanation: str = ""

    @property
    def text(self) -> str:
        """The value as it is printed: a dash when it is not defined."""
        if np.isnan(self.value):
            return "–"
        if self.unit == "%":
            return f"{100 * self.value:.1f} %"
        digits = f"{self.value:,}" if isinstance(self.value, int) else f"{self.value:.3f}"
        return f"{digits} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class ViewResult:
    """What a view draws.

    Attributes:
        figures: plotly figures, the main one first.
        numbers: the numbers that back the picture.
        note: conditions a reader must know, plain sentences.
        rows: a table, one mapping (column -> value) per row; empty without one.
    """

    figures: tuple[Any, ...]
    numbers: tuple[Number, ...]
    note: str = ""
    rows: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What a view is drawn from.

    Attributes:
        capture: the network's look at the image.
        label: (H, W) int64 class ids with the capture's ignore id, None without annotation.
        state: a value for every control, and what the front end adds (pixel, selected, cell, pair, frame, confusion,
            and objects: the labelled Objects of the image).
        other: a second network's look at the same image.
        more: further (capture, label) pairs of the same network, for views that pool images.
        other_more: the second network's looks at these further images, in their order; empty when it has none.
    """

    capture: Capture
    label: NDArray[np.int64] | None
    state: Mapping[str, Any]
    other: Capture | None = None
    more: tuple[tuple[Capture, NDArray[np.int64] | None], ...] = ()
    other_more: tuple[Capture, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """A picture with its question, its controls and its number.

    Attributes:
        name: key in the registry.
        title: heading.
        question: one sentence that the picture answers.
        order: position among the views.
        stages: names of the stages it reads, those that a capture should hold.
        missing: capture -> None, or the sentence that says why the network has nothing to show here.
        controls: capture -> the controls, with the bounds that this capture allows.
        render: Look -> ViewResult.
        needs_label: whether it draws nothing without a label.
        compares: whether it makes use of a second network.
        clickable: whether it reads state["pixel"] = (x, y), in image pixels.
        answers: what a network may answer with to be shown: ``classes`` of all pixels, ``objects`` of a detector.
        short: what a button that chooses it says; empty for the title.
    """

    name: str
    title: str
    question: str
    order: int
    stages: tuple[str, ...]
    missing: Callable[[Capture], str | None]
    controls: Callable[[Capture], tuple[Control, ...]]
    render: Callable[[Look], ViewResult]
    needs_label: bool = False
    compares: bool = False
    clickable: bool = False
    answers: tuple[Literal["classes", "objects"], ...] = ("classes",)
    short: str = ""

    def unfit(self, capture: Capture) -> str | None:
        """None when the network has something to show here, else a plain sentence that says why not."""
        name = capture.provenance.get("checkpoint") or "This network"
        if capture.objects is not None and "objects" not in self.answers:
            return (
                f"{name} is a detector: it finds objects and gives no class to every pixel, which this view reads. "
                "See its detections, or choose a segmentation network."
            )
        if capture.objects is None and "classes" not in self.answers:
            return f"{name} has no objects: it gives every pixel a class. Open the checkpoint file of a detector."
        return self.missing(capture)

    def applies(self, capture: Capture, label: NDArray[np.int64] | None = None) -> str | None:
        """None when the view can be drawn, else a plain sentence that says why not; label: (H, W) or None."""
        reason = self.unfit(capture)
        if reason is None and self.needs_label and not capture.knows(label):
            why = "this image has none" if label is None else "that of this image ignores every pixel"
            return f"{self.title} need a label, and {why}. Choose an image of a labelled data set."
        return reason

    def draw(
        self,
        capture: Capture,
        label: NDArray[np.int64] | None = None,
        state: Mapping[str, Any] | None = None,
        other: Capture | None = None,
        more: tuple[tuple[Capture, NDArray[np.int64] | None], ...] = (),
        other_more: tuple[Capture, ...] = (),
    ) -> ViewResult:
        """Draw a Look: capture, label (H, W), state, other, more, other_more; what state leaves out is the default.

        Raises:
            ValueError: if the view does not apply, a control's value is not allowed, or the label does not fit.
        """
        look, obstacle = self.look(Look(capture, label, state or {}, other, more, other_more))
        result = self.render(look)
        return replace(result, note=f"{obstacle} {result.note}") if obstacle else result

    def look(self, asked: Look) -> tuple[Look, str]:
        """What render takes, checked and complete, and why the second network is left out, empty where it is not.

        Raises:
            ValueError: as draw.
        """
        capture, label = asked.capture, asked.label
        if (reason := self.applies(capture, label)) is not None:
            raise ValueError(reason)
        for further, its_label in ((capture, label), *asked.more):
            check_label(further, its_label)
        complete = dict(asked.state)
        for control in self.controls(capture):
            control.check(complete.setdefault(control.key, control.default))
        obstacle = None if asked.other is None else self._obstacle(capture, asked.other)
        kept = replace(asked, state=complete)
        return (replace(kept, other=None, other_more=()), f"Not compared: {obstacle}") if obstacle else (kept, "")

    def _obstacle(self, capture: Capture, other: Capture) -> str | None:
        if other.class_names != capture.class_names:
            return "the second network knows other classes."
        same = other.image.shape == capture.image.shape
        return self.unfit(other) if same else "the second network looked at an image of another size."


def check_label(capture: Capture, label: NDArray[np.int64] | None) -> None:
    """Refuse a label (H, W) that does not belong to the image.

    Raises:
        ValueError: when it has another size than the image, or holds an unknown class id.
    """
    if label is None:
        return
    if label.shape != capture.image.shape[:2]:
        raise ValueError(
            f"the label is {label.shape}, the image is {capture.image.shape[:2]} (height, width); "
            "give the label of this image, or resize it with nearest_labels()."
        )
    unknown = set(np.unique(label).tolist()) - set(range(len(capture.class_names))) - {capture.ignore_id}
    if unknown:
        raise ValueError(
            f"the label holds class ids {sorted(unknown)}; the network knows 0..{len(capture.class_names) - 1} "
            f"and {capture.ignore_id} for ignored pixels. Map the ids before."
        )
