import importlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models.registry import Registry, families


@pytest.fixture
def room(tmp_path, monkeypatch, request):
    """A package with two parts, found by being files in it; its name is the test's."""
    folder = tmp_path / f"room_{request.node.name}"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        f"from models.registry import Registry\nPARTS = Registry('part', '{folder.name}')\n"
    )
    for name in ("second", "first"):
        _add(folder, name)
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def _add(folder: Path, name: str, before: str = "") -> None:
    source = (
        f"{before}\nfrom {folder.name} import PARTS\n\n@PARTS.register('{name}')\nclass Part:\n    word = '{name}'\n"
    )
    (folder / f"{name}.py").write_text(source)


def parts(folder: Path) -> Registry:
    return importlib.import_module(folder.name).PARTS


def test_parts_are_found_by_being_files_in_the_room(room):
    assert parts(room).names() == ["first", "second"]
    assert parts(room).get("second").word == "second"


def test_an_unknown_name_is_refused_with_those_that_exist(room):
    with pytest.raises(ValueError, match=r"part is 'third', must be one of \['first', 'second'\]"):
        parts(room).get("third")


def test_a_name_cannot_be_taken_twice():
    registry = Registry("part", "nowhere")
    registry.register("a")(int)
    registry.register("a")(int)

    with pytest.raises(ValueError, match="part 'a' is registered twice"):
        registry.register("a")(float)


def test_the_room_is_not_imported_before_it_is_asked(room):
    _add(room, "third", before="raise RuntimeError('too early')")

    assert parts(room).what == "part"


def test_a_part_that_cannot_be_imported_is_not_forgotten(room):
    _add(room, "third", before="import a_package_that_is_not_there")

    for _ in range(2):
        with pytest.raises(ModuleNotFoundError):
            parts(room).names()


def test_threads_see_a_whole_room(room):
    _add(room, "a_slow_one", before="import time\ntime.sleep(0.2)")

    with ThreadPoolExecutor(4) as pool:
        names = list(pool.map(lambda _: parts(room).names(), range(4)))

    assert names == [["a_slow_one", "first", "second"]] * 4


def test_modules_with_a_family_bring_its_entries_in_their_order(room):
    (room / "zebras.py").write_text("def family():\n    yield 'plain', 1\n    yield 'deep', 2\n")
    (room / "apes.py").write_text("def family():\n    yield 'gibbon', 3\n")
    package = importlib.import_module(room.name)

    assert list(families(room.name, package.__path__).items()) == [("gibbon", 3), ("plain", 1), ("deep", 2)]
