import pytest

from models.published import rows
from models.study.row import Row
from models.study.tables import names, study

# GALD I, II, III, V; ANN 6, 7, 9; HFGD 1 to 8, 12 and the stop-gradient; DeepLabv3's ablations.
TABLES = {
    *("gald-1", "gald-2", "gald-3", "gald-5", "ann-6", "ann-7", "ann-9", "hfgd-12", "hfgd-stop-gradient"),
    *(f"hfgd-{number}" for number in range(1, 9)),
    *(f"deeplabv3-{number}" for number in (1, 3, 5, 6, 8, 9, 10)),
}


def test_every_table_that_the_papers_claim_something_with_is_a_study():
    assert set(names()) == TABLES


@pytest.mark.parametrize("name", sorted(TABLES))
def test_rows_are_told_apart_and_claims_speak_of_rows(name):
    found = study(name)

    keys = [row.key for row in found.rows]
    assert len(set(keys)) == len(keys) > 2
    assert found.claims
    assert all(claim.row in keys and claim.against in keys and claim.row != claim.against for claim in found.claims)
    assert all(set(row.published) == set(found.metrics) for row in found.rows)


def test_printed_numbers_are_those_of_the_paper():
    gald = {row.key: row.published["miou"] for row in study("gald-1").rows}
    stride = {row.label: row.published["miou"] for row in study("deeplabv3-10").rows}
    free = {row.key: row.published["miou"] for row in study("hfgd-stop-gradient").rows}

    assert (gald["fcn"], gald["aspp"], gald["aspp-ldv2"], gald["ldga"]) == (73.7, 77.2, 80.8, 78.1)
    assert (stride["train 8, eval 16"], stride["train 32, eval 8"]) == (74.45, 75.75)
    assert free == {"sfpn": 47.14, "sfpn-hfgm": 48.94, "sfpn-hfgm-free": 48.5}
    assert study("gald-5").row("aspp-ldv2").published == {
        **{"boundary_f_3": 74.0, "boundary_f_5": 79.7},
        **{"boundary_f_9": 83.2, "boundary_f_12": 84.3},
    }


def test_no_row_of_a_table_is_forgotten():
    for table in ("1", "3", "5", "6", "8", "9", "10"):
        printed = {line.row for line in rows("DeepLabv3", table, metric="mIoU")}
        assert {row.label for row in study(f"deeplabv3-{table}").rows} == printed


def test_rows_that_differ_in_the_test_alone_share_their_training():
    found = study("deeplabv3-10").rows

    assert len({row.key for row in found}) == 6
    assert len({row.training_key for row in found}) == 3
    assert found[0].training.batch == 6 / 16


def test_a_study_of_some_rows_keeps_the_claims_about_them():
    some = study("gald-1").only(("aspp-ldv2", "aspp", "fcn"))

    assert [row.key for row in some.rows] == ["aspp-ldv2", "aspp", "fcn"]
    assert {(claim.row, claim.against) for claim in some.claims} == {("aspp", "fcn"), ("aspp-ldv2", "aspp")}


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: study("gald-9"), "study is 'gald-9', must be one of"),
        (lambda: study("gald-1").only(("fcm",)), "row is 'fcm', study 'gald-1' has"),
        (lambda: Row("FCN", "fcm"), "preset is 'fcm'"),
    ],
)
def test_what_is_not_there_is_named(ask, message):
    with pytest.raises(ValueError, match=message):
        ask()
