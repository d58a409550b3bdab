"""Ten and a hundred times: numbers worked out by hand."""

from gald_viz.paper.at_scale import SCALE_COLUMNS, at_scale

INDEX = {
    "settings": {"images": 8},
    "rows": [{"task": "forward passes", "seconds": 3.2}, {"task": "index", "seconds": 4.0}],
}
TRAINING = {
    "size": {"preset": "tiny"},
    "rows": [{"loop": "job", "samples_per_second": 5.0, "ratio": 1.25}, {"loop": "plain loop", "ratio": 1.0}],
}
PASS = {"operator": "nonlocal, N x N formed", "positions": 64 * 64, "seconds": 0.5, "peak_bytes": 2**27, "skipped": ""}
GROWTH = {
    "rows": [PASS, PASS | {"positions": 32 * 32, "seconds": 9.0}, PASS | {"operator": "psp"}],
    "fits": [
        {"operator": "nonlocal, N x N formed", "kind": "GA", "time": 2.0, "memory": 2.0},
        {"operator": "psp", "kind": "GA", "time": 1.0, "memory": 1.0},
        {"operator": "cgnl", "kind": "GA", "time": None, "memory": None},
    ],
}
EXPLORER = {
    "rows": [
        {"action": "first_picture", "server": None},
        {"action": "click", "server": 0.1},
        {"action": "edit", "server": 0.3},
        {"action": "umap", "server": 7.0},
    ]
}


def test_images_multiply_the_time():
    index, training = at_scale({"index": INDEX, "training-loop": TRAINING})

    # Half a second an image: 500 s, 5,000 s, 50,000 s.
    assert [index[key] for key in SCALE_COLUMNS][1:4] == ["8.33 min", "83.3 min", "13.9 h"]
    assert "80 %" in index["bound"]
    assert [training[key] for key in SCALE_COLUMNS][1:4] == ["3.33 min", "33.3 min", "5.56 h"]
    assert "1.25" in training["bound"]


def test_pixels_grow_with_the_exponent_of_time_and_that_of_memory():
    (row,) = at_scale({"growth": GROWTH})

    # 0.5 s and 128 MiB, times 100, times 10,000.
    assert [row[key] for key in SCALE_COLUMNS][1:4] == ["500 ms, 128 MiB", "50 s, 12.5 GiB", "83.3 min, 1.22 TiB"]
    assert row["bound"] == "memory: N to the 2.0"


def test_readers_share_the_lock():
    (row,) = at_scale({"explorer": EXPLORER})

    # 0.2 s of every 10 s; fifty readers fill a process.
    assert [row[key] for key in SCALE_COLUMNS][1:4] == [
        "2% of the time busy",
        "20% of the time busy",
        "200% of the time busy",
    ]
    assert "50 readers" in row["bound"]
