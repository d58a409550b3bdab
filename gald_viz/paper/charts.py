"""Charts of analysis results for print; each takes an axis to draw into, or makes a figure of one column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.atrous import ValidTaps
from gald_viz.analysis.separation import Embedding
from gald_viz.figures.theme import INK
from gald_viz.paper.axes import axis_or_new, figure_of, inches, light
from gald_viz.paper.style import SERIES, SMALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NARROW = 0.3  # inches of a bar, below which its value is written upwards
_DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))


def valid_taps_lines(result: ValidTaps, axis: Axes | None = None, marked: Sequence[int] = ()) -> Figure:
    """Share of the positions against the rate, a line for each number of valid taps, the full filter first.

    Args:
        result: of analysis.atrous.valid_taps.
        axis: to draw into; a new figure without.
        marked: rates to point out.
    """
    axis = axis_or_new(axis)
    for index, taps in enumerate(result.taps[::-1].tolist()):
        share = 100 * result.share[:, result.taps == taps][:, 0]
        dash = _DASHES[index % len(_DASHES)]
        axis.plot(result.rates, share, color=SERIES[index % len(SERIES)], linestyle=dash, label=f"{taps} valid")
    for rate in marked:
        axis.axvline(rate, color=INK, linewidth=0.5, linestyle=":")
    axis.set_xlabel("atrous rate [cells]")
    axis.set_ylabel("positions [%]")
    axis.set_ylim(0, 102)
    axis.set_xlim(result.rates.min(), result.rates.max())
    light(axis)
    axis.legend(loc="upper right", ncols=2)
    return figure_of(axis)


def matrix(
    values: NDArray[np.floating],
    names: Sequence[str],
    axis: Axes | None = None,
    limits: tuple[float, float] | None = None,
    quantity: str = "",
) -> Figure:
    """A (K, K) matrix of classes; redder is higher.

    Args:
        values: (K, K), in the order of the names.
        names: K names.
        axis: to draw into; a new figure without.
        limits: values at the ends of the colours; those of the matrix without.
        quantity: of the colour bar; empty draws none, for one of several with the same limits.
    """
    axis = axis_or_new(axis, 0.85)
    low, high = limits or (float(values.min()), float(values.max()))
    shown = axis.imshow(values, cmap="YlOrRd", vmin=low, vmax=high)
    places = range(len(names))
    axis.set_xticks(places, names, rotation=90)
    axis.set_yticks(places, names)
    axis.tick_params(length=0)
    if quantity:
        bar = axis.figure.colorbar(shown, ax=axis, shrink=0.8, pad=0.02)
        bar.set_label(quantity, fontsize=SMALL)
        bar.outline.set_linewidth(0.3)
    return figure_of(axis)


def scatter(
    result: Embedding,
    class_id: NDArray[np.integer],
    names: Sequence[str],
    colors: NDArray[np.uint8],
    axis: Axes | None = None,
) -> Figure:
    """The points of a map of features in the colours of their classes; distances on it have no unit, so no ticks.

    Args:
        result: of analysis.separation.
        class_id: (n,) of the points.
        names, colors: K names and (K, 3) colours.
        axis: to draw into; a new figure without.
    """
    axis = axis_or_new(axis, 1.0)
    for k in np.unique(class_id):
        own = result.points[class_id == k]
        color = [colors[k] / 255]
        axis.scatter(*own.T, s=4, c=color, edgecolors=INK, linewidths=0.15, label=names[k])
    axis.set_xticks([])
    axis.set_yticks([])
    return figure_of(axis)


def bars(
    groups: Sequence[str], series: Mapping[str, Sequence[float]], axis: Axes | None = None, unit: str = ""
) -> Figure:
    """Bars side by side with their values above them; nan leaves a gap.

    Args:
        groups: names along the axis.
        series: name -> a value for each group.
        axis: to draw into; a new figure without.
        unit: label of the values' axis.
    """
    axis = axis_or_new(axis)
    wide = 0.8 / len(series)
    narrow = inches(axis.figure)[0] / (len(groups) * len(series)) < _NARROW
    for index, (name, values) in enumerate(series.items()):
        x = np.arange(len(groups)) + wide * (index - (len(series) - 1) / 2)
        drawn = axis.bar(x, values, wide, color=SERIES[index % len(SERIES)], label=name, linewidth=0)
        texts = ["" if np.isnan(value) else _short(value) for value in values]
        axis.bar_label(drawn, texts, fontsize=SMALL, padding=1, rotation=90 if narrow else 0)
    axis.set_xticks(range(len(groups)), groups)
    axis.tick_params(axis="x", length=0)
    axis.margins(y=0.3 if narrow else 0.15)
    axis.set_ylabel(unit)
    light(axis, "y")
    if len(series) > 1:
        # Above the bars, where no value stands.
        axis.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, ncols=len(series))
    return figure_of(axis)


def _short(value: float) -> str:
    """Three digits of a large number, two of a small one."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}" if abs(value) >= 10 else f"{value:.2g}"
