from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.data import open_data
from models.data.classes import Sample, SegmentationData
from models.evaluation.inference import predict
from models.presets import preset
from models.segmenter import Segmenter
from models.stages import record
from models.training import frames, looks
from models.training.frames import FrameWriter, fixed_pictures, frame_steps, read_cells, read_frame
from models.training.job import train
from models.training.looks import SEGMENTATION


@pytest.fixture
def network(blocks_root, make_job):
    torch.manual_seed(0)
    return Segmenter(make_job("tiny-cgnl-ldv1").model, open_data("folder", blocks_root, "val").classes)


def test_a_run_leaves_frames_at_every_validation(make_job, tmp_path):
    train(make_job("tiny-aspp-ldv2", iterations=4, validate_every=2), tmp_path / "run", progress=False)
    folder = tmp_path / "run" / "frames"

    classes, pictures = fixed_pictures(folder)

    assert frame_steps(folder) == [2, 4]
    assert classes.names == ("ground", "block", "stripe")
    assert [(picture.image.shape, picture.label.shape) for picture in pictures] == [((40, 56, 3), (40, 56))] * 2
    held = read_frame(folder, 4, 1)
    assert held["output"].shape == (40, 56)
    affinity = held["ld.affinity"]
    assert (affinity.dtype, len(affinity)) == (np.float16, 25)
    np.testing.assert_allclose(affinity.astype(np.float32).sum(axis=0), 1, atol=5e-3)
    assert not np.array_equal(read_frame(folder, 2, 0)["ld.affinity"], read_frame(folder, 4, 0)["ld.affinity"])


def test_a_frame_is_what_the_network_says_and_leaves_it_as_it_was(network, blocks_root, tmp_path):
    data = open_data("folder", blocks_root, "val")
    network.train()
    network.backbone.eval()
    modes = [module.training for module in network.modules()]
    random = torch.get_rng_state()

    FrameWriter(tmp_path, data).write(network, 7)

    assert [module.training for module in network.modules()] == modes
    assert torch.equal(torch.get_rng_state(), random)
    held = read_frame(tmp_path, 7, 1)
    network.eval()
    with record(network, ["ld.mask"]) as seen:
        answer = predict(network, data[1].image)
    np.testing.assert_array_equal(held["output"], answer.label)
    np.testing.assert_allclose(held["ld.mask"], seen["ld.mask"][0].mean(dim=0).numpy(), atol=1e-3)


class Large(SegmentationData):
    """One wide picture without a label."""

    def __init__(self, classes):
        self.name, self.classes, self.ids = "large", classes, ["wide"]

    def __getitem__(self, index):
        image = np.zeros((300, 1200, 3), np.uint8)
        image[:, 600:] = 200
        return Sample(image, None, "wide")


def test_large_images_are_kept_small_and_one_without_a_label_has_none(network, tmp_path):
    FrameWriter(tmp_path, Large(network.classes)).write(network, 1)

    _, (picture,) = fixed_pictures(tmp_path)

    assert picture.id == "wide"
    assert picture.image.shape == (96, 384, 3)
    assert picture.image[50, [10, 370], 0].tolist() == [0, 200]
    assert np.unique(np.asarray(picture.label)).tolist() == [network.classes.ignore_id]
    assert read_frame(tmp_path, 1, 0)["output"].shape == (96, 384)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 50_000


def test_the_number_of_files_is_bounded_and_the_first_and_last_stay(network, blocks_root, tmp_path, monkeypatch):
    monkeypatch.setattr(frames, "MOST", 5)
    look = replace(SEGMENTATION, answer=lambda *_given: {"output": np.zeros((2, 2), np.uint8)})
    writer = FrameWriter(tmp_path, open_data("folder", blocks_root, "val"), look)

    for step in range(1, 30):
        writer.write(network, step)
        assert len(frame_steps(tmp_path)) <= 5

    assert frame_steps(tmp_path)[0] == 1
    assert frame_steps(tmp_path)[-1] == 29


def test_before_the_first_validation_there_is_nothing(tmp_path):
    assert frame_steps(tmp_path) == []
    assert fixed_pictures(tmp_path)[1] == []


def test_a_network_without_ld_has_its_prediction_alone(blocks_root, tmp_path):
    data = open_data("folder", blocks_root, "val")

    FrameWriter(tmp_path, data, count=1).write(Segmenter(preset("tiny-fcn").model, data.classes), 1)

    assert not {"ld.mask", "ld.affinity"} & set(read_frame(tmp_path, 1, 0))


def test_the_same_few_cells_are_kept_at_every_step_with_the_class_tokens(network, blocks_root, tmp_path):
    data = open_data("folder", blocks_root, "val")
    writer = FrameWriter(tmp_path, data)
    writer.write(network, 1)
    with torch.no_grad():
        network.decoder.classifier.weight.mul_(2)
    writer.write(network, 2)
    network.eval()
    with record(network, ["classifier.features", "tokens"]) as seen:
        predict(network, data[1].image)

    kept = [read_cells(tmp_path, step) or ({}, np.zeros(0)) for step in (1, 2)]
    (first, before), (second, after) = kept

    for name in ("cells.places", "cells.labels", "cells.images", "cells.vectors"):
        np.testing.assert_array_equal(first[name], second[name])
    np.testing.assert_allclose(after, 2 * before, atol=1e-3)
    np.testing.assert_allclose(after, seen["tokens"].numpy(), atol=1e-3)
    *_, height, width = seen["classifier.features"].shape
    own = second["cells.images"] == 1
    assert second["cells.vectors"].dtype == np.float16
    # What the vector of a cell is, by its place: 40 x 56 pixels are height x width cells.
    for (x, y), one, vector in zip(
        *(second[name][own] for name in ("cells.places", "cells.labels", "cells.vectors")), strict=True
    ):
        assert data[1].label[y, x] == one != 255
        expected = seen["classifier.features"][0, :, y * height // 40, x * width // 56].numpy()
        np.testing.assert_allclose(vector, expected, atol=2e-2, rtol=2e-2)


def test_of_many_cells_as_many_of_each_class_are_kept_where_there_are_enough():
    label = np.zeros((80, 80), np.int64)
    label[:2, :10] = 1
    label[40:, :] = 2
    label[79] = 255

    kept = looks._cells(torch.arange(6400.0).reshape(1, 80, 80), label, 255)

    assert np.bincount(kept["cells.labels"]).tolist() == [140, 20, 140]
    x, y = kept["cells.places"].T.astype(int)
    np.testing.assert_array_equal(label[y, x], kept["cells.labels"])
    np.testing.assert_allclose(kept["cells.vectors"][:, 0], 80 * y + x, rtol=1e-3)


def test_frames_of_before_cells_were_kept_say_so(network, blocks_root, tmp_path):
    look = replace(SEGMENTATION, answer=lambda *_given: {"output": np.zeros((2, 2), np.uint8)})
    FrameWriter(tmp_path, open_data("folder", blocks_root, "val"), look).write(network, 1)

    assert read_cells(tmp_path, 1) is None
