from __future__ import annotations

import importlib.metadata
from dataclasses import replace

import pytest
import torch

from models.checkpoint import load_checkpoint, save_checkpoint
from models.config import TrainConfig, to_dict
from models.data import open_data
from models.data.classes import ClassSet
from models.evaluation.evaluate import evaluate
from models.segmenter import Segmenter
from models.training.probe import ProbeConfig, _Plateau, probe

CLASSES = ClassSet(("ground", "block", "stripe"), ((200, 40, 40), (40, 200, 40), (40, 40, 200)))
SHORT = ProbeConfig(batch=2, window=2, max_iterations=4, accelerator="cpu")


@pytest.fixture
def network(make_job, tmp_path):
    """File of a network without stage classifiers."""
    file = tmp_path / "network.safetensors"
    save_checkpoint(
        Segmenter(make_job().model, CLASSES), file, {"training": {"preset": "x"}, "provenance": {"date": "d"}}
    )
    return file


@pytest.fixture
def probed(network, make_job, tmp_path):
    def make(**changes):
        out = tmp_path / "probed.safetensors"
        config = replace(SHORT, **changes)
        return load_checkpoint(probe(network, make_job().data, config, out, progress=False))

    return make


def trunk(model: Segmenter) -> dict[str, torch.Tensor]:
    return {key: value for key, value in model.state_dict().items() if not key.startswith("stage_classifiers.")}


def test_a_frozen_trunk_stays_bit_identical(network, probed):
    before = trunk(load_checkpoint(network).model)

    after = probed()

    assert trunk(after.model).keys() == before.keys()
    assert all(torch.equal(after.model.state_dict()[key], value) for key, value in before.items())
    assert after.meta["stage_classifiers"]["trunk"] == "frozen"


def test_the_classifiers_of_both_stages_learn(probed):
    untrained, trained = probed(max_iterations=2, lr=1e-8), probed(max_iterations=30, window=10)

    assert sorted(trained.model.stage_classifiers) == ["fcn", "ga"]
    for name, classifier in trained.model.stage_classifiers.items():
        norm, _, _ = classifier
        # The running mean has moved from 0: the classifier's own BatchNorm has learnt.
        assert norm.running_mean.abs().max() > 0
        untouched = untrained.model.stage_classifiers[name].state_dict()
        assert not torch.equal(classifier.state_dict()["2.weight"], untouched["2.weight"])
    losses = [loaded.meta["stage_classifiers"]["loss"] for loaded in (untrained, trained)]
    assert losses[1] < 0.8 * losses[0]


def test_the_classifiers_are_asked_what_the_network_was_asked(make_job, tmp_path):
    def weights(recipe):
        file = tmp_path / "network.safetensors"
        torch.manual_seed(0)
        save_checkpoint(Segmenter(make_job().model, CLASSES), file, {"training": {"recipe": recipe}} if recipe else {})
        out = probe(file, make_job().data, SHORT, tmp_path / "out.safetensors", progress=False)
        return load_checkpoint(out).model.state_dict()["stage_classifiers.ga.2.weight"]

    plain = weights(None)

    assert torch.equal(weights(to_dict(TrainConfig(loss="cross_entropy"))), plain)
    assert not torch.equal(weights(to_dict(TrainConfig(loss="ohem_balanced", ohem_min_kept=1))), plain)


def test_an_unfrozen_trunk_learns_too(network, probed):
    before = trunk(load_checkpoint(network).model)

    after = probed(unfrozen=True)

    changed = {key for key, value in before.items() if not torch.equal(after.model.state_dict()[key], value)}
    assert "backbone.stem.0.0.weight" in changed
    assert "backbone.stem.0.1.running_mean" in changed
    assert any(key.startswith("decoder.") for key in changed)
    assert after.meta["stage_classifiers"]["trunk"] == "unfrozen"


def test_the_checkpoint_keeps_its_history_and_says_how_it_was_probed(probed, blocks_root):
    loaded = probed()
    summary = loaded.meta["stage_classifiers"]

    assert loaded.meta["training"] == {"preset": "x"}
    assert loaded.meta["provenance"] == {"date": "d"}
    assert (summary["iterations"], summary["converged"], summary["recipe"]["window"]) == (4, False, 2)
    assert summary["seconds"] > 0
    assert summary["provenance"]["versions"]["torch"] == importlib.metadata.version("torch")
    assert set(loaded.meta["metrics"]["stages"]) == {"fcn", "ga", "gald"}
    again = evaluate(loaded.model, open_data("folder", blocks_root, "val"), progress=False).to_json()
    assert loaded.meta["metrics"] == {**again, "split": "val", "images": 2}


