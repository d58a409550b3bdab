"""One card a checkpoint that ships, written from what its file says about itself: python -m models.zoo.cards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from models import zoo
from models.checkpoint import file_sha256, write_atomically
from models.presets import DETECTORS, any_preset

_LIMITS = {
    "camvid": (
        "Trained on 367 photographs of three drives in one car through one town: expect less anywhere else.",
        "The val split is one clip of 6.7 s whose frames look alike and lie inside a drive of the train split: small "
        "differences between checkpoints mean nothing. The test split was not used.",
        "The recipe of the five at output stride 8 replaced an earlier, shorter one after a look at val (57 to 58). "
        "Nothing else was chosen, neither on val nor on the cut of train (`fit`, `select`) that is there for it; the "
        "weights are those of the last step.",
        "CamVid asks for citation (Brostow et al., Pattern Recognition Letters 30(2), 2009) and states no licence; "
        "none of its photographs is in this repository.",
    ),
    "scenes": (
        "Trained and measured on drawings: it says nothing about photographs.",
        "The scenes never end, so the numbers are those of the 100 scenes of the val split.",
    ),
}
_STARTS = {
    "mobilenetv2_100_imagenet.safetensors": (
        "The backbone began with the ImageNet weights of MobileNetV2 from google-coral/test_data (Apache-2.0), "
        "restored from 8 bits."
    )
}


def card_text(name: str) -> str:
    """Markdown card of a shipped checkpoint.

    Raises:
        ValueError: if there is no such checkpoint.
    """
    card = zoo.card(name)
    data = card["training"]["data"]["name"]
    parts = [
        f"# {name}",
        _sentence(card),
        _table([("", ""), *_facts(name, card)]),
        f"## Measured on {data} {card['metrics']['split']}, {card['metrics']['images']} images",
        *_numbers(card["metrics"]),
        "## Limits",
        "\n".join(f"- {line}" for line in _limits(card)),
        "## Again",
        f"```\n{_commands(name, data, card['metrics']['split'])}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Write NAME.md beside each checkpoint."""
    for name in (*zoo.names(), *zoo.detectors()):
        file = zoo.path(name).with_suffix(".md")
        write_atomically(file, card_text(name).encode())
        print(file)


def _sentence(card: Mapping[str, Any]) -> str:
    training = card["training"]
    origin = any_preset(training["preset"])
    place = f", {origin.paper}" if origin.paper else ""
    deviation = f" ({origin.deviation})" if origin.deviation else ""
    data = training["data"]
    return (
        f"{origin.system}{place}{deviation}: preset `{training['preset']}`, trained on the {data['split']} split of "
        f"{data['name']}."
    )


def _facts(name: str, card: Mapping[str, Any]) -> list[tuple[str, str]]:
    training, provenance, probed = card["training"], card["provenance"], card.get("stage_classifiers")
    phases = _phases(training, provenance["hardware"])
    facts = [
        ("parameters", f"{card['params']:,}"),
        ("data", _data(training)),
        ("start", training["start"]),
        *((f"phase {number}", _phase(phase)) for number, phase in enumerate(phases, 1)),
        ("seed", str(training["recipe"]["seed"])),
        ("time", _duration(sum(phase["seconds"] for phase in phases))),
    ]
    if probed:
        end = "converged" if probed["converged"] else "stopped before they converged"
        steps = f"{probed['iterations']} steps in {_duration(probed['seconds'])}"
        facts.append(("stage classifiers", f"trunk {probed['trunk']}, {steps}, {end}"))
    versions = ", ".join(f"{library} {version}" for library, version in provenance["versions"].items())
    return [
        *facts,
        ("made", f"{provenance['date']}, commit {provenance['commit'][:12] or 'unknown'}, {versions}"),
        ("file", f"{card['size_bytes']:,} bytes, sha256 `{file_sha256(zoo.path(name))}`"),
    ]


