"""A study as CSV, Markdown and figure."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gald_viz.analysis.study import MIOU, RowCounts, StudySummary, summarise
from gald_viz.paper.study_figure import draw
from models.checkpoint import write_atomically
from models.study.results import Results
from models.study.row import Study

_NAMES = {MIOU: "mIoU"}
COLUMNS = ("study", "metric", "row", "seed", "value")


@dataclass(frozen=True, slots=True)
class WrittenStudy:
    """What was written.

    Attributes:
        files: CSV of every number, Markdown, the figure as SVG and PNG.
        text: the Markdown tables.
        value: the same for programs.
    """

    files: tuple[Path, ...]
    text: str
    value: dict[str, Any]


def counts_of(study: Study, results: Results) -> list[RowCounts]:
    """What is on disk of a study's rows, those without a result left out.

    Raises:
        ValueError: if a result is damaged.
    """
    found = []
    for row in study.rows:
        seeds = results.seeds(row.key)
        if not seeds:
            continue
        loaded = [results.load(row.key, seed).counts for seed in seeds]
        ids = loaded[0].ids
        if any(one.ids != ids for one in loaded):
            raise ValueError(f"the seeds of row {row.key!r} were measured on different images; run it again.")
        confusion = np.stack([one.confusion for one in loaded])
        outlines = np.stack([one.boundary_f for one in loaded])
        found.append(RowCounts(row.key, row.label, row.published, tuple(seeds), ids, confusion, outlines))
    return found


def write_study(study: Study, results: Results) -> WrittenStudy:
    """Write STUDY.csv, STUDY.md, STUDY.svg and STUDY.png beside the results.

    Raises:
        ValueError: if no row has a result.
    """
    rows = counts_of(study, results)
    pairs = [(claim.row, claim.against) for claim in study.claims]
    summaries = [summarise(rows, pairs, metric) for metric in study.metrics]
    text = markdown(study, summaries)
    stem = results.folder / study.name
    files = [stem.with_suffix(suffix) for suffix in (".csv", ".md", ".svg", ".png")]
    write_atomically(files[0], _csv(study, summaries).encode())
    write_atomically(files[1], text.encode())
    draw(study, summaries[0], files[2:])
    value = {"study": study.name, "source": study.source, "summaries": [_plain(summary) for summary in summaries]}
    return WrittenStudy(tuple(files), text, value)


def fill_document(document: Path, study: Study, text: str) -> None:
    """Put a study's tables between ``<!-- NAME -->`` and ``<!-- /NAME -->`` of a document.

    Raises:
        ValueError: if the document is not there or lacks the marks.
    """
    first, last = f"<!-- {study.name} -->\n", f"<!-- /{study.name} -->"
    before = document.read_text(encoding="utf-8") if document.is_file() else ""
    head, found, rest = before.partition(first)
    _, closed, tail = rest.partition(last)
    if not found or not closed:
        raise ValueError(f"{document} has no place for {study.name!r}; write {first.strip()} and {last} into it.")
    write_atomically(document, f"{head}{first}\n{text}\n{last}{tail}".encode())


def markdown(study: Study, summaries: Sequence[StudySummary]) -> str:
    """Rows and claims under every metric as tables."""
    parts = [f"**{study.source}.** {study.question}\n"]
    labels = {row.key: row.label for row in study.rows}
    for summary in summaries:
        parts += [*_row_table(summary), "", *_claim_table(summary, labels), ""]
    return "\n".join(parts)


def metric_name(metric: str) -> str:
    """For people."""
    return _NAMES.get(metric) or f"boundary F, {metric.rsplit('_', 1)[1]} px at 1024 x 2048"


def _row_table(summary: StudySummary) -> list[str]:
    name = metric_name(summary.metric)
    lines = [f"| row | preset | {name}, mean | spread | seeds | paper |", "|---|---|---|---|---|---|"]
    for row in summary.rows:
        cells = (
            row.label,
            f"`{row.key}`",
            f"{row.mean:.2f}",
            _number(row.spread),
            len(row.seeds),
            _number(row.published),
        )
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


def _claim_table(summary: StudySummary, labels: dict[str, str]) -> list[str]:
    lines = ["| difference | here | 95 % interval | seeds | paper | verdict |", "|---|---|---|---|---|---|"]
    for claim in summary.claims:
        seeds = ", ".join(f"{one:+.2f}" for one in claim.differences)
        interval = f"{claim.low:+.2f} to {claim.high:+.2f}"
        who = f"{labels[claim.row]} against {labels[claim.against]}"
        cells = (who, f"{claim.difference:+.2f}", interval, seeds, _number(claim.published, "+"), claim.verdict)
        lines.append("| " + " | ".join(cells) + " |")
    return lines if summary.claims else []


def _csv(study: Study, summaries: Sequence[StudySummary]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for summary in summaries:
        for row in summary.rows:
            for seed, value in zip(row.seeds, row.values, strict=True):
                writer.writerow([study.name, summary.metric, row.key, seed, f"{value:.4f}"])
    return text.getvalue()


def _plain(summary: StudySummary) -> dict[str, Any]:
    rows = [
        {
            "key": row.key,
            "label": row.label,
            "seeds": list(row.seeds),
            "values": row.values.tolist(),
            "mean": row.mean,
            "spread": _or_none(row.spread),
            "published": _or_none(row.published),
        }
        for row in summary.rows
    ]
    claims = [
        {
            "row": claim.row,
            "against": claim.against,
            "difference": claim.difference,
            "low": claim.low,
            "high": claim.high,
            "seeds": claim.differences.tolist(),
            "published": _or_none(claim.published),
            "verdict": claim.verdict,
        }
        for claim in summary.claims
    ]
    return {"metric": summary.metric, "images": summary.images, "rows": rows, "claims": claims}


def _number(value: float, sign: str = "") -> str:
    return "–" if math.isnan(value) else f"{value:{sign}.2f}"


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