def test_the_same_seed_gives_the_same_classifiers(probed):
    first, second, other = probed(seed=3), probed(seed=3), probed(seed=4)

    key = "stage_classifiers.ga.2.weight"
    assert torch.equal(first.model.state_dict()[key], second.model.state_dict()[key])
    assert not torch.equal(first.model.state_dict()[key], other.model.state_dict()[key])


def test_classifiers_that_are_there_already_start_anew(probed, make_job, tmp_path):
    once = probed()
    file = tmp_path / "again.safetensors"

    twice = load_checkpoint(probe(tmp_path / "probed.safetensors", make_job().data, SHORT, file, progress=False))

    for name, value in once.model.state_dict().items():
        assert torch.equal(twice.model.state_dict()[name], value)


def test_probing_stops_when_the_classifiers_have_converged(probed):
    # No window can bring 100 %: the second is the first without progress, and no halving is granted.
    summary = probed(tolerance=1.0, halvings=0, max_iterations=40).meta["stage_classifiers"]

    assert (summary["iterations"], summary["converged"]) == (4, True)


def test_convergence_is_a_number_of_halvings_without_progress():
    config = ProbeConfig(window=2, tolerance=0.1, halvings=1, max_iterations=100)
    plateau, optimizer = _Plateau(config), torch.optim.SGD([torch.zeros(1)], lr=0.8)
    losses: list[float] = []
    course: list[tuple[bool, float]] = []
    # Means of the windows: 4, 3 (progress), 2.9 (too little: halved), 2 (progress), 2 (too little: converged).
    for loss in (4.0, 4.0, 3.0, 3.0, 2.8, 3.0, 2.0, 2.0, 2.0, 2.0):
        losses.append(loss)
        course.append((plateau.reached(losses, optimizer), optimizer.param_groups[0]["lr"]))

    assert [done for done, _ in course] == [False] * 9 + [True]
    assert [rate for _, rate in course[:9]] == [0.8] * 5 + [0.4] * 4
    assert plateau.done


def test_a_network_without_stages_is_refused(make_job, tmp_path):
    file = tmp_path / "fcn.safetensors"
    save_checkpoint(Segmenter(make_job("tiny-fcn").model, CLASSES), file, {})

    with pytest.raises(ValueError, match="head 'fcn' has no stage before its output; there is nothing to probe"):
        probe(file, make_job().data, SHORT, tmp_path / "out.safetensors", progress=False)


def test_other_classes_are_refused(make_job, tmp_path):
    file = tmp_path / "other.safetensors"
    save_checkpoint(Segmenter(make_job().model, ClassSet(("a", "b"), ((0, 0, 0),) * 2)), file, {})

    with pytest.raises(ValueError, match=r"network has classes \('a', 'b'\), the data \('ground', 'block', 'stripe'\)"):
        probe(file, make_job().data, SHORT, tmp_path / "out.safetensors", progress=False)


def test_a_loss_that_is_no_number_is_refused_and_nothing_is_written(network, make_job, tmp_path):
    loaded = load_checkpoint(network)
    with torch.no_grad():
        next(iter(loaded.model.backbone.parameters())).fill_(float("nan"))
    save_checkpoint(loaded.model, tmp_path / "nan.safetensors", {})

    with pytest.raises(ValueError, match="the loss is nan at step 1; lower lr"):
        probe(tmp_path / "nan.safetensors", make_job().data, SHORT, tmp_path / "out.safetensors", progress=False)

    assert not (tmp_path / "out.safetensors").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch": 0}, "batch is 0"),
        ({"lr": 0.0}, "lr is 0.0"),
        ({"window": 500}, "window is 500"),
        ({"tolerance": 2.0}, "tolerance is 2.0"),
        ({"halvings": -1}, "halvings is -1"),
    ],
)
def test_values_out_of_range_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        ProbeConfig(**changes)
