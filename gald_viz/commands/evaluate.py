"""gald evaluate: IoU, pixel accuracy and boundary F of a checkpoint, per class and per stage."""

from __future__ import annotations

import argparse
from typing import Any

from gald_viz.commands.inference import add_inference_options, loaded_from, options_from
from gald_viz.commands.report import Report, percent, table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Data, and the options of inference."""
    parser.add_argument("--data", required=True, help="data set; gald data list names them")
    parser.add_argument("--root", help="its folder (default: NAME in the folder GALD_DATA)")
    parser.add_argument("--split", default="val", help="part of the data set (default: val)")
    parser.add_argument("--limit", type=int, default=0, metavar="INT", help="only so many images (default: all)")
    parser.add_argument(
        "--boundary",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="also boundary F (default: yes); it takes about as long as the network",
    )
    add_inference_options(parser)


def run(arguments: argparse.Namespace) -> Report:
    """Compare the answers of the network with the labels.

    Raises:
        ValueError: if checkpoint, data and options do not exist or do not fit each other.
    """
    from models.data import open_data
    from models.data.subset import limited
    from models.evaluation.evaluate import evaluate

    data = limited(open_data(arguments.data, arguments.root, arguments.split), arguments.limit)
    options = options_from(arguments)
    model = loaded_from(arguments).model
    scores = evaluate(model, data, options, arguments.boundary, progress=not arguments.quiet)
    return Report(scores.to_json(), _text(scores.to_json()))


def _text(scores: dict[str, Any]) -> str:
    """One row a class and one a mean, one column for the answer and each stage; per cent."""
    columns = {"output": scores} | scores["stages"]
    rows = [
        {"IoU [%]": name} | {column: percent(values["iou"][name]) for column, values in columns.items()}
        for name in scores["iou"]
    ]
    rows += [
        {"IoU [%]": title} | {column: percent(values[key]) for column, values in columns.items()}
        for title, key in (("mean", "miou"), ("pixel accuracy", "pixel_accuracy"))
    ]
    for title, key in (("boundary F", "boundary_f"), ("boundary F, present classes", "boundary_f_present")):
        rows += [
            {"IoU [%]": f"{title}, {pixels} px"}
            | {name: percent(values[key][pixels]) for name, values in columns.items()}
            for pixels in scores[key]
        ]
    return table(rows, ("IoU [%]", *columns))
