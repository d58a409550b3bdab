from __future__ import annotations

import hashlib

import pytest

from models.zoo import cards
from models.zoo.cards import card_text


def row(text: str, label: str) -> list[str]:
    """Cells of the table line that begins with this label."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {label} |")]
    return line.strip("| ").split(" | ")[1:]


def test_a_card_tells_the_measured_numbers_by_stage_and_class(small_zoo):
    text = card_text("scenes-tiny")

    assert "## Measured on scenes val, 100 images" in text
    assert "|  | fcn | ga | output |\n|---|---|---|---|\n| mIoU |" in text
    assert row(text, "mIoU") == ["20.00", "30.00", "45.67"]
    assert row(text, "pixel accuracy") == ["30.00", "40.00", "55.67"]
    assert row(text, "boundary F, 3 px") == ["21.00", "31.00", "46.67"]
    assert row(text, "boundary F, 12 px") == ["24.00", "34.00", "49.67"]
    assert row(text, "boundary F, present, 5 px") == ["11.00", "16.00", "23.84"]
    assert row(text, "IoU road") == ["10.00", "15.00", "22.84"]
    assert row(text, "IoU person") == ["-", "-", "-"]


def test_a_card_tells_how_the_checkpoint_was_made(small_zoo):
    text = card_text("scenes-tiny")
    file = small_zoo / "scenes-tiny.safetensors"

    assert text.startswith("# scenes-tiny\n\nCGNL + LDv1 (")
    assert row(text, "parameters") == ["12,345"]
    assert row(text, "data") == ["scenes train, 600 images; crop 64x128, scale 0.5 to 2.0, flip, photometric 0.0"]
    assert row(text, "start") == [
        "backbone of scenes-start, which started from file mobilenetv2_100_imagenet.safetensors"
    ]
    assert row(text, "phase 1")[0].startswith(
        "preset `tiny-fcn`, 900 steps of 8 crops, SGD momentum 0.9, lr 0.01 (head"
    )
    assert row(text, "phase 1")[0].endswith(": 60 min on Some GPU")
    assert row(text, "phase 2")[0].startswith(
        "preset `tiny-cgnl-ldv1`, 300 steps of 8 crops, SGD momentum 0.9, lr 0.05"
    )
    assert row(text, "phase 2")[0].endswith(": 90 s on Some CPU, 1 of 2 cores")
    assert "| phase 3 |" not in text
    assert row(text, "seed") == ["7"]
    assert row(text, "time") == ["62 min"]
    assert row(text, "stage classifiers") == ["trunk frozen, 160 steps in 30 s, converged"]
    assert row(text, "made") == ["2025-01-02, commit 0123456789ab, torch 2.11.0"]
    assert row(text, "file") == [
        f"{file.stat().st_size:,} bytes, sha256 `{hashlib.sha256(file.read_bytes()).hexdigest()}`"
    ]


def test_a_card_tells_limits_and_the_commands_that_give_it_again(small_zoo):
    text = card_text("scenes-tiny")

    assert "it says nothing about photographs" in text
    assert "google-coral/test_data (Apache-2.0)" in text
    assert "uv run python -m models.zoo.train scenes-tiny --weights WEIGHTS.safetensors --out runs\n" in text
    assert "uv run gald evaluate --checkpoint scenes-tiny --data scenes --split val --json\n" in text


def test_the_cards_are_written_beside_the_checkpoints(small_zoo, capsys):
    cards.main()

    assert (small_zoo / "scenes-tiny.md").read_text() == card_text("scenes-tiny")
    assert capsys.readouterr().out.strip() == str(small_zoo / "scenes-tiny.md")


def test_a_card_of_nothing_is_refused(small_zoo):
    with pytest.raises(ValueError, match=r"checkpoint is 'scenes-huge', the zoo has \['scenes-tiny'\]"):
        card_text("scenes-huge")
