import json

import pytest
import torch

from models.distribution.local_attention import local_attention
from models.distribution.window import Window
from models.evaluation.benchmark import BENCHMARKS
from models.evaluation.benchmark.local_attention import AttentionSize, unfold_attention


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
    unfold, _, fused, both = report["rows"]

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
