import json

import pytest
import torch

from models.distribution.local_attention import local_attention
from models.distribution.window import Window
from models.evaluation.benchmark import BENCHMARKS
from models.evaluation.benchmark.local_attention import AttentionSize
from models.evaluation.benchmark.local_attention_peers import (
    block_sparse_attention,
    shifted_attention,
    unfold_attention,
)


@pytest.fixture(scope="module")
def report():
    return BENCHMARKS["local-attention"](AttentionSize(1, 32, 40, 48, Window(5, 6)), repeats=1)


def test_report_has_the_keys_of_the_contract_and_is_json(report):
    assert {"name", "device", "rows", "speedup", "memory_ratio"} <= json.loads(json.dumps(report)).keys()
    assert report["name"] == "local-attention"
    assert str(torch.get_num_threads()) in report["device"]
    assert report["size"]["window"] == {"kernel": 5, "dilation": 6, "border": "zero"}


def test_one_row_for_each_implementation_and_pass(report):
    rows = [(row["implementation"], row["pass"]) for row in report["rows"]]

    assert rows == [
        ("unfold", "forward"),
        ("unfold", "forward+backward"),
        ("shifted", "forward"),
        ("shifted", "forward+backward"),
        ("fused", "forward"),
        ("fused", "forward+backward"),
    ]
    assert all(row["seconds"] > 0 and row["spread"] == 0 for row in report["rows"])


def test_both_give_the_same(report):
    assert report["max_difference"] < 1e-5


def test_memory_is_at_most_an_eighth(report):
    # Unfolding holds the 25 copies of the map and their product: 2 * 25 * 32 * 40 * 48 floats, and a little.
    unfold = report["rows"][0]["extra_bytes"]
    assert unfold == pytest.approx(2 * 25 * 32 * 40 * 48 * 4, rel=0.05)
    assert report["memory_ratio"] < 1 / 8
    assert report["memory_ratio_backward"] < 1 / 8


def test_ratios_are_those_of_the_rows(report):
    unfold, _, shifted, _, fused, both = report["rows"]

    assert report["speedup_shifted"] == shifted["seconds"] / fused["seconds"]
    assert report["speedup"] == unfold["seconds"] / fused["seconds"]
    assert report["speedup_backward"] == report["rows"][1]["seconds"] / both["seconds"]
    assert report["memory_ratio"] == fused["extra_bytes"] / unfold["extra_bytes"]


def test_gradients_of_both_agree():
    generator = torch.Generator().manual_seed(0)
    inputs = [torch.randn(1, 3, 6, 7, generator=generator, requires_grad=True) for _ in range(3)]
    window = Window(3, 2, "exclude")
    pair = [torch.autograd.grad(f(*inputs, window).sum(), inputs) for f in (unfold_attention, local_attention)]

    for plain, fused in zip(*pair, strict=True):
        torch.testing.assert_close(plain, fused)


def test_senseless_settings_are_refused():
    with pytest.raises(ValueError, match=r"\(1, 0, 4, 4\); all must be >= 1"):
        AttentionSize(1, 0, 4, 4)
    with pytest.raises(ValueError, match="repeats is 0"):
        BENCHMARKS["local-attention"](AttentionSize(1, 1, 4, 4), repeats=0)


def test_the_bound_is_that_of_four_maps(report):
    bound = report["bound"]

    assert bound["bytes"] == 4 * 32 * 40 * 48 * 4
    assert bound["seconds"] == pytest.approx(bound["bytes"] / bound["copy_rate"])
    assert bound["share"] == pytest.approx(bound["seconds"] / report["rows"][4]["seconds"])


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
@pytest.mark.parametrize("peer", [shifted_attention, block_sparse_attention])
def test_peers_compute_the_same(peer):
    generator = torch.Generator().manual_seed(0)
    maps = [torch.randn(2, 4, 6, 9, generator=generator) for _ in range(3)]
    window = Window(3, 2, "exclude")

    torch.testing.assert_close(peer(*maps, window), unfold_attention(*maps, window), rtol=1e-5, atol=1e-5)


def test_an_unknown_dtype_is_refused():
    with pytest.raises(ValueError, match=r"dtype is 'int8', must be one of \('float32'"):
        BENCHMARKS["local-attention"](AttentionSize(1, 2, 4, 4), repeats=1, dtype="int8")
