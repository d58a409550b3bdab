"""The Attribution page: what a pixel, a region or a class owes to each cell of a stage, and can we trust it?"""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from apps import attributions, replays, store
from apps.attributions import Question, region_bytes
from apps.components.controls import choose
from apps.components.long_work import cancellable
from apps.components.pixel_picker import Look, picked, pixel_picker
from apps.components.words import plain, show_error
from apps.sections.attribution_result import show_attribution, show_curves, show_sanity
from apps.sections.clickable import PIXEL
from apps.sections.network import checkpoint_label, choose_network
from apps.sections.painting import painted_region
from apps.sections.picture import choose_picture
from gald_viz.analysis.readout import class_name_of, small_class_pixel
from gald_viz.analysis.regions import segment_at
from gald_viz.probes.attribution import INTEGRATED
from gald_viz.probes.replay import IMAGE, Replay
from models.detection.checkpoint import LoadedDetector
from models.network import LoadedNetwork

KEY = "control.attribution"
ONE_PIXEL, ALL_PIXELS = "the pixel I click", "all pixels of its class"
ONE_SEGMENT, PAINTED = "the segment that I click", "the region that I paint"
AIMS = (ONE_PIXEL, ONE_SEGMENT, ALL_PIXELS, PAINTED)
IN_STAGE, IN_IMAGE = "in the stage", "in the image"
_PICKER = "attribution.picker"


def page() -> None:
    """Draw the page."""
    with st.sidebar:
        network, picture = choose_network(), choose_picture()
        settings = st.container()
    st.markdown("**Attribution.** Which cells of a stage does the answer at a pixel, in a region, of a class rest on?")
    if network is None or picture is None:
        st.info("Choose a network and an image on the left.")
        return
    if isinstance(network, LoadedDetector):
        st.info(
            f"{network.name} is a detector: its scores belong to boxes that it proposes and drops, not to pixels, so "
            "there is no logit of a pixel or a region to attribute. Choose a segmentation network."
        )
        return
    try:
        _ask(network, picture, settings)
    except ValueError as error:
        show_error(error)


def _ask(network: LoadedNetwork, picture: store.Picture, settings) -> None:
    with settings:
        stage = choose("Stage", attributions.stages(network), f"{KEY}.stage")
        with st.spinner("Looking at the image …"):
            held = replays.replay(network, picture, stage)
        method = choose("Method", attributions.methods_at(held), f"{KEY}.method")
        aim = choose("Explain", AIMS, f"{KEY}.aim")
    left, right = st.columns([0.5, 0.5] if aim == PAINTED else [0.4, 0.6], gap="small")
    with left:
        region = _aimed(picture, held, aim)
    if not region.any():
        right.info("Paint on the picture what is to be explained.")
        return
    with settings:
        question = _question(held, network, region, method, fixed=aim == ALL_PIXELS)
    with right:
        shown = _show_map(network, picture, held, question)
    if shown:
        _checks(network, picture, question)
    st.caption(plain(f"{checkpoint_label(network.name)} · {picture.id}"))


def _aimed(picture: store.Picture, held: Replay, aim: str) -> NDArray[np.bool_]:
    """(H, W) the pixels that the reader wants explained."""
    if aim == PAINTED:
        return painted_region(picture, "attribution", "The class's logits of all painted pixels are summed.")
    x, y = _pick(picture, held)
    prediction = held.answer.prediction
    if aim == ALL_PIXELS:
        return prediction == prediction[y, x]
    if aim == ONE_SEGMENT:
        return segment_at(prediction, (x, y))
    region = np.zeros(prediction.shape, dtype=bool)
    region[y, x] = True
    return region


def _show_map(network: LoadedNetwork, picture: store.Picture, held: Replay, question: Question) -> bool:
    """The map; False where the reader has cancelled it."""
    with st.spinner(f"Computing {question.method} …", show_time=True):
        found = cancellable(
            "attribution.map",
            (network.sha256, picture.digest, question),
            f"Computing {question.method} …",
            lambda told: attributions.attributed(network, picture, question, told),
        )
    if found is None:
        return False
    target = attributions.target_of(held, question)
    show_attribution(found, target, picture, network.model.classes.names)
    return True


def _pick(picture: store.Picture, held: Replay) -> tuple[int, int]:
    height, width = picture.image.shape[:2]
    x, y = st.session_state.get(PIXEL) or small_class_pixel(held.answer.prediction)
    pixel = min(x, width - 1), min(y, height - 1)
    st.markdown("**Click a pixel**, or move with the arrow keys")
    look = Look("The image: click a pixel, or move with the arrow keys", 430, max(width // 64, 1))
    pixel_picker(picture.image, pixel, (), look, key=_PICKER, on_pixel=_remember)
    return pixel


def _remember() -> None:
    point = picked(_PICKER)
    if point is not None:
        st.session_state[PIXEL] = point


def _question(held: Replay, network: LoadedNetwork, region: NDArray[np.bool_], method: str, fixed: bool) -> Question:
    """What is asked of the region: of the class that most of it is predicted to be, or that is chosen unless fixed."""
    names = network.model.classes.names
    said = int(np.bincount(held.answer.prediction[region], minlength=len(names)).argmax())
    class_index = said
    if not fixed:
        options = [said, *(k for k in range(len(names)) if k != said)]
        # What the network says comes first wherever the region is.
        class_index = choose("Logit of", options, f"{KEY}.class.{said}", lambda k: class_name_of(names, k))
    steps = 32
    if method == INTEGRATED:
        st.session_state.setdefault(f"{KEY}.steps", steps)
        steps = int(st.select_slider("Steps of the integral", (8, 16, 32, 64, 128), key=f"{KEY}.steps"))
    return Question(held.name, method, class_index, region_bytes(region), steps)


def _checks(network: LoadedNetwork, picture: store.Picture, question: Question) -> None:
    left, middle, right = st.columns([0.3, 0.4, 0.3])
    wanted = left.toggle("Deletion and insertion curves", key=f"{KEY}.curves")
    where = middle.radio("Delete", (IN_STAGE, IN_IMAGE), key=f"{KEY}.where", horizontal=True, disabled=not wanted)
    shuffled = right.toggle("Weights randomised", key=f"{KEY}.sanity")
    if wanted:
        place = IMAGE if where == IN_IMAGE else question.stage
        curves = cancellable(
            "attribution.curves",
            (network.sha256, picture.digest, question, place),
            "Deleting …",
            lambda told: attributions.curves(network, picture, question, place, 5, told),
        )
        if curves is not None:
            show_curves(curves, question, place)
    if shuffled:
        likeness = cancellable(
            "attribution.sanity",
            (network.sha256, picture.digest, question),
            "Shuffling weights …",
            lambda told: attributions.sanity(network, picture, question, told),
        )
        if likeness is not None:
            show_sanity(likeness, question)
