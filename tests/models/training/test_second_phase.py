"""DeepLabv3's two phases, short: output stride 16 with BatchNorm learning, then 8 with all of it held still."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from models.checkpoint import load_checkpoint
from models.output_stride import at_output_stride
from models.training.job import train


@pytest.fixture(scope="module")
def first(make_job, tmp_path_factory):
    """Checkpoint of two steps at output stride 16."""
    job = make_job("tiny-deeplabv3", iterations=2, loss="cross_entropy", bn_decay=0.9997)
    return train(job, tmp_path_factory.mktemp("runs") / "first", progress=False)


def test_the_second_phase_goes_on_from_the_first_at_a_finer_stride(first, make_job, tmp_path):
    recipe = {"iterations": 2, "batch": 1, "lr": 0.05, "freeze_bn": True, "start": str(first), "start_head": True}
    job = make_job("tiny-deeplabv3", loss="cross_entropy", **recipe)
    data = replace(job.data, hard_classes=("block",))

    second = train(replace(job, model=at_output_stride(job.model, 8), data=data), tmp_path / "second", progress=False)

    before, after = load_checkpoint(first).model, load_checkpoint(second).model
    moved = {key for key, value in after.state_dict().items() if not torch.equal(value, before.state_dict()[key])}
    assert (before.config.backbone.output_stride, after.config.backbone.output_stride) == (16, 8)
    assert after.config.aggregation.rates == (2, 4, 6)
    assert "decoder.classifier.weight" in moved
    assert not any("running" in key for key in moved)
    assert all(after.state_dict()[key].ndim > 1 for key in moved if not key.startswith("decoder."))
    training = load_checkpoint(second).meta["training"]
    assert training["start"].startswith("all of first, which started from random")
    # Every one of the eight images holds a block.
    assert training["images"] == 16


def test_one_image_a_step_cannot_teach_image_pooling_and_the_run_says_so(make_job, tmp_path):
    with pytest.raises(ValueError, match="batch is 1, of which image pooling leaves one value per channel"):
        train(make_job("tiny-deeplabv3", iterations=1, batch=1), tmp_path / "run", progress=False)


@pytest.mark.parametrize("labels", [True, False])
def test_a_cascade_trains_with_either_kind_of_comparison(make_job, tmp_path, labels, losses):
    job = make_job("tiny-cascade", iterations=2, loss="cross_entropy", upsample_logits=labels)

    train(job, tmp_path / "run", progress=False)

    assert len(losses(tmp_path / "run")) == 2
