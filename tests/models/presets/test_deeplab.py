import pytest
import torch
from torchvision.models.segmentation import deeplabv3_resnet101

from models.data.classes import ClassSet
from models.presets import PRESETS, preset
from models.presets.deeplab import family
from models.segmenter import Segmenter

VOC = ClassSet(tuple(f"class {k}" for k in range(21)), ((0, 0, 0),) * 21)
NETWORKS = dict(family())
UNIT = 2 * 2048 * 512 + 9 * 512**2 + 2 * (512 + 512 + 2048)  # three convolutions and their BatchNorms


def count(name: str) -> int:
    with torch.device("meta"):
        return sum(value.numel() for value in Segmenter(preset(name).model, VOC).parameters())


def test_deeplabv3_is_torchvisions_but_for_the_convolution_that_the_paper_does_not_have():
    with torch.device("meta"):
        theirs = deeplabv3_resnet101(weights=None, weights_backbone=None, aux_loss=False, num_classes=21)

    behind_aspp = 9 * 256 * 256 + 2 * 256
    assert count("deeplabv3-r101") == sum(value.numel() for value in theirs.parameters()) - behind_aspp == 58_040_661


def test_what_each_part_of_table_5_adds():
    rate = 9 * 2048 * 256 + 2 * 256 + 256 * 256
    pooling = 2048 * 256 + 2 * 256 + 256 * 256

    assert count("deeplabv3-r101-aspp-mg124-rate24") - count("deeplabv3-r101-aspp-mg124") == rate
    assert count("deeplabv3-r101") - count("deeplabv3-r101-aspp-mg124") == pooling


@pytest.mark.parametrize(("network", "backbone"), [("r50", 23_508_032), ("r101", 42_500_160)])
def test_every_block_of_table_2_adds_three_units(network, backbone):
    # ResNet-50 and 101 without their classifiers.
    counts = [count(f"cascade-{network}-block{block}") for block in (4, 5, 6, 7)]

    assert counts == [backbone + 2048 * 21 + 21 + 3 * UNIT * extra for extra in range(4)]


@pytest.mark.parametrize("stride", [8, 32, 64, 128, 256])
def test_the_networks_of_table_1_have_one_size(stride):
    assert count(f"cascade-r50-block7-os{stride}") == count("cascade-r50-block7")
    assert preset(f"cascade-r50-block7-os{stride}").model.backbone.output_stride == stride


def test_every_row_of_the_tables_is_there():
    rows = {
        table: sum(entry.paper == f"DeepLabv3 Table {table}" for entry in NETWORKS.values()) for table in range(1, 7)
    }

    # Table 1 shares stride 16 with Table 2, Table 3 its grid (1, 1, 1); Tables 4 and 6 open the best at stride 8.
    # Beside their rows, 5 and 6 have ResNet-50, and 5 the network for two cores.
    assert rows == {1: 6 - 1, 2: 2 * 4, 3: 4 * 4, 4: 1, 5: 5 + 1 + 1, 6: 1 + 1}
    assert len(NETWORKS) == sum(rows.values()) + 2
    assert NETWORKS.items() <= PRESETS.items()


def test_grids_and_rates_are_the_papers():
    best = preset("deeplabv3-r101").model
    dense = preset("deeplabv3-r101-os8").model

    assert (best.backbone.output_stride, best.backbone.multi_grid) == (16, (1, 2, 4))
    assert (best.aggregation.rates, dense.aggregation.rates) == ((6, 12, 18), (12, 24, 36))
    assert preset("deeplabv3-r101-aspp-mg124-rate24").model.aggregation.rates == (6, 12, 18, 24)
    assert preset("cascade-r101-block7-mg121").model.backbone.multi_grid == (1, 2, 1)
    assert not any(entry.model.auxiliary for entry in NETWORKS.values())
