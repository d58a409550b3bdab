"""Every public name of models/ and gald_viz/ says what it takes and gives, what it refuses, and whose idea it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("models", "gald_viz")
OPERATORS = ("aggregation", "distribution", "decoders", "fusion", "heads", "losses")
# Compiled by numba or Triton, which take operands one by one; the module says the shapes of all of them.
KERNELS = "kernels.py"
# Three parameters can be told in a sentence; those with these names mean the same everywhere.
FEW = 3
SHARED = {
    *("heading", "cell", "names", "colors", "style", "scene", "label", "labels", "num_classes", "ignore_id"),
    *("config", "seed", "device", "scale"),
}
ARRAY = re.compile(r"\b(NDArray|ndarray|Tensor)\b")
HELD = re.compile(r"\b(dict|Mapping|Callable|Iterator|Generator)\[.*\]")
# (H, W), (N,), (B, k*k, H, W), (..., 3); or the words that say that none is asked for.
SHAPE = re.compile(r"\((?:[\w'.*·+/ -]+,)+[\w'.*·+/ -]*\)|\(\)|\bscalar\b|\b(?:any|same) shape\b")
PAPER = re.compile(r"arXiv:\d{4}\.\d{4,5}|\b(?:19|20)\d\d\b")
PLACE = re.compile(r"\b(?:sections?|eq\.|Tables?|Figs?\.|Algorithm) ?\w")
OWN = "Not in the papers"
SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Yields|Shape|Stages):$", re.MULTILINE)


@dataclass(frozen=True)
class Name:
    """A public function, method or class, the class of a method, and where it stands."""

    file: str
    node: ast.FunctionDef | ast.ClassDef
    owner: ast.ClassDef | None = None

    def __str__(self) -> str:
        dotted = f"{self.owner.name}.{self.node.name}" if self.owner else self.node.name
        return f"{self.file}:{self.node.lineno} {dotted}"

    @property
    def own(self) -> str:
        """Its docstring."""
        return ast.get_docstring(self.node) or ""

    @property
    def text(self) -> str:
        """Its docstring; for what a module computes, also that of its class, which has Shape and Raises."""
        if self.owner and (not self.own or self.node.name == "forward"):
            return f"{self.own}\n\n{ast.get_docstring(self.owner) or ''}"
        return self.own

    @property
    def parameters(self) -> list[ast.arg]:
        """Without self and cls; of a class those of its __init__."""
        node = self.node
        if isinstance(node, ast.ClassDef):
            node = next((item for item in _functions(node) if item.name == "__init__"), None)
        if node is None:
            return []
        given = node.args
        every = [*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg]
        first = [arg for arg in every if arg is not None]
        return [arg for arg in first if arg.arg != "self" and not (arg.arg == "cls" and arg is first[0])]

    @property
    def fields(self) -> list[str]:
        """Public fields of a dataclass or named tuple."""
        body = self.node.body if isinstance(self.node, ast.ClassDef) else []
        found = [
            item.target.id for item in body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
        ]
        return [field for field in found if not field.startswith("_")]


def _functions(node: ast.ClassDef) -> list[ast.FunctionDef]:
    return [item for item in node.body if isinstance(item, ast.FunctionDef)]


def names_in(file: str, body: list[ast.stmt], owner: ast.ClassDef | None = None) -> Iterator[Name]:
    """Public names; what begins with _ and what lies inside a function is none."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield Name(file, node, owner)
            if isinstance(node, ast.ClassDef):
                yield from names_in(file, node.body, node)


TREES = {
    file.relative_to(ROOT).as_posix(): ast.parse(file.read_text())
    for package in PACKAGES
    for file in sorted((ROOT / package).rglob("*.py"))
}
NAMES = [name for file, tree in TREES.items() for name in names_in(file, tree.body)]
FUNCTIONS = [name for name in NAMES if isinstance(name.node, ast.FunctionDef) and not name.file.endswith(KERNELS)]


def section(text: str, title: str) -> str:
    """Lines below a section's title, dedented; empty without the section."""
    parts = SECTION.split(text)
    lines = parts[parts.index(title) + 1].split("\n") if title in parts else []
    return "\n".join(line[4:] for line in lines)


def without(text: str, title: str) -> str:
    """The text less a section."""
    parts = SECTION.split(text)
    place = parts.index(title) if title in parts else len(parts)
    return "".join([*parts[:place], *parts[place + 2 :]])


def entries(text: str) -> dict[str, str]:
    """Name -> what a section says of it; ``a, b: ...`` speaks of both."""
    found: dict[str, str] = {}
    for part in re.split(r"\n(?=[\w*])", text.strip("\n")):
        head, _, rest = part.partition(":")
        found |= {name.strip().lstrip("*"): rest for name in head.split(",") if name}
    return found


def without_words() -> list[str]:
    """Modules and names without a docstring; a method may leave it to a class above that has this method."""
    above = [name.node for name in NAMES if isinstance(name.node, ast.ClassDef)]
    lost = [file for file, tree in TREES.items() if not ast.get_docstring(tree)]
    return lost + [
        str(name) for name in NAMES if not ast.get_docstring(name.node) and not (name.owner and inherited(name, above))
    ]


