"""The Attribution page: what a pixel or a class owes to each cell of a stage, and whether the map can be trusted."""

from __future__ import annotations

import streamlit as st

from apps import attributions, replays, store
from apps.attributions import Question
from apps.components.controls import choose
from apps.components.pixel_picker import Look, picked, pixel_picker
from apps.components.words import plain, show_error
from apps.sections.attribution_result import show_attribution, show_curves, show_sanity
from apps.sections.clickable import PIXEL, class_name_of, small_class_pixel
from apps.sections.network import checkpoint_label, choose_network
from apps.sections.picture import choose_picture
from gald_viz.probes.attribution import INTEGRATED
from gald_viz.probes.replay import IMAGE, Replay
from models.detection.checkpoint import LoadedDetector
from models.network import LoadedNetwork

KEY = "control.attribution"
ONE_PIXEL, ALL_PIXELS = "the pixel I click", "all pixels of its class"
IN_STAGE, IN_IMAGE = "in the stage", "in the image"
_PICKER = "attribution.picker"


def page() -> None:
    """Draw the page."""
    with st.sidebar:
        network, picture = choose_network(), choose_picture()
        settings = st.container()
    st.markdown("**Attribution.** Which cells of a stage does the answer at a pixel, or of a class, rest on?")
    if network is None or picture is None:
        st.info("Choose a network and an image on the left.")
        return
    if isinstance(network, LoadedDetector):
        st.info(f"{network.name} is a detector: it gives no logits to pixels. Choose a segmentation network.")
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
        aim = choose("Explain", [ONE_PIXEL, ALL_PIXELS], f"{KEY}.aim")
    left, right = st.columns([0.4, 0.6], gap="small")
    with left:
        pixel = _pick(picture, held)
    with settings:
        question = _question(held, network, pixel if aim == ONE_PIXEL else None, pixel, method)
    with right:
        with st.spinner(f"Computing {method} …", show_time=True):
            found = attributions.attributed(network, picture, question)
        target = attributions.target_of(held, question)
        show_attribution(found, target, picture, network.model.classes.names)
    _checks(network, picture, question)
    st.caption(plain(f"{checkpoint_label(network.name)} · {picture.id}"))


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


def _question(
    held: Replay, network: LoadedNetwork, one: tuple[int, int] | None, pixel: tuple[int, int], method: str
) -> Question:
    names = network.model.classes.names
    said = int(held.answer.prediction[pixel[1], pixel[0]])
    class_index = said
    if one is not None:
        options = [said, *(k for k in range(len(names)) if k != said)]
        # What the network says comes first wherever the pixel is.
        class_index = choose("Logit of", options, f"{KEY}.class.{said}", lambda k: class_name_of(names, k))
    steps = 32
    if method == INTEGRATED:
        st.session_state.setdefault(f"{KEY}.steps", steps)
        steps = int(st.select_slider("Steps of the integral", (8, 16, 32, 64, 128), key=f"{KEY}.steps"))
    return Question(held.name, method, class_index, one, steps)


def _checks(network: LoadedNetwork, picture: store.Picture, question: Question) -> None:
    left, middle, right = st.columns([0.3, 0.4, 0.3])
    wanted = left.toggle("Deletion and insertion curves", key=f"{KEY}.curves")
    where = middle.radio("Delete", (IN_STAGE, IN_IMAGE), key=f"{KEY}.where", horizontal=True, disabled=not wanted)
    shuffled = right.toggle("Weights randomised", key=f"{KEY}.sanity")
    if wanted:
        bar = st.progress(0.0, "Deleting …")
        place = IMAGE if where == IN_IMAGE else question.stage
        curves = attributions.curves(network, picture, question, place, 5, bar.progress)
        bar.empty()
        show_curves(curves, question, place)
    if shuffled:
        bar = st.progress(0.0, "Shuffling weights …")
        likeness = attributions.sanity(network, picture, question, bar.progress)
        bar.empty()
        show_sanity(likeness, question)
