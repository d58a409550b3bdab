"""Numbers of the recipes, typed again from the papers and from what is known of their code."""

from __future__ import annotations

import pytest

from models.recipes import RECIPES

# Data set and split; lr, batch, steps or epochs, crop, smallest and largest scale.
EXPECTED = {
    "galdv1-cityscapes": ("cityscapes", "train", 0.01, 8, 50_000, (769, 769), (0.7, 2.1)),
    "galdv2-cityscapes": ("cityscapes", "train", 0.01, 8, 50_000, (832, 832), (0.7, 2.1)),
    "galdv2-cityscapes-test": ("cityscapes", "trainval", 0.01, 8, "300 epochs", (832, 832), (0.7, 2.1)),
    "galdv2-cityscapes-coarse": ("cityscapes_coarse", "train_extra", 0.001, 16, "40 epochs", (832, 832), (0.7, 2.1)),
    "galdv1-cityscapes-coarse-fine": ("cityscapes", "trainval", 0.001, 16, "20 epochs", (832, 832), (0.7, 2.1)),
    "galdv1-mapillary": ("mapillary", "train", 0.01, 8, 50_000, (769, 769), (0.7, 2.1)),
    "galdv1-mapillary-coarse": ("cityscapes_coarse", "train_extra", 0.001, 16, "40 epochs", (832, 832), (0.7, 2.1)),
    "galdv1-mapillary-coarse-fine": ("cityscapes", "trainval", 0.001, 16, "20 epochs", (832, 832), (0.7, 2.1)),
    "galdv2-camvid": ("camvid", "train", 0.01, 16, "180 epochs", (640, 640), (0.5, 2.0)),
    "galdv1-cityscapes-camvid-start": ("cityscapes", "train", 0.01, 16, "180 epochs", (640, 640), (0.7, 2.1)),
    "galdv2-cityscapes-camvid": ("camvid", "train", 0.001, 16, "90 epochs", (640, 640), (0.5, 2.0)),
    "galdv2-ade20k": ("ade20k", "train", 0.01, 16, "240 epochs", (512, 512), (0.5, 1.75)),
    "galdv1-pascal-context": ("pascal_context_60", "train", 0.001, 16, "180 epochs", (532, 532), (0.5, 2.0)),
    "galdv2-coco-stuff": ("coco_stuff_10k", "train", 0.001, 16, "240 epochs", (532, 532), (0.5, 2.0)),
    "deeplabv3-voc": ("voc", "trainaug", 0.007, 16, 30_000, (513, 513), (0.5, 2.0)),
    "deeplabv3-voc-trainval": ("voc", "trainval", 0.001, 16, 30_000, (513, 513), (0.5, 2.0)),
    "deeplabv3-voc-test": ("voc", "trainval", 0.001, 16, 30_000, (513, 513), (0.5, 2.0)),
    "deeplabv3-coco": ("coco_voc", "train", 0.007, 16, 30_000, (513, 513), (0.5, 2.0)),
    "deeplabv3-coco-voc": ("voc", "trainaug", 0.0001, 16, 30_000, (513, 513), (0.5, 2.0)),
    "deeplabv3-cityscapes": ("cityscapes", "train", 0.007, 16, 90_000, (769, 769), (0.5, 2.0)),
    "ann-cityscapes": ("cityscapes", "train", 0.01, 8, 60_000, (769, 769), (0.5, 2.0)),
    "ann-cityscapes-test": ("cityscapes", "trainval", 0.01, 8, 120_000, (769, 769), (0.5, 2.0)),
    "ann-ade20k": ("ade20k", "train", 0.02, 16, 150_000, (520, 520), (0.5, 2.0)),
    "ann-pascal-context": ("pascal_context_60", "train", 0.01, 16, 28_000, (480, 480), (0.5, 2.0)),
    "hfgd-pascal-context": ("pascal_context", "train", 0.01, 16, 30_000, (513, 513), (0.5, 2.0)),
    "hfgd-swin-l-pascal-context": ("pascal_context", "train", 0.01, 16, 40_000, (513, 513), (0.5, 2.0)),
    "hfgd-cityscapes": ("cityscapes", "train", 0.01, 16, 30_000, (513, 1025), (0.5, 2.0)),
    "hfgd-os2-cityscapes": ("cityscapes", "train", 0.01, 16, 30_000, (513, 1025), (0.5, 2.0)),
    "hfgd-convnext-l-pascal-context": ("pascal_context", "train", 4e-5, 16, 40_000, (513, 513), (0.5, 2.0)),
    "hfgd-convnext-l-coco-stuff-164k": ("coco_stuff", "train", 4e-5, 16, 40_000, (513, 513), (0.5, 2.0)),
    "hfgd-convnext-l-coco-stuff-10k": ("coco_stuff_10k", "train", 4e-5, 16, 40_000, (513, 513), (0.5, 2.0)),
    "hfgd-convnext-l-ade20k": ("ade20k", "train", 4e-5, 16, 40_000, (641, 641), (0.5, 2.0)),
    "hfgd-convnext-l-cityscapes": ("cityscapes", "train", 4e-5, 16, 60_000, (513, 1025), (0.5, 2.0)),
    "hfgd-os2-convnext-l-cityscapes": ("cityscapes", "train", 4e-5, 16, 80_000, (513, 1025), (0.5, 2.0)),
    "hfgd-os2-convnext-l-cityscapes-test": ("cityscapes", "train", 4e-5, 32, 80_000, (513, 1025), (0.5, 2.0)),
    "deeplabv3-cityscapes-test": (
        *("cityscapes_coarse", "trainval_coarse", 0.007, 16, 90_000),
        *((769, 769), (0.5, 2.0)),
    ),
}
SIX = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)


