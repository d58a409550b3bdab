"""docs/performance.md says what its records say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gald_viz import cli
from gald_viz.commands import bench
from gald_viz.paper.growth_figure import growth_png
from gald_viz.paper.performance import COLUMNS, RECORDS, WRITTEN, markdown, recorded, rendered
from models.evaluation.benchmark import BENCHMARKS

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "performance.md"
FITS = [
    {"operator": "cgnl", "kind": "GA", "time": 1.0, "time_low": 0.9, "time_high": 1.1, "memory": 1.0, "claim": 1},
    {
        "operator": "affinity",
        "kind": "LD",
        "time": None,
        "time_low": None,
        "time_high": None,
        "memory": None,
        "claim": 1,
    },
]
GROWTH = {
    "device": "cpu",
    "fits": [fit | {"largest": "8x8"} for fit in FITS],
    "rows": [
        {"operator": "cgnl", "positions": n, "seconds": n * 1e-5, "peak_bytes": n * 100, "skipped": ""}
        for n in (16, 64)
    ]
    + [{"operator": "affinity", "positions": 16, "seconds": 1.0, "peak_bytes": 9000, "skipped": ""}],
}


def test_the_document_agrees_with_its_records():
    text = DOCUMENT.read_text()

    assert rendered(text, DOCUMENT.with_suffix("")) == text
    beside = DOCUMENT.with_name("scaling.md").read_text()
    assert rendered(beside, DOCUMENT.with_suffix("")) == beside and "<!-- at-scale -->" in beside
    assert all(f"<!-- {name} -->" in text for name in (*RECORDS, *WRITTEN))


def test_the_plot_of_the_document_is_that_of_its_record():
    growth = json.loads((DOCUMENT.with_suffix("") / "growth.json").read_text())

    assert (DOCUMENT.with_suffix("") / "growth.png").read_bytes() == growth_png(growth)


def test_every_record_is_a_benchmark_with_columns():
    for words in RECORDS.values():
        name = words.split()[0]
        assert name in BENCHMARKS
        assert name in bench._HELP
        assert name in COLUMNS


def test_numbers_have_three_digits_bytes_are_mebibytes_and_nothing_is_a_dash():
    rows = [{"what": "a", "seconds": 0.123456, "peak_bytes": 3 * 2**20, "share": None}]

    assert markdown(rows, {"what": "task", "seconds": "s", "peak_bytes": "MiB", "share": "of it"}) == (
        "| task | s | MiB | of it |\n| --- | --- | --- | --- |\n| a | 0.123 | 3.0 | - |\n"
    )


def test_a_command_sets_a_document_from_what_was_recorded(tmp_path, monkeypatch, capsys):
    document = tmp_path / "performance.md"
    document.write_text("before\n<!-- growth -->\nold\n<!-- /growth -->\n<!-- metrics -->\n<!-- /metrics -->\nafter\n")
    (tmp_path / "performance").mkdir()
    monkeypatch.setattr("sys.argv", ["gald", "bench", "growth", "--repeats", "3", "--out", "there.json"])
    record = recorded({**GROWTH, "name": "growth", "hardware": {"torch": "2"}})
    (tmp_path / "performance" / "growth.json").write_text(record)

    assert cli.main(["perf", "--document", str(document)]) == 0

    text = document.read_text()
    assert text.startswith("before\n<!-- growth -->\n`uv run gald bench growth --repeats 3`, 20")
    assert "| cgnl | GA | 1 | 1 | 0.9 | 1.1 | 1 | 8x8 |" in text
    assert "Not measured yet: `uv run gald perf --measure metrics`." in text
    assert (tmp_path / "performance" / "growth.png").stat().st_size > 10_000
    capsys.readouterr()
    assert cli.main(["perf", "--document", str(tmp_path / "none.md")]) == 1
    assert "there is no" in capsys.readouterr().err


def test_a_record_that_nobody_makes_is_refused(tmp_path):
    with pytest.raises(ValueError, match="names the record 'x'"):
        rendered("<!-- x -->\n<!-- /x -->", tmp_path)
