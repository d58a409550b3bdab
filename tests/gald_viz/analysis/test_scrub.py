import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score

from gald_viz.analysis.scrub import Moment, scrub

CLASSES = np.repeat([0, 1, 2], 8)


def moments(steps=(10, 20, 30)):
    """Three classes that part from each other step by step."""
    random = np.random.default_rng(0)
    noise, centres = random.normal(size=(24, 6)), random.normal(size=(3, 6))
    return [Moment(step, noise + step * centres[CLASSES] / 10, np.eye(3, 6) * step / 10) for step in steps]


def test_every_step_lies_in_the_frame_of_the_last():
    held = moments()

    result = scrub(held, CLASSES)

    assert result.steps.tolist() == [10, 20, 30]
    last = PCA(2).fit(held[-1].vectors)
    for number, moment in enumerate(held):
        expected = last.transform(moment.vectors)
        sign = np.sign((expected * result.points[number]).sum(axis=0))
        np.testing.assert_allclose(result.points[number], expected * sign, atol=1e-4)


def test_the_numbers_are_those_of_the_original_space_of_each_step():
    held = moments()

    result = scrub(held, CLASSES)

    expected = [silhouette_score(moment.vectors, CLASSES) for moment in held]
    np.testing.assert_allclose(result.silhouette, expected, atol=1e-6)
    assert (np.diff(result.silhouette) > 0).all()
    # Tokens t I: softmax of t^2 / sqrt(6) against two zeros.
    power = np.exp(np.array([1.0, 4.0, 9.0]) / np.sqrt(6))
    np.testing.assert_allclose(result.diagonal, power / (power + 2), atol=1e-9)


def test_a_single_step_is_its_own_frame():
    result = scrub(moments((5,)), CLASSES)

    assert result.points.shape == (1, 24, 2)
    np.testing.assert_array_equal(result.points[0], result.frame.points)


def test_other_methods_and_steps_of_other_cells_are_refused():
    with pytest.raises(ValueError, match=r"method is 'tsne', must be one of \('PCA', 'UMAP'\)"):
        scrub(moments(), CLASSES, "tsne")
    with pytest.raises(ValueError, match="at least one step"):
        scrub([], CLASSES)
    with pytest.raises(ValueError, match="all of one shape"):
        scrub([*moments(), Moment(40, np.zeros((3, 6)), np.eye(3))], CLASSES)
