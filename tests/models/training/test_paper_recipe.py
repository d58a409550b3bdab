"""A paper's recipe from the command line, on a tiny network: DeepLabv3's two phases."""

from __future__ import annotations

import argparse

import torch

from models.checkpoint import load_checkpoint
from models.training.command import add_train_options, train_from


def trained(*words: str):
    """Checkpoint and status of the run that the command line describes."""
    parser = argparse.ArgumentParser()
    add_train_options(parser)
    return train_from(parser.parse_args(words))


def test_two_phases_of_deeplabv3_run_with_its_rates_and_batch_norm(blocks_root, tmp_path):
    small = ("--data", "folder", "--root", str(blocks_root), "--split", "train", "--crop", "33,49", "--batch", "2")
    quick = (*small, "--iterations", "2", "--workers", "0", "--accelerator", "cpu", "--quiet")

    first, status = trained(
        "tiny-deeplabv3", "--recipe", "deeplabv3-voc", *quick, "--weights", "none", "--out", str(tmp_path / "first")
    )
    words = ("--recipe", "deeplabv3-voc-trainval", "--start", str(first), "--out", str(tmp_path / "second"))
    second, _ = trained("tiny-deeplabv3", *words, *quick)

    assert (status["state"], status["steps"]) == ("done", 2)
    before, after = load_checkpoint(first), load_checkpoint(second)
    kept = ("lr", "bn_decay", "freeze_bn", "loss", "start_head")
    recipes = [[part.meta["training"]["recipe"][key] for key in kept] for part in (before, after)]
    assert recipes == [[0.007, 0.9997, False, "cross_entropy", False], [0.001, 0.0, True, "cross_entropy", True]]
    assert after.meta["training"]["start"].startswith("all of first, which started from random")
    old, new = before.model.state_dict(), after.model.state_dict()
    moved = {key for key in new if not torch.equal(new[key], old[key])}
    # Weights are stored as fp16, in which two steps at 0.001 may not show; biases are not.
    assert "decoder.classifier.bias" in moved
    assert not any("running" in key for key in moved)


def test_the_classifier_is_replaced_between_data_sets(blocks_root, tmp_path):
    quick = ("--crop", "48,64", "--batch", "2", "--iterations", "1", "--workers", "0", "--accelerator", "cpu")
    base = ("tiny-fcn", "--ohem-min-kept", "100", "--quiet", *quick)
    scenes = ("--recipe", "galdv2-cityscapes-camvid-start", "--data", "scenes", "--limit", "2", "--weights", "none")
    first, _ = trained(*base, *scenes, "--scales", "0.25,0.3", "--out", str(tmp_path / "first"))

    blocks = ("--recipe", "galdv2-cityscapes-camvid", "--data", "folder", "--root", str(blocks_root))
    second, _ = trained(*base, *blocks, "--start", str(first), "--out", str(tmp_path / "second"))

    before, after = load_checkpoint(first), load_checkpoint(second)
    assert (len(before.model.classes), len(after.model.classes)) == (11, 3)
    assert after.meta["training"]["start"].startswith("all but the classifier of first")
    assert after.meta["training"]["recipe"]["lr"] == 0.001
