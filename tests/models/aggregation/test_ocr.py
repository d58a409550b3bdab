import math

import pytest
import torch

from models.aggregation.ocr import ObjectContext
from models.config import AggregationConfig
from models.stages import record, stages_of


def build(regions: int = 3) -> ObjectContext:
    return ObjectContext(5, AggregationConfig("ocr", channels=6, inner=4, regions=regions)).double().eval()


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("size", [(3, 4), (5, 3), (2, 2), (1, 1)])
@torch.no_grad()
def test_it_equals_the_equations_region_by_region_and_position_by_position(batch, size):
    block, features = build(), torch.randn(batch, 5, *size, dtype=torch.float64)
    cells = size[0] * size[1]
    with record(block) as seen:
        result = block(features)

    pixels = block.enter(features).flatten(2)
    logits = block.regions(features).flatten(2)
    context = torch.empty(batch, 4, cells, dtype=torch.float64)
    for b in range(batch):
        objects = []
        for k in range(3):
            shares = [math.exp(value) for value in logits[b, k].tolist()]
            objects.append(sum(share * pixels[b, :, i] for i, share in enumerate(shares)) / sum(shares))
        stacked = torch.stack(objects, dim=1)[None, :, :, None]
        keys, values = block.key(stacked)[0, :, :, 0], block.value(stacked)[0, :, :, 0]
        query = block.query(block.enter(features[b : b + 1])).flatten(2)[0]
        for i in range(cells):
            weights = [math.exp(float(query[:, i] @ keys[:, k]) / 2) for k in range(3)]  # sqrt of 4 channels
            context[b, :, i] = sum(w * values[:, k] for k, w in enumerate(weights)) / sum(weights)
    widened = block.widen(context.unflatten(2, size))
    expected = block.leave(torch.cat([widened, block.enter(features)], dim=1))

    torch.testing.assert_close(result, expected)
    torch.testing.assert_close(seen["ocr.logits"].flatten(2), logits)


def test_there_is_a_region_for_each_class_and_an_auxiliary_loss_on_them():
    block = build(regions=7)

    assert stages_of(block)["ocr.logits"].info == {"loss": "auxiliary"}
    assert block.regions[-1].out_channels == 7


def test_its_training_step_needs_no_more_than_one_image():
    block = build().train()

    block(torch.randn(1, 5, 3, 4, dtype=torch.float64)).sum().backward()

    assert all(value.grad is not None for value in block.parameters())
