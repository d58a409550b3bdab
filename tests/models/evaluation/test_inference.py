import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.evaluation.inference import OUTPUT, InferenceOptions, predict, predict_stages, stage_names
from models.stages import Stage

RNG = np.random.default_rng(0)


def softmax(logits):
    """Over the first axis, in float64."""
    exp = np.exp(logits - logits.max(axis=0))
    return exp / exp.sum(axis=0)


def colour_logits(image, gain=1.0):
    return gain * image.transpose(2, 0, 1) / 255


def column_logits(image, per_column):
    logits = colour_logits(image)
    logits[0] += per_column
    return logits


def random_image(height, width):
    return RNG.integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_the_plain_image_gives_label_and_probabilities(painter):
    image = random_image(5, 7)

    result = predict(painter(gain=3.0), image)

    np.testing.assert_array_equal(result.label, image.argmax(axis=2))
    np.testing.assert_allclose(result.probabilities, softmax(colour_logits(image, 3.0)), rtol=1e-5)
    assert (result.label.dtype, result.probabilities.dtype) == (np.int64, np.float32)


def test_equal_probabilities_do_not_hide_which_logit_is_larger(painter):
    image = np.array([[[0, 254, 255], [0, 255, 254]]] * 2, dtype=np.uint8)

    # In float32 the softmax of logits 1e-9 apart is a tie; their order is not.
    assert predict(painter(gain=1e-7), image).label.tolist() == [[2, 1]] * 2


def test_mirroring_averages_probabilities_of_both_views(painter):
    image, column = random_image(4, 6), np.arange(6)

    result = predict(painter(per_column=0.3), image, InferenceOptions(flip=True))

    # Column x of the mirrored image is column 5 - x.
    views = [softmax(column_logits(image, 0.3 * place)) for place in (column, 5 - column)]
    np.testing.assert_allclose(result.probabilities, np.mean(views, axis=0), rtol=1e-5)


def test_mirroring_can_average_logits_instead(painter):
    image = random_image(4, 6)

    result = predict(painter(per_column=0.3), image, InferenceOptions(flip=True, average="logits"))

    expected = softmax(column_logits(image, 0.3 * 2.5))
    np.testing.assert_allclose(result.probabilities, expected, rtol=1e-5)


@pytest.mark.parametrize("average", ["probabilities", "logits"])
def test_scales_are_averaged_at_the_size_of_the_image(painter, average):
    image, model = np.full((4, 9, 3), 255, np.uint8), painter(per_width=0.1)

    result = predict(model, image, InferenceOptions(scales=(0.5, 1, 2), average=average))

    # 4.5 rounds to the even 4: widths 4, 9 and 18 add 0.4, 0.9 and 1.8 to class 0.
    assert model.seen == [(2, 4), (4, 9), (8, 18)]
    views = np.array([[0.4, 0.9, 1.8], [0, 0, 0], [0, 0, 0]])
    expected = softmax(views).mean(axis=1) if average == "probabilities" else softmax(views.mean(axis=1))
    assert result.label.shape == (4, 9)
    np.testing.assert_allclose(result.probabilities, np.tile(expected[:, None, None], (4, 9)), rtol=1e-5)


def test_a_linear_picture_survives_scaling_away_from_the_border(painter):
    ramp = np.repeat(np.arange(0, 240, 10, dtype=np.uint8)[None, :, None], 8, axis=0)
    image = np.concatenate([ramp, np.full_like(ramp, 100), np.zeros_like(ramp)], axis=2)

    result = predict(painter(), image, InferenceOptions(scales=(0.5, 2.0), average="logits"))

    expected = softmax(colour_logits(image))
    np.testing.assert_allclose(result.probabilities[:, :, 3:-3], expected[:, :, 3:-3], rtol=1e-5)


def test_tiles_average_logits_where_they_overlap(painter):
    image, model = np.zeros((6, 10, 3), np.uint8), painter(per_column=1.0)

    result = predict(model, image, InferenceOptions(tile=6))

    # Tiles start at columns 0 and 4; column 4 is 4 in the first and 0 in the second, column 5 is 5 and 1.
    column = np.array([0, 1, 2, 3, 2, 3, 2, 3, 4, 5])
    assert model.seen == [(6, 6), (6, 6)]
    np.testing.assert_allclose(result.probabilities, softmax(column_logits(image, column)), rtol=1e-5)