def inherited(name: Name, classes: list[ast.ClassDef]) -> bool:
    """Whether the class of a method has its Shape, or a class above it has the method with a docstring."""
    if name.node.name == "forward" and section(name.text, "Shape"):
        return True
    ahead, seen = [*(name.owner.bases if name.owner else [])], set()
    while ahead:
        title = re.sub(r"\[.*|.*\.", "", ast.unparse(ahead.pop()))
        for node in (node for node in classes if node.name == title and title not in seen):
            if any(item.name == name.node.name and ast.get_docstring(item) for item in _functions(node)):
                return True
            ahead += node.bases
        seen.add(title)
    return False


def holds_array(annotation: ast.expr | None) -> bool:
    return annotation is not None and bool(ARRAY.search(HELD.sub("", ast.unparse(annotation))))


def arrays_without_shape(name: Name) -> list[str]:
    """Parameters, and ``return``, that are arrays and of which the docstring says no shape."""
    told = entries(section(name.text, "Args"))
    rest = without(name.text, "Args")
    shapes = section(name.text, "Shape")
    lost = [
        arg.arg
        for arg in name.parameters
        if holds_array(arg.annotation) and not SHAPE.search(told.get(arg.arg, name.text) + shapes)
    ]
    gives = isinstance(name.node, ast.FunctionDef) and holds_array(name.node.returns)
    return [*lost, *(["return"] if gives and not SHAPE.search(rest) else [])]


def raised(node: ast.FunctionDef | ast.ClassDef) -> set[str]:
    """Classes of the errors that a function raises itself, not those of a function inside it, and no mere exit."""
    found: set[str] = set()
    ahead: list[ast.AST] = [*node.body]
    while ahead:
        item = ahead.pop()
        if isinstance(item, ast.Raise) and isinstance(item.exc, ast.Call):
            found.add(ast.unparse(item.exc.func).split(".")[-1])
        if not isinstance(item, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            ahead += [child for child in ast.iter_child_nodes(item) if isinstance(child, ast.stmt | ast.ExceptHandler)]
    return found - {"SystemExit"}


def test_every_public_name_has_a_docstring():
    assert without_words() == []


def test_every_array_has_a_shape():
    told = [name for name in FUNCTIONS if name.own or name.node.name == "forward"]

    assert {str(name): lost for name in told if (lost := arrays_without_shape(name))} == {}


def test_every_error_is_named():
    lost = []
    for name in FUNCTIONS:
        told = set(entries(section(name.text, "Raises")))
        # "Raise ValueError when ..." is all that a check does.
        lost += [f"{name} {error}" for error in raised(name.node) - told if not name.own.startswith(f"Raise {error} ")]

    assert lost == []


def test_every_parameter_is_told_where_there_are_more_than_a_few():
    lost = {}
    for name in (name for name in FUNCTIONS if name.own):
        given = [arg.arg for arg in name.parameters]
        told = entries(section(name.own, "Args"))
        open_ones = [arg for arg in given if arg not in SHARED and not re.search(rf"\b{arg}\b", name.own)]
        missing = [arg for arg in given if arg not in told] if told else open_ones if len(open_ones) >= FEW else []
        lost |= {str(name): missing} if missing else {}

    assert lost == {}


def test_every_field_is_told_where_there_are_more_than_a_few():
    classes = [name for name in NAMES if len(name.fields) > FEW]

    assert {
        str(name): missing
        for name in classes
        if (missing := [field for field in name.fields if not re.search(rf"\b{field}\b", name.text)])
    } == {}


def test_no_docstring_tells_of_a_parameter_that_there_is_not():
    # A class without __init__ is called like the one above it.
    called = [name for name in NAMES if isinstance(name.node, ast.FunctionDef) or name.parameters or name.fields]
    strange = {
        str(name): set(entries(section(name.own, "Args"))) - {arg.arg for arg in name.parameters} - set(name.fields)
        for name in called
    }

    assert {name: parameters for name, parameters in strange.items() if parameters} == {}


def test_every_operator_says_which_part_of_which_paper_it_is():
    lost = []
    for file, tree in TREES.items():
        room, text = file.split("/")[1], ast.get_docstring(tree) or ""
        if file.startswith("models/") and room in OPERATORS and ".register(" in (ROOT / file).read_text():
            lost += [] if OWN in text or (PAPER.search(text) and PLACE.search(text)) else [file]

    assert lost == []


EXAMPLE = '''
def scaled(image: NDArray, masks: NDArray, factor: float) -> NDArray:
    """An image, enlarged.

    Args:
        image: (H, W, 3) RGB.
        masks: of the objects.
        factor: >= 1.

    Raises:
        ValueError: for a smaller factor.
    """
    if factor < 1:
        raise ValueError(factor)
    if not masks.size:
        raise ScaleError

    def inner():
        raise KeyError("not of scaled itself")
    raise errors.MaskError("no")
'''


def test_what_a_docstring_leaves_out_is_found():
    (name,) = names_in("a.py", ast.parse(EXAMPLE).body)

    assert arrays_without_shape(name) == ["masks", "return"]
    assert raised(name.node) == {"ValueError", "MaskError"}
    assert entries(section(name.text, "Args")).keys() == {"image", "masks", "factor"}


@pytest.mark.parametrize(
    "text", ["(H, W)", "(N,)", "(B, k*k, H, W)", "(..., 3)", "of any shape", "a scalar", "(2, C')"]
)
def test_shapes_are_recognised(text: str):
    assert SHAPE.search(f"The map {text}, in cells.")


@pytest.mark.parametrize("text", ["(the map)", "C channels", "(see below)"])
def test_other_brackets_are_no_shapes(text: str):
    assert not SHAPE.search(f"The map {text}, in cells.")
