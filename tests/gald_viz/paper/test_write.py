"""Figures as files, and the same pixels again from their manifests."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from gald_viz.cli import main
from gald_viz.paper import studio
from gald_viz.paper.figures import figure, figures
from gald_viz.paper.gallery import write_gallery
from gald_viz.paper.select import by_percentile, by_seed, evenly
from gald_viz.paper.studio import Settings
from gald_viz.paper.write import draw_again, write_figure
from gald_viz.probes.capture import capture
from models.device import threads, using_threads


@pytest.fixture(scope="module")
def written(folder, networks, tmp_path_factory):
    """gald-11 of the tiny networks."""
    cast = {"GA": networks["tiny-fcn"], "GALD": networks["tiny-aspp-ldv2"]}
    settings = Settings("folder", str(folder), "val", candidates=4, checkpoints=cast)
    with using_threads(2):
        return write_figure(figure("gald-11"), settings, tmp_path_factory.mktemp("out"))


def test_text_is_text_fonts_are_truetype_and_the_png_has_the_size_of_two_columns(written):
    pdf, svg = written.files["pdf"].read_bytes(), written.files["svg"].read_text()
    with Image.open(written.files["png"]) as png:
        png.load()

    assert b"/FontFile2" in pdf and b"/Type3" not in pdf and b"/CreationDate" not in pdf
    assert "<text" in svg and ">label</text>" in svg and "<dc:date>" not in svg
    assert png.width == 2148 and png.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert json.loads(png.info["gald"])["weights"].keys() == {"GA", "GALD"}


def test_captions_carry_the_conditions(written):
    manifest = json.loads(written.files["json"].read_text())
    tex, text = written.files["tex"].read_text(), written.files["md"].read_text()

    assert manifest["networks"]["GA"]["sha256"][:8] in tex and manifest["networks"]["GA"]["sha256"][:8] in text
    assert tex.startswith("\\begin{figure*}") and "(after GALD TIP, Fig. 11)" in tex and "\\%" in tex
    assert "percentiles 100, 75, 50, 0 of the gain in right pixels of GALD over GA among 4 images" in text
    assert manifest["command"] in text and len(manifest["images"]) == 4


def test_a_manifest_draws_the_same_bytes_again(written, tmp_path):
    with using_threads(1):
        again, same = draw_again(written.files["json"], tmp_path)
        assert threads() == 1

    assert written.manifest["threads"] == again.manifest["threads"] == 2

    assert same
    assert again.files["png"].read_bytes() == written.files["png"].read_bytes()
    assert again.files["pdf"].read_bytes() == written.files["pdf"].read_bytes()
    assert again.files["svg"].read_bytes() == written.files["svg"].read_bytes()


def test_other_weights_and_broken_manifests_are_refused(written, tmp_path):
    manifest = json.loads(written.files["json"].read_text())
    manifest["networks"]["GA"]["sha256"] = "0" * 64
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(manifest))

    with pytest.raises(ValueError, match="the manifest has 000000000000; give the same weights"):
        draw_again(changed, tmp_path)
    for content, words in (("{", "is no JSON"), ("[]", "is no manifest"), ('{"format": 1, "figure": "x"}', "lacks")):
        changed.write_text(content)
        with pytest.raises(ValueError, match=words):
            draw_again(changed, tmp_path)
    with pytest.raises(ValueError, match="cannot be read"):
        draw_again(tmp_path / "none.json", tmp_path)


def test_the_gallery_shows_what_could_be_drawn_and_says_what_could_not(folder, tmp_path):
    chosen = [figure("deeplabv3-4"), figure("gald-1"), figure("gald-11")]

    done, left = write_gallery(Settings("folder", str(folder), candidates=3), tmp_path, "one", chosen)

    page = (tmp_path / "index.html").read_text()
    assert [one.manifest["stem"] for one in done] == ["deeplabv3-4", "gald-1-folder"]
    assert list(left) == ["gald-11 on folder"] and "Left out" in page
    assert "gald-1-folder.png" in page
    assert Image.open(io.BytesIO((tmp_path / "deeplabv3-4.png").read_bytes())).width == 1050


@pytest.mark.slow
def test_all_figures_are_drawn_from_what_ships(tmp_path):
    done, left = write_gallery(Settings(candidates=5), tmp_path)

    page = (tmp_path / "index.html").read_text()
    assert not left and [one.figure.name for one in done] == list(figures())
    for one in done:
        assert f"{one.figure.name}.png" in page and one.manifest["numbers"] and one.facts.says.endswith(".")
        with Image.open(one.files["png"]) as png:
            pixels = np.asarray(png.convert("L"))
        # Nothing is cut: the outermost pixels are paper, but for the frame of a panel.
        edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
        assert min(edge.mean() for edge in edges) > 250, one.figure.name


def test_figures_of_one_network_share_its_runs_and_are_the_same_alone(folder, networks, tmp_path, monkeypatch):
    looked = []
    monkeypatch.setattr(studio, "capture", lambda *given: looked.append(given[3]) or capture(*given))
    cast = {"": networks["tiny-cgnl-ldv1"]}  # plays GALD in both
    settings = Settings("folder", str(folder), "val", candidates=4, checkpoints=cast)

    done, left = write_gallery(settings, tmp_path / "all", "one", [figure("gald-7"), figure("bmvc-5")])
    alone = write_figure(figure("bmvc-5"), settings, tmp_path / "alone", "one")

    assert not left and len(done) == 2
    assert looked == [("fcn.logits", "ga.logits", "gald.logits", "ld.mask")] * 8  # four images twice, not three times
    assert done[1].files["png"].read_bytes() == alone.files["png"].read_bytes()


def test_the_command_lists_and_refuses(capsys, tmp_path):
    assert main(["figure", "--list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    first = next(row for row in rows if row["name"] == "gald-7")
    assert set(first) == {"name", "paper", "figure", "title", "needs"}
    assert first["needs"]["networks"][0] == {
        "role": "GALD",
        "checkpoint": "scenes-cgnl-ldv1",
        "stages": ["ld.mask"],
        "optional": False,
    }
    for words, message in (
        (["figure"], "nothing is asked for"),
        (["figure", "gald-7", "--all"], "--all and gald-7 is asked for"),
        (["figure", "gald-99"], "figure is 'gald-99', must be one of"),
        (["figure", "deeplabv3-4", "--width", "three", "--out", str(tmp_path)], "width is 'three'"),
        (["figure", "gald-1", "--candidates", "0"], "candidates is 0"),
        (["figure", "--all", "--checkpoint", "x"], "--checkpoint is for one figure"),
    ):
        assert main(words) == 1
        assert message in capsys.readouterr().err


def test_items_are_chosen_by_nearest_rank_and_none_twice():
    scores = [0.3, 0.1, np.nan, 0.5, 0.2]

    assert by_percentile(scores, (100, 50, 0), "s").indices == (3, 4, 1)
    assert by_percentile(scores, (50, 50), "s").indices == (4, 1)
    assert by_percentile(scores, (100,), "the gain").rule == "percentile 100 of the gain among 4"
    with pytest.raises(ValueError, match="4 images have a score, 5 are to be shown"):
        by_percentile(scores, (0, 1, 2, 3, 4), "s")
    with pytest.raises(ValueError, match=r"must be in 0\.\.100"):
        by_percentile(scores, (101,), "s")


def test_items_are_spread_evenly_or_drawn_by_the_seed():
    assert evenly(3, 101) == (0, 50, 100)
    assert evenly(9, 4) == (0, 1, 2, 3)
    first, again, other = by_seed(3, 50, 1), by_seed(3, 50, 1), by_seed(3, 50, 2)
    assert first == again != other and len(set(first.indices)) == 3
    with pytest.raises(ValueError, match=r"must be in 1\.\.2"):
        by_seed(3, 2, 0)
