"""The size response as a document, docs/study-size.md: every number of it from the results of gald size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gald_viz.analysis.size_response import (
    ENDS,
    Difference,
    Interval,
    SizeCounts,
    difference,
    interval,
    pairs,
    recall_differences,
    size_counts,
)
from gald_viz.paper.size_figure import response_png
from models.checkpoint import read_header, write_atomically
from models.data.sized_scenes import POLE_WIDTHS, SIGN_SIZES, SIZE
from models.study.size_response import HELD, TITLES, SizeCount, SizeStudy, checkpoints, write_counts

DOCUMENT, PICTURE, RESULTS = "study-size.md", "study-size.png", "study/size-response.csv"
KNOBS = {"pole": "posts, by width", "sign": "signs, by size"}
_TEXT = Path(__file__).with_suffix(".md")


def comparisons(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every paired difference at small and at large sizes, in points, with its interval and verdict."""
    found = []
    for knob in KNOBS:
        counts = size_counts(rows, knob)
        for measure in ("recall", "precision"):
            for one, other in pairs(counts.networks):
                change = difference(getattr(counts, measure), counts.networks, one, other)
                for part in ("small", "large", "gap"):
                    line = {"class": knob, "rate": measure, "difference": f"{one} - {other}", "sizes": part}
                    found.append(line | _points(getattr(change, part)))
    return found


def write_document(study: SizeStudy, counts: Sequence[SizeCount], out: Path, folder: Path) -> None:
    """Write the document, its picture and its CSV.

    Args:
        study: the conditions.
        counts: the results.
        out: the run folders, for hardware and time.
        folder: to write to.
    """
    rows = [asdict(count) for count in counts]
    found = {knob: size_counts(rows, knob) for knob in KNOBS}
    names = {network: TITLES[network] for network in found["pole"].networks}
    drawn = {knob: recall_differences(counts, _without_head(counts)) for knob, counts in found.items()}
    seeds = len(found["pole"].seeds)
    picture = response_png(
        {KNOBS[knob]: counts for knob, counts in found.items()},
        {KNOBS[knob]: value for knob, value in drawn.items()},
        names,
        f"Recall against size, {seeds} seeds: mean and range",
    )
    (folder / RESULTS).parent.mkdir(parents=True, exist_ok=True)
    write_counts(folder / RESULTS, counts)
    write_atomically(folder / PICTURE, picture)
    write_atomically(folder / DOCUMENT, _text(study, found, out).encode())


def _text(study: SizeStudy, found: Mapping[str, SizeCounts], out: Path) -> str:
    """The template with every number put in."""
    values: dict[str, Any] = {
        "answer": _answer(found),
        "claims": _claims(found),
        "recall": "\n\n".join(_rates(counts, KNOBS[knob], counts.recall) for knob, counts in found.items()),
        "precision": "\n\n".join(_rates(counts, KNOBS[knob], counts.precision) for knob, counts in found.items()),
        "by_size": "\n\n".join(_by_size(counts, KNOBS[knob]) for knob, counts in found.items()),
        "decided": _decided(found),
        "seeds": len(found["pole"].seeds),
        "trunk_steps": study.trunk_steps,
        "steps": study.steps,
        "batch": study.batch,
        "scenes": study.scenes,
        "height": SIZE[0],
        "width": SIZE[1],
        "pole_widths": ", ".join(map(str, POLE_WIDTHS)),
        "sign_sizes": ", ".join(map(str, SIGN_SIZES)),
        "held_pole": HELD["pole"],
        "held_sign": HELD["sign"],
        "ends": ENDS,
        **_made(study, out),
    }
    return _TEXT.read_text().format(**values)


def _without_head(counts: SizeCounts) -> list[tuple[str, str]]:
    """The two claims: GA against the FCN and GALD against GA."""
    return [pair for pair in pairs(counts.networks) if "head" not in pair]


def _answer(found: Mapping[str, SizeCounts]) -> str:
    """One sentence a claim, from the verdicts at small sizes."""
    lost, regained = ([], []), ([], [])
    for knob, counts in found.items():
        for one, other in _without_head(counts):
            change = difference(counts.recall, counts.networks, one, other).small
            claim, wanted = (lost, "less") if other == "fcn" else (regained, "more")
            claim[str(change.verdict) != wanted].append(
                f"{KNOBS[knob].partition(',')[0]}, {TITLES[one]} − {TITLES[other]} {_shown(change)}"
            )
    parts = [
        _sentence("GA finds less of small things than the FCN", lost),
        _sentence("LD brings back what GA of its reach lost, or adds to it", regained),
    ]
    return "\n".join(parts)


