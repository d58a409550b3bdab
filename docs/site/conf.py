"""Configuration of Sphinx; docs/site/build.py runs it."""

import sys
from pathlib import Path

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
autodoc_class_signature = "separated"
python_use_unqualified_type_names = True
add_module_names = False
maximum_signature_line_length = 100
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_custom_sections = ["Shape", "Stages"]
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
    "navigation_depth": 3,
    "show_nav_level": 1,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": [],
    "footer_end": [],
    "article_footer_items": [],
}


def setup(app: Sphinx) -> None:
    """Docstrings as plain text, formulas as MathML."""
    app.connect("autodoc-process-docstring", _plain, priority=400)
    app.add_html_math_renderer("mathml", (mathml.inline, None), (mathml.block, None))


html_math_renderer = "mathml"


def _plain(_app: Sphinx, _what: str, _name: str, _object: object, _options: object, lines: list[str]) -> None:
    lines[:] = docstrings.escaped(lines)
