"""Notebooks as pages: their text and code, and with ``execute`` what their cells showed."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

from plotly.offline import get_plotlyjs

SECONDS = 240  # for one cell; the longest compiles UMAP once
PLOTLY = "application/vnd.plotly.v1+json"
WIDGET = "application/vnd.jupyter.widget-view+json"
_NOTE = 'Run it with `uv run jupyter lab notebooks/{name}.ipynb`, or <a href="{name}.ipynb" download>download it</a>.'
_STRIPPED = "What its cells show is not stored with it: run them from top to bottom, and predict before you do."
# Draws every plot of a page from the figure beside it; plotly.js lies beside the page.
_DRAW = """<script src="plotly.min.js"></script>
<script>
for (const plot of document.querySelectorAll("[data-plot]")) {
  const figure = JSON.parse(plot.textContent);
  Plotly.newPlot(plot.dataset.plot, figure.data, figure.layout, {responsive: true});
}
</script>"""


def write(folder: Path, target: Path, execute: bool = False) -> None:
    """Write one page a notebook, with the notebook beside it.

    Args:
        folder: with the notebooks; they run in its parent.
        target: folder of the pages.
        execute: run every notebook and show its outputs; a cell that fails ends it.
    """
    target.mkdir(parents=True, exist_ok=True)
    # Sphinx copies what lies in html_extra_path as it is; a notebook among the sources would be left out.
    extra = target.parent / "_extra" / "tutorials"
    extra.mkdir(parents=True, exist_ok=True)
    if execute:
        (extra / "plotly.min.js").write_text(get_plotlyjs())
    for path in sorted(folder.glob("*.ipynb")):
        notebook = json.loads(path.read_text())
        if execute:
            notebook = _executed(path, folder.parent)
        (target / f"{path.stem}.md").write_text(page(notebook, path.stem, target))
        shutil.copyfile(path, extra / path.name)


def page(notebook: dict[str, Any], name: str, target: Path) -> str:
    """Markdown of a notebook: cells of text as they are, code fenced, outputs behind it; pictures go to ``target``."""
    blocks: list[str] = []
    shown = False
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            blocks.append(source)
            continue
        blocks.append(f"```python\n{source}\n```")
        for output in cell.get("outputs", ()):
            shown = True
            blocks.append(_shown(output, target, f"{name}-{len(blocks)}"))
    title, _, rest = blocks[0].partition("\n")
    note = _NOTE.format(name=name) + ("" if shown else f" {_STRIPPED}")
    ending = [_DRAW] if any("data-plot=" in block for block in blocks) else []
    return "\n\n".join([title, note, rest.strip(), *blocks[1:], *ending]) + "\n"


def _shown(output: dict[str, Any], target: Path, name: str) -> str:
    """Markdown of one output: a live plot, a picture, or text."""
    data = output.get("data", {"text/plain": output.get("text", "")})
    if PLOTLY in data:
        figure = json.dumps({key: data[PLOTLY][key] for key in ("data", "layout")}).replace("</", "<\\/")
        size = data[PLOTLY]["layout"].get("height", 450)
        return (
            f'<div id="{name}" class="plot" style="height:{size}px"></div>\n'
            f'<script type="application/json" data-plot="{name}">{figure}</script>'
        )
    if "image/png" in data:
        (target / f"{name}.png").write_bytes(base64.b64decode("".join(data["image/png"])))
        return f"![What the cell above shows]({name}.png)"
    if WIDGET in data:
        return "*A widget: it lives in the notebook.*"
    return "```text\n" + "".join(data.get("text/plain", "")).rstrip() + "\n```"


def _executed(path: Path, folder: Path) -> dict[str, Any]:
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", resources=resources).execute()
    return notebook
