from __future__ import annotations

import math
from collections import Counter

import pytest

from models.presets import DETECTORS, PRESETS, any_preset
from models.published import PUBLISHED_ONLY, Published, rows

PAPERS = {"GALD TIP", "GALD BMVC", "ANN", "HFGD", "DeepLabv3"}
# Unit and the range in which every value of a metric lies.
METRICS = {
    "mIoU": ("%", 15, 90),
    "IoU": ("%", 45, 99),
    "pixel accuracy": ("%", 75, 90),
    "boundary F": ("%", 40, 98),
    "mAP@.5": ("%", 75, 90),
    "box AP": ("%", 35, 45),
    "mask AP": ("%", 30, 40),
    "difference to baseline": ("%", 0.1, 8),
    "difference to GA": ("%", -2, 8),
    "parameters": ("M", 30, 110),
    "added parameters": ("M", 0.1, 3),
    "MACs": ("G", 10, 610),
    "GPU memory": ("MB", 100, 8000),
    "inference time": ("ms", 10, 180),
    "relative training time": ("x", 0.01, 1),
}

BACKBONES = {
    "ResNet-50": "resnet50",
    "ResNet-101": "resnet101",
    "Swin-Large": "swin_large_patch4_window12_384",
    "ConvNeXt-L": "convnext_large",
}


def value(paper: str, table: str, row: str, metric: str = "mIoU") -> float:
    """The one number there."""
    (found,) = [line for line in rows(paper, table, metric=metric) if line.row == row]
    return found.value


def flagged(paper: str, table: str = "") -> set[tuple[str, str, str]]:
    """Table, row and metric of what cannot be right."""
    return {
        (line.table, line.row, line.metric)
        for line in rows(paper, table or None)
        if line.note.startswith("cannot be") or "; cannot be" in line.note
    }


def test_every_number_has_one_place():
    keys = Counter((line.paper, line.table, line.row, line.metric) for line in rows())

    assert [key for key, count in keys.items() if count > 1] == []
    assert {line.paper for line in rows()} == PAPERS


def test_every_table_of_results_is_there():
    tables = {paper: list(dict.fromkeys(line.table for line in rows(paper))) for paper in PAPERS}

    parts = ["I (a)", "I (b)", "I (c)", "I (d)", "II (a)", "II (b)", "II (c)"]
    assert tables["GALD TIP"] == [*parts, "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI"]
    assert tables["GALD BMVC"] == [*(f"1 ({part})" for part in "abcde"), "2 (a)", "2 (b)", "3 (a)", "3 (b)"]
    assert tables["ANN"] == [str(number) for number in range(1, 10)]
    assert tables["HFGD"] == [*(str(number) for number in range(1, 18)), "section 5.1", "section 5.2"]
    assert tables["DeepLabv3"] == [str(number) for number in range(1, 14)]


@pytest.mark.parametrize("metric", METRICS)
def test_values_lie_in_the_range_of_their_metric(metric: str):
    unit, low, high = METRICS[metric]
    found = [line for line in rows() if line.metric.partition(":")[0] == metric]

    assert found
    for line in found:
        assert line.unit == unit or (metric, line.unit) == ("inference time", "s"), line
        assert (0.5 if line.unit == "s" else low) <= line.value <= high, line


def test_every_metric_is_a_known_one():
    assert {line.metric.partition(":")[0] for line in rows()} == set(METRICS)


def test_every_preset_that_is_named_exists():
    named = {line.preset for line in rows()} | {line.baseline for line in rows()}

    assert named - {"", PUBLISHED_ONLY} <= set(PRESETS) | set(DETECTORS)


def test_every_ablation_of_gald_ann_and_deeplabv3_is_built_here():
    ours = [line for line in rows() if line.paper == "GALD TIP" and line.table.split()[0] in ("I", "II", "III", "IV")]
    ours += [line for line in rows("DeepLabv3") if line.table not in ("7", "13")]
    ours += [line for part in "abcde" for line in rows("GALD BMVC", f"1 ({part})")]
    ours += [line for part in "ab" for line in rows("GALD BMVC", f"3 ({part})")]
    ours += [line for number in "679" for line in rows("ANN", number)]

    assert [line for line in ours if line.preset == PUBLISHED_ONLY] == []


def test_every_ablation_of_hfgd_is_built_here():
    own = [line for number in "13456789" for line in rows("HFGD", number)]

    assert [line for line in own if line.preset == PUBLISHED_ONLY] == []


