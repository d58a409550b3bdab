"""The networks of ANN, DeepLabv3 and HFGD that ship, trained briefly on scenes, in the explorer."""

from pathlib import Path

import pytest

from gald_viz.views import VIEWS
from models import zoo

SHIPPED = Path(zoo.__file__).parent
APPLICABLE = {"errors", "decomposition", "separation", "tokens", "backbone"}


@pytest.mark.parametrize("name", ["scenes-ann", "scenes-deeplabv3", "scenes-hfgd"])
def test_it_opens_by_name_with_the_views_that_apply(name, explorer, monkeypatch):
    monkeypatch.setattr(zoo, "_FOLDER", SHIPPED)
    page = explorer(control__checkpoint=name, control__view="errors")
    accuracy = next(metric.value for metric in page.metric if metric.label == "pixel accuracy")
    assert float(accuracy.split()[0]) > 80

    shown = set()
    for view in VIEWS:
        page.session_state["control.view"] = view
        page.run()
        assert not page.exception
        assert not page.error
        assert bool(page.metric) != bool(page.info)
        shown |= {view} if page.metric else set()
    assert shown == APPLICABLE
