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


def explicit_context(module: AsymmetricFusionNonLocal, name: str, high: torch.Tensor, low: torch.Tensor):
    """W_o of eq. 14 to 16 with anchors of 1x1 and 2x2 cells, by explicit products."""
    part = module.attentions[name]
    query, key, value = (
        part.get_submodule("query")(high),
        part.get_submodule("key")(low),
        part.get_submodule("value")(low),
    )
    cells = [torch.nn.AdaptiveAvgPool2d(n) for n in (1, 2)]
    anchors, values = (torch.cat([cell(of).flatten(2) for cell in cells], 2) for of in (key, value))
    scale = 0.5 if isinstance(part.get_submodule("query"), torch.nn.Sequential) else 1.0
    weights = torch.softmax(torch.einsum("bcn,bcs->bns", query.flatten(2), anchors) * scale, 2)
    gathered = torch.einsum("bns,bcs->bcn", weights, values).unflatten(2, high.shape[-2:])
    return part.get_submodule("out")(gathered)


@pytest.mark.parametrize("variant", ["reference", "paper"])
@pytest.mark.parametrize("levels", [(4,), (3, 4), (2, 3, 4)])
@pytest.mark.parametrize("batch", [1, 2])
def test_contexts_of_the_levels_are_summed_and_joined_with_c5(variant, levels, batch):
    module, maps = block(levels, variant=variant, anchors=(1, 2)), pyramid(batch)

    context = torch.stack([explicit_context(module, f"c{i}", maps.c5, maps[i - 2]) for i in levels]).sum(0)
    both = torch.cat([context, maps.c5], 1)

    expected = module.join.fuse(both) if variant == "reference" else both
    torch.testing.assert_close(module(maps), expected)
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
