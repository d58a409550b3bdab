"""What was measured, as figures and as lines to read."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields
from typing import Any

import numpy as np

from apps.latency.clock import Timing

# Seconds within which nineteen of twenty answers ought to come, on two cores.
TARGETS = {"first_picture": 5.0, "new_image": 1.0, "click": 0.2, "edit": 0.3, "umap": 8.0}


def summary(values: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile of seconds; of few values the percentile is the largest."""
    if not values:
        return {"n": 0, "median": float("nan"), "p95": float("nan")}
    ranked = float(np.percentile(values, 95, method="higher"))
    return {"n": len(values), "median": round(statistics.median(values), 3), "p95": round(ranked, 3)}


def parts(timings: Sequence[Timing]) -> dict[str, float]:
    """Medians of the parts of an action."""
    names = [field.name for field in fields(Timing)][1:]
    columns = list(zip(*(astuple(one)[1:] for one in timings), strict=True))
    return {name: round(statistics.median(values), 3) for name, values in zip(names, columns, strict=True)}


def lines(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """One line an action: percentile, target, verdict, and where the time goes."""
    told = [f"{'action':14}{'95 % within':>12}{'median':>9}{'n':>5}{'target':>8}"]
    for name, one in found.items():
        if "p95" not in one:
            continue
        target = TARGETS.get(name)
        verdict = "" if target is None else f"{target:6.1f} s  {'met' if one['p95'] <= target else 'missed'}"
        told.append(f"{name:14}{one['p95']:10.2f} s{one['median']:7.2f} s{one['n']:5} {verdict}{_where(one)}")
    return told


def rows(found: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The actions with their targets and parts, for docs/performance.md; None for what was not measured."""
    names = ("asking", "server", "drawing", "kilobytes")
    return [
        {"action": name, "target": TARGETS.get(name), **{key: one[key] for key in ("n", "median", "p95")}}
        | {part: one.get("parts", {}).get(part) for part in names}
        for name, one in found.items()
        if "p95" in one
    ]


def _where(one: Mapping[str, Any]) -> str:
    if "parts" not in one:
        return ""
    split = one["parts"]
    words = ", ".join(f"{name} {split[name]:.2f} s" for name in ("asking", "server", "drawing"))
    whole = f"; {split['whole']:.2f} s with what follows" if split.get("whole") else ""
    return f"   ({words}; {split['kilobytes']:.0f} kB{whole})"