@pytest.mark.parametrize("name", sorted({line.preset for line in rows()} - {PUBLISHED_ONLY}))
def test_a_preset_has_the_backbone_of_its_rows(name: str):
    (backbone,) = {line.backbone for line in rows(preset=name)}

    assert any_preset(name).model.backbone.name == BACKBONES[backbone]


# Typed again from the papers, not from the file.
@pytest.mark.parametrize(
    ("paper", "table", "row", "metric", "expected"),
    [
        ("GALD TIP", "I (a)", "+CGNL", "mIoU", 78.2),
        ("GALD TIP", "I (d)", "+ASPP + LDv2", "mIoU", 80.8),
        ("GALD TIP", "II (a)", "+CGNL+LD(average pooling)", "difference to GA", -1.7),
        ("GALD TIP", "II (b)", "+ASPP+LDv2(k = 7x7, r = 6)", "mIoU", 80.3),
        ("GALD TIP", "II (c)", "Query", "mIoU", 79.8),
        ("GALD TIP", "III", "ResNet101, MG, MS", "mIoU", 83.0),
        ("GALD TIP", "IV", "GA (ASPP), LDv2", "inference time", 82),
        ("GALD TIP", "V", "Ours (LDv2), 5px", "boundary F: wall", 66.1),
        ("GALD TIP", "V", "G-SCNN, 12px", "boundary F: bicycle", 82.2),
        ("GALD TIP", "VI", "GFFNet", "IoU: train", 84.7),
        ("GALD TIP", "VI", "Ours (ResNet101)-GALDv2", "IoU: fence", 63.3),
        ("GALD TIP", "VII", "Ours (ResNet101)-GALDV2", "IoU: motorcycle", 73.5),
        ("GALD TIP", "VIII", "APCnet", "mIoU", 54.7),
        ("GALD TIP", "IX", "Ours (GALDv2)", "pixel accuracy", 82.22),
        ("GALD TIP", "X", "Ours (GALDV2), Cityscapes", "mIoU", 81.6),
        ("GALD TIP", "XI", "Ours (GALDv1)", "mIoU", 38.5),
        ("GALD BMVC", "1 (d)", "+CGNL, ResNet101", "mIoU", 79.7),
        ("GALD BMVC", "2 (b)", "GALDNet(+Mapillary)", "mIoU", 83.3),
        ("GALD BMVC", "3 (a)", "+ GALD, ResNet101", "mAP@.5", 83.0),
        ("GALD BMVC", "3 (b)", "+ CGNL, ResNet50", "mask AP", 35.4),
        ("ANN", "1", "NB, 256x128", "GPU memory", 7797),
        ("ANN", "1", "APNB, 96x96", "inference time", 12.4),
        ("ANN", "2", "PSANet", "parameters", 102.66),
        ("ANN", "4", "PSPNet, ResNet-269", "mIoU", 44.94),
        ("ANN", "6", "+ FNB + NB", "mIoU", 79.7),
        ("ANN", "7", "pyramid average, n = 1,4,8,12", "mIoU", 80.1),
        ("HFGD", "1", "Dilation, OS = 8, SA (CAR)", "mIoU", 50.50),
        ("HFGD", "6", "Swin-Large, U-SFPN", "difference to baseline", 1.14),
        ("HFGD", "9", "HFGD (OS=2)", "MACs", 153.62),
        ("HFGD", "13", "DDP(Step 3), MF", "mIoU", 83.9),
        ("HFGD", "15", "HFGD, SS", "mIoU", 54.3),
        ("DeepLabv3", "1", "output_stride 256", "mIoU", 20.29),
        ("DeepLabv3", "3", "(1, 2, 3), block6", "mIoU", 75.96),
        ("DeepLabv3", "6", "OS=8, MS, Flip, COCO", "mIoU", 82.70),
        ("DeepLabv3", "7", "DeepLabv3-JFT", "mIoU", 86.9),
        ("DeepLabv3", "10", "train 8, eval 8", "mIoU", 75.62),
        ("DeepLabv3", "11", "32 replicas", "relative training time", 0.03),
        ("DeepLabv3", "13", "SegModel", "mIoU", 79.2),
    ],
)
def test_numbers_are_those_of_the_papers(paper: str, table: str, row: str, metric: str, expected: float):
    assert value(paper, table, row, metric) == expected


