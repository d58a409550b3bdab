"""What OHEM keeps."""

from __future__ import annotations

import numpy as np

from apps.lessons._lesson import Lesson, Outcome, Picture, State
from apps.lessons._pictures import NAMES, SCENE, look, scene
from gald_viz.analysis.resize import bilinear
from gald_viz.analysis.teach_pixels import PickedPixels, picked_pixels
from gald_viz.figures import overlay
from gald_viz.figures.charts import Axis, Series, bars_figure
from gald_viz.figures.marked import Panel, Scale, marked_figure
from gald_viz.figures.sheet import Heading
from gald_viz.probes.parts import hard_pixels
from gald_viz.types import Control, Number

_NETWORK = "scenes-fcn"
_BAND = 5  # px on either side of a label boundary
_CLEARLY = 1.5  # times as often: then the choice is not even


def run(state: State) -> Outcome:
    """The loss itself decides on the logits of the trained network."""
    sample = scene(state["scene"])
    seen = look(_NETWORK, state["scene"], ("gald.logits",))
    logits = state["sureness"] * bilinear(seen.stages["gald.logits"], sample.label.shape)
    # The rule keeps one pixel at least.
    least = max(round(state["least"] / 100 * sample.label.size), 1)
    losses, kept = hard_pixels(logits, sample.label, state["threshold"], least)
    picked = picked_pixels(kept, sample.label, len(NAMES), _BAND)
    ratio = picked.in_band / picked.in_interior if picked.in_interior > 0 else np.inf
    mean, hard = float(np.nanmean(losses)), float(losses[kept].mean())
    numbers = (
        Number("kept", picked.share, "%", "Of the labelled pixels."),
        Number(f"kept within {_BAND} px of a boundary", picked.in_band, "%"),
        Number("kept elsewhere", picked.in_interior, "%"),
        Number("loss of all pixels", mean, "nats", "Mean cross entropy, without mining."),
        Number("loss of the kept ones", hard, "nats", "What OHEM trains on."),
    )
    return Outcome(
        pictures=(_map(sample.image, losses, kept, state), _classes(picked)),
        numbers=numbers,
        holds=0 if ratio > _CLEARLY else 1 if ratio < 1 / _CLEARLY else 2,
        because=f"{100 * picked.in_band:.1f} % of the pixels within {_BAND} px of a boundary are kept, and "
        f"{100 * picked.in_interior:.1f} % of the others.",
    )


def _map(image: np.ndarray, losses: np.ndarray, kept: np.ndarray, state: State) -> Picture:
    pale = overlay.blend(overlay.grey(image), np.full_like(image, 255), 0.75)
    chosen = np.where(kept[..., None], image, pale)
    subtitle = f"threshold {state['threshold']:.2f}, at least {state['least']} %: {100 * kept.mean():.1f} % are kept"
    top = max(float(np.nanpercentile(losses, 99)), 1e-6)
    # Every second pixel: the picture is shown no larger.
    panels = (
        Panel("kept pixels in colour", chosen.astype(np.uint8)),
        Panel("cross entropy of every pixel", overlay.grey(image), losses[::2, ::2], opacity=0.85),
    )
    figure = marked_figure(
        panels, Heading("What OHEM keeps of one picture", subtitle), 1, Scale("loss [nats]", (0, top))
    )
    return Picture(figure, f"The picture with the kept pixels in colour, above its map of losses; {subtitle}.")


def _classes(picked: PickedPixels) -> Picture:
    present = np.flatnonzero(picked.pixels)
    order = present[np.argsort(-picked.by_class[present], kind="stable")]
    names = [NAMES[k] for k in order]
    shares = 100 * picked.by_class[order]
    words = [f"{share:.0f} % of {picked.pixels[k]:,} px" for share, k in zip(shares, order, strict=True)]
    figure = bars_figure(
        [Series("kept", names, shares, words)],
        Axis("pixels of the class that are kept [%]", limits=(0, 100)),
        Heading("Which classes are kept", f"all classes together {100 * picked.share:.1f} %"),
    )
    listed = ", ".join(f"{name} {share}" for name, share in zip(names, words, strict=True))
    return Picture(figure, f"Bars, share of each class that is kept: {listed}.")


LESSON = Lesson(
    order=4,
    title="What OHEM keeps",
    question="Which pixels does a loss train on that leaves the easy ones out?",
    source="GALD TIP, section IV.B; ANN, section 4; Shrivastava et al., CVPR 2016",
    setting="A trained network looks at a scene. Online hard example mining keeps the pixels whose true class has a "
    "probability of at most {threshold}, and no fewer than {least} % of all.",
    ask="Where are the pixels that it keeps?",
    choices=("mostly near the boundaries", "mostly inside large regions", "evenly over the picture"),
    controls=(
        Control("threshold", "Threshold on the probability", "slider", 0.7, minimum=0.05, maximum=0.95, step=0.05),
        Control("least", "Keep at least, % of the pixels", "slider", 2, minimum=0, maximum=100),
        Control(
            "sureness",
            "Logits times",
            "slider",
            1.0,
            minimum=0.1,
            maximum=3.0,
            step=0.1,
            help="Below 1 the network is as unsure as early in its training, above 1 surer than it is.",
        ),
        SCENE,
    ),
    run=run,
    explanation=(
        "Where the network is sure and right, the loss is near zero and the pixel says nothing new. What is left "
        "is where classes meet, thin things, and whole objects that are taken for something else.",
        "Two rules work together: p ≤ threshold, and at least so many pixels. Raise the second and the threshold stops "
        "to matter; at 100 % OHEM is plain cross entropy.",
        "Set the logits to a tenth: nothing is sure, and the threshold keeps nearly everything. So mining starts by "
        "itself as a network learns.",
    ),
    beware=(
        "That a kept pixel is a hard one: a wrong label is kept as well, and longest of all.",
        "That the mean loss got worse: it is taken over other pixels, so it cannot be compared with plain cross "
        "entropy.",
    ),
    notes=(
        "The published code keeps 100,000 pixels a process at least, about 2 % of eight crops of 769 × 769: the "
        "default.",
        "Let them find the setting that equals plain cross entropy (at least 100 %).",
        "The two numbers named loss are a good moment to ask which of them a training log shows.",
    ),
)