def test_the_last_tile_moves_inwards_so_that_all_are_whole(painter):
    image, model = np.zeros((4, 11, 3), np.uint8), painter(per_column=1.0)

    result = predict(model, image, InferenceOptions(tile=6))

    # Starts 0, 4, 5 instead of 0, 4, 8; a side shorter than the tile is taken whole.
    column = np.array([0, 1, 2, 3, (4 + 0) / 2, (5 + 1 + 0) / 3, (2 + 1) / 2, (3 + 2) / 2, 3.5, 4.5, 5])
    assert model.seen == [(4, 6)] * 3
    np.testing.assert_allclose(result.probabilities, softmax(column_logits(image, column)), rtol=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 25), st.integers(2, 25), st.integers(2, 30))
def test_tiles_of_any_size_cover_every_image(painter, height, width, tile):
    image = np.random.default_rng(height * width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    model = painter()

    result = predict(model, image, InferenceOptions(tile=tile))

    np.testing.assert_allclose(result.probabilities, softmax(colour_logits(image)), rtol=1e-5)
    assert set(model.seen) == {(min(height, tile), min(width, tile))}


def test_scales_mirroring_and_tiles_go_together(painter):
    image, model = np.full((8, 12, 3), 51, np.uint8), painter(gain=2.0)

    result = predict(model, image, InferenceOptions(scales=(1.0, 1.5), flip=True, tile=9))

    # 8x12 gives 2 tiles, 12x18 gives 2 x 3, each with its mirror image; starts at 0, 6 and 9.
    assert len(model.seen) == 2 * (2 + 2 * 3)
    np.testing.assert_allclose(result.probabilities, 1 / 3, rtol=1e-5)


def test_stages_come_upsampled_from_the_same_pass(painter):
    row = np.arange(8.0)
    image = np.zeros((4, 8, 3), np.uint8)
    image[..., 0] = row
    model = painter(gain=255.0)

    result = predict_stages(model, image, stages=("fcn", OUTPUT))

    # 2x2 means 0.5, 2.5, 4.5, 6.5, upsampled with align_corners=False.
    upsampled = np.array([0.5, 1, 2, 3, 4, 5, 6, 6.5])
    assert model.seen == [(4, 8)]
    assert list(result) == ["fcn", OUTPUT]
    for name, values in (("fcn", upsampled), (OUTPUT, row)):
        expected = softmax(np.stack([values, 0 * values, 0 * values]))
        np.testing.assert_allclose(result[name].probabilities, np.tile(expected[:, None], (1, 4, 1)), rtol=1e-5)


def test_stages_are_mirrored_and_tiled_as_the_output_is(painter):
    image, options = random_image(7, 11), InferenceOptions(scales=(1.0, 2.0), flip=True, tile=6)

    result = predict_stages(painter(per_column=0.4), image, options, ("gald", OUTPUT))

    # Painter's gald.logits are its output.
    np.testing.assert_array_equal(result["gald"].probabilities, result[OUTPUT].probabilities)


def test_stage_names_are_those_with_logits(painter):
    assert stage_names(painter()) == ("fcn", "gald")
    assert stage_names(torch.nn.Sequential(Stage("ga.context", kind="features"))) == ()
    names = ("guide", "gald", "ga")
    assert stage_names(torch.nn.Sequential(*(Stage(f"{name}.logits", kind="logits") for name in names))) == (
        *("ga", "gald"),
        "guide",
    )


def test_a_missing_stage_is_named_with_those_there_are(painter):
    with pytest.raises(ValueError, match=r"no stage \['ga.logits'\]; it has \['fcn.logits', 'gald.logits'\]"):
        predict_stages(painter(), random_image(4, 4))


def test_the_network_is_evaluated_and_left_as_it_was(painter):
    model = painter().train()
    model.fcn.eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}

    predict(model, random_image(4, 4))

    assert (model.training, model.norm.training, model.fcn.training) == (True, True, False)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("options", [InferenceOptions(scales=(1.0, 0.25)), InferenceOptions(tile=1)])
def test_pieces_below_the_minimum_are_refused_with_all_that_matters(painter, options):
    with pytest.raises(ValueError, match=r"1 pixels.*image 4x6, scales .*, tile .*at least 2.*larger"):
        predict(painter(), random_image(4, 6), options)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"scales": ()}, r"scales are \(\)"),
        ({"scales": (1.0, 0.0)}, r"scales are \(1.0, 0.0\)"),
        ({"scales": (float("nan"),)}, r"scales are \(nan,\)"),
        ({"tile": 0}, r"tile is 0, must be >= 1"),
        ({"average": "votes"}, r"average is 'votes', must be one of \['probabilities', 'logits'\]"),
    ],
)
def test_options_that_cannot_be_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        InferenceOptions(**wrong)
