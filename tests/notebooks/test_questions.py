"""The notebooks that ask one question each: they train nothing, and run one after the other in one kernel."""

import math
import os
import re

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from safetensors.numpy import load_file

from models import zoo
from tests.notebooks.notebook_files import NOTEBOOKS, SECONDS, kinds_of, printed, read

PICTURES = {
    "01_masks": 5,
    "02_affinities": 4,
    "03_stages_and_errors": 4,
    "04_separation": 4,
    "05_class_tokens": 3,
    "06_ann_anchors_and_cost": 4,
    "07_atrous_rates": 5,
    "08_hfgd_two_branches": 4,
    "09_your_own_network_and_data": 3,
    "11_detection_with_gald": 2,
}
WIDGETS = ("01_masks", "03_stages_and_errors", "04_separation")
QUESTIONS = [path for path in NOTEBOOKS if path.stem not in ("00_quickstart", "10_train_and_watch")]
SOLUTION = "<details><summary>Solution</summary>"
PROGRAM = re.compile(r"```python\n(.*?)```", re.DOTALL)
CHECKPOINT = re.compile(r'"(scenes-[\w-]+)"')


def solutions_of(cell):
    """The programs that a cell hides, as code cells."""
    hidden = PROGRAM.findall(cell.source) if cell.source.startswith(SOLUTION) else []
    return [nbformat.v4.new_code_cell(program) for program in hidden]


def with_solutions(path):
    """The code cells, and each solution where the reader unfolds it."""
    return [one for cell in read(path).cells for one in ([cell] if cell.cell_type == "code" else solutions_of(cell))]


def absent(path):
    """Checkpoints that a notebook opens and that do not ship."""
    return {name for cell in with_solutions(path) for name in CHECKPOINT.findall(cell.source) if not zoo.ships(name)}


