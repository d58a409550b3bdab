"""The results of studies that ship say what their documents say."""

from pathlib import Path

import pytest

from gald_viz.analysis.study import summarise
from gald_viz.paper.study import counts_of, markdown
from models.study.results import Results
from models.study.tables import study

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.mark.parametrize("name", ["gald-1"])
def test_the_document_has_the_tables_of_the_results_beside_it(name):
    found = study(name)
    rows = counts_of(found, Results(DOCS / "study/camvid"))
    pairs = [(claim.row, claim.against) for claim in found.claims]

    assert markdown(found, [summarise(rows, pairs, metric) for metric in found.metrics]) in (
        DOCS / "study.md"
    ).read_text(encoding="utf-8")
