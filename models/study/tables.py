"""The papers' tables as studies: rows and printed numbers from published.csv, and which rows are compared.

What a row does otherwise than its preset (batch, output stride, BatchNorm, start) is said here, as published.csv has it
in words. A row without a preset here is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from models.evaluation.boundary import TOLERANCES
from models.evaluation.inference import InferenceOptions
from models.published import PUBLISHED_ONLY, Published, rows
from models.recipes.deeplab import SCALES
from models.study.row import MIOU, Claim, Row, Study, Training

_PRINTED = "mIoU"
_MULTI = InferenceOptions(SCALES)
_MIRRORED = InferenceOptions(SCALES, flip=True)
_GA = ("aspp", "nonlocal", "psp", "cgnl")
Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class _Table:
    """Where a study's rows stand.

    Attributes:
        paper: as in published.csv.
        tables: their numbers there; a row that stands in several is taken from the first.
        question: what is asked.
        pairs: (row, row that it is compared with), by keys; None for every row against the first.
        other: label -> what that row does otherwise.
    """

    paper: str
    tables: tuple[str, ...]
    question: str
    pairs: tuple[tuple[str, str], ...] | None = None
    other: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def names() -> list[str]:
    """Every study."""
    return [*_TABLES, *_OWN]


@cache
def study(name: str) -> Study:
    """The study of this name.

    Raises:
        ValueError: listing the names, if there is none.
    """
    if name in _OWN:
        return _OWN[name]()
    if name not in _TABLES:
        raise ValueError(f"study is {name!r}, must be one of {names()}.")
    table = _TABLES[name]
    found = tuple(_rows(table))
    pairs = table.pairs if table.pairs is not None else tuple((row.key, found[0].key) for row in found[1:])
    shown = f"{table.paper} {'' if 'section' in table.tables[0] else 'Table '}{', '.join(table.tables)}"
    return _checked(Study(name, shown, table.question, found, tuple(Claim(*pair) for pair in pairs)))


def _rows(table: _Table) -> Iterator[Row]:
    seen: set[str] = set()
    for number in table.tables:
        for line in rows(table.paper, number, metric=_PRINTED):
            row = _row(line, table.other.get(line.row, {}))
            if row and row.key not in seen:
                seen.add(row.key)
                yield row


def _row(line: Published, other: Mapping[str, object]) -> Row | None:
    name = str(other.get("preset", line.preset))
    if name == PUBLISHED_ONLY:
        return None
    rest = {key: value for key, value in other.items() if key != "preset"}
    return Row(line.row, name, {MIOU: line.value}, **rest)  # ty: ignore[invalid-argument-type]


def _checked(found: Study) -> Study:
    for claim in found.claims:
        found.row(claim.row)
        found.row(claim.against)
    return found


def _with_ld() -> Pairs:
    """Table I: each GA and LD alone against the FCN, each LD against its own GA, v2 against v1, GALD's order."""
    yield from ((part, "fcn") for part in (*_GA, "ldv1", "ldv2"))
    yield from ((f"{part}-{ld}", part) for ld in ("ldv1", "ldv2") for part in _GA)
    yield from ((f"{part}-ldv2", f"{part}-ldv1") for part in _GA)
    yield from (("cgnl-ldv1", "parallel"), ("cgnl-ldv1", "ldga"))


def _designs() -> Pairs:
    """Table II: kinds of mask against CGNL alone, sizes of the neighbourhood, what key and query see."""
    yield from ((f"cgnl-ldv1{kind}", "cgnl") for kind in ("", "-bilinear", "-average"))
    yield from ((f"ldv2{size}", "fcn") for size in ("-k3-r3", "-k5-r3", "", "-k7-r6"))
    yield from ((f"aspp-ldv2{size}", "aspp-concat") for size in ("-k3-r3", "-k3-r6", "-k5-r3", "", "-k7-r6"))
    yield from (("aspp-ldv2", "aspp-ldv2-key"), ("aspp-ldv2", "aspp-ldv2-query"))