@pytest.mark.parametrize("name", EXPECTED)
def test_data_and_schedule_are_the_papers(name: str):
    entry = RECIPES[name]
    train, data = entry.train, entry.data

    length = f"{train.epochs} epochs" if train.epochs else train.iterations
    assert (data.name, data.split, train.lr, train.batch, length, data.crop, data.scales) == EXPECTED[name]
    assert (train.power, train.momentum, data.flip) == (0.9, 0.9, True)


@pytest.mark.parametrize("name", [name for name in RECIPES if name.startswith("galdv")])
def test_gald_has_the_loss_and_the_decay_of_its_code(name: str):
    train = RECIPES[name].train

    assert (train.loss, train.aux_weight, train.ohem_threshold, train.ohem_min_kept) == ("ohem", 0.4, 0.7, 100_000)
    assert train.weight_decay == 5e-4
    # BatchNorm stands still on coarse labels and after them alone.
    assert train.freeze_bn == ("-coarse" in name)
    assert RECIPES[name].preset == {"1": "galdnet-r101", "2": "galdv2-r101"}[name[5]]


@pytest.mark.parametrize("name", [name for name in RECIPES if name.startswith("ann-")])
def test_ann_shifts_the_brightness_and_decays_less_on_the_smaller_images(name: str):
    entry = RECIPES[name]

    assert entry.train.weight_decay == (5e-4 if "cityscapes" in name else 1e-4)
    assert (entry.train.loss, entry.train.aux_weight, entry.data.brightness) == ("ohem", 0.4, 10.0)
    assert entry.preset == "ann-r101"


@pytest.mark.parametrize("name", [name for name in RECIPES if name.startswith("hfgd")])
def test_hfgd_is_plain_in_its_ablations_and_advanced_with_convnext(name: str):
    train, data = RECIPES[name].train, RECIPES[name].data

    setting = (train.optimizer, train.weight_decay, data.distortion)
    assert setting == (("adamw", 0.05, True) if "convnext" in name else ("sgd", 1e-4, False))
    assert train.loss == "cross_entropy"


def test_every_recipe_of_a_paper_is_typed_again_here_or_is_the_other_version_of_gald():
    other = {name.replace("galdv1", "galdv2") for name in EXPECTED} | {
        name.replace("galdv2", "galdv1") for name in EXPECTED
    }
    papers = {name for name, entry in RECIPES.items() if entry.train and entry.model is None}

    assert papers - other - set(EXPECTED) == {"cascade-voc", "deeplabv3-coco-voc-test"}


def test_phases_follow_one_another_as_the_papers_say():
    after = {name: entry.after for name, entry in RECIPES.items() if entry.after and entry.model is None}

    gald = {
        name: before
        for version in ("galdv1", "galdv2")
        for name, before in (
            (f"{version}-cityscapes-coarse", f"{version}-cityscapes-test"),
            (f"{version}-cityscapes-coarse-fine", f"{version}-cityscapes-coarse"),
            (f"{version}-cityscapes-camvid", f"{version}-cityscapes-camvid-start"),
        )
    }
    assert after == gald | {
        "galdv1-mapillary-coarse": "galdv1-mapillary",
        "galdv1-mapillary-coarse-fine": "galdv1-mapillary-coarse",
        "deeplabv3-voc-trainval": "deeplabv3-voc",
        "deeplabv3-voc-test": "deeplabv3-voc",
        "deeplabv3-coco-voc": "deeplabv3-coco",
        "deeplabv3-coco-voc-test": "deeplabv3-coco-voc",
    }
    assert {name for name, entry in RECIPES.items() if entry.train and entry.train.new_classes} == {
        "galdv1-cityscapes-camvid",
        "galdv2-cityscapes-camvid",
    }


def test_deeplabv3_learns_batch_norm_slowly_and_then_holds_it_still_at_a_finer_stride():
    first, second = RECIPES["deeplabv3-voc"], RECIPES["deeplabv3-voc-trainval"]

    assert (first.train.bn_decay, first.train.freeze_bn, first.preset) == (0.9997, False, "deeplabv3-r101")
    assert (second.train.freeze_bn, second.preset) == (True, "deeplabv3-r101-os8")
    assert (first.test_stride, second.test_stride) == (8, 0)
    assert first.train.loss == second.train.loss == "cross_entropy"
    assert not second.data.hard_classes
    assert RECIPES["deeplabv3-voc-test"].data.hard_classes == ("bicycle", "chair", "diningtable", "pottedplant", "sofa")


def test_tests_are_shown_as_often_as_the_papers_say():
    shown = {name: (entry.test.scales, entry.test.flip) for name, entry in RECIPES.items()}

    assert shown["deeplabv3-voc"] == shown["galdv1-ade20k"] == (SIX, True)
    assert shown["deeplabv3-cityscapes"] == ((0.75, 1.0, 1.25), True)
    assert shown["deeplabv3-cityscapes-test"] == ((0.75, 1.0, 1.25, 1.5, 1.75, 2.0), True)
    assert RECIPES["deeplabv3-cityscapes-test"].test_stride == 4
    # The ablations of GALD are tested at a single scale, its test server with tiles that average logits.
    assert shown["galdv2-cityscapes"] == ((1.0,), False)
    server = RECIPES["galdv2-cityscapes-test"].test
    assert (server.tile, server.average, server.flip) == (832, "logits", True)
    assert RECIPES["deeplabv3-voc"].test.average == "probabilities"