def _phases(training: Mapping[str, Any], hardware: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The trainings that led here, each from the backbone of the one before."""
    phases: list[Mapping[str, Any]] = [{**training, "hardware": hardware}]
    while phases[0].get("first_phase"):
        phases.insert(0, phases[0]["first_phase"])
    return phases


def _phase(phase: Mapping[str, Any]) -> str:
    text = f"preset `{phase['preset']}`, {_recipe(phase['recipe'], phase['preset'] in DETECTORS)}"
    return f"{text}: {_duration(phase['seconds'])} on {_hardware(phase['hardware'])}"


def _data(training: Mapping[str, Any]) -> str:
    data = training["data"]
    flip = ", flip" if data["flip"] else ""
    # A detector's frame belongs to the network.
    whole = training["preset"] in DETECTORS
    crop = "whole images" if whole else f"crop {data['crop'][0]}x{data['crop'][1]}"
    return (
        f"{data['name']} {data['split']}, {training['images']} images; {crop}, "
        f"scale {data['scales'][0]} to {data['scales'][1]}{flip}, photometric {data['photometric']}"
    )


def _recipe(recipe: Mapping[str, Any], detector: bool) -> str:
    momentum = f"SGD momentum {recipe['momentum']}" if recipe.get("optimizer", "sgd") == "sgd" else "AdamW"
    loss = "" if detector else f", loss {recipe['loss']}, auxiliary {recipe['aux_weight']}"
    return (
        f"{recipe['iterations']} steps of {recipe['batch']} {'images' if detector else 'crops'}, {momentum}, "
        f"lr {recipe['lr']} (head x {recipe['head_lr_factor']}), poly {recipe['power']}, warm-up {recipe['warmup']}, "
        f"weight decay {recipe['weight_decay']}{loss}"
    )


def _hardware(hardware: Mapping[str, Any]) -> str:
    return hardware["gpu"] or f"{hardware['cpu']}, {hardware['threads']} of {hardware['cores']} cores"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _numbers(metrics: Mapping[str, Any]) -> tuple[str, str]:
    """What was measured, in words and as a table."""
    if "miou" not in metrics:
        return (
            "Percent. VOC counts a box as found at IoU 0.5 (over the whole curve, and at eleven points); box AP and "
            "mask AP are COCO's, the mean over IoU 0.50 to 0.95.",
            _table(_found(metrics)),
        )
    return (
        "Whole images at one scale, percent. Boundary F is the mean over classes, where an image without a class "
        "counts as 1; the lines with *present* leave such images out.",
        _table(_measured(metrics)),
    )


def _found(metrics: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Rows of a detector's numbers: all classes, then each."""
    means = {
        "voc_ap50": metrics["voc_map50"],
        "voc_ap50_11": metrics["voc_map50_11"],
        "box_ap": metrics["box_ap"],
        "mask_ap": metrics["mask_ap"],
    }
    columns = {"voc_ap50": "VOC AP@.5", "voc_ap50_11": "eleven points", "box_ap": "box AP", "mask_ap": "mask AP"}
    rows: list[tuple[str, ...]] = [("", *columns.values()), ("mean", *(_percent(means[key]) for key in columns))]
    rows += [(name, *(_percent(rates[key]) for key in columns)) for name, rates in metrics["classes"].items()]
    return rows


def _measured(metrics: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Rows of the table of numbers: a column for each stage before the output, then the output."""
    # The last stage is the output.
    columns = {name: scores for name, scores in metrics["stages"].items() if name != "gald"} | {"output": metrics}
    rows = [("", *columns)]
    for label, key in (("mIoU", "miou"), ("pixel accuracy", "pixel_accuracy")):
        rows.append((label, *(_percent(scores[key]) for scores in columns.values())))
    for label, key in (("boundary F", "boundary_f"), ("boundary F, present", "boundary_f_present")):
        for pixels in metrics[key]:
            rows.append((f"{label}, {pixels} px", *(_percent(scores[key][pixels]) for scores in columns.values())))
    for name in metrics["iou"]:
        rows.append((f"IoU {name}", *(_percent(scores["iou"][name]) for scores in columns.values())))
    return rows


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{100 * rate:.2f}"


def _limits(card: Mapping[str, Any]) -> list[str]:
    training = card["training"]
    starts = [text for file, text in _STARTS.items() if file in training["start"]]
    return [
        *_LIMITS.get(training["data"]["name"], ()),
        "A small network and a short training: for looking inside, not a rival of the papers' networks.",
        *starts,
    ]


def _commands(name: str, data: str, split: str) -> str:
    root = f" --root {data.upper()}" if data != "scenes" else ""
    return (
        f"uv run python -m models.zoo.train {name}{root} --weights WEIGHTS.safetensors --out runs\n"
        f"uv run gald evaluate --checkpoint {name} --data {data}{root} --split {split} --json"
    )


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, f"|{'---|' * (head.count(' | ') + 1)}", *body])


if __name__ == "__main__":
    main()
