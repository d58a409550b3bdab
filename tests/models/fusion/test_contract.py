"""What every fusion of levels keeps."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.backbones.pyramid import Pyramid
from models.config import AsymmetricConfig, FusionConfig
from models.fusion import FUSIONS
from models.fusion.base import Fusion

CHANNELS = (3, 4, 5, 8)
LEVELS = ((4,), (3, 4), (2, 3, 4))
SIDE = st.integers(1, 9)


def build(name: str, levels: tuple[int, ...] = (4,), **options) -> Fusion:
    config = FusionConfig(name, levels=levels, inner=4, asymmetric=AsymmetricConfig(**options))
    return FUSIONS.get(name)(CHANNELS, config).eval()


def pyramid(height: int, width: int, ratios: tuple[int, ...] = (2, 1, 1, 1), batch: int = 2) -> Pyramid:
    return Pyramid(
        *(
            torch.randn(batch, channels, height * ratio, width * ratio, requires_grad=True)
            for channels, ratio in zip(CHANNELS, ratios, strict=True)
        )
    )


@pytest.mark.parametrize("name", FUSIONS.names())
@pytest.mark.parametrize("levels", LEVELS)
@settings(max_examples=5)
@given(height=SIDE, width=SIDE, batch=st.integers(1, 2))
def test_the_result_has_the_size_of_c5(name, levels, height, width, batch):
    fusion = build(name, levels)

    # Strides 4, 8, 16, 32: every level has another size.
    fused = fusion(pyramid(height, width, (8, 4, 2, 1), batch))

    assert fused.shape == (batch, fusion.out_channels, height, width)
    assert fused.isfinite().all()


@pytest.mark.parametrize("name", FUSIONS.names())
def test_gradients_reach_every_position_of_c5_and_are_finite(name):
    levels = pyramid(5, 6)
    build(name)(levels).square().sum().backward()

    assert levels.c5.grad is not None
    assert (levels.c5.grad.abs().sum(1) > 0).all()
    assert all(level.grad is None or level.grad.isfinite().all() for level in levels)


@pytest.mark.parametrize("name", FUSIONS.names())
@pytest.mark.parametrize("levels", LEVELS)
def test_levels_that_were_not_asked_for_are_not_read(name, levels):
    fusion, first = build(name, levels), pyramid(4, 5)
    other = pyramid(4, 5)
    mixed = Pyramid(*((first if level in (*levels, 5) else other)[level - 2] for level in (2, 3, 4, 5)))

    assert torch.equal(fusion(first), fusion(mixed))


@pytest.mark.parametrize("name", FUSIONS.names())
def test_the_pyramid_stays_what_it_was(name):
    levels = pyramid(4, 5)
    before = [level.detach().clone() for level in levels]
    build(name)(levels)

    assert all(torch.equal(level, old) for level, old in zip(levels, before, strict=True))


def test_an_unknown_fusion_is_refused():
    with pytest.raises(ValueError, match=r"fusion is 'sum', must be one of \['afnb', 'common', 'none'\]"):
        FUSIONS.get("sum")
