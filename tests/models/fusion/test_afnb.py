import pytest
import torch

from models.backbones.pyramid import Pyramid
from models.config import AsymmetricConfig, FusionConfig
from models.fusion.afnb import AsymmetricFusionNonLocal
from models.stages import record, stages_of

CHANNELS = (2, 3, 4, 6)


def block(levels: tuple[int, ...] = (4,), **options) -> AsymmetricFusionNonLocal:
    config = FusionConfig("afnb", levels, inner=4, dropout=0.05, asymmetric=AsymmetricConfig(**options))
    module = AsymmetricFusionNonLocal(CHANNELS, config).double().eval()
    for name, value in module.state_dict().items():
        if name.endswith("out.weight"):
            torch.nn.init.normal_(value)
    return module


def pyramid(batch: int = 2) -> Pyramid:
    """Every level has another size, odd and even."""
    sizes = ((13, 16), (7, 8), (5, 6), (3, 4))
    return Pyramid(*(torch.randn(batch, c, *s, dtype=torch.float64) for c, s in zip(CHANNELS, sizes, strict=True)))


@pytest.mark.parametrize("variant", ["reference", "paper"])
@pytest.mark.parametrize("levels", [(4,), (3, 4), (2, 3, 4)])
@pytest.mark.parametrize("batch", [1, 2])
def test_responses_of_the_levels_equal_loops_and_are_summed_and_joined_with_c5(loops, variant, levels, batch):
    module, config = block(levels, variant=variant, anchors=(1, 2)), AsymmetricConfig(variant, anchors=(1, 2))
    loops.shake(module)
    maps = pyramid(batch)

    expected = []
    for image in range(batch):
        high, names = maps.c5[image], ("query", "key", "value")
        pairs = {f"c{level}": (high, maps[level - 2][image]) for level in levels}
        responses = [loops.response(module.attentions[name], pair, names, config) for name, pair in pairs.items()]
        both = torch.cat([torch.stack(responses).sum(0), high])
        expected.append(loops.layer(module.join.fuse, both) if variant == "reference" else both)

    torch.testing.assert_close(module(maps), torch.stack(expected))
    assert module.out_channels == (6 if variant == "reference" else 12)


def test_nothing_is_shared():
    names = {name.split(".")[2] for name in block().state_dict() if name.startswith("attentions.c4")}

    assert names == {"query", "key", "value", "out"}


def test_stages_are_called_after_the_level():
    module = block((3, 4))
    with record(module) as seen:
        module(pyramid())

    assert {name: tuple(value.shape[1:]) for name, value in seen.items()} == {
        "fusion.c3.query": (4, 3, 4),
        "fusion.c3.key": (4, 7, 8),
        "fusion.c3.anchors": (4, 110),
        "fusion.c4.query": (4, 3, 4),
        "fusion.c4.key": (4, 5, 6),
        "fusion.c4.anchors": (4, 110),
    }
    assert "fusion.c4.anchors" not in stages_of(block(sampling="none"))


def test_every_part_gets_a_gradient():
    module = block((3, 4)).train()
    module(pyramid()).square().mean().backward()

    grads = {name: value.grad for name, value in module.named_parameters()}
    assert all(grad is not None and grad.isfinite().all() for grad in grads.values())


def test_parameters_at_the_width_of_the_published_network():
    module = AsymmetricFusionNonLocal((256, 512, 1024, 2048), FusionConfig())

    # Query from 2048, key and value from 1024, W, and the 1x1 with BatchNorm on the concatenation.
    attention = (2048 * 256 + 3 * 256) + (1024 * 256 + 3 * 256) + (1024 * 256 + 256) + (256 * 2048 + 2048)
    assert sum(value.numel() for value in module.parameters()) == attention + 4096 * 2048 + 3 * 2048
