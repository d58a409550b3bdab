"""Configuration of Sphinx; docs/site/build.py runs it."""

import importlib
import sys
from pathlib import Path
from typing import TypeVar

from docutils.nodes import Element
from sphinx.application import Sphinx

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from docs.site import docstrings, mathml  # noqa: E402

project = "gald_viz"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_extra"]
html_extra_path = [str(HERE.parents[1] / "build" / "docs-source" / "_extra")]
highlight_language = "none"

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4

autodoc_inherit_docstrings = False
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
add_module_names = False
maximum_signature_line_length = 100
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
# Fields stand with their types in the signature, and with their meaning in a plain list.
napoleon_custom_sections = [("Attributes", "params_style"), "Shape", "Stages"]
# Names of ours have to resolve; those of other packages are described elsewhere.
nitpick_ignore_regex = [(r"py:.*", r"(?!models\.|gald_viz\.).*"), (r"py:.*", r".*\._\w+")]

html_theme = "pydata_sphinx_theme"
html_title = "gald_viz"
html_static_path = [str(HERE / "static")]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "show_toc_level": 2,
    "navigation_depth": 2,
    "show_nav_level": 1,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": [],
    "footer_end": [],
    "article_footer_items": [],
}


html_math_renderer = "mathml"


def setup(app: Sphinx) -> None:
    """Docstrings as plain text, formulas as MathML, type variables that lead nowhere."""
    # Before napoleon, which makes lists of parameters of the sections.
    app.connect("autodoc-process-docstring", _plain, priority=400)
    app.connect("autodoc-process-signature", _short)
    app.connect("autodoc-skip-member", _without_words)
    app.connect("missing-reference", _type_variable)
    app.add_html_math_renderer("mathml", (mathml.inline, None), (mathml.block, None))


def _plain(_app: Sphinx, _what: str, _name: str, _object: object, _options: object, lines: list[str]) -> None:
    lines[:] = docstrings.escaped(lines)


def _short(_app: Sphinx, _what: str, _name: str, _value: object, _options: object, *texts: str | None) -> tuple:
    return tuple(text and docstrings.short_arrays(text) for text in texts)


def _without_words(_app: Sphinx, _what: str, _name: str, value: object, skip: bool, _options: object) -> bool | None:
    """Fields of a named tuple are told by its Attributes, not by Python's words for them."""
    return True if (getattr(value, "__doc__", None) or "").startswith("Alias for field number") else None


def _type_variable(_app: Sphinx, _environment: object, node: Element, text: Element) -> Element | None:
    """The text itself for a type variable of ours, which has no place in the reference."""
    module, _, name = node["reftarget"].rpartition(".")
    if module.split(".")[0] not in ("models", "gald_viz"):
        return None
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None
    return text if isinstance(found, TypeVar) else None
