import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from apps import store
from gald_viz.views import VIEWS
from models import zoo
from models.checkpoint import save_checkpoint
from models.data.scenes import CLASSES as SCENES
from models.data.scenes import draw_scene
from models.presets import preset
from models.segmenter import Segmenter

LDV1, LDV2, FCN, FOREIGN = "scenes-ldv1", "scenes-ldv2", "scenes-fcn", "camvid-ldv2"
SHOWN = {
    LDV1: {"masks", "errors", "decomposition", "stages", "separation", "tokens", "backbone"},
    LDV2: {"affinity", "errors", "decomposition", "stages", "separation", "tokens", "backbone"},
    FCN: {"errors", "decomposition", "separation", "tokens", "backbone"},
}


def png(height, width, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def upload(page, name, content, kind="image/png"):
    page.selectbox(key="control.data").select("upload").run()
    return page.file_uploader[0].set_value((name, content, kind)).run()


@pytest.mark.parametrize("view", list(VIEWS))
@pytest.mark.parametrize("name", [LDV1, LDV2, FCN])
def test_every_view_is_drawn_or_says_why_not(explorer, name, view):
    page = explorer(control__checkpoint=name, control__view=view)

    assert not page.exception
    assert not page.error
    if view in SHOWN[name]:
        assert page.metric
        assert not page.info
    else:
        assert not page.metric
        assert name in page.info[0].value


def test_opens_with_a_picture_of_a_local_affinity_and_nothing_downloaded(explorer):
    page = explorer()

    assert page.session_state["control.checkpoint"] == LDV2
    assert [metric.label for metric in page.metric][:2] == ["entropy", "on the own class"]


def test_a_view_that_does_not_apply_offers_a_checkpoint_that_has_it(explorer):
    page = explorer(control__view="masks")

    offered = next(button for button in page.button if button.label.startswith("Use CGNL + LDv1"))
    offered.click().run()

    assert page.session_state["control.checkpoint"] == LDV1
    assert page.metric[0].label == "lowest gate"


def test_the_numbers_are_those_of_the_clicked_pixel(explorer):
    page = explorer()
    shot = store.captured(store.network(LDV2), store.sample_picture("scenes", "", "val", 0))
    height, width = shot.stages["ld.affinity"].shape[1:]

    for row, column in ((2, 3), (height - 1, width - 1)):
        page.session_state["pixel"] = (column * 512 // width, row * 256 // height)
        page.run()
        weights = shot.stages["ld.affinity"][:, row, column].astype(float)
        entropy = -(weights * np.log(weights)).sum()
        own = next(metric for metric in page.metric if metric.label == "kept for itself")
        assert page.metric[0].value.startswith(f"{entropy:.3f}")
        assert own.value == f"{100 * weights[12]:.1f} %"


def test_next_and_previous_go_round(explorer):
    page = explorer(control__view="errors")
    first = page.metric[0].value

    page.button(key="previous").click().run()
    assert page.selectbox(key="control.item.scenes.val").value == 99
    page.button(key="next").click().run()

    assert page.selectbox(key="control.item.scenes.val").value == 0
    assert page.metric[0].value == first


@pytest.mark.parametrize("view", list(VIEWS))
def test_a_photograph_shows_everything_that_needs_no_label(explorer, view):
    buffer = io.BytesIO()
    Image.fromarray(draw_scene(7).image).save(buffer, "WEBP", quality=90)

    page = upload(explorer(control__view=view), "street.webp", buffer.getvalue(), "image/webp")

    assert not page.exception
    if view in ("errors", "decomposition"):
        assert "need a label" in page.info[0].value
    elif view == "separation":
        # What an untrained network predicts can be too ragged for cells of one class.
        assert page.metric or "cells" in page.error[0].value
    elif view in SHOWN[LDV2]:
        assert page.metric


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"no image at all", "cannot be read as an image"),
        (png(64, 64)[:200], "damaged"),
        (b"", "empty"),
    ],
)
def test_a_bad_upload_is_one_sentence_and_the_last_picture_stays(explorer, content, sentence):
    page = explorer(control__view="errors")
    before = page.metric[0].value

    page = upload(page, "broken.png", content)

    assert not page.exception
    assert len(page.error) == 1
    assert sentence in page.error[0].value
    assert page.metric[0].value == before


def test_an_image_too_small_for_the_network_is_one_sentence(explorer):
    page = upload(explorer(), "stamp.png", png(8, 8))

    assert not page.exception
    assert "at least" in page.error[0].value


def test_a_large_photograph_is_shrunk_and_both_sizes_are_named(explorer):
    page = upload(explorer(control__view="tokens"), "large.png", png(1600, 2000))

    assert "2000 × 1600" in page.caption[0].value
    assert "1581 × 1264" in page.caption[0].value


