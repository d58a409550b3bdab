from __future__ import annotations

import argparse
from dataclasses import dataclass, field, fields, is_dataclass, make_dataclass
from typing import Any, get_type_hints

import pytest
from hypothesis import given as draw
from hypothesis import strategies as st

from models.config import DataConfig, ModelConfig, TrainConfig
from models.training.options import OptionNames, add_options, attribute_docs, changed, comma_list, given
from models.training.probe import ProbeConfig


@dataclass(frozen=True)
class Inner:
    """Nested.

    Attributes:
        size: how large; takes
            two lines.
        bins: several, 50% of them
            odd.
    """

    size: int = 3
    bins: tuple[int, ...] = (1, 2)


@dataclass(frozen=True)
class Outer:
    """Outermost.

    Attributes:
        name: what it is called.
        lr, decay: rates.
        fast: whether it is ``fast``.
        pair: two numbers.
        inner: the nested one.

    Raises:
        ValueError: never.
    """

    name: str = "x"
    lr: float = 0.1
    decay: float = 0.0
    fast: bool = True
    pair: tuple[float, float] = (0.5, 2.0)
    inner: Inner = field(default_factory=Inner)


def parse(*words: str, names: OptionNames | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    add_options(parser, Outer, names or OptionNames("outer"))
    return given(parser.parse_args(words), "outer")


def test_options_that_are_not_given_leave_no_trace():
    assert parse() == {}


def test_every_kind_of_field_is_read():
    words = ["--name", "y", "--lr", "1e-3", "--no-fast", "--pair", "1,2.5", "--inner-size", "7", "--inner-bins", "3"]

    assert parse(*words) == {
        "name": "y",
        "lr": 0.001,
        "fast": False,
        "pair": (1.0, 2.5),
        "inner": {"size": 7, "bins": (3,)},
    }


def test_given_values_replace_only_their_own_fields():
    base = Outer(lr=0.7, inner=Inner(size=9))

    result = changed(base, parse("--name", "z", "--inner-bins", "4,5"))

    assert result == Outer(name="z", lr=0.7, inner=Inner(size=9, bins=(4, 5)))


def test_a_configuration_checks_all_values_at_once():
    # Each alone would be refused: the window may not be longer than the run.
    result = changed(ProbeConfig(), {"window": 500, "max_iterations": 600})

    assert (result.window, result.max_iterations) == (500, 600)
    with pytest.raises(ValueError, match="window is 500"):
        changed(ProbeConfig(), {"window": 500})


def test_a_renamed_field_keeps_its_place_and_a_skipped_one_has_no_option():
    names = OptionNames("outer", renamed={"name": "title"}, skipped=("lr",))

    assert parse("--title", "t", names=names) == {"name": "t"}
    with pytest.raises(SystemExit):
        parse("--lr", "1", names=names)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--pair", "1"], "'1' has 1 values, give 2 with commas between"),
        (["--inner-bins", "1,x"], "'1,x' is not a list of int"),
        (["--lr", "fast"], "invalid float value"),
        (["--inner-siz", "3"], "unrecognized arguments"),
    ],
)
def test_a_wrong_value_is_wrong_usage(words: list[str], message: str, capsys: pytest.CaptureFixture[str]):
    parser = argparse.ArgumentParser(allow_abbrev=False)
    add_options(parser, Outer, OptionNames("outer"))

    with pytest.raises(SystemExit) as stopped:
        parser.parse_args(words)

    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_the_help_is_the_docstring_and_the_default(capsys: pytest.CaptureFixture[str]):
    parser = argparse.ArgumentParser()
    add_options(parser, Outer, OptionNames("outer"))

    text = " ".join(parser.format_help().split())

    assert "--name STR what it is called (default: x)" in text
    assert "--pair FLOAT,FLOAT two numbers (default: 0.5,2.0)" in text
    assert "--inner-size INT how large; takes two lines (default: 3)" in text
    assert "--inner-bins INT,... several, 50% of them odd (default: 1,2)" in text


def test_the_default_can_be_said_to_come_from_elsewhere():
    parser = argparse.ArgumentParser()
    add_options(parser, Outer, OptionNames("outer", default="the preset's"))

    text = parser.format_help()

    assert text.count("(default: the") == len(fields(Outer)) - 1 + len(fields(Inner))


def test_attributes_are_read_up_to_the_next_section():
    assert attribute_docs(Outer) == {
        "name": "what it is called.",
        "lr": "rates.",
        "decay": "rates.",
        "fast": "whether it is fast.",
        "pair": "two numbers.",
        "inner": "the nested one.",
    }
    assert attribute_docs(int) == {}


def test_a_field_that_cannot_be_an_option_is_refused():
    odd = make_dataclass("Odd", [("table", dict, field(default_factory=dict))])

    with pytest.raises(ValueError, match="field table has type"):
        add_options(argparse.ArgumentParser(), odd, OptionNames("odd"))


@pytest.mark.parametrize("config", [ModelConfig, DataConfig, TrainConfig, ProbeConfig])
def test_every_field_of_every_configuration_has_help_and_reads_its_own_default(config: type):
    parser = argparse.ArgumentParser()
    add_options(parser, config, OptionNames("own"))
    words, undocumented = [], []
    for option, value, docs in options_of(config):
        undocumented += [] if docs else [option]
        words += written(option, value)

    assert undocumented == []
    assert changed(config(), given(parser.parse_args(words), "own")) == config()


def options_of(config: Any, prefix: str = "") -> list[tuple[str, Any, str]]:
    """(option, default, docs) of every field, nested ones behind the name of theirs."""
    found = []
    for item in fields(config):
        hint = get_type_hints(config)[item.name]
        option = f"{prefix}{item.name}".replace("_", "-")
        if is_dataclass(hint):
            found += options_of(hint, f"{option}-")
        else:
            found.append((option, getattr(config(), item.name), attribute_docs(config).get(item.name, "")))
    return found


def written(option: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [f"--{option}" if value else f"--no-{option}"]
    return [f"--{option}", ",".join(map(str, value)) if isinstance(value, tuple) else str(value)]


@draw(st.lists(st.integers(-1000, 1000)))
def test_a_list_written_with_commas_is_read_back(values: list[int]):
    assert comma_list(int)(", ".join(map(str, values))) == tuple(values)


def test_the_options_of_two_configurations_do_not_mix():
    parser = argparse.ArgumentParser()
    add_options(parser, Inner, OptionNames("inner"))
    add_options(parser, Outer, OptionNames("outer", skipped=("inner",)))

    arguments = parser.parse_args(["--size", "4", "--name", "n"])

    assert given(arguments, "inner") == {"size": 4}
    assert given(arguments, "outer") == {"name": "n"}
