from dataclasses import replace

import pytest
import torch

from models.data.classes import ClassSet
from models.output_stride import at_output_stride
from models.segmenter import Segmenter
from models.study.conditions import job_of_row, network_of, twins, usual
from models.study.tables import names, study

CLASSES = ClassSet(tuple("abcdefghijk"), ((0, 0, 0),) * 11)
SMALL = usual(True)


def job(name: str, key: str, conditions=SMALL, seed: int = 0):
    return job_of_row(study(name).row(key), conditions, seed)


@pytest.mark.parametrize("name", names())
def test_rows_are_networks_when_small_and_can_be_tested_at_their_stride(name):
    found = study(name).rows
    # Building takes a third of a second: the ends of each table, and what changes its stride.
    for row in {
        row.training_key: row for row in (found[0], found[-1], *(row for row in found if row.test_stride))
    }.values():
        model = network_of(row, SMALL)
        tested = at_output_stride(model, row.test_stride) if row.test_stride else model
        with torch.device("meta"):
            assert Segmenter(tested, CLASSES)


def test_a_row_changes_what_its_table_varies_and_nothing_else():
    plain = job("deeplabv3-8", "deeplabv3-r101_freeze-bn")
    tuned = job("deeplabv3-8", "deeplabv3-r101_no-freeze-bn_no-upsample-logits")

    assert plain.train == replace(SMALL.train, freeze_bn=True)
    assert tuned.train == replace(SMALL.train, freeze_bn=False, upsample_logits=False)
    assert plain.data == tuned.data == SMALL.data


def test_factors_keep_the_ratios_of_the_table():
    large = replace(usual(False), train=replace(usual(False).train, batch=16, iterations=30_000))
    batches = [job_of_row(row, large, 0).train.batch for row in study("deeplabv3-9").rows]
    longer = job("hfgd-2", "os32-fcn_iterations-6_scratch", large)
    cropped = replace(large, data=replace(large.data, crop=(513, 513)))

    assert batches == [4, 8, 12, 16]
    assert longer.train.iterations == 180_000
    assert job("deeplabv3-8", study("deeplabv3-8").rows[3].key, cropped).data.crop == (321, 321)


def test_from_random_weights_everything_learns():
    scratch = job("hfgd-2", "os32-fcn_iterations-3_scratch")

    assert (scratch.train.start, scratch.train.weights, scratch.train.freeze_bn) == ("", "none", False)
    assert scratch.model.backbone.frozen_stages == 0
    assert job("hfgd-2", "os32-fcn").model.backbone.frozen_stages > 0


def test_seeds_differ_in_nothing_but_the_seed():
    first, second = job("gald-1", "aspp"), job("gald-1", "aspp", seed=1)

    assert second == replace(first, train=replace(first.train, seed=1))


def test_a_row_that_goes_on_from_more_data_needs_its_checkpoint():
    key = study("deeplabv3-6").rows[-1].key
    with pytest.raises(ValueError, match="give one with --pretrained"):
        job("deeplabv3-6", key)

    given = job("deeplabv3-6", key, replace(SMALL, pretrained="coco.safetensors"))
    assert (given.train.start, given.train.start_head, given.train.new_classes) == ("coco.safetensors", True, True)


def test_rows_that_are_one_network_when_small_are_found():
    large, little = (twins(study("hfgd-6").rows, conditions) for conditions in (usual(False), SMALL))

    assert large == {}
    assert little == {"sfpn-cae-hfgm-swin-l": "sfpn-cae-hfgm", "hfgd-swin-l": "hfgd"}