@pytest.mark.parametrize("fault", ["missing", "pickle", "truncated"])
def test_a_bad_checkpoint_is_one_sentence_and_the_last_network_stays(explorer, zoo_folder, tmp_path, fault):
    path = tmp_path / f"{fault}.safetensors"
    if fault == "pickle":
        path.write_bytes(b"\x80\x04K\x01.")
    elif fault == "truncated":
        path.write_bytes((zoo_folder / f"{FCN}.safetensors").read_bytes()[:5000])
    page = explorer(control__view="errors")
    before = page.metric[0].value

    page.selectbox(key="control.checkpoint").select("own checkpoint …").run()
    page.text_input(key="control.checkpoint.path").set_value(str(path)).run()

    assert not page.exception
    assert len(page.error) == 1
    assert fault in page.error[0].value or "neither a file" in page.error[0].value
    assert page.metric[0].value == before


def test_ones_own_checkpoint_is_loaded_from_its_path(explorer, zoo_folder, tmp_path):
    path = tmp_path / "mine.safetensors"
    path.write_bytes((zoo_folder / f"{LDV1}.safetensors").read_bytes())
    page = explorer(control__view="masks")

    page.selectbox(key="control.checkpoint").select("own checkpoint …").run()
    page.text_input(key="control.checkpoint.path").set_value(str(path)).run()

    assert not page.error
    assert page.metric[0].label == "lowest gate"


def test_a_data_set_without_a_folder_asks_for_it(explorer):
    page = explorer(control__data="camvid")

    assert not page.exception
    assert any("GALD_DATA" in info.value for info in page.info)


def test_a_missing_folder_is_named(explorer, tmp_path):
    page = explorer(control__data="camvid", control__root__camvid=str(tmp_path / "nowhere"))

    assert not page.exception
    assert "nowhere" in page.error[0].value


def test_labels_of_other_classes_are_left_out_and_said_so(explorer):
    page = explorer(control__checkpoint=FOREIGN, control__view="errors")

    assert not page.exception
    assert "other classes" in page.warning[0].value
    assert not page.metric
    next(button for button in page.button if button.label.startswith("Use ")).click().run()
    assert not page.warning
    assert page.metric[0].label == "pixel accuracy"


def test_further_images_are_pooled(explorer):
    page = explorer(control__view="separation")
    alone = int(next(metric for metric in page.metric if metric.label == "cells").value)

    page.slider(key="control.pooled").set_value(4).run()

    pooled = int(next(metric for metric in page.metric if metric.label == "cells").value.replace(",", ""))
    assert pooled > alone


def test_a_second_network_is_compared(explorer):
    page = explorer(control__view="errors")

    page.selectbox(key="control.second").select(FCN).run()

    assert not page.exception
    assert {"fixed", "broken", "wrong in both"} <= {metric.label for metric in page.metric}


def test_controls_keep_their_value_while_another_view_is_open(explorer):
    page = explorer(control__view="errors")
    page.slider(key="control.errors.band").set_value(9).run()

    for view in ("tokens", "errors"):
        page.session_state["control.view"] = view
        page.run()

    assert page.slider(key="control.errors.band").value == 9


def test_without_any_checkpoint_the_page_says_what_to_do(explorer, tmp_path, monkeypatch):
    monkeypatch.setattr(zoo, "_FOLDER", tmp_path)

    page = explorer()

    assert not page.exception
    assert "Choose a network" in page.info[0].value


def test_what_the_papers_print_of_the_system_is_shown_on_demand(explorer, zoo_folder, tmp_path):
    header = replace(preset("small-cgnl-ldv1").model, backbone=preset("tiny-cgnl-ldv1").model.backbone)
    path = tmp_path / "small.safetensors"
    save_checkpoint(Segmenter(header, SCENES), path, {"training": {"preset": "small-cgnl-ldv1"}})
    page = explorer(control__view="masks")
    page.selectbox(key="control.checkpoint").select("own checkpoint …").run()
    page.text_input(key="control.checkpoint.path").set_value(str(path)).run()
    tables = len(page.dataframe)

    page.toggle(key="control.papers").set_value(True).run()

    assert not page.exception
    shown = page.dataframe[tables].value
    # GALD TIP, Table I (b): CGNL + LDv1 on Cityscapes val.
    cgnl = shown[(shown["source"] == "GALD TIP Table I (b)") & (shown["metric"] == "mIoU")]
    assert list(cgnl["value"]) == ["79.6 %"]
    assert "MobileNetV2 instead of ResNet-50" in page.caption[-1].value


def test_colours_for_colour_blind_readers_are_those_of_the_legend(explorer):
    page = explorer(control__view="errors")
    assert "rgb(230,159,0)" not in drawn(page)

    page.toggle(key="control.safe_colours").set_value(True).run()

    assert not page.exception
    # The first of Okabe and Ito, of the class that comes first.
    assert "rgb(230,159,0)" in drawn(page)


def drawn(page):
    """The specifications of all figures on the page."""
    return "".join(chart.proto.spec for chart in page.get("plotly_chart"))
