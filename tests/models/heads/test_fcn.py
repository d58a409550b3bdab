import torch
import torch.nn.functional as F

from models.backbones.pyramid import Pyramid
from models.config import ModelConfig
from models.heads.fcn import FcnHead
from models.stages import record


def test_it_is_one_convolution_on_the_last_level():
    head = FcnHead((2, 3, 4, 5), ModelConfig(width=8)).eval()
    c5 = torch.randn(1, 5, 6, 7)
    with record(head) as seen:
        output = head(Pyramid(*(torch.empty(0),) * 3, c5))

    convolved = F.conv2d(c5, head.state_dict()["reduce.0.weight"], padding=1)
    torch.testing.assert_close(output.features, (convolved / (1 + 1e-5) ** 0.5).relu())
    assert torch.equal(seen["fcn.features"], output.features)
    assert output.stage_features == {}