def _sentence(claim: str, cases: tuple[list[str], list[str]]) -> str:
    held, failed = cases
    total = len(held) + len(failed)
    lines = [f"- **{claim}**: decided so in {len(held)} of {total} cases."]
    lines += [f"  - So: {'; '.join(held)}."] if held else []
    lines += [f"  - Not so, or not decided: {'; '.join(failed)}."] if failed else []
    return "\n".join(lines)


def _claims(found: Mapping[str, SizeCounts]) -> str:
    header = ["class", "difference", "recall, small", "recall, large", "small − large", "precision, small"]
    lines = []
    for knob, counts in found.items():
        for one, other in pairs(counts.networks):
            recall = difference(counts.recall, counts.networks, one, other)
            precision = difference(counts.precision, counts.networks, one, other)
            values = (recall.small, recall.large, recall.gap, precision.small)
            lines.append([knob, f"{TITLES[one]} − {TITLES[other]}", *map(_shown, values)])
    return _table(header, lines)


def _rates(counts: SizeCounts, title: str, rates: NDArray[np.float64]) -> str:
    header = [f"{title} [px]", *map(str, counts.sizes)]
    lines = []
    for network, values in zip(counts.networks, rates, strict=True):
        over = interval(values)
        cells = [f"{100 * mean:.1f} ± {100 * sd:.1f}" for mean, sd in zip(over.mean, over.deviation, strict=True)]
        lines.append([TITLES[network], *cells])
    return _table(header, lines)


def _by_size(counts: SizeCounts, title: str) -> str:
    lines = []
    for one, other in pairs(counts.networks):
        change = difference(counts.recall, counts.networks, one, other).by_size
        cells = [_shown(_at(change, place)) for place in range(len(counts.sizes))]
        lines.append([f"{TITLES[one]} − {TITLES[other]}", *cells])
    return _table([f"{title} [px]", *map(str, counts.sizes)], lines)


def _decided(found: Mapping[str, SizeCounts]) -> str:
    """How many of the single differences are decided, and how many would be by chance."""
    changes: list[Difference] = [
        difference(counts.recall, counts.networks, *pair)
        for counts in found.values()
        for pair in pairs(counts.networks)
    ]
    verdicts = np.concatenate([change.by_size.verdict for change in changes])
    decided = int((verdicts != "undecided").sum())
    return f"{decided} of {len(verdicts)} are decided, where chance alone would decide about {0.05 * len(verdicts):.0f}"


def _made(study: SizeStudy, out: Path) -> dict[str, Any]:
    """Hardware, commit, parameters and time of the runs."""
    metas = {name: read_header(file)["meta"] for name, file in checkpoints(study, out).items()}
    first = next(iter(metas.values()))
    hardware = first["provenance"]["hardware"]
    seconds = [meta["training"]["seconds"] for meta in metas.values()]
    params = {name.partition("/")[2]: meta["params"] for name, meta in metas.items()}
    versions = ", ".join(f"{name} {version}" for name, version in first["provenance"]["versions"].items())
    return {
        "hardware": f"{hardware['cpu']}, {hardware['threads']} of {hardware['cores']} cores",
        "minutes": f"{sum(seconds) / 60:.0f}",
        "runs": len(seconds),
        "longest": f"{max(seconds):.0f}",
        "shortest": f"{min(seconds):.0f}",
        "date": first["provenance"]["date"],
        "commit": first["provenance"]["commit"][:12],
        "versions": versions,
        "params": ", ".join(f"{TITLES[name]} {count:,}" for name, count in params.items() if name in TITLES),
    }


def _points(value: Interval) -> dict[str, Any]:
    limits = {name: _finite(getattr(value, name)) for name in ("mean", "low", "high")}
    return limits | {"verdict": str(value.verdict)}


def _finite(value: NDArray[np.float64]) -> float | None:
    """Points with two digits, None for what is not known."""
    return round(100 * float(value), 2) if np.isfinite(value) else None


def _at(value: Interval, place: int) -> Interval:
    values = (value.mean, value.low, value.high, value.deviation)
    return Interval(*(each[place] for each in values), value.seeds)


def _shown(value: Interval) -> str:
    """Points with their interval, in bold where decided; without an interval below two seeds."""
    if not np.isfinite(value.low):
        return f"{100 * value.mean:+.1f}"
    text = f"{100 * value.mean:+.1f} [{100 * value.low:+.1f}, {100 * value.high:+.1f}]"
    return text if str(value.verdict) == "undecided" else f"**{text}**"


def _table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, rule, *lines))
