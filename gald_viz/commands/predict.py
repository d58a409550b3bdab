"""gald predict: label maps and overlays for a folder of photographs."""

from __future__ import annotations

import argparse
from pathlib import Path

from gald_viz.commands.inference import add_inference_options, loaded_from, options_from
from gald_viz.commands.report import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Folders, and the options of inference."""
    parser.add_argument("source", type=Path, help="folder with JPEG, PNG or WebP photographs")
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("--cityscapes-ids", action="store_true", help="write Cityscapes label ids, for its server")
    add_inference_options(parser)


def run(arguments: argparse.Namespace) -> Report:
    """Predict every photograph; exit code 1 if one of them gave no prediction.

    Raises:
        ValueError: if the checkpoint or the folder does not exist, or the folder holds no photograph.
    """
    from models.evaluation.predict import predict_folder

    options = options_from(arguments)
    result = predict_folder(
        loaded_from(arguments).model,
        arguments.source,
        arguments.out,
        options,
        arguments.cityscapes_ids,
        progress=not arguments.quiet,
    )
    failed = {str(path): reason for path, reason in result.failed.items()}
    value = {"written": [str(path) for path in result.written], "failed": failed}
    text = f"{len(result.written)} files in {arguments.out}, {len(failed)} photographs without a prediction"
    return Report(value, text, code=1 if failed else 0)