def _encoders() -> Pairs:
    """Table 1: with every encoder, dilation and SemanticFPN against the coarse map, and against one another."""
    for encoder in ("fcn", "aspp", "ocr", "sa", "sa-car"):
        fpn = "sfpn" if encoder == "fcn" else f"sfpn-{encoder}"
        yield from ((f"d8-{encoder}", f"os32-{encoder}"), (f"d8-{encoder}", fpn), (fpn, f"os32-{encoder}"))


_COARSE, _DENSE = "deeplabv3-r101", "deeplabv3-r101-os8"
_TABLES: dict[str, _Table] = {
    "gald-1": _Table(
        "GALD TIP",
        ("I (a)", "I (b)", "I (c)", "I (d)"),
        "Does GA help, does LD help it further, and must LD come last?",
        tuple(_with_ld()),
    ),
    "gald-2": _Table(
        "GALD TIP", ("II (a)", "II (b)", "II (c)"), "Which mask, which neighbourhood, which key?", tuple(_designs())
    ),
    "gald-3": _Table(
        "GALD TIP",
        ("III",),
        "What do depth, multi-grid and several scales add?",
        other={"ResNet101, MG, MS": {"test": InferenceOptions((0.75, 1.0, 1.25, 1.5, 1.75), flip=True)}},
    ),
    "ann-6": _Table("ANN", ("6",), "Which block helps, and do the asymmetric ones lose anything?"),
    "ann-7": _Table("ANN", ("7",), "What should the anchors sample?"),
    "ann-9": _Table("ANN", ("9",), "Which levels should be fused?"),
    "hfgd-1": _Table("HFGD", ("1",), "Is dilation better than an upsampler?", tuple(_encoders())),
    "hfgd-3": _Table("HFGD", ("3",), "What do guidance and axial attention add?"),
    "hfgd-4": _Table(
        "HFGD",
        ("4",),
        "Is CAE as good as self-attention with CAR?",
        (("os32-cae", "os32-sa-car"), ("sfpn-cae", "sfpn-sa-car"), ("sfpn-cae-hfgm", "sfpn-sa-car-hfgm")),
    ),
    "hfgd-5": _Table("HFGD", ("5",), "The same switches on CAE?"),
    "hfgd-6": _Table(
        "HFGD",
        ("6",),
        "Is U-SFPN better than SemanticFPN?",
        (("hfgd", "sfpn-cae-hfgm"), ("hfgd-swin-l", "sfpn-cae-hfgm-swin-l")),
    ),
    "hfgd-7": _Table(
        "HFGD",
        ("7",),
        "Does a finer upsampler help without guidance?",
        (
            *(("u-sfpn", "sfpn"), ("u-sfpn-cae", "sfpn-cae"), ("hfgd", "u-sfpn-cae")),
            *(("u-sfpn-cae-swin-l", "sfpn-cae-swin-l"), ("hfgd-swin-l", "u-sfpn-cae-swin-l")),
        ),
    ),
    "hfgd-8": _Table(
        "HFGD",
        ("8",),
        "Does guidance help other upsamplers?",
        (*((f"{name}-hfgm", name) for name in ("fapn", "upernet", "deeplabv3plus")), ("hfgd", "u-sfpn-cae")),
    ),
    "hfgd-12": _Table("HFGD", ("12",), "HFGD against SemanticFPN, and at stride 2?"),
    "deeplabv3-1": _Table("DeepLabv3", ("1",), "What does every halving of the map cost a cascade?"),
    "deeplabv3-3": _Table("DeepLabv3", ("3",), "More blocks, and which multi-grid?"),
    "deeplabv3-5": _Table("DeepLabv3", ("5",), "Multi-grid, a fourth rate, image pooling?"),
    "deeplabv3-6": _Table(
        "DeepLabv3",
        ("6",),
        "What does the test add: stride, scales, mirroring, COCO?",
        other={
            "OS=8": {"preset": _COARSE, "test_stride": 8},
            "OS=8, MS": {"preset": _COARSE, "test_stride": 8, "test": _MULTI},
            "OS=8, MS, Flip": {"preset": _COARSE, "test_stride": 8, "test": _MIRRORED},
            "OS=8, MS, Flip, COCO": {
                "preset": _COARSE,
                "test_stride": 8,
                "test": _MIRRORED,
                "training": Training(pretrained=True),
            },
        },
    ),
    "deeplabv3-8": _Table(
        "DeepLabv3",
        ("8",),
        "BatchNorm, large crops, labels at full size?",
        other={
            "crop 513, logits upsampled, BN tuned": {"training": Training(freeze_bn=False)},
            "crop 513, logits upsampled, BN frozen": {"training": Training(freeze_bn=True)},
            "crop 513, labels downsampled, BN tuned": {"training": Training(freeze_bn=False, upsample_logits=False)},
            "crop 321, labels downsampled, BN tuned": {
                "training": Training(crop=321 / 513, freeze_bn=False, upsample_logits=False)
            },
        },
    ),
    "deeplabv3-9": _Table(
        "DeepLabv3",
        ("9",),
        "How large must a batch be for BatchNorm to learn?",
        other={
            f"batch size {size}": {"training": Training(batch=size / 16, freeze_bn=False)} for size in (4, 8, 12, 16)
        },
    ),
    "deeplabv3-10": _Table(
        "DeepLabv3",
        ("10",),
        "At which stride should one train?",
        other={
            f"train {train}, eval {test}": {
                "preset": _COARSE,
                "training": Training(output_stride=train, batch=batch / 16, freeze_bn=False),
                "test_stride": test,
            }
            for train, batch in ((8, 6), (16, 16), (32, 24))
            for test in (16, 8)
        },
    ),
}


