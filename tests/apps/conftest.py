"""A folder of small untrained checkpoints in the zoo's place, and the explorer run without a browser."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest

from models import zoo
from models.checkpoint import save_checkpoint
from models.data.camvid import CLASSES as CAMVID
from models.data.scenes import CLASSES as SCENES
from models.presets import preset
from models.segmenter import Segmenter

PAGE = Path(__file__).resolve().parents[2] / "apps/shell/page.py"
LDV1, LDV2, FCN, FOREIGN = "scenes-ldv1", "scenes-ldv2", "scenes-fcn", "camvid-ldv2"
_PARTS = {
    LDV1: ("tiny-cgnl-ldv1", "scenes", SCENES),
    LDV2: ("tiny-aspp-ldv2", "scenes", SCENES),
    FCN: ("tiny-fcn", "scenes", SCENES),
    FOREIGN: ("tiny-aspp-ldv2", "camvid", CAMVID),
}


@pytest.fixture(scope="session")
def zoo_folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("zoo")
    for name, (preset_name, data, classes) in _PARTS.items():
        torch.manual_seed(0)
        model = Segmenter(replace(preset(preset_name).model, stage_classifiers=name != FCN), classes)
        training = {"preset": preset_name, "data": {"name": data}}
        meta = {"params": 1, "training": training, "metrics": {"miou": 0.125, "boundary_f": {}}}
        save_checkpoint(model, folder / f"{name}.safetensors", meta)
    return folder


@pytest.fixture(autouse=True)
def small_zoo(zoo_folder, monkeypatch) -> None:
    monkeypatch.setattr(zoo, "_FOLDER", zoo_folder)
    monkeypatch.delenv("GALD_DATA", raising=False)
    monkeypatch.setenv("GALD_ROOTS", tempfile.gettempdir())
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def explorer() -> Callable[..., AppTest]:
    def run(**state: object) -> AppTest:
        page = AppTest.from_file(str(PAGE), default_timeout=120)
        for key, value in state.items():
            page.session_state[key.replace("__", ".")] = value
        return page.run()

    return run
