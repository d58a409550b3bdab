"""The knobs of a view as ipywidgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets
import traitlets

from gald_viz.types import Control

_STYLE = {"description_width": "initial"}
_SLIDER, _LETTER = 210, 7  # pixels of a slider with its number, and of a letter before it


class Knobs(ipywidgets.HBox):
    """One widget a control that matters; ``state`` holds a value for every control and can be observed.

    Args:
        controls: of a view.
        kept: values from before; those that a control does not allow give way to its default.
    """

    state = traitlets.Dict()

    def __init__(self, controls: Sequence[Control], kept: Mapping[str, Any] | None = None) -> None:
        self._controls = tuple(controls)
        self.knobs = {one.key: knob(one, (kept or {}).get(one.key, one.default)) for one in controls}
        super().__init__(layout=ipywidgets.Layout(flex_flow="row wrap"))
        for widget in self.knobs.values():
            widget.observe(self._read, "value")
        self._read()

    def _read(self, _change: Any = None) -> None:
        state = {key: widget.value for key, widget in self.knobs.items()}
        shown = tuple(self.knobs[one.key] for one in self._controls if one.matters(state))
        if shown != self.children:
            self.children = shown
        self.state = state


def knob(control: Control, value: Any = None) -> Any:
    """The widget of a control with this value, or with its default where the control does not allow the value."""
    try:
        control.check(value)
    except (ValueError, TypeError):
        value = control.default
    words: dict[str, Any] = {
        "description": control.label,
        "tooltip": control.help or control.label,
        "style": _STYLE,
        "layout": ipywidgets.Layout(width="auto"),
    }
    if control.kind == "toggle":
        return ipywidgets.Checkbox(bool(value), indent=False, **words)
    if control.kind == "select":
        return ipywidgets.Dropdown(options=list(control.options), value=value, **words)
    # A picture takes longer than a slider's next step.
    words |= {
        "continuous_update": False,
        "layout": ipywidgets.Layout(width=f"{_SLIDER + _LETTER * len(control.label)}px"),
    }
    low, high, step = control.minimum, control.maximum, control.step
    if isinstance(control.default, int):
        return ipywidgets.IntSlider(int(value), min=int(low), max=int(max(low, high)), step=int(step), **words)
    return ipywidgets.FloatSlider(float(value), min=low, max=max(low, high), step=step, **words)


def offer(choice: Any, options: Mapping[str, Any]) -> None:
    """Give a Dropdown other options, words -> value; it keeps its value where that is still one, else takes the first.

    Whoever observes the value may hear of the first one in between.
    """
    kept, values = choice.value, list(options.values())
    choice.options = list(options.items())
    choice.value = kept if kept in values else values[0]
