"""The papers' tables beside our numbers."""

from __future__ import annotations

import csv
import json

import pytest

from gald_viz.cli import main
from gald_viz.paper.caption import tex
from gald_viz.paper.tables import STUDIES, latex, markdown, table_lines, table_names
from models.published import rows


def test_there_is_a_table_for_every_published_number():
    assert len(table_names()) == len({(row.paper, row.table) for row in rows()})
    assert table_names()["gald-table-i-b"] == ("GALD TIP", "I (b)")


def test_ours_stand_beside_the_published_number():
    lines = table_lines("gald-table-i-a")
    first = lines[0]
    with (STUDIES / "camvid" / "gald-1.csv").open() as file:
        values = [
            float(row["value"]) for row in csv.DictReader(file) if row["metric"] == "miou" and row["row"] == "fcn"
        ]

    assert (first.row, first.published, first.command) == ("FCN (Baseline)", 73.7, "")
    assert first.ours[f"study camvid, {len(values)} seeds"] == pytest.approx(sum(values) / len(values))
    # The card of the checkpoint that ships says 68.97.
    assert first.ours["zoo scenes-fcn"] == pytest.approx(68.97, abs=0.005)


def test_what_is_not_measured_is_a_dash_with_the_command():
    lines = table_lines("gald-table-ii-c")
    text, set_in_tex = markdown("gald-table-ii-c", lines), latex("gald-table-ii-c", lines)

    assert "| Key | aspp-ldv2-key | Cityscapes val | mIoU (%) | 80.1 | – | – |" in text
    assert "gald train aspp-ldv2-key --data cityscapes --root DIR && gald evaluate" in text
    assert "\\toprule" in set_in_tex and "mIoU (\\%) & 80.1 & –" in set_in_tex
    assert set_in_tex.count("\\\\\n") == 1 + len(lines)


def test_the_command_sets_one_table_and_refuses_others(capsys, tmp_path):
    assert main(["table", "deeplabv3-table-1", "--json", "--out", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out)["table"] == "1"
    assert (tmp_path / "deeplabv3-table-1.tex").is_file() and (tmp_path / "deeplabv3-table-1.md").is_file()
    for words, message in (
        (["table"], "give the NAME of one table, or --list"),
        (["table", "x"], "table is 'x', must be one of"),
        (["table", "ann-table-1", "--format", "html"], "format is 'html'"),
    ):
        assert main(words) == 1
        assert message in capsys.readouterr().err


def test_plain_words_are_set_in_latex():
    assert tex("50 % of a_b & 3 × 3") == r"50 \% of a\_b \& 3 $\times$ 3"
