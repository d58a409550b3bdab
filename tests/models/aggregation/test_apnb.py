import pytest
import torch

from models.aggregation.apnb import AsymmetricPyramidNonLocal
from models.config import AggregationConfig, AsymmetricConfig
from models.evaluation.cost import block_macs
from models.stages import record

PAPER_SIZES = {"96x96": (96, 96), "256x128": (128, 256)}


def block(channels: int = 6, inner: int = 4, **options) -> AsymmetricPyramidNonLocal:
    config = AggregationConfig("apnb", inner=inner, dropout=0.05, asymmetric=AsymmetricConfig(**options))
    module = AsymmetricPyramidNonLocal(channels, config).eval()
    torch.nn.init.normal_(module.attention.out.weight)
    return module


def table_one(size: str, **options) -> int:
    """MACs of the block of Table 1: C = 2048, C' = 256, nothing behind the concatenation."""
    config = AggregationConfig("apnb", asymmetric=AsymmetricConfig("paper", **options))
    return block_macs(lambda: AsymmetricPyramidNonLocal(2048, config), (1, 2048, *PAPER_SIZES[size]))


@pytest.mark.parametrize("variant", ["reference", "paper"])
@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("size", [(4, 5), (3, 3), (6, 2), (1, 1)])
def test_it_equals_loops_over_positions_and_anchors(loops, variant, batch, size):
    module, config = block(variant=variant, anchors=(1, 3)), AsymmetricConfig(variant, anchors=(1, 3))
    loops.shake(module)
    features = torch.randn(batch, 6, *size, dtype=torch.float64)
    layers = {"reference": ("query", "query", "value"), "paper": ("query", "key", "key")}[variant]

    expected = []
    for image in features:
        both = torch.cat([loops.response(module.attention, (image, image), layers, config), image])
        expected.append(loops.layer(module.join.fuse, both) if variant == "reference" else both)

    torch.testing.assert_close(module(features), torch.stack(expected))


def test_the_code_shares_query_and_key_the_paper_key_and_value():
    with record(reference := block()) as code:
        reference(torch.randn(1, 6, 5, 5))
    with record(printed := block(variant="paper")) as paper:
        printed(torch.randn(1, 6, 5, 5))

    assert torch.equal(code["ga.query"], code["ga.key"])
    assert not torch.equal(paper["ga.query"], paper["ga.key"])
    assert not any(name.startswith("attention.key") for name in reference.state_dict())
    assert not any(name.startswith("attention.value") for name in printed.state_dict())


@pytest.mark.parametrize(("variant", "channels"), [("reference", 6), ("paper", 12)])
def test_the_concatenation_of_the_equations_has_twice_the_channels(variant, channels):
    module = block(variant=variant)

    assert module.out_channels == module(torch.randn(1, 6, 4, 4)).shape[1] == channels
    assert block(variant=variant, output="sum").out_channels == 6


# Table 1 says 58.0 and 601.4 for the non-local block, and 15.5 and 43.5 for APNB. The first two are what the
# equations cost. APNB is linear in N, so that 43.5 at 3.56 times the positions cannot stand beside 15.5.
@pytest.mark.parametrize(("size", "published"), [("96x96", 58.0), ("256x128", 601.4)])
def test_the_macs_of_the_non_local_block_are_those_of_table_1(size, published):
    height, width = PAPER_SIZES[size]
    cells = height * width

    found = table_one(size, sampling="none")

    assert found == 3 * 2048 * 256 * cells + 2 * 256 * cells**2
    assert found / 1e9 == pytest.approx(published, rel=0.005)


@pytest.mark.parametrize(("size", "giga"), [("96x96", 15.0), ("256x128", 53.4)])
def test_the_macs_of_apnb_are_linear_in_the_positions(size, giga):
    height, width = PAPER_SIZES[size]
    cells = height * width

    found = table_one(size)

    assert found == 3 * 2048 * 256 * cells + 2 * 256 * 110 * cells
    assert found / 1e9 == pytest.approx(giga, abs=0.05)


def test_parameters_at_the_width_of_the_published_network():
    module = AsymmetricPyramidNonLocal(512, AggregationConfig("apnb"))

    # Shared query and key with BatchNorm, value, W, and the 1x1 with BatchNorm on the concatenation.
    expected = (512 * 256 + 3 * 256) + (512 * 256 + 256) + (256 * 512 + 512) + (1024 * 512 + 3 * 512)
    assert sum(value.numel() for value in module.parameters()) == expected
