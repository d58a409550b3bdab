from __future__ import annotations

import pytest
import torch

from models.evaluation.arithmetic import INPUTS, cost_of, figures_of, input_of
from models.heads.gald import GaldHead
from models.presets import PRESETS, preset


def figures(name: str) -> dict[str, float]:
    """Metric -> how much more ours is, as a share of the paper's."""
    return {figure.metric: figure.deviation for figure in figures_of(name, preset(name))}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("galdnet-r101", ((769, 769), 19)),
        ("galdv2-r101", ((832, 832), 19)),
        ("cgnl-ldv1-paper", ((832, 832), 19)),
        ("deeplabv3-r101", ((513, 513), 21)),
        ("small-aspp", ((360, 480), 19)),
    ],
)
def test_a_preset_is_counted_at_the_crop_of_its_paper(name: str, expected: tuple[tuple[int, int], int]):
    assert input_of(name, preset(name)) == expected


def test_every_preset_has_an_input():
    assert {input_of(name, entry)[0] for name, entry in PRESETS.items()} <= {
        (360, 480),
        *(size for size, _ in INPUTS.values()),
    }


def test_the_published_network_has_two_per_cent_more_than_its_paper_prints():
    (figure,) = figures_of("galdnet-r101", preset("galdnet-r101"))

    assert (figure.printed, figure.counted, figure.source) == (65.3e6, 66_664_915, "GALD TIP Table VI")
    assert figure.deviation == pytest.approx(0.0209, abs=1e-4)
    assert "66.66" in figure.note


def test_ldv2_adds_what_the_paper_says_and_ldv1_does_not():
    assert abs(figures("aspp-ldv2")["added parameters"] * 2.3) < 0.1
    # 3 x 512 x (9 + 1 + 2) parameters instead of 0.4 M.
    assert figures("aspp-ldv1")["added parameters"] == pytest.approx(18_432 / 0.4e6 - 1)


def test_what_the_notes_say_of_ours_is_counted():
    notes = {name: figures_of(name, preset(name))[0].note for name in ("aspp", "aspp-ldv1", "aspp-r101", "galdv2-r101")}
    found = {name: cost_of(name, preset(name)) for name in (*notes, "aspp-concat")}
    with torch.device("meta"):
        head = GaldHead((256, 512, 1024, 2048), preset("cgnl-ldv1").model)
    block = [
        value.numel() for name, value in head.named_parameters() if name.startswith(("aggregation", "distribution"))
    ]

    assert f"ResNet-101, which has {(found['aspp-r101'].params - found['aspp'].params) / 1e6:.2f} more" in notes["aspp"]
    assert f"{found['aspp-concat'].params / 1e6:.2f} here" in notes["aspp"]
    assert f"{(found['aspp-ldv1'].params - found['aspp'].params) / 1e6:.3f} M" in notes["aspp-ldv1"]
    assert f"{sum(block) / 1e6:.3f} M" in notes["aspp-ldv1"]
    assert f"{found['galdv2-r101'].params_aux / 1e6:.2f} here" in notes["galdv2-r101"]


def test_the_blocks_of_the_first_table_of_ann_are_counted_beside_their_networks():
    non_local, apnb = (figures_of(name, preset(name)) for name in ("ann-nb", "ann-apnb"))

    # Two 1x1 convolutions in, one out; for the non-local block two products over all pairs.
    counts = {
        size: 3 * 2048 * 256 * cells + 2 * 256 * cells**2 for size, cells in (("96x96", 9216), ("256x128", 32768))
    }
    assert [(figure.metric, figure.counted) for figure in non_local] == [
        (f"MACs of the block, {size}", count) for size, count in counts.items()
    ]
    assert max(abs(figure.deviation) for figure in non_local) < 0.005
    assert [figure.deviation for figure in apnb] == pytest.approx([15.01 / 15.5 - 1, 53.4 / 43.5 - 1], abs=2e-3)
    assert "; cannot be" in apnb[1].note


def test_what_is_published_of_no_network_here_is_no_figure():
    assert figures_of("fcn", preset("fcn")) == ()


def test_macs_of_the_published_networks_at_their_crop():
    assert cost_of("galdnet-r50", preset("galdnet-r50")).macs == pytest.approx(467.9e9, rel=1e-3)
    assert cost_of("galdnet-r101", preset("galdnet-r101")).macs == pytest.approx(646.1e9, rel=1e-3)


def test_ann_has_the_parameters_that_its_paper_prints():
    assert abs(figures("ann-r101")["parameters"]) < 0.005


def test_hfgd_stands_in_the_order_of_its_table_and_near_it():
    names = ("sfpn", "hfgd", "hfgd-os2", "d8-sa-car")
    found = {name: figures(name)["MACs"] for name in names}
    macs = [cost_of(name, preset(name)).macs for name in names]

    assert macs == sorted(macs)
    assert abs(found["hfgd"]) < 0.02
    assert max(map(abs, found.values())) < 0.1
