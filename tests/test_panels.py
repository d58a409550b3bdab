"""The panels of docs/panels.md: every block runs as it is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "panels.md"
BLOCKS = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), flags=re.S)


@pytest.mark.parametrize("block", BLOCKS, ids=["views", "cells", "axes", "figures"])
def test_a_panel_of_the_document_is_drawn(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    found: dict = {}

    exec(compile(block, "docs/panels.md", "exec"), found)

    written = list(tmp_path.iterdir())
    assert written or found["panel"].startswith(b"%PDF")
    assert all(file.stat().st_size > 2000 for file in written)
