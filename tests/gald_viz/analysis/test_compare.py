import numpy as np
import pytest

from gald_viz.analysis.bootstrap import paired_bootstrap
from gald_viz.analysis.compare import compare
from models.evaluation.iou import Scores, class_iou, mean_iou

NAMES = ("road", "sky", "pole")
_NO_ROWS = {
    "bins": "image class stage size_bin boundary_bin pixels correct predicted",
    "moves": "image before after class size_bin boundary_bin fixed broken",
    "suspects": "image label predicted pixels confidence x0 y0 x1 y1",
}


def tables(matrices: dict[str, np.ndarray]) -> dict:
    """What an index of these confusion matrices holds; all of its stages say the same."""
    rows = [
        {"image": image, "stage": stage, "label": NAMES[a], "predicted": NAMES[b], "kind": "right", "pixels": int(n)}
        for image, matrix in matrices.items()
        for stage in ("ga", "gald", "output")
        for (a, b), n in np.ndenumerate(matrix)
    ]
    confusion = {name: [row[name] for row in rows] for name in rows[0]}
    ids = list(matrices)
    labelled = [int(matrix.sum()) for matrix in matrices.values()]
    images: dict[str, list] = {"image": ids, "number": list(range(len(ids))), "labelled": labelled, "height": labelled}
    images |= {"width": labelled, "confidence": [1.0] * len(ids)}
    empty = {name: {column: [0] for column in columns.split()} for name, columns in _NO_ROWS.items()}
    return {"images": images, "confusion": confusion, **empty}


def made(seed: int, images: int, pixels: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Matrices with these labelled pixels (images, 3), or others."""
    random = np.random.default_rng(seed)
    labelled = random.integers(20, 50, (images, 3)) if pixels is None else pixels
    return {
        f"i{n}": np.array([random.multinomial(total, [0.5, 0.3, 0.2]) for total in labelled[n]]) for n in range(images)
    }


def test_two_indexes_are_compared_on_the_images_of_both(write_index, tmp_path):
    labelled = np.random.default_rng(9).integers(20, 50, (8, 3))
    a, b = made(1, 8, labelled), made(2, 8, labelled)
    del a["i3"], b["i5"]
    first, second = write_index(tmp_path / "a", tables(a)), write_index(tmp_path / "b", tables(b))

    result = compare((first, "output"), (second, "gald"), resamples=200)

    common = [f"i{n}" for n in (0, 1, 2, 4, 6, 7)]
    assert list(result.image) == common
    totals = [np.sum([matrices[image] for image in common], axis=0) for matrices in (a, b)]
    miou, iou = result.scores
    np.testing.assert_allclose(miou, [Scores(total).miou for total in totals])
    np.testing.assert_allclose(iou, [Scores(total).iou for total in totals])
    assert float(result.miou.difference) == pytest.approx(miou[1] - miou[0])
    assert result.miou.low <= result.miou.difference <= result.miou.high
    assert result.right[1].tolist() == [int(np.trace(b[image])) for image in common]
    assert result.iou.difference.shape == (3,)
    # Hits and unions add up over images: the intervals are those of the resampled matrices, to the last bit.
    for found, score in ((result.miou, mean_iou), (result.iou, class_iou)):
        plain = paired_bootstrap(result.first, result.second, score, resamples=200)
        np.testing.assert_array_equal((found.low, found.high, found.mean), (plain.low, plain.high, plain.mean))


def test_other_data_images_or_labels_are_refused(write_index, tmp_path):
    one = write_index(tmp_path / "a", tables(made(1, 3)))
    other = write_index(tmp_path / "b", tables(made(1, 3)), data="camvid")
    with pytest.raises(ValueError, match="of scenes val and of camvid val"):
        compare((one, "ga"), (other, "ga"))
    apart = write_index(tmp_path / "c", tables({"x": np.eye(3, dtype=int)}))
    with pytest.raises(ValueError, match="no image is in both"):
        compare((one, "ga"), (apart, "ga"))
    changed = write_index(tmp_path / "d", tables(made(2, 3)))
    with pytest.raises(ValueError, match="labels of scenes changed"):
        compare((one, "ga"), (changed, "ga"))
