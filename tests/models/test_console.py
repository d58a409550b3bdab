from __future__ import annotations

import warnings

import pytest

from models.console import run_command


def fail_with(error: BaseException):
    def action() -> int:
        raise error

    return action


def test_the_code_of_the_command_is_passed_on():
    assert run_command("prog", lambda: 0) == 0
    assert run_command("prog", lambda: 7) == 7


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (ValueError("size is 3, must be >= 4."), 1, "prog: error: size is 3, must be >= 4."),
        (PermissionError(13, "Permission denied", "runs"), 1, "prog: error: [Errno 13] Permission denied: 'runs'"),
        (KeyboardInterrupt(), 130, "prog: interrupted"),
    ],
)
def test_a_mistake_is_one_sentence_on_stderr(
    error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
):
    assert run_command("prog", fail_with(error)) == code
    out, err = capsys.readouterr()
    assert (out, err) == ("", line + "\n")


def test_a_fault_of_ours_keeps_its_traceback():
    with pytest.raises(RuntimeError, match="ours"):
        run_command("prog", fail_with(RuntimeError("ours")))


@pytest.mark.filterwarnings("default")
def test_a_warning_is_one_line_without_our_code(capsys: pytest.CaptureFixture[str]):
    def warn() -> int:
        warnings.warn("no weights;\n  starting from random ones.", stacklevel=1)
        return 0

    before = warnings.showwarning

    assert run_command("prog", warn) == 0
    assert capsys.readouterr().err == "prog: warning: no weights; starting from random ones.\n"
    assert warnings.showwarning is before
