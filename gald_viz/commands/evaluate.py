"""gald evaluate: IoU, pixel accuracy and boundary F of a checkpoint, per class and per stage; AP of a detector."""

from __future__ import annotations

import argparse
from typing import Any

from gald_viz.commands.inference import add_inference_options, loaded_from, options_from
from gald_viz.commands.report import Report, percent, table

# What the inference of segmentation networks has and that of detectors has not.
_SEGMENTATION = ("recipe", "output_stride", "scales", "flip", "tile", "average", "weights", "classes")
_DETECTION = {
    "VOC, IoU .5, 11 points": "voc_ap50_11",
    "VOC, IoU .5": "voc_ap50",
    "COCO box": "box_ap",
    "COCO mask": "mask_ap",
}
_RATES = {
    "mean, IoU .5": "ap50",
    "mean, IoU .75": "ap75",
    "mean, small objects": "ap_small",
    "mean, medium": "ap_medium",
    "mean, large": "ap_large",
}


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
    parser.add_argument(
        "--devices", type=int, default=1, metavar="INT", help="processes that share the images (default: 1)"
    )
    add_inference_options(parser)


def run(arguments: argparse.Namespace) -> Report:
    """Compare the answers of the network with the labels.

    Raises:
        ValueError: if checkpoint, data and options do not exist or do not fit each other.
    """
    from models.detection.checkpoint import is_detector

    return _detector(arguments) if is_detector(arguments.checkpoint) else _segmenter(arguments)


def _segmenter(arguments: argparse.Namespace) -> Report:
    from models.data import open_data
    from models.data.subset import limited
    from models.evaluation.evaluate import evaluate
    from models.training.distributed import sharing

    data = limited(open_data(arguments.data, arguments.root, arguments.split), arguments.limit)
    options = options_from(arguments)
    model = loaded_from(arguments).model
    with sharing(str(model.device), arguments.devices) as processes:
        progress = not arguments.quiet and processes.is_first
        scores = evaluate(model.to(processes.device), data, options, arguments.boundary, progress, processes)
    return Report(scores.to_json(), _text(scores.to_json()))


def _detector(arguments: argparse.Namespace) -> Report:
    from models.data.detection import open_detection
    from models.data.detection.subset import limited_objects
    from models.detection.checkpoint import load_detector
    from models.detection.evaluate import evaluate_detector
    from models.device import find_device

    given = [name for name in _SEGMENTATION if getattr(arguments, name)]
    if given:
        options = ", ".join("--" + name.replace("_", "-") for name in given)
        raise ValueError(f"{arguments.checkpoint} is a detector, which looks at the plain image; leave out {options}.")
    if arguments.devices != 1:
        raise ValueError(
            "average precision ranks all objects of a data set, so a detector has one process: no --devices."
        )
    model = load_detector(arguments.checkpoint).model.to(find_device(arguments.device))
    data = limited_objects(open_detection(arguments.data, arguments.root, arguments.split), arguments.limit)
    scores = evaluate_detector(model, data, progress=not arguments.quiet).to_json()
    return Report(scores, _detector_text(scores))


def _detector_text(scores: dict[str, Any]) -> str:
    """One row a class and one a mean, one column for each way to count; per cent."""
    named = [(name, values) for name, values in scores["classes"].items()]
    means = [("mean", scores | {"voc_ap50_11": scores["voc_map50_11"], "voc_ap50": scores["voc_map50"]})]
    means += [
        (title, {f"{kind}_ap": scores[f"{kind}_{rate}"] for kind in ("box", "mask")}) for title, rate in _RATES.items()
    ]
    rows = [
        {"AP [%]": name} | {column: percent(values.get(key)) for column, key in _DETECTION.items()}
        for name, values in (*named, *means)
    ]
    return table(rows, ("AP [%]", *_DETECTION))


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
