"""The printed picture of the size response."""

from __future__ import annotations

import io

from PIL import Image

from gald_viz.analysis.size_response import recall_differences, size_counts
from gald_viz.paper.size_figure import response_png

NAMES = {"fcn": "FCN", "ga-whole": "GA whole"}


def test_the_printed_picture_is_the_same_bytes_every_time():
    row = {"knob": "pole", "labelled": 1000, "answered": 1000}
    counts = size_counts(
        [
            row | {"network": name, "seed": seed, "size": size, "hits": 100 * size + 10 * seed}
            for name in NAMES
            for seed in (0, 1, 2)
            for size in (1, 2, 4)
        ],
        "pole",
    )
    drawn = recall_differences(counts, [("ga-whole", "fcn")])

    pictures = [response_png({"posts": counts}, {"posts": drawn}, NAMES, "Size") for _ in range(2)]

    assert pictures[0] == pictures[1]
    width, height = Image.open(io.BytesIO(pictures[0])).size
    assert (width, height) == (1300, 1066)
