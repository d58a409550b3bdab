import threading

import numpy as np
import pytest
import torch

from gald_viz.probes.capture import capture, image_sha256
from models.checkpoint import LoadedCheckpoint
from models.data.classes import ClassSet
from models.presets import preset
from models.segmenter import Segmenter

CLASSES = ClassSet(("a", "b", "c"), ((255, 0, 0), (0, 255, 0), (0, 0, 255)))


@pytest.fixture(scope="module")
def loaded():
    torch.manual_seed(0)
    model = Segmenter(preset("tiny-aspp-ldv2").model, CLASSES).eval().requires_grad_(False)
    return LoadedCheckpoint(model, "f" * 64, "tiny", {"stage_classifiers": {"trunk": "frozen"}})


def an_image(seed, size=(66, 98)):
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def test_prediction_and_confidence_are_those_of_the_network(loaded):
    image = an_image(0)

    shot = capture(loaded, image, "photo")

    with torch.no_grad():
        probability = loaded.model.predict_logits(loaded.model.preprocess(image)).softmax(1)[0].numpy()
    np.testing.assert_array_equal(shot.prediction, probability.argmax(0))
    np.testing.assert_allclose(shot.confidence, probability.max(0), rtol=1e-6)


def test_stages_lose_the_batch_axis_and_tokens_are_the_classifier(loaded):
    shot = capture(loaded, an_image(1))

    assert shot.stages["ld.affinity"].shape == (25, 9, 13)
    np.testing.assert_allclose(shot.stages["ld.affinity"].sum(0), 1.0, atol=1e-5)
    np.testing.assert_array_equal(shot.stages["tokens"], loaded.model.decoder.classifier.weight.flatten(1).numpy())
    assert shot.stage_info["ld.affinity"]["kernel"] == 5
    assert not [name for name, info in shot.stage_info.items() if info["kind"] == "operand"]


def test_only_the_named_stages_are_kept_and_unknown_ones_refused(loaded):
    assert set(capture(loaded, an_image(2), stages=["ga.context"]).stages) == {"ga.context"}
    with pytest.raises(ValueError, match=r"no stage \['ld.mask'\]"):
        capture(loaded, an_image(2), stages=["ld.mask"])


def test_provenance_names_weights_image_and_how_the_stages_were_trained(loaded):
    image = an_image(3)

    provenance = capture(loaded, image, "street").provenance

    assert provenance == {
        "checkpoint": "tiny",
        "checkpoint_sha256": "f" * 64,
        "image": "street",
        "image_sha256": image_sha256(image),
        "stage_trunk": "frozen",
    }


def test_the_identity_of_an_image_knows_its_shape():
    flat = np.zeros((2, 8, 3), np.uint8)

    assert image_sha256(flat) == image_sha256(flat.copy())
    assert image_sha256(flat) != image_sha256(flat.reshape(4, 4, 3))


def test_readers_at_the_same_time_get_their_own_activations(loaded):
    images = [an_image(seed) for seed in range(6)]
    alone = [capture(loaded, image).stages["ld.affinity"] for image in images]
    together = [np.empty(0)] * len(images)

    def look(index):
        together[index] = capture(loaded, images[index]).stages["ld.affinity"]

    threads = [threading.Thread(target=look, args=(index,)) for index in range(len(images))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for expected, got in zip(alone, together, strict=True):
        np.testing.assert_array_equal(got, expected)
