import csv
import json

import numpy as np
import pytest

from gald_viz.cli import main
from gald_viz.paper.study import write_study
from models.evaluation.per_image import PerImage
from models.study.conditions import usual
from models.study.results import Result, Results
from models.study.tables import study


@pytest.fixture
def results(tmp_path) -> Results:
    """Three rows with two seeds on four images, of which every row gets one pixel in 100 more right."""
    found = Results(tmp_path)
    found.agree_on(usual(True))
    for better, key in enumerate(("fcn", "aspp", "aspp-ldv2")):
        for seed in (0, 1):
            hits = 50 + better + seed
            counts = np.tile([[hits, 100 - hits], [100 - hits, hits]], (4, 1, 1))
            found.save(key, seed, Result(PerImage(tuple("abcd"), counts, np.full((4, 2, 4), hits / 100)), {}))
    return found


def test_a_study_is_written_as_csv_markdown_and_figure(results):
    written = write_study(study("gald-1"), results)

    assert [file.name for file in written.files] == ["gald-1.csv", "gald-1.md", "gald-1.svg", "gald-1.png"]
    rows = list(csv.DictReader(written.files[0].read_text().splitlines()))
    assert len(rows) == 6
    assert rows[2] == {"study": "gald-1", "metric": "miou", "row": "aspp", "seed": "0", "value": f"{5100 / 149:.4f}"}
    assert f"| +ASPP | `aspp` | {(5100 / 149 + 5200 / 148) / 2:.2f} | " in written.text
    assert "| +ASPP + LDv2 against +ASPP | " in written.text and "| +3.60 | holds |" in written.text
    assert "<text" in written.files[2].read_text()
    again = written.files[2].read_bytes()
    assert write_study(study("gald-1"), results).files[2].read_bytes() == again


def test_the_command_reports_what_is_done(results, capsys):
    assert main(["study", "gald-1", "--report", "--json", "--out", str(results.folder)]) == 0

    answer = json.loads(capsys.readouterr().out)
    (summary,) = answer["summaries"]
    assert (answer["study"], summary["metric"], summary["images"]) == ("gald-1", "miou", 4)
    assert [row["key"] for row in summary["rows"]] == ["fcn", "aspp", "aspp-ldv2"]
    assert {claim["verdict"] for claim in summary["claims"]} == {"holds"}


def test_the_command_lists_the_studies(capsys):
    assert main(["study", "--json"]) == 0

    listed = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert listed["ann-6"]["source"] == "ANN Table 6"
    assert "ann-r101" in listed["ann-6"]["rows"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["gald-7"], "study is 'gald-7', must be one of"),
        (["gald-1", "--rows", "fcm"], "row is 'fcm'"),
        (["gald-1", "--seeds", "0"], "seeds is 0, must be >= 1"),
        (["gald-1", "--report"], "0 rows have results"),
    ],
)
def test_what_cannot_be_run_is_a_sentence(words, message, tmp_path, capsys):
    assert main(["study", *words, "--out", str(tmp_path)]) == 1
    assert message in capsys.readouterr().err


def test_a_damaged_result_is_named(results):
    results.file("aspp", 1).write_bytes(b"not a result")

    with pytest.raises(ValueError, match=r"aspp/seed-1\.npz cannot be read .*delete it"):
        write_study(study("gald-1"), results)


def test_the_tables_are_put_between_the_marks_of_a_document(results, tmp_path, capsys):
    document = tmp_path / "study.md"
    document.write_text("Before.\n<!-- gald-1 -->\nold\n<!-- /gald-1 -->\nAfter.\n")
    command = ["study", "gald-1", "--report", "--out", str(results.folder), "--document", str(document)]

    assert main(command) == main(command) == 0
    text = document.read_text()
    assert text.startswith("Before.\n<!-- gald-1 -->\n\n**GALD TIP Table I")
    assert text.endswith("\n<!-- /gald-1 -->\nAfter.\n") and "\nold\n" not in text

    document.write_text("No place.")
    assert main(command) == 1
    assert "has no place for 'gald-1'" in capsys.readouterr().err