@pytest.fixture(scope="module")
def executed():
    """Stem -> code cells after all ran; one kernel for all, as most of the time goes into importing torch."""
    found = {path.stem: with_solutions(path) for path in QUESTIONS if not absent(path)}
    run = nbformat.v4.new_notebook()
    for cells in found.values():
        run.cells += [nbformat.v4.new_code_cell("%reset -f"), *cells]
    for number, cell in enumerate(run.cells):
        cell.id = f"run-{number}"
    resources = {"metadata": {"path": os.getcwd()}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        NotebookClient(run, timeout=SECONDS, kernel_name="python3", allow_errors=True, resources=resources).execute()
    return found


@pytest.fixture
def text_of(executed):
    """Stem -> all that the notebook printed."""

    def printed_by(stem):
        if stem not in executed:
            pytest.skip(f"{stem} opens a checkpoint that does not ship")
        return printed(executed[stem])

    return printed_by


def numbers_in(text, pattern):
    """All groups of all matches as numbers; fails without a match."""
    found = re.findall(pattern, text)
    assert found, f"no {pattern!r} in\n{text}"
    return [tuple(float(value) for value in (one if isinstance(one, tuple) else (one,))) for one in found]


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_a_notebook_runs_without_error_or_warning_and_shows_its_pictures(path, executed, text_of):
    text_of(path.stem)
    cells = executed[path.stem]
    errors = [output for cell in cells for output in cell.outputs if output.output_type == "error"]

    assert [f"{error.ename}: {error.evalue}" for error in errors] == []
    assert printed(cells, "stderr") == ""
    shown = sum("application/vnd.plotly.v1+json" in kinds_of(cell) for cell in cells)
    assert shown == PICTURES[path.stem]
    widgets = sum("application/vnd.jupyter.widget-view+json" in kinds_of(cell) for cell in cells)
    assert widgets == (path.stem in WIDGETS)


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_a_notebook_asks_one_question_and_ends_with_exercises_and_hidden_solutions(path):
    cells = read(path).cells
    solutions = [cell for cell in cells if cell.source.startswith(SOLUTION)]

    assert cells[0].source.splitlines()[0].endswith("?")
    assert sum(cell.source.startswith("## Exercises") for cell in cells) == 1
    assert 1 <= len(solutions) <= 2
    assert cells[-1] is solutions[-1]
    assert all(len(solutions_of(cell)) == 1 and cell.source.endswith("</details>") for cell in solutions)


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_cells_have_stable_ids_in_their_order(path):
    assert [cell.id for cell in read(path).cells] == [f"cell-{i:02d}" for i in range(len(read(path).cells))]


def test_a_mask_behind_a_relu_and_a_sigmoid_lies_between_a_half_and_one(text_of):
    ((low, high),) = numbers_in(text_of("01_masks"), r"cells, from ([\d.]+) to ([\d.]+)")

    assert 0.5 <= low < high < 1


def test_weights_of_neighbours_sum_to_one_and_nine_of_25_lie_inside_at_a_corner(text_of):
    text = text_of("02_affinities")
    ((mean, most),) = numbers_in(text, r"mean entropy ([\d.]+) of ([\d.]+)")

    assert "sums from 1.0000 to 1.0000" in text
    assert most == pytest.approx(math.log(25), abs=1e-3)
    assert 0 < mean < most
    assert numbers_in(text, r"outside: [\d.]+, with equal weights ([\d.]+)") == [(1 - 9 / 25,)]


def test_what_is_mended_less_what_is_broken_is_what_is_gained(text_of):
    text = text_of("03_stages_and_errors")

    assert f"paths of {256 * 512:,} pixels" in text
    for gain, mended, broken in numbers_in(text, r"against \w+ ([+-][\d.]+) = ([\d.]+) - ([\d.]+)"):
        assert gain == pytest.approx(mended - broken, abs=2e-4)
    # The first scene is one of those of the exercise, in points of a hundred.
    (gain, *_) = numbers_in(text, r"GALD against GA ([+-][\d.]+)")[0]
    ((lowest, highest),) = numbers_in(text, r"GALD against GA: .* from ([+-][\d.]+) to ([+-][\d.]+)")
    assert lowest <= 100 * gain + 0.01 and 100 * gain - 0.01 <= highest


def test_shuffled_classes_are_as_pure_as_chance_has_it(text_of):
    text = text_of("04_separation")
    ((kept,),) = numbers_in(text, r"silhouette ([\d.]+) of \d+ cells")
    ((silhouette, purity, chance),) = numbers_in(text, r"silhouette (-?[\d.]+), purity ([\d.]+), by chance ([\d.]+)")

    assert silhouette < 0.05 < kept
    assert purity == pytest.approx(chance, abs=0.04)


def test_the_diagonal_of_the_tokens_is_that_of_the_weights_in_the_file(text_of):
    said = re.findall(r"(scenes-\S+): mean of the diagonal ([\d.]+)", text_of("05_class_tokens"))

    assert len(said) == 3
    for name, value in said:
        file = load_file(zoo.path(name))
        tokens = file["decoder.classifier.weight"].astype(np.float64).squeeze()
        rows = [[math.exp(one @ other / math.sqrt(len(one))) for other in tokens] for one in tokens]
        assert float(value) == pytest.approx(np.mean([row[k] / sum(row) for k, row in enumerate(rows)]), abs=2e-4)


def test_anchors_are_the_squares_of_the_grids(text_of):
    text = text_of("06_ann_anchors_and_cost")

    assert f"{1 + 9 + 36 + 64} anchors stand for {256 // 8 * 512 // 8} positions" in text
    assert "11,000 positions: 100 times" in text


def test_counted_taps_are_those_of_the_closed_form(text_of):
    text = text_of("07_atrous_rates")

    assert f"nine taps at {(1 - 24 / 65) ** 2:.4f} of the positions" in text
    shares = numbers_in(text, r"rate (\d+): counted ([\d.]+)")
    assert shares == [(rate, round(max(1 - 2 * rate / 65, 0) ** 2, 4)) for rate, _ in shares]


def test_stop_gradients_let_nothing_through_and_change_no_loss(text_of):
    text = text_of("08_hfgd_two_branches")
    losses = numbers_in(text, r"stop \w+: loss ([\d.]+)")

    assert len(losses) == 4 and len(set(losses)) == 1
    both = re.search(r"stop both: .*", text)[0]
    assert "backbone 0," in both and "class tokens 0," in both and "upsampler 0," not in both
    assert "largest difference of the offsets 0.000000" in text


def test_a_network_of_ones_own_has_the_weights_that_it_was_built_with(text_of):
    text = text_of("09_your_own_network_and_data")
    counted = re.search(r"\{'rest': (\d+), 'sky': (\d+), 'ground': (\d+)\} bad: \{\}", text)

    assert f"{3 * 16 * 9 + 16 + 16 * 3 + 3} weights" in text
    assert sum(int(pixels) for pixels in counted.groups()) == 3 * 128 * 256
    ((loss, chance),) = numbers_in(text, r"loss ([\d.]+) nats; a network that knows nothing has ([\d.]+)")
    assert loss < 0.7 * chance
    assert chance == pytest.approx(math.log(3), abs=1e-3)


def test_precision_of_both_detectors_is_right_of_found(text_of):
    said = numbers_in(
        text_of("11_detection_with_gald"), r"(\d+) right, (\d+) wrong of (\d+) labelled, precision ([\d.]+)"
    )

    assert len(said) == 2
    for right, wrong, total, precision in said:
        assert right <= total
        assert precision == pytest.approx(right / (right + wrong), abs=6e-4)
