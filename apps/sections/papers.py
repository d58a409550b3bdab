"""Below the view: what the papers print of the system that is looked at."""

from __future__ import annotations

import streamlit as st

from apps import store
from models.presets import DETECTORS, PRESETS, any_preset
from models.published import Published, rows


def show_papers(network: store.Network) -> None:
    """A switch, and behind it every printed number of the system; nothing for a network of no paper."""
    name = network.meta.get("training", {}).get("preset", "")
    if name not in {*PRESETS, *DETECTORS}:
        return
    entry = any_preset(name)
    found = rows(preset=entry.smaller or name)
    if not found or not st.toggle(f"What the papers print of {entry.system}", key="control.papers"):
        return
    st.dataframe([_row(line) for line in found], hide_index=True, width="stretch")
    if entry.smaller:
        st.caption(f"Of the paper's network, trained as there. This one differs: {entry.deviation}.")


def _row(line: Published) -> dict[str, str]:
    return {
        "source": line.source,
        "row": line.row,
        "data": f"{line.dataset} {line.split}".strip(),
        "metric": line.metric,
        "value": f"{line.value:g} {line.unit}",
        "conditions": line.conditions,
        "remark": line.note,
    }
