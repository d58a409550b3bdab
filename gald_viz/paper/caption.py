"""Captions: what is to be seen, under which conditions, for LaTeX and for Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gald_viz.paper.figure import Facts, PaperFigure

_LATEX = {
    **{char: f"\\{char}" for char in "#$%&_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "×": r"$\times$",
    "→": r"$\rightarrow$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "−": "$-$",
    "·": r"$\cdot$",
    "√": r"$\surd$",
    "²": r"$^2$",
    "δ": r"$\delta$",
}


def sentences(figure: PaperFigure, facts: Facts, found: Mapping[str, Any]) -> list[str]:
    """The caption, a sentence or two a part: what it shows, what differs, and the conditions.

    Args:
        figure: which.
        facts: of the computing.
        found: the manifest.
    """
    parts = [f"{figure.title} (after {figure.paper}, {figure.number}).", facts.says]
    if facts.differs:
        parts.append(f"Other than in the paper: {facts.differs}")
    if facts.rule:
        parts.append(f"Chosen by rule: {facts.rule}.")
    return [part for part in [*parts, _conditions(facts, found)] if part]


def markdown(figure: PaperFigure, facts: Facts, found: Mapping[str, Any]) -> str:
    """The caption below the picture, and the command that draws it.

    Args:
        figure: which.
        facts: of the computing.
        found: the manifest.
    """
    first, *rest = sentences(figure, facts, found)
    text = " ".join([f"**{first}**", *map(_escaped, rest)])
    return f"![{figure.title}]({found['stem']}.png)\n\n{text}\n\n    {found['command']}\n"


def latex(figure: PaperFigure, facts: Facts, found: Mapping[str, Any]) -> str:
    """A figure environment; ``graphicx`` and the PDF beside it are all it needs."""
    first, *rest = (tex(part) for part in sentences(figure, facts, found))
    star = "*" if found["width"] == "two" else ""
    width = r"\textwidth" if star else r"\columnwidth"
    caption = " ".join([rf"\textbf{{{first}}}", *rest])
    return (
        f"\\begin{{figure{star}}}\n  \\centering\n  \\includegraphics[width={width}]{{{found['stem']}}}\n"
        f"  \\caption{{{caption}}}\n  \\label{{fig:{found['stem']}}}\n\\end{{figure{star}}}\n"
    )


def tex(text: str) -> str:
    """Plain words as LaTeX reads them."""
    return "".join(_LATEX.get(char, char) for char in text)


def _conditions(facts: Facts, found: Mapping[str, Any]) -> str:
    parts = []
    networks = [f"{role} {used['name']} (sha256 {used['sha256'][:8]})" for role, used in found["networks"].items()]
    if networks:
        parts.append(f"Networks: {', '.join(networks)}.")
    if found["images"]:
        data = found["data"]
        parts.append(f"Images of {data['name']} {data['split']}: {', '.join(map(str, found['images']))}.")
    if found["stages"]:
        parts.append(f"Stages: {', '.join(found['stages'])}.")
    if facts.reductions:
        parts.append(f"Reduction: {facts.reductions}.")
    limits = [f"{name} {low:.3g} to {high:.3g}" for name, (low, high) in facts.limits.items()]
    if limits:
        parts.append(f"Colours: {', '.join(limits)}.")
    return " ".join([*parts, f"Seed {found['seed']}."])


def _escaped(text: str) -> str:
    return re.sub(r"([*_<>`|])", r"\\\1", text)