@pytest.mark.parametrize(
    ("paper", "table", "expected"),
    [
        ("GALD TIP", "V", (16, 20)),
        ("GALD TIP", "VI", (15, 20)),
        ("GALD TIP", "VII", (7, 20)),
    ],
)
def test_a_table_by_class_has_all_classes_and_their_mean(paper: str, table: str, expected: tuple[int, int]):
    labels = list(dict.fromkeys(line.row for line in rows(paper, table)))
    assert len(labels) == expected[0]
    for label in labels:
        lines = [line for line in rows(paper, table) if line.row == label and line.metric != "parameters"]
        if len(lines) == 1:
            continue
        mean, *classes = lines
        assert len(lines) == expected[1]
        # Both are rounded to a tenth.
        fits = math.isclose(sum(line.value for line in classes) / 19, mean.value, abs_tol=0.1)
        assert fits != mean.note.startswith("cannot be the mean"), mean


def test_what_the_tables_contradict_is_flagged():
    difference, ga = "difference to baseline", "difference to GA"
    copied = {("I (d)", f"+{name}LDv2", difference) for name in ("", "PSP + ", "ASPP + ", "NL + ", "CGNL + ")}
    copied |= {("I (d)", f"+{name} + LDv2", ga) for name in ("PSP", "ASPP", "NL", "CGNL")}
    wrong = {("I (b)", f"+{name} + LDv1", difference) for name in ("ASPP", "NL")}
    means = {("V", f"Ours ({row}", "boundary F") for row in ("LDv2), 3px", "LDv1), 5px", "LDv2), 5px")}
    means |= {("VI", "Ours (ResNet101)-GALDv1", "mIoU"), ("VII", "DeepLabV3+", "mIoU")}
    assert flagged("GALD TIP") == copied | wrong | means | {
        ("II (b)", "+ASPP+LDv2(k = 5x5, r = 6)", ga),
        ("III", "ResNet101", difference),
        ("IV", "GA (ASPP)", "parameters"),
        ("IV", "FCN (ResNet101), GA (ASPP)", "parameters"),
    }
    assert flagged("GALD BMVC") == {
        *(("1 (b)", f"+{name} + LD", difference) for name in ("ASPP", "NL")),
        ("1 (d)", "+PSP, ResNet101", difference),
        *(("3 (b)", f"+ {name}, ResNet50", f"{difference}: mask AP") for name in ("NL", "GALD")),
    }
    assert flagged("ANN") == {("1", "APNB, 256x128", "MACs")}
    assert flagged("HFGD") == {("5", "SFPN, Our CAE, + AA", difference)}
    assert flagged("DeepLabv3") == set()


def test_differences_are_those_of_their_rows_unless_flagged():
    """TIP Table I and II, counted again: the baseline and the four GA are 73.7, 76.2, 77.2, 78.0 and 78.2."""
    ga = {"PSP": 76.2, "ASPP": 77.2, "NL": 78.0, "CGNL": 78.2}
    for table in ("I (a)", "I (b)", "I (c)", "I (d)"):
        for line in rows("GALD TIP", table, metric="difference to baseline"):
            fits = math.isclose(value("GALD TIP", table, line.row) - 73.7, line.value, abs_tol=0.01)
            assert fits != line.note.startswith("cannot be"), line
        for line in rows("GALD TIP", table, metric="difference to GA"):
            name = line.row.removeprefix("+").split(" ")[0]
            fits = math.isclose(value("GALD TIP", table, line.row) - ga[name], line.value, abs_tol=0.01)
            assert fits != line.note.startswith("cannot be"), line


def test_what_is_printed_twice_differently_says_so():
    twice = [
        ("GALD TIP", "VII", "Ours (ResNet101)-GALDv1", "82.9"),
        ("GALD BMVC", "2 (b)", "GALDNet", "82.8"),
        ("GALD TIP", "VIII", "Ours (GALDv2)", "55.3"),
        ("GALD TIP", "I (d)", "+LDv2", "77.5"),
    ]
    for paper, table, row, other in twice:
        (line,) = [line for line in rows(paper, table, metric="mIoU") if line.row == row]
        assert other in line.note


def test_rows_are_selected_by_what_they_say():
    chosen = rows("GALD TIP", preset="aspp-ldv2", metric="added parameters")

    assert [(line.table, line.value, line.unit, line.baseline) for line in chosen] == [("IV", 2.3, "M", "aspp-concat")]
    assert (chosen[0].source, rows("HFGD", "section 5.1")[0].source) == ("GALD TIP Table IV", "HFGD section 5.1")
    assert rows("GALD TIP", preset="fcn-r50") == ()
    assert all(isinstance(line, Published) and line.baseline == "" for line in rows("DeepLabv3"))
