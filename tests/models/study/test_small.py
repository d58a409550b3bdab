import pytest
import torch

from models.data.classes import ClassSet
from models.presets import PRESETS, preset
from models.segmenter import Segmenter
from models.study.small import small

CLASSES = ClassSet(tuple("abcdefghijk"), ((0, 0, 0),) * 11)
SHIPPED = sorted(name for name, entry in PRESETS.items() if entry.smaller and name.startswith("small-"))


def shapes(model) -> dict[str, torch.Size]:
    with torch.device("meta"):
        return {name: value.shape for name, value in Segmenter(model, CLASSES).state_dict().items()}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_small_network_has_the_tensors_of_the_small_preset_that_ships(name):
    assert shapes(small(preset(preset(name).smaller).model)) == shapes(preset(name).model)


def test_reach_is_halved_and_scores_are_scaled():
    before, after = preset("aspp-ldv2").model, small(preset("aspp-ldv2").model)

    assert (before.aggregation.rates, after.aggregation.rates) == ((12, 24, 36), (6, 12, 18))
    assert (before.distribution.dilation, after.distribution.dilation) == (6, 3)
    assert small(preset("ldv2-k3-r3").model).distribution.dilation == 2
    assert after.distribution.scale and after.aggregation.dropout == 0
    assert after.backbone.output_stride == before.backbone.output_stride
