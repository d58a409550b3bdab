import pytest
import torch
from torch import nn

from models.stages import Stage, record, supervised


class Branch(nn.Module):
    def __init__(self, loss: str = "main") -> None:
        super().__init__()
        self.layer = nn.Linear(2, 2)
        self.inner = Stage("inner.logits", kind="logits", loss=loss)
        self.seen = Stage("seen", kind="features")

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        return self.seen(self.inner(self.layer(value)))


@pytest.mark.parametrize("loss", ["main", "auxiliary", "car", "onlooker"])
def test_while_training_a_stage_with_a_loss_is_collected_with_its_gradient(loss):
    model = Branch(loss)
    with supervised(model) as terms:
        model(torch.ones(1, 2))

    assert list(terms) == ["inner.logits"]
    assert terms["inner.logits"].loss == loss
    terms["inner.logits"].value.sum().backward()
    assert model.layer.weight.grad is not None


def test_in_evaluation_nothing_is_collected():
    model = Branch().eval()
    with supervised(model) as terms:
        model(torch.ones(1, 2))

    assert terms == {}


def test_no_hook_stays_and_recording_goes_on():
    model = Branch()
    with record(model) as seen, supervised(model) as terms:
        model(torch.ones(1, 2))

    torch.testing.assert_close(seen["inner.logits"], terms["inner.logits"].value.detach())
    assert not model.inner._forward_hooks


def test_an_unknown_loss_is_refused():
    with pytest.raises(
        ValueError, match=r"loss of stage 'x' is 'dice', must be one of \('main', 'auxiliary', 'car', 'onlooker'\)"
    ):
        Stage("x", kind="logits", loss="dice")
