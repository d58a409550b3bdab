"""What the app's source and configuration promise to whoever serves it to others."""

import ast
import tomllib
from pathlib import Path

import pytest

from apps import store
from models.data.images import MAX_BYTES

APPS = Path(__file__).resolve().parents[2] / "apps"
FILES = sorted(APPS.rglob("*.py"))
CONFIG = tomllib.loads((APPS / ".streamlit" / "config.toml").read_text())
# Modules whose pages draw a style of their own, from constants alone.
_STYLED = {"shell/page.py", "sections/lesson_screen.py"}


def trees():
    return [(file.relative_to(APPS).as_posix(), ast.parse(file.read_text())) for file in FILES]


def caches(tree):
    """(name, line, keywords) of every use of st.cache_data and st.cache_resource, with or without arguments."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("cache_data", "cache_resource")):
            yield ast.unparse(node.func), node.lineno, {word.arg for word in node.keywords}
        elif (
            isinstance(node, ast.Attribute) and node.attr in ("cache_data", "cache_resource") and id(node) not in called
        ):
            yield ast.unparse(node), node.lineno, set()


def test_every_cache_is_bounded():
    found = [(file, *cache) for file, tree in trees() for cache in caches(tree)]

    assert len(found) > 20
    assert [entry for entry in found if not {"max_entries", "ttl"} & entry[3]] == []


@pytest.mark.parametrize("source", ["@st.cache_data\ndef f(): ...", "@st.cache_data(show_spinner=False)\ndef f(): ..."])
def test_a_cache_without_bound_would_be_found(source):
    assert [keywords & {"max_entries", "ttl"} for _, _, keywords in caches(ast.parse(source))] == [set()]


def test_no_page_writes_html_but_a_constant_style():
    """st.html draws no name and no text of others; nothing else takes HTML."""
    for file, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword):
                assert node.arg not in ("unsafe_allow_html", "unsafe_allow_javascript"), file
            if isinstance(node, ast.Attribute) and ast.unparse(node) in ("st.html", "st.components.v1.html"):
                assert file in _STYLED, file
    for file in _STYLED:
        tree = ast.parse((APPS / file).read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.html":
                words = {part.id for part in ast.walk(node.args[0]) if isinstance(part, ast.Name)}
                assert all(word.isupper() or word in ("at", "step") for word in words), (file, words)


@pytest.mark.parametrize(
    "script", [*APPS.rglob("*.js"), APPS.parent / "gald_viz/figures/linked_panels.js", *APPS.glob("components/*.py")]
)
def test_the_browser_scripts_set_text_never_markup(script):
    text = script.read_text()

    assert not [
        word for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(") if word in text
    ]


def test_the_server_listens_to_this_machine_and_takes_no_more_than_the_readers():
    server = CONFIG["server"]

    assert server["address"] == "127.0.0.1"
    assert set(server["allowedHosts"]) == {"localhost", "127.0.0.1"}
    assert server["maxUploadSize"] << 20 == MAX_BYTES
    # True by default: nobody may turn it off here.
    assert server.get("enableXsrfProtection", True)
    assert server.get("enableCORS", True)
    assert server["maxCacheDataSize"] == "512mb"
    assert CONFIG["client"]["showErrorDetails"] in ("none", "type")


def test_an_upload_beyond_the_limit_is_one_sentence_that_names_it():
    with pytest.raises(ValueError, match=rf"^the uploaded file has {MAX_BYTES + 1} bytes, the limit is {MAX_BYTES}; "):
        store.photograph("large.png", bytes(MAX_BYTES + 1))