def _boundaries() -> Study:
    """GALD TIP Table V; its backbones are not named, so the rows are those of ResNet-50."""
    networks = {"Deeplabv3+": "deeplabv3plus", "Ours (LDv1)": "cgnl-ldv1", "Ours (LDv2)": "aspp-ldv2"}
    lines = {line.row: line.value for line in rows("GALD TIP", "V", metric="boundary F")}
    metrics = {f"boundary_f_{radius}": radius for radius in TOLERANCES}
    found = tuple(
        Row(label, name, {metric: lines[f"{label}, {radius}px"] for metric, radius in metrics.items()})
        for label, name in networks.items()
    )
    pairs = (("cgnl-ldv1", "deeplabv3plus"), ("aspp-ldv2", "deeplabv3plus"), ("aspp-ldv2", "cgnl-ldv1"))
    question = "Are outlines sharper with LD?"
    return Study("gald-5", "GALD TIP Table V", question, found, tuple(Claim(*pair) for pair in pairs), tuple(metrics))


def _stopped() -> Study:
    """HFGD's stop-gradients: section 5.2 prints the free row, Table 3 the others; section 5.1 the probes."""
    names = {"sfpn": "SemanticFPN", "sfpn-hfgm": "HFGM", "sfpn-hfgm-free": "HFGM, no stop-gradient"}
    found = [Row(label, name, {MIOU: _printed(name)}) for name, label in names.items()]
    pairs = (("sfpn-hfgm", "sfpn-hfgm-free"), ("sfpn-hfgm-free", "sfpn"))
    question = "Must the upsampler's gradient stop before the backbone?"
    claims = tuple(Claim(*pair) for pair in pairs)
    return Study("hfgd-stop-gradient", "HFGD section 5.2 and Table 3", question, tuple(found), claims)


def _untrained() -> Study:
    """HFGD Table 2; its number after the plain schedule is that of Table 1."""
    lines = rows("HFGD", "2", metric=_PRINTED)
    found = [Row("ImageNet", "os32-fcn", {MIOU: _printed("os32-fcn")})]
    for line, times in zip(lines, (3.0, 6.0), strict=True):
        found.append(Row(line.row, "os32-fcn", {MIOU: line.value}, Training(iterations=times, scratch=True)))
    claims = tuple(Claim(row.key, found[0].key) for row in found[1:])
    return Study("hfgd-2", "HFGD Table 2", "Can longer training replace ImageNet?", tuple(found), claims)


def _printed(name: str) -> float:
    wanted = ("section 5.2", "3", "1")
    return next(line.value for table in wanted for line in rows("HFGD", table, name, _PRINTED))


_OWN = {"gald-5": _boundaries, "hfgd-2": _untrained, "hfgd-stop-gradient": _stopped}
