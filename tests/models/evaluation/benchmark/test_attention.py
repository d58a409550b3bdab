import json
import statistics

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from models.aggregation.apnb import AsymmetricPyramidNonLocal
from models.distribution.window import Window
from models.evaluation.benchmark import BENCHMARKS
from models.evaluation.benchmark.attention import APNB, EXPLICIT, FUSED, BlockSizes, blocks, explicit_attention
from models.evaluation.benchmark.measure import extra_bytes

NAMES = ["explicit", "fused", "apnb", "cgnl", "local"]
SMALL = BlockSizes(((24, 16), (20, 20)), channels=32, inner=8, window=Window(3, 2))


def extra(block: nn.Module, features: Tensor) -> int:
    return extra_bytes(lambda: (block(features),), [features, *block.parameters()])


@pytest.fixture(scope="module")
def report():
    return BENCHMARKS["attention"](SMALL, repeats=2, device="cpu")


@pytest.fixture(scope="module")
def extra_at_paper_size() -> dict[str, dict[str, int]]:
    """Size -> block -> bytes, counted without allocating anything."""
    found = {}
    with FakeTensorMode():
        chosen = blocks(BlockSizes())
        for width, height in BlockSizes().sizes:
            features = torch.zeros(1, 2048, height, width)
            found[f"{width}x{height}"] = {name: extra(block, features) for name, block in chosen.items()}
    return found


def test_report_has_the_keys_of_the_contract_and_is_json(report):
    assert {"name", "device", "rows", "speedup", "memory_ratio"} <= json.loads(json.dumps(report)).keys()
    assert report["name"] == "attention"
    assert report["device"].startswith("cpu: ")
    assert report["settings"]["sizes"] == ((24, 16), (20, 20))


def test_one_row_for_each_size_and_block(report):
    assert [(row["size"], row["implementation"]) for row in report["rows"]] == [
        (size, name) for size in ("24x16", "20x20") for name in NAMES
    ]
    assert all(row["seconds"] > 0 and row["spread"] >= 0 and row["extra_bytes"] > 0 for row in report["rows"])


def test_ratios_are_those_of_the_rows(report):
    rows = {(row["size"], row["implementation"]): row for row in report["rows"]}
    for row in report["rows"]:
        explicit = rows[row["size"], EXPLICIT]
        assert row["speedup"] == explicit["seconds"] / row["seconds"]
        assert row["memory_ratio"] == row["extra_bytes"] / explicit["extra_bytes"]
    for comparison in report["comparisons"]:
        apnb, fused = (rows[comparison["size"], name] for name in (APNB, FUSED))
        assert comparison["against_explicit"] == {key: apnb[key] for key in ("speedup", "memory_ratio")}
        assert comparison["against_fused"]["speedup"] == fused["seconds"] / apnb["seconds"]
        assert comparison["against_fused"]["memory_ratio"] == apnb["extra_bytes"] / fused["extra_bytes"]


def test_the_headline_is_apnb_against_the_explicit_block_at_the_last_size(report):
    last = report["comparisons"][-1]

    assert last["size"] == "20x20"
    assert {key: report[key] for key in ("speedup", "memory_ratio")} == last["against_explicit"]
    assert len(report["notes"]) == 2
    assert f"speed x {report['speedup']:.1f}" in report["notes"][-1]
    assert f"extra memory / {1 / report['memory_ratio']:.1f}" in report["notes"][-1]


def test_the_explicit_and_the_fused_block_give_the_same(report):
    assert report["max_difference"] < 1e-5


def test_explicit_attention_is_a_loop_over_positions():
    query, key, value = torch.randn(3, 2, 3, 4, 5, dtype=torch.float64)

    found = explicit_attention(query, key, value)

    for image in range(2):
        for y in range(4):
            for x in range(5):
                scores = torch.stack([query[image, :, y, x] @ key[image, :, i, j] for i in range(4) for j in range(5)])
                expected = scores.exp() / scores.exp().sum() @ value[image].flatten(1).T
                torch.testing.assert_close(found[image, :, y, x], expected)


def test_all_but_cgnl_have_the_same_parameters_and_add_their_input():
    chosen = blocks(SMALL)
    counts = {name: sum(value.numel() for value in block.parameters()) for name, block in chosen.items()}
    features = torch.randn(1, 32, 5, 6)

    # Query, the shared key and value, and W_o.
    assert counts == {**dict.fromkeys(NAMES, 2 * (32 * 8 + 8) + 8 * 32 + 32), "cgnl": counts["cgnl"]}
    assert all(block(features).shape == features.shape for block in chosen.values())
    assert isinstance(chosen[APNB], AsymmetricPyramidNonLocal)
    for block in chosen.values():
        for name, value in block.named_parameters():
            if ".out." in f".{name}" or name.endswith("norm.weight") or name.endswith("norm.bias"):
                value.zero_()
        torch.testing.assert_close(block(features), features)


# The paper measured 609 and 7797 MB for the non-local block, 150 and 277 MB for APNB.
@pytest.mark.parametrize(("size", "cells"), [("96x96", 96 * 96), ("256x128", 256 * 128)])
def test_the_explicit_block_holds_two_matrices_and_the_others_one_map(size, cells, extra_at_paper_size):
    found = extra_at_paper_size[size]
    one_map = 2048 * cells * 4

    # Scores, their softmax, query, key and the gathered values, before there is anything to return.
    assert found["explicit"] == 2 * cells**2 * 4 + 3 * 256 * cells * 4 - one_map
    # The context beside the sum.
    assert found["apnb"] == found["fused"] == one_map


def test_at_the_papers_size_apnb_needs_28_times_less_extra_memory(extra_at_paper_size):
    found = extra_at_paper_size["256x128"]

    assert found["explicit"] / found["apnb"] >= 28
    assert found["explicit"] / 1e6 == pytest.approx(7797, rel=0.1)
    assert found["apnb"] / 1e6 == pytest.approx(277, rel=0.1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sizes": ()}, r"sizes are \(\), inner is 256; give at least one size, all >= 1"),
        ({"sizes": ((0, 4),)}, r"sizes are \(\(0, 4\),\)"),
        ({"inner": 0}, "inner is 0"),
        ({"channels": 24}, "channels is 24, must be a multiple of 16"),
        ({"channels": 0}, "channels is 0, must be a multiple of 16"),
    ],
)
def test_senseless_settings_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        BlockSizes(**options)


def test_without_a_round_nothing_is_computed():
    with pytest.raises(ValueError, match="repeats is 0"):
        BENCHMARKS["attention"](repeats=0)


def test_the_same_blocks_are_built_whatever_the_random_numbers(report):
    state = torch.get_rng_state()
    again = BENCHMARKS["attention"](BlockSizes(((8, 8),), 16, 4), repeats=1, device="cpu")

    assert torch.equal(torch.get_rng_state(), state)
    assert statistics.median(row["speedup"] for row in again["rows"] if row["implementation"] == EXPLICIT) == 1.0
