"""docs/published.md: the papers' result tables with the preset here of each row: python -m models.published_tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from models.checkpoint import write_atomically
from models.published import Published, rows

FILE = Path(__file__).resolve().parents[1] / "docs/published.md"
_HEAD = (
    "# What the papers print\n\n"
    "Every number of the papers' result tables, as printed, from `models/published.csv`. *Here* names the preset that "
    "builds the row's network; *published only* is a system that is not built here, or that its paper does not "
    "describe, or a block by itself, which `gald models ann-nb ann-apnb` counts. What cannot be right, or is said "
    "differently elsewhere, stands below its table.\n"
)


def text() -> str:
    """The document: a section a paper, in it a table for each of its tables."""
    parts = [_HEAD]
    for paper in dict.fromkeys(line.paper for line in rows()):
        parts.append(f"## {paper}\n")
        for table in dict.fromkeys(line.table for line in rows(paper)):
            parts += _section(rows(paper, table))
    return "\n".join(parts)


def main() -> None:
    """Write the document."""
    write_atomically(FILE, text().encode())
    print(FILE)


def _section(lines: Sequence[Published]) -> list[str]:
    """One table: a line a row of the paper, a column a metric; then its conditions and remarks."""
    metrics = list(dict.fromkeys(_metric(line) for line in lines))
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for line in lines:
        data = f"{line.dataset} {line.split}".strip()
        found.setdefault((line.row, line.preset, data), {})[_metric(line)] = f"{line.value:g}"
    named = lines[0].table if lines[0].table.startswith("section") else f"Table {lines[0].table}"
    table = [_row("row", "here", "data", *metrics), "|" + "---|" * (len(metrics) + 3)]
    table += [_row(*key, *(values.get(metric, "") for metric in metrics)) for key, values in found.items()]
    remarks = [f"- {line.row}, {line.metric}: {line.note}." for line in lines if line.note]
    conditions = dict.fromkeys(line.conditions for line in lines if line.conditions)
    said = [f"Measured: {'; '.join(conditions)}.\n"] if conditions else []
    return [f"### {named}\n", *table, "", *said, *remarks, *([""] if remarks else [])]


def _metric(line: Published) -> str:
    return f"{line.metric} ({line.unit})"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


if __name__ == "__main__":
    main()
