"""Every figure of the papers: what is promised, and that it computes and draws."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import SubFigure

from gald_viz.analysis.separation import pca_map
from gald_viz.paper import separations
from gald_viz.paper.figure import PaperFigure
from gald_viz.paper.figures import figure, figures
from gald_viz.paper.studio import Settings, Shelf, Studio
from gald_viz.paper.style import new_figure, print_style
from gald_viz.probes import operations
from models import zoo

PROMISED = {
    "GALD TIP": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
    "GALD BMVC": (4, 5, 6),
    "ANN": (1, 2, 3, 4, 5, 6, 7),
    "HFGD": (1, 2, 3, 4, 5, 6, 7, 8, 9),
    "DeepLabv3": (1, 2, 3, 4, 5, 6, 7, 8),
}
SHOWING = [name for name, entry in figures().items() if entry.data and not any(r.detector for r in entry.roles)]
PLAYERS = {"ld.mask": "tiny-cgnl-ldv1", "fcn.logits": "tiny-cgnl-ldv1", "ld.affinity": "tiny-aspp-ldv2"}
PLAYERS |= {"ga.anchors": "tiny-ann"}


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return Shelf()


def settings_for(entry: PaperFigure, folder, networks) -> Settings:
    """The folder, and for every role that has to be played a tiny network with its stages."""
    cast = {
        role.name: networks[next((PLAYERS[stage] for stage in role.stages if stage in PLAYERS), "tiny-hfgd")]
        for role in entry.roles
        if not role.optional or role.checkpoint
    }
    return Settings("folder", str(folder), "val", candidates=5, checkpoints=cast)


def test_all_figures_that_were_promised_are_there():
    found: dict[str, list[int]] = {}
    for entry in figures().values():
        found.setdefault(entry.paper, []).append(int(entry.number.removeprefix("Fig. ")))

    assert {paper: tuple(numbers) for paper, numbers in found.items()} == PROMISED


def test_the_default_networks_ship():
    wanted = {role.checkpoint for entry in figures().values() for role in entry.roles if role.checkpoint}

    assert [name for name in wanted if not zoo.ships(name)] == []


@pytest.mark.parametrize("name", SHOWING)
def test_a_figure_of_images_is_computed_and_drawn_into_a_part(name, folder, networks, shelf, monkeypatch):
    # UMAP compiles for seconds; its own tests run it.
    monkeypatch.setattr(separations, "umap_map", lambda vectors, *_args, **_options: pca_map(vectors))
    entry = figure(name)

    made = entry.compute(Studio(settings_for(entry, folder, networks), entry.roles, shelf))
    with print_style():
        page = new_figure(7.16, entry.height(made.data, 7.16))
        part = page.subfigures(1, 1)
        assert isinstance(part, SubFigure)
        entry.draw(made.data, part)

    assert dataclasses.is_dataclass(made.data) and made.data.__dataclass_params__.frozen
    assert made.facts.says.endswith(".") and made.facts.numbers
    assert page.axes and 0.5 < entry.height(made.data, 3.5) < 9


@pytest.mark.parametrize("name", ["deeplabv3-4", "deeplabv3-1", "deeplabv3-5"])
def test_a_figure_without_images_is_computed_and_drawn(name):
    entry = figure(name)
    made = entry.compute(Studio(Settings(), entry.roles))

    with print_style():
        page = new_figure(3.5, entry.height(made.data, 3.5))
        entry.draw(made.data, page)

    assert page.axes and made.facts.numbers


def test_measured_times_are_taken_from_a_manifest(monkeypatch):
    monkeypatch.setattr(operations, "operation_seconds", None)  # measuring again would fail
    seconds = {block: dict.fromkeys(operations.OPERATIONS, 0.002) for block in operations.BLOCKS}
    hardware = {"gpu": "a GPU", "cpu": "", "threads": 1}

    made = figure("ann-2").compute(Studio(Settings(measured={"seconds": seconds, "hardware": hardware})))

    assert made.data.milliseconds["NB"] == pytest.approx((2, 2, 2, 2, 2, 10))
    assert "a GPU" in made.facts.says and made.facts.numbers["NB against APNB"] == pytest.approx(1)


def test_a_network_of_other_classes_and_an_unknown_role_are_refused(folder, networks):
    entry = figure("gald-11")
    wrong = replace(settings_for(entry, folder, networks), checkpoints={"GA": "scenes-aspp", "GALD": "scenes-fcn"})

    with pytest.raises(ValueError, match="knows the classes"):
        entry.compute(Studio(wrong, entry.roles))
    with pytest.raises(ValueError, match="no network 'PSP'; it has"):
        Studio(replace(wrong, checkpoints={"PSP": "scenes-aspp"}), entry.roles)
    with pytest.raises(ValueError, match=r"no network for 'GA' on folder ships; give --checkpoint 'GA=NETWORK'"):
        Studio(Settings("folder", str(folder)), entry.roles)


def test_the_window_with_the_largest_sum_is_found():
    from gald_viz.paper.figures.gald_2 import best_window

    score = np.zeros((10, 20))
    score[7, 15] = 1

    found = best_window(score)

    # 4 x 8 cells; the uppermost, leftmost one that holds the point: rows 4..7, columns 8..15.
    assert (found.x0, found.y0, found.x1, found.y1) == (8, 4, 16, 8)
