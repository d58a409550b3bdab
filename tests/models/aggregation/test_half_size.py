import pytest
import torch
import torch.nn.functional as F

from models.aggregation import AGGREGATIONS
from models.aggregation.base import Aggregation
from models.aggregation.half_size import HalfSize
from models.config import AggregationConfig


def test_it_shrinks_by_a_depthwise_convolution_and_upsamples_with_aligned_corners():
    inner = AGGREGATIONS.get("none")(4, AggregationConfig("none"))
    module = HalfSize(4, inner).eval()
    state = module.state_dict()
    torch.nn.init.normal_(state["shrink.1.running_mean"])
    features = torch.randn(2, 4, 9, 12)

    coarse = F.conv2d(features, state["shrink.0.weight"], state["shrink.0.bias"], stride=2, groups=4)
    coarse = F.batch_norm(coarse, *(state[f"shrink.1.{key}"] for key in ("running_mean", "running_var"))).relu()
    expected = F.interpolate(coarse, (9, 12), mode="bilinear", align_corners=True)

    assert coarse.shape[-2:] == (4, 5)
    torch.testing.assert_close(module(features), expected)


def test_ga_sees_a_quarter_of_the_positions():
    class Spy(Aggregation):
        out_channels = 4

        def forward(self, features):
            self.seen = tuple(features.shape[-2:])
            return features

    spy = Spy()
    HalfSize(4, spy).eval()(torch.randn(1, 4, 97, 97))

    assert spy.seen == (48, 48)


def test_a_map_that_cannot_be_halved_is_refused_with_the_size_that_it_needs():
    module = HalfSize(4, AGGREGATIONS.get("none")(4, AggregationConfig("none"))).eval()

    assert module(torch.randn(1, 4, 3, 3)).shape == (1, 4, 3, 3)
    with pytest.raises(ValueError, match="map is 5x2, a GA at half the size needs at least 3x3; enlarge the image"):
        module(torch.randn(1, 4, 5, 2))
