"""The Size response page without a browser."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from apps.pages import size_response
from models.checkpoint import load_checkpoint, save_checkpoint
from models.data.scenes import CLASSES
from models.data.sized_scenes import sized_scene
from models.segmenter import Segmenter
from models.study import size_networks
from models.study.size_networks import shipped
from models.study.size_response import NETWORKS, SIZES, SizeCount, network, read_counts, write_counts


def script() -> None:
    from apps.components.controls import keep_controls
    from apps.pages.size_response import page

    keep_controls()
    page()


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    """Untrained networks that answer posts and signs alone, and results."""
    folder = tmp_path_factory.mktemp("networks")
    torch.manual_seed(0)
    for name in NETWORKS:
        model = Segmenter(network(name), CLASSES)
        with torch.no_grad():
            model.decoder.classifier.bias.fill_(-20.0)
            model.decoder.classifier.bias[[CLASSES.index("pole"), CLASSES.index("sign")]] = 0.0
        save_checkpoint(model, folder / f"{name}.safetensors", {})
    counts = [
        SizeCount(name, seed, knob, size, 40, 1000, 2000, 100 * place + 10 * number + seed)
        for place, name in enumerate(NETWORKS)
        for seed in (0, 1, 2)
        for knob in SIZES
        for number, size in enumerate(SIZES[knob])
    ]
    write_counts(folder / "results.csv", counts)
    return folder


@pytest.fixture(autouse=True)
def made_up_study(made_up, monkeypatch):
    monkeypatch.setattr(size_networks, "FOLDER", made_up)
    monkeypatch.setattr(size_response, "RESULTS", made_up / "results.csv")


@pytest.fixture
def size_page():
    return AppTest.from_function(script, default_timeout=120).run()


def table(page) -> dict[str, dict[str, str]]:
    (shown,) = page.dataframe
    return {row.pop("network"): row for row in shown.value.to_dict("records")}


def own_recall(name, scene, pole, sign, knob):
    """Of one network in one scene, by its logits and a count."""
    image, label = sized_scene("test", scene, pole, sign)
    model = load_checkpoint(shipped(name)).model
    with torch.inference_mode():
        answer = model.predict_logits(model.preprocess(image))[0].argmax(dim=0).numpy()
    there = label == CLASSES.index(knob)
    return f"{100 * np.sum(answer[there] == CLASSES.index(knob)) / there.sum():.0f} %"


def test_the_page_tells_what_each_network_finds_in_the_scene(size_page):
    assert not size_page.exception
    rows = table(size_page)

    assert list(rows) == ["FCN", "GA 1/8", "GALD 1/8"]
    for title, name in (("FCN", "fcn"), ("GA 1/8", "ga-eighth"), ("GALD 1/8", "gald-eighth")):
        for knob, word in (("pole", "posts"), ("sign", "signs")):
            assert rows[title][f"{word}: recall here"] == own_recall(name, 12, 3, 12, knob)


def test_a_slider_changes_the_scene_and_the_place_in_the_study(size_page):
    before = table(size_page)
    size_page.slider(key="control.size.pole").set_value(8).run()
    after = table(size_page)

    counts = [c for c in read_counts(size_response.RESULTS) if (c.network, c.knob, c.size) == ("fcn", "pole", 8)]
    mean = np.mean([count.hits / count.labelled for count in counts])
    assert after["FCN"]["posts: recall in the study"] == f"{100 * mean:.0f} %"
    assert after["FCN"]["posts: recall here"] == own_recall("fcn", 12, 8, 12, "pole")
    assert after["FCN"]["signs: recall in the study"] == before["FCN"]["signs: recall in the study"]


def test_a_size_that_was_not_measured_has_no_number_of_the_study(size_page):
    size_page.slider(key="control.size.pole").set_value(5).run()

    assert not size_page.exception
    assert {row["posts: recall in the study"] for row in table(size_page).values()} == {"–"}


def test_another_reach_shows_its_networks(size_page):
    size_page.selectbox(key="control.size.reach").set_value("whole").run()

    assert list(table(size_page)) == ["FCN", "GA whole", "GALD whole"]


def test_without_results_the_scene_is_shown_and_a_sentence_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(size_response, "RESULTS", tmp_path / "none.csv")

    page = AppTest.from_function(script, default_timeout=120).run()

    assert not page.exception
    assert "run gald size" in page.info[0].value
    assert list(next(iter(table(page).values()))) == [
        *("posts: recall here", "posts: precision here", "signs: recall here", "signs: precision here"),
    ]


def test_without_networks_a_sentence_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(size_networks, "FOLDER", tmp_path)

    page = AppTest.from_function(script, default_timeout=120).run()

    assert not page.exception
    assert "gald size --ship writes them" in page.error[0].value
