"""gald figure: the figures of the papers for print, with captions and manifests."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gald_viz.commands.report import Report, table

if TYPE_CHECKING:
    from gald_viz.paper.studio import Settings
    from gald_viz.paper.write import Written

_WHOLE = ("list", "all", "again")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which figure, from which networks and images, and where to."""
    parser.add_argument("figure", nargs="?", default="", metavar="NAME", help="such as gald-7 (--list names all)")
    parser.add_argument("--list", action="store_true", help="list the figures and what they need")
    parser.add_argument("--all", action="store_true", help="draw all of them, with an index.html; takes minutes")
    parser.add_argument("--from", dest="again", type=Path, metavar="MANIFEST", help="draw what this manifest describes")
    parser.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        metavar="[ROLE=]NETWORK",
        help="file, or a name of gald zoo, for a role of the figure (default: its first); may be given several times",
    )
    parser.add_argument("--data", default="scenes", help="data set (default: scenes)")
    parser.add_argument("--root", default="", metavar="DIR", help="its folder; with --all CamVid's, drawn as well")
    parser.add_argument("--split", default="val", help="of the data set (default: val)")
    parser.add_argument(
        "--candidates", type=int, default=16, metavar="INT", help="images to choose among (default: 16)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="INT", help="of everything drawn by chance (default: 0)")
    parser.add_argument("--width", default="two", help="one (3.5 in) or two (7.16 in) columns (default: two)")
    parser.add_argument(
        "--out", type=Path, default=Path("build/figures"), metavar="DIR", help="(default: build/figures)"
    )


def run(arguments: argparse.Namespace) -> Report:
    """List, draw one, draw all, or draw again.

    Raises:
        ValueError: for no or several of these, an unknown figure or width, or what the figure cannot be drawn from.
    """
    asked = [f"--{'from' if word == 'again' else word}" for word in _WHOLE if getattr(arguments, word)]
    asked += [arguments.figure] if arguments.figure else []
    if len(asked) != 1:
        raise ValueError(f"{' and '.join(asked) or 'nothing'} is asked for; give one of NAME, --list, --all, --from.")
    if arguments.list:
        return _listed()
    if arguments.again:
        return _again(arguments)
    return _all(arguments) if arguments.all else _one(arguments)


def _listed() -> Report:
    from gald_viz.paper.figures import figures

    rows = [
        {"name": one.name, "paper": one.paper, "figure": one.number, "title": one.title, "needs": one.needs}
        for one in figures().values()
    ]
    shown = [{**row, "networks": _networks(one.needs)} for row, one in zip(rows, figures().values(), strict=True)]
    return Report(rows, table(shown, ("name", "paper", "figure", "networks", "title")))


def _networks(needs: dict[str, Any]) -> str:
    named = [f"{one['role']}={one['checkpoint'] or '?'}" for one in needs["networks"]]
    return ", ".join(named) or ("images alone" if needs["images"] else "nothing")


def _one(arguments: argparse.Namespace) -> Report:
    from gald_viz.paper.figures import figure
    from gald_viz.paper.write import write_figure

    written = write_figure(figure(arguments.figure), _settings(arguments), arguments.out, arguments.width)
    return Report(_plain(written), _text(written))


def _again(arguments: argparse.Namespace) -> Report:
    from gald_viz.paper.write import draw_again

    written, same = draw_again(arguments.again, arguments.out, arguments.root)
    said = "the PNG is the same byte for byte" if same else "the PNG differs from that of the manifest"
    return Report(_plain(written) | {"same": same}, f"{_text(written)}\n{said}", code=0 if same else 1)


def _all(arguments: argparse.Namespace) -> Report:
    from gald_viz.paper.gallery import write_gallery

    if arguments.checkpoint:
        raise ValueError("--checkpoint is for one figure; leave it out with --all, or name the figure.")
    written, left = write_gallery(_settings(arguments), arguments.out, arguments.width)
    value = {
        "index": str(arguments.out / "index.html"),
        "figures": [_plain(one) for one in written],
        "left": left,
        "seconds": sum(one.seconds for one in written),
    }
    lines = [f"{one.manifest['stem']}: {one.seconds:.1f} s" for one in written]
    lines += [f"left out: {name}: {why}" for name, why in left.items()]
    return Report(value, "\n".join([*lines, f"{len(written)} figures, {value['seconds']:.0f} s: {value['index']}"]))


def _settings(arguments: argparse.Namespace) -> Settings:
    from gald_viz.paper.studio import Settings

    given: dict[str, str] = {}
    for word in arguments.checkpoint:
        role, _, name = word.rpartition("=")
        if role in given:
            raise ValueError(f"two networks are given for {role or 'the first role'!r}; name the roles: ROLE=NETWORK.")
        given[role] = name
    return Settings(
        arguments.data, arguments.root, arguments.split, arguments.candidates, arguments.seed, checkpoints=given
    )


def _plain(written: Written) -> dict[str, Any]:
    return {
        "name": written.figure.name,
        "files": {kind: str(path) for kind, path in written.files.items()},
        "seconds": round(written.seconds, 2),
        "numbers": written.manifest["numbers"],
        "images": written.manifest["images"],
    }


def _text(written: Written) -> str:
    return "\n".join([*(str(path) for path in written.files.values()), f"{written.seconds:.1f} s"])
