"""The small networks of the size response that ship, one seed of each, for looking at live."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from models.checkpoint import file_sha256, read_header, write_atomically
from models.study.size_response import NETWORKS, SIZES, TITLES, SizeCount, SizeStudy, checkpoints

FOLDER = Path(__file__).parents[1] / "zoo" / "size"
CARD = "card.md"


def shipped(name: str) -> Path:
    """File of a network of NETWORKS.

    Raises:
        ValueError: listing what ships, if it does not.
    """
    found = [known for known in NETWORKS if (FOLDER / f"{known}.safetensors").is_file()]
    if name not in found:
        raise ValueError(f"network is {name!r}, of the size response there are {found}; gald size --ship writes them.")
    return FOLDER / f"{name}.safetensors"


def ship(study: SizeStudy, counts: Sequence[SizeCount], out: Path, folder: Path = FOLDER) -> None:
    """Copy the networks of the first seed and write the card that tells what they are.

    Args:
        study: the conditions, all of it run.
        counts: what was measured.
        out: its run folders.
        folder: to write to.

    Raises:
        ValueError: if a network is not trained yet.
    """
    files = checkpoints(study, out)
    missing = [name for name in study.networks if f"{study.seeds[0]}/{name}" not in files]
    if missing:
        raise ValueError(f"networks {missing} of seed {study.seeds[0]} are not trained yet; run gald size first.")
    for name in study.networks:
        write_atomically(folder / f"{name}.safetensors", files[f"{study.seeds[0]}/{name}"].read_bytes())
    write_atomically(folder / CARD, card_text(counts, study.seeds[0], folder).encode())


def card_text(counts: Sequence[SizeCount], seed: int, folder: Path = FOLDER) -> str:
    """The card of the networks in a folder: what each is, what it finds, and its file."""
    names = [name for name in NETWORKS if (folder / f"{name}.safetensors").is_file()]
    headers = {name: read_header(folder / f"{name}.safetensors") for name in names}
    training = headers[names[0]]["meta"]["training"]
    made = headers[names[0]]["meta"]["provenance"]
    lines = [
        "# Networks of the size response",
        "",
        f"Tiny networks for looking at the size of things, seed {seed} of docs/study-size.md: trained on "
        f"{training['data']['name']} {training['data']['split']}, {training['images']} scenes, "
        f"{training['recipe']['iterations']} steps of {training['recipe']['batch']}, from the {training['start']}. "
        "They know drawn streets alone and are far from good; nothing here speaks of photographs.",
        "",
        f"Made {made['date']}, commit {made['commit'][:12]}, torch {made['versions']['torch']}, on "
        f"{made['hardware']['cpu']}.",
        "",
        "| network | what | parameters | mIoU [%] | recall of posts [%] | recall of signs [%] | bytes | sha256 |",
        "|---|---|---:|---:|---|---|---:|---|",
    ]
    for name, header in headers.items():
        file = folder / f"{name}.safetensors"
        recalls = [_recalls(counts, name, seed, knob) for knob in SIZES]
        cells = (name, TITLES[name], f"{header['meta']['params']:,}", f"{100 * header['meta']['metrics']['miou']:.1f}")
        cells += (*recalls, f"{file.stat().st_size:,}", f"`{file_sha256(file)}`")
        lines.append("| " + " | ".join(cells) + " |")
    sizes = " and ".join(f"{', '.join(map(str, sizes))} pixels ({knob})" for knob, sizes in SIZES.items())
    lines += ["", f"mIoU on the val split; recall on the test scenes at sizes of {sizes}.", ""]
    return "\n".join([*lines, "    uv run gald size --out runs/size --ship models/zoo/size", ""])


def _recalls(counts: Sequence[SizeCount], name: str, seed: int, knob: str) -> str:
    """Recall at each size in per cent."""
    chosen = [count for count in counts if (count.network, count.seed, count.knob) == (name, seed, knob)]
    return ", ".join(f"{100 * count.hits / count.labelled:.0f}" if count.labelled else "–" for count in chosen)
