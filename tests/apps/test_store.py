import io

import numpy as np
from PIL import Image

from apps import store
from models.data.scenes import draw_scene

LDV2, FOREIGN = "scenes-ldv2", "camvid-ldv2"


def png(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_network_looks_once_at_each_picture(monkeypatch):
    calls = []
    real = store.capture
    monkeypatch.setattr(store, "capture", lambda *args: calls.append(args[2]) or real(*args))
    network = store.network(LDV2)
    first, second = (store.sample_picture("scenes", "", "val", index) for index in (0, 1))

    for picture in (first, second, first, first):
        store.captured(network, picture)

    assert len(calls) == 2


def test_a_network_is_loaded_once():
    assert store.network(LDV2) is store.network(LDV2)


def test_a_changed_file_is_loaded_again(zoo_folder, tmp_path):
    path = tmp_path / "mine.safetensors"
    path.write_bytes((zoo_folder / f"{LDV2}.safetensors").read_bytes())
    before = store.network(str(path))

    path.write_bytes((zoo_folder / f"{FOREIGN}.safetensors").read_bytes())

    assert store.network(str(path)).sha256 != before.sha256


def test_the_same_look_is_drawn_once(monkeypatch):
    view = store.VIEWS["tokens"]
    calls = []
    monkeypatch.setattr(type(view), "draw", lambda self, *args: calls.append(args) or "drawn")
    taken = store.shot(store.network(LDV2), store.sample_picture("scenes", "", "val", 0))

    for pairs in (3, 3, 4):
        store.drawn("tokens", taken, {"pairs": pairs})

    assert len(calls) == 2


def test_a_photograph_has_no_label_and_keeps_its_pixels():
    image = np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8)

    picture = store.photograph("mine.png", png(image))

    np.testing.assert_array_equal(picture.image, image)
    assert (picture.label, picture.class_names, picture.place) == (None, (), None)


def test_label_is_used_where_its_classes_are_the_networks():
    picture = store.sample_picture("scenes", "", "val", 0)

    np.testing.assert_array_equal(store.shot(store.network(LDV2), picture).label, picture.label)
    assert store.shot(store.network(FOREIGN), picture).label is None


def test_a_large_label_is_shrunk_with_its_image(monkeypatch):
    sample = draw_scene(3)
    monkeypatch.setattr(store, "MAX_PIXELS", 64 * 128)

    picture = store._picture(sample.image, sample.label, ("a",), "x")

    assert picture.image.shape == (64, 128, 3)
    # A quarter of the size: the label at the centre of each 4x4 block.
    np.testing.assert_array_equal(picture.label, sample.label[2::4, 2::4])
    assert "512 × 256" in picture.remark
    assert "128 × 64" in picture.remark


def test_neighbours_are_spread_over_the_split_and_differ_from_the_picture():
    network = store.network(LDV2)
    picture = store.sample_picture("scenes", "", "val", 90)

    pairs = list(store.neighbours(network, picture, 3))

    for (capture, _), index in zip(pairs, (15, 40, 65), strict=True):
        np.testing.assert_array_equal(capture.image, store.sample_picture("scenes", "", "val", index).image)


def test_a_photograph_has_no_neighbours():
    picture = store.photograph("mine.png", png(np.zeros((64, 64, 3), dtype=np.uint8)))

    assert list(store.neighbours(store.network(LDV2), picture, 3)) == []
