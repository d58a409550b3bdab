"""What the Edit page and the widget say of an edit, on a network of two classes whose answer is a sum of two maps."""

import numpy as np
import pytest
import torch
from torch import nn

from gald_viz.analysis.edits import DIRECTIONS, PLACES
from gald_viz.editing import (
    Request,
    do_edit,
    edit_alone,
    edit_result,
    editable_stages,
    random_change,
    seeds_of,
    words_of,
)
from gald_viz.figures.intervention import Scene
from gald_viz.probes.replay import Replay
from models.adapters import Adapter, adapt
from models.adapters.adapted import loaded
from models.data.classes import ClassSet

CLASSES = ClassSet(("dark", "bright"), ((40, 40, 40), (220, 220, 220)))


class Threshold(nn.Module):
    """Bright where the red channel is above zero after normalisation: two logits, x and -x."""

    def __init__(self):
        super().__init__()
        self.body, self.last = nn.Identity(), nn.Conv2d(1, 2, 1, bias=False)
        self.last.weight.data = torch.tensor([-1.0, 1.0]).reshape(2, 1, 1, 1)

    def forward(self, image):
        return self.last(self.body(image[:, :1]))


@pytest.fixture
def held():
    network = loaded(adapt(Threshold(), CLASSES, Adapter({"fcn.features": "body"})), "threshold")
    image = np.zeros((64, 128, 3), np.uint8)
    image[:, 32:] = 255
    return Replay(network, image, "fcn.features")


def request(edit, amount=1.0, baseline=DIRECTIONS):
    return Request("fcn.features", edit, amount, 0, baseline, 3)


def test_a_stage_that_is_turned_round_changes_what_it_was_turned_round_for(held):
    # Only the left half of the image: a quarter of it was dark, and turns bright.
    where = np.zeros((64, 128), bool)
    where[:, :64] = True
    label = held.answer.prediction

    done = do_edit(held, request("constant", 1.0), label, where)

    # 32 of 128 columns were dark and are bright now; the network was right everywhere.
    assert done.result.edit.share == pytest.approx(0.25)
    assert done.cells == 0.5 and done.touched
    assert done.result.before.miou == 1 and done.result.edit.miou == pytest.approx((0 + 96 / 128) / 2)
    numbers = {number.name: number.value for number in edit_result(done, scene(held), "t").numbers}
    assert numbers["changed pixels"] == 64 * 32 and numbers["mIoU after"] == pytest.approx(0.375)


def test_an_edit_that_changes_nothing_has_no_baseline_and_says_so(held):
    result = edit_result(do_edit(held, request("nothing")), scene(held), "nothing")

    assert len(result.figures) == 1 and "0 pixels differ" in result.note
    assert [row["px before"] for row in result.rows] == [row["px after"] for row in result.rows]
    assert "mIoU before" not in {number.name for number in result.numbers}


def test_random_edits_stand_beside_it_in_figure_numbers_and_rows(held):
    done = do_edit(held, request("scale", 0.0, PLACES))
    result = edit_result(done, scene(held), "fcn.features: scale")

    assert len(result.figures) == 2 and "of 3 random ones" in result.note
    assert "fcn.features: scale" in result.figures[0].layout.title.text
    # The whole image, then the classes; zero logits are the first class everywhere.
    assert [row["px after"] for row in result.rows] == [64 * 128, 64 * 128, 0]
    assert all("px random" in row for row in result.rows)


def test_stages_of_maps_can_be_edited(held):
    assert editable_stages(held.model) == ["fcn.features"]


def scene(held):
    return Scene(held.image, CLASSES.names, CLASSES.palette())


def test_the_edit_stands_alone_before_its_random_ones_and_they_are_those_of_the_whole(held):
    asked = request("scale", 0.0, PLACES)
    alone = edit_alone(held, asked)
    result = edit_result(alone, scene(held), words_of(held, asked))

    # Black counts as zero: the 96 bright columns of 128 become dark.
    assert result.note == "The edit changes 75.00 % of the pixels." and len(result.figures) == 1
    assert "fcn.features: scale, factor 0.00" in result.figures[0].layout.title.text
    assert {number.name: number.text for number in result.numbers}["random ≥ edit"] == "–"
    later = [random_change(held, asked, None, None, seed) for seed in seeds_of(alone, asked)]
    assert [one.share for one in later] == [one.share for one in do_edit(held, asked).result.random]
    assert seeds_of(edit_alone(held, request("nothing")), asked) == range(0)
