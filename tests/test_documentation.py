"""The parts that the documentation site is made of; .ci/run builds the whole site."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from docs.site import check, commands, docstrings, notebooks, pages

ROOT = Path(__file__).resolve().parents[1]
README = """# Project

## Training

Text, and [data](#your-own-data).

### Stop

```
## no heading
```

## Your own data

More, and [all](docs/more.md#part).
"""


@pytest.fixture
def site(tmp_path: Path) -> pages.Site:
    (tmp_path / "README.md").write_text(README)
    (tmp_path / "docs" / "howto").mkdir(parents=True)
    (tmp_path / "docs" / "howto" / "train.md").write_text(
        "# Train\n\n<!-- README.md: Training -->\n\n[all](../more.md)\n"
    )
    sources = {"docs/howto/train.md": "howto/train.md", "docs/more.md": "more.md"}
    return pages.Site(tmp_path, tmp_path / "out", sources, {("README.md", "your-own-data"): "howto/own-data.md"})


def test_a_section_ends_with_the_next_of_its_level_and_code_has_no_headings():
    assert pages.section(README, "Training") == (
        "Text, and [data](#your-own-data).\n\n## Stop\n\n```\n## no heading\n```"
    )


def test_a_section_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="'Trainings' is there 0 times"):
        pages.section(README, "Trainings")


def test_a_page_holds_the_section_with_links_as_they_are_right_there(site: pages.Site):
    text = pages.expanded(site, "docs/howto/train.md", "howto/train.md")

    assert "[data](own-data.md)" in text
    assert "[all](../more.md)" in text
    assert pages.relinked(site, "[all](docs/more.md#part)", "README.md", "a/b/c.md") == "[all](../../more.md#part)"


@pytest.mark.parametrize("link", ["gone.md", "../README.md#gone", "../tests/conftest.py"])
def test_a_link_that_the_site_does_not_have_is_refused(site: pages.Site, link: str):
    with pytest.raises(ValueError, match=r"docs/more\.md links to "):
        pages.relinked(site, f"[x]({link})", "docs/more.md", "more.md")


def test_every_link_of_the_documentation_leads_to_a_page_or_a_file(tmp_path: Path):
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "commands.md").touch()
    notebooks.write(ROOT / "notebooks", tmp_path / "tutorials")

    pages.write(ROOT, tmp_path)

    assert "## Follow, stop, go on" in (tmp_path / "howto" / "train.md").read_text()
    assert (tmp_path / "screens" / "masks.png").is_file()


def test_a_notebook_becomes_its_text_its_code_and_what_it_showed(tmp_path: Path):
    png = {"data": {"image/png": "iVBORw==", "text/plain": "<Image>"}}
    plot = {"data": {notebooks.PLOTLY: {"data": [], "layout": {"height": 300}}}}
    printed = {"name": "stdout", "text": ["a\n", "b\n"]}
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "Why?"]},
        {"cell_type": "code", "source": ["x = 1"], "outputs": [printed, png, plot]},
    ]

    text = notebooks.page({"cells": cells}, "one", tmp_path)

    assert text.startswith("# Title\n\nRun it with `uv run jupyter lab notebooks/one.ipynb`")
    assert "Why?\n\n```python\nx = 1\n```\n\n```text\na\nb\n```\n" in text
    (picture,) = tmp_path.glob("*.png")
    assert f"]({picture.name})" in text
    assert json.dumps({"data": [], "layout": {"height": 300}}) in text


def test_a_command_and_the_one_inside_it_have_their_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # All of them import half of the project; the build of the site does.
    monkeypatch.setattr(commands, "COMMANDS", {"data": "list the data sets"})

    commands.write(tmp_path / "commands.md")

    text = (tmp_path / "commands.md").read_text()
    assert "## gald data\n\nList the data sets.\n\n```text\nusage: gald data " in text
    assert "### gald data check\n\n```text\nusage: gald data check " in text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("(k*k, h) of ``a*b_``", r"(k\*k, h) of ``a*b_``"),
        ("at least `count` of x_ and x_y", r"at least ``count`` of x\_ and x_y"),
    ],
)
def test_only_code_is_markup_in_a_docstring(line: str, expected: str):
    assert docstrings.escaped([line]) == [expected]


def test_arrays_are_short_in_a_signature():
    long = "(mask: ~numpy.ndarray[tuple[~typing.Any, ...], ~numpy.dtype[~numpy.float64]], count: int)"

    assert docstrings.short_arrays(long) == "(mask: NDArray[float64], count: int)"


def test_lost_links_anchors_and_foreign_files_are_found(tmp_path: Path):
    (tmp_path / "a.html").write_text(
        '<a href="b.html#there">1</a><a href="b.html#gone">2</a><a href="c.html">3</a>'
        '<a href="https://doi.org/1">4</a><script src="https://localhost/x.js"></script><img src="p.png">'
    )
    (tmp_path / "b.html").write_text('<h1 id="there"></h1>')

    assert check.faults(tmp_path) == [
        "a.html fetches https://localhost/x.js",
        "a.html links to b.html#gone, which is not there",
        "a.html links to c.html, which is not there",
        "a.html links to p.png, which is not there",
    ]
