from __future__ import annotations

import re

from models import published_tables
from models.published import rows
from models.published_tables import FILE, main, text


def table(paper: str, number: str) -> list[list[str]]:
    """Cells of the lines of one table."""
    (section,) = re.findall(rf"^## {paper}$(?:.(?!^## ))*?^### {number}$(.*?)(?=^##|\Z)", text(), re.M | re.S)
    return [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]


def test_the_document_is_that_of_the_file():
    assert FILE.read_text() == text()


def test_a_row_stands_once_with_its_preset_and_a_column_a_metric():
    head, *lines = table("GALD TIP", r"Table I \(b\)")

    assert head[:4] == ["row", "here", "data", "mIoU (%)"]
    # Typed from the paper: 79.6, and 5.9 over FCN, 1.4 over CGNL.
    assert [line for line in lines if line[0] == "+CGNL + LDv1"] == [
        ["+CGNL + LDv1", "cgnl-ldv1", "Cityscapes val", "79.6", "5.9", "1.4"]
    ]


def test_a_system_that_is_not_built_here_says_so():
    lines = table("DeepLabv3", "Table 7")[1:]

    assert {line[1] for line in lines if line[0].startswith("Adelaide")} == {"published only"}


def test_every_number_is_in_it():
    cells = re.findall(r"(?<=\| )-?\d+(?:\.\d+)?(?= \|)", re.sub(r"^\| [^|]*\|[^|]*\|[^|]*", "", text(), flags=re.M))

    assert len(cells) == len(rows())


def test_it_is_written_to_its_place(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(published_tables, "FILE", tmp_path / "published.md")

    main()

    assert (tmp_path / "published.md").read_text() == text()
    assert capsys.readouterr().out == f"{tmp_path / 'published.md'}\n"
