import json

import numpy as np

from gald_viz.analysis.layout import MapChoice, Source, find_pixel, layout
from gald_viz.analysis.separation import sample_cells
from gald_viz.figures.linked import script
from gald_viz.figures.linked_points import SCRIPT, Album, marked_pixel, points_payload
from gald_viz.figures.sheet import Heading

NASTY = "</script><b>sky"


def test_the_payload_holds_every_cell_with_its_place_and_answer():
    label = np.zeros((8, 16), np.int64)
    label[4:] = 1
    cells = sample_cells([label], (4, 8), [0, 1], per_class=5, seed=0)
    features = np.random.default_rng(0).normal(size=(3, 4, 8))
    found = layout([Source("net", "ga.context", (features,))], cells, [(8, 16)], MapChoice())
    answer = np.full((8, 16), 1)
    album = Album([np.zeros((8, 16, 3), np.uint8)], ["one"], [answer], (NASTY, "road"), np.zeros((2, 3), int))

    data = points_payload(found, ["net<br>silhouette"], album, Heading("a", "b"))

    assert json.loads(json.dumps(data)) == data
    assert data["cls"] == cells.class_id.tolist() and data["px"] == cells.x.tolist()
    assert data["predicted"] == [1] * len(cells)
    assert data["panels"][0]["title"] == "net\nsilhouette"
    assert data["images"][0]["cell"] == [2.0, 2.0]
    assert data["names"][0] == NASTY
    mark = marked_pixel(find_pixel(found, 0, (int(cells.x[0]), int(cells.y[0]))), album)
    assert "predicted road" in mark["words"] and "0 px away" in mark["words"]


def test_names_are_never_set_as_markup():
    text = script(SCRIPT)

    assert "innerHTML" not in text and "insertAdjacentHTML" not in text
    assert text.count("function element(") == 1
