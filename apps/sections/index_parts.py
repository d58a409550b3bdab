"""Main area of the Ranking page: totals, classes, sizes, kinds of errors and suspicious labels of an index."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from apps import indexes
from apps.sections.index_table import clickable_table
from apps.sections.view_body import show_figure
from gald_viz.analysis.decomposition import Decomposition
from gald_viz.analysis.index_query import Selection, error_counts
from gald_viz.analysis.ranking import ClassTable, bin_table, class_table, suspects
from gald_viz.figures.decomposition import decomposition_figure
from gald_viz.figures.ranking import bins_figure, classes_figure
from gald_viz.figures.sheet import Heading
from gald_viz.index.files import IndexFolder
from gald_viz.types import Number
from gald_viz.views.decomposition import MEANING, kind_rows

_SUSPECTS = 25


def show_totals(index: IndexFolder, selection: Selection) -> None:
    """What all counted pixels together say."""
    table: ClassTable = indexes.asked(class_table, index, selection)
    pixels, fixed, broken = (int(values.sum()) for values in (table.pixels, table.fixed, table.broken))
    share = max(pixels, 1)
    numbers = (
        Number("counted", pixels, "px", "Labelled pixels that pass the filters."),
        Number("fixed", fixed / share, "%", f"Wrong at {selection.before}, right at {selection.after}: {fixed:,} px."),
        Number("broken", broken / share, "%", f"Right at {selection.before}, wrong there: {broken:,} px."),
        Number("gain", (fixed - broken) / share, "%", f"Fixed minus broken: {fixed - broken:,} px."),
    )
    for place, number in zip(st.columns(len(numbers)), numbers, strict=True):
        place.metric(number.name, number.text, help=number.explanation)


def show_classes(index: IndexFolder, selection: Selection) -> None:
    """Every class, the rarest first."""
    table: ClassTable = indexes.asked(class_table, index, selection)
    gained = sum(table.fixed > table.broken)
    heading = Heading(
        f"Classes from {selection.before} to {selection.after}, the rarest on the left",
        f"{gained} of {len(table.names)} classes gain pixels",
    )
    show_figure(classes_figure(table, (selection.before, selection.after), heading), "figure.ranking.classes")
    rows = [
        {
            "class": name,
            "images": int(table.images[k]),
            "labelled px": int(table.pixels[k]),
            "fixed px": int(table.fixed[k]),
            "broken px": int(table.broken[k]),
            f"recall {selection.before} %": _percent(table.recall[0, k]),
            f"recall {selection.after} %": _percent(table.recall[1, k]),
            f"IoU {selection.before} %": _percent(table.iou[0, k]),
            f"IoU {selection.after} %": _percent(table.iou[1, k]),
        }
        for k, name in enumerate(table.names)
    ]
    st.dataframe(rows, hide_index=True, width="stretch")
    st.caption("With filters on, an IoU counts the pixels of the chosen bins alone.")


def show_sizes(index: IndexFolder, classes: tuple[str, ...]) -> None:
    """All stages by size of segments and distance to boundaries."""
    sizes = indexes.asked(bin_table, index, "size_bin", classes)
    bands = indexes.asked(bin_table, index, "boundary_bin", classes)
    last = index.meta.stages.index("output")
    near = Number("at 0-2 px", float(bands.miou[last, 0]), "%").text
    far = Number("at 12+ px", float(bands.miou[last, -1]), "%").text
    heading = Heading("Sizes and boundaries", f"mIoU of the output: {near} at 0-2 px of a boundary, {far} beyond 12 px")
    show_figure(bins_figure(sizes, bands, heading), "figure.ranking.bins")
    rows = [
        {"bin": f"{kind} {name} px", "labelled px": int(table.pixels[column])}
        | {f"mIoU {stage} %": _percent(table.miou[row, column]) for row, stage in enumerate(table.stages)}
        for kind, table in (("segment", sizes), ("boundary", bands))
        for column, name in enumerate(table.bins)
    ]
    st.dataframe(rows, hide_index=True, width="stretch")
    st.caption(
        "An IoU counts the pixels of its bin alone; a mean is over the classes labelled there. A segment is a "
        "connected region of the label, its size the area in pixels of the original image."
    )


def show_kinds(index: IndexFolder, stage: str) -> None:
    """What the errors of a stage consist of, over all images."""
    result = Decomposition(indexes.asked(error_counts, index, stage))
    mending = Heading(f"Kinds of errors of {stage}", f"mIoU {100 * result.miou:.1f} % over {index.meta.images} images")
    show_figure(decomposition_figure(result, index.meta.class_names, mending), "figure.ranking.kinds")
    st.dataframe(list(kind_rows(result)), hide_index=True, width="stretch")
    st.caption(f"{MEANING} The radius is 0.5 % of the image's diagonal. The filters above do not apply here.")


def show_suspects(index: IndexFolder, classes: tuple[str, ...], opened: Callable[[int], None]) -> None:
    """Regions where a sure network and the label disagree."""
    found = indexes.asked(suspects, index, classes, _SUSPECTS)
    if not found:
        st.info("No region away from the outlines where the network is at least 90 % sure of another class.")
        return
    rows = [
        {
            "id": str(row["image"]),
            "label says": str(row["label"]),
            "network says": str(row["predicted"]),
            "px": int(row["pixels"]),
            "confidence %": _percent(float(row["confidence"])),
            "columns": f"{row['x0']} to {row['x1'] - 1}",
            "rows": f"{row['y0']} to {row['y1'] - 1}",
        }
        for row in found
    ]
    clickable_table("ranking.suspects", rows, lambda row: opened(int(found[row]["number"])))
    st.caption(
        "At least 3 px from every outline, 90 % sure in every pixel, 16 px or more, five regions an image at most. The "
        "network may as well be wrong: look."
    )


def _percent(rate: float) -> float | None:
    return None if rate != rate else round(100 * float(rate), 2)
