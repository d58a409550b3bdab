"""What a class token is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apps.lessons._lesson import Lesson, Outcome, Picture, State
from apps.lessons._pictures import COLORS, NAMES, SCENE, answer, class_control, coloured, look, scene
from gald_viz.analysis.teach_tokens import Tokens, tokens_of
from gald_viz.analysis.tokens import cosine_similarity, softmax_similarity
from gald_viz.figures import overlay, theme
from gald_viz.figures.marked import Panel, Scale, marked_figure
from gald_viz.figures.palette import class_entries, ids_in
from gald_viz.figures.sheet import Heading
from gald_viz.figures.tokens import TokenMatrix, token_figure
from gald_viz.types import Control, Number

_NETWORK = "scenes-fcn"
_STAGES = ("classifier.features", "tokens", "gald.logits")
_MOST = 0.9  # of the pixels: then all of them are said to have changed


def run(state: State) -> Outcome:
    """The classifier's own inner products, with two of its tokens moved."""
    first, second = NAMES.index(state["first"]), NAMES.index(state["second"])
    if first == second:
        raise ValueError(f"both classes are {state['first']}; choose two.")
    image = scene(state["scene"]).image
    seen = look(_NETWORK, state["scene"], _STAGES).stages
    tokens = tokens_of(seen["tokens"], seen["classifier.features"], seen["gald.logits"])
    edited = tokens.turned(first, second, state["turn"], state["length"])
    logits = [one.logits(seen["classifier.features"]) for one in (tokens, edited)]
    before, after = (answer(one, image.shape[:2]) for one in logits)
    own = before == first
    to_second, stayed = (float((after[own] == k).mean()) if own.any() else float("nan") for k in (second, first))
    cosine = float(cosine_similarity(tokens.weight)[first, second])
    numbers = (
        Number(f"{state['first']} now called {state['second']}", to_second, "%", "Of the pixels called so before."),
        Number(f"{state['first']} before", int(own.sum()), "px"),
        Number(f"{state['first']} after", int((after == first).sum()), "px"),
        Number(f"{state['second']} before", int((before == second).sum()), "px"),
        Number(f"{state['second']} after", int((after == second).sum()), "px"),
        Number("cosine of the two tokens", cosine, "", "1: the same direction."),
    )
    return Outcome(
        pictures=(_panels(state, image, (before, after), logits[1][first]), _matrix(edited)),
        numbers=numbers,
        holds=0 if to_second > _MOST else 1 if stayed > _MOST else 2,
        because=f"Of {int(own.sum()):,} pixels that were called {state['first']}, {100 * to_second:.1f} % are now "
        f"called {state['second']} and {100 * stayed:.1f} % still {state['first']}.",
    )


def _panels(
    state: State, image: NDArray[np.uint8], predictions: tuple[NDArray[np.int64], ...], logit: NDArray[np.floating]
) -> Picture:
    changed = float((predictions[0] != predictions[1]).mean())
    words = f"{100 * changed:.1f} % of the pixels have another answer; no other token moved"
    most = max(float(np.abs(logit).max()), 1e-6)
    figure = marked_figure(
        (
            Panel("answer before", coloured(predictions[0], image), exact=True),
            Panel("answer after", coloured(predictions[1], image), exact=True),
            Panel(f"inner product with the token {state['first']}, after", overlay.grey(image), logit),
        ),
        Heading(f"A classifier is {len(NAMES)} vectors", words),
        2,
        Scale("logit", (-most, most), theme.DIFFERENCE_SCALE),
        class_entries(NAMES, COLORS, ids_in(*predictions)),
    )
    return Picture(figure, f"The answer before and after, and the map of inner products with one token; {words}.")


def _matrix(tokens: Tokens) -> Picture:
    values = softmax_similarity(tokens.weight)
    diagonal = float(np.diag(values).mean())
    limits = float(values.min()), float(values.max())
    matrix = TokenMatrix("softmax(W Wᵀ / √C) by row", values, limits, theme.WEIGHT_SCALE, "softmax")
    words = f"mean of the diagonal {diagonal:.3f}; a row of equal shares has {1 / len(NAMES):.3f} everywhere"
    figure = token_figure([matrix], np.arange(len(NAMES)), NAMES, Heading("Which tokens resemble each other", words))
    return Picture(figure, f"Matrix of the similarity of all class tokens, after the edit: {words}.")


LESSON = Lesson(
    order=9,
    title="What a class token is",
    question="Where in a network is the class?",
    source="HFGD, section 3.1 and Fig. 6",
    setting="The last layer of a trained network holds one vector a class, its token; the class of a position is the "
    "token with the largest inner product. Now the token of {first} goes {turn} of the way to the place of "
    "{second}, and the other way round (1 is all the way: they trade places).",
    ask="What does the network say where it said {first}?",
    choices=("{second}", "still {first}", "a mixture, or something else"),
    controls=(
        Control("turn", "Way to the other's place", "slider", 1.0, minimum=0.0, maximum=1.0, step=0.05),
        class_control("first", "Class", "car"),
        class_control("second", "Trades with", "building"),
        Control(
            "length",
            "Length of the first token",
            "slider",
            1.0,
            minimum=0.0,
            maximum=2.0,
            step=0.1,
            help="Factor on the token and its offset.",
        ),
        SCENE,
    ),
    run=run,
    explanation=(
        "The features do not know the classes' names. They are points; the tokens are the directions that cut "
        "the space into classes. Swap two tokens, and the two names trade places everywhere, to the pixel; "
        "nothing else changes.",
        "Half of the way both tokens are the same vector: every position has the same logit for both, and the order in "
        "the list decides.",
        "A longer token has larger inner products where they are positive: its class spreads. A token is a "
        "direction and a length.",
    ),
    beware=(
        "That similar tokens mean confused classes: the features may keep them apart all the same. Compare with the "
        "confusion counts in the view Tokens.",
        "That a token is the mean feature of its class: it points to where the class differs from the others.",
    ),
    notes=(
        "Ask what changes in the similarity matrix after the swap: two rows and two columns trade places.",
        "At the way 0.5 ask who wins, and why (the first of equals).",
        "HFGD shares these tokens between two branches; the next lesson protects them.",
    ),
)
