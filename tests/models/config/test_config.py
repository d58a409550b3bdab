import json

import pytest

from models.config import (
    AggregationConfig,
    BackboneConfig,
    DataConfig,
    DistributionConfig,
    ModelConfig,
    TrainConfig,
    from_dict,
    to_dict,
)
from models.presets import PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_survives_json(name):
    config = PRESETS[name].model

    assert from_dict(ModelConfig, json.loads(json.dumps(to_dict(config)))) == config


@pytest.mark.parametrize("config", [DataConfig(root="a", crop=(64, 96)), TrainConfig(loss="ohem_topk", warmup=3)])
def test_recipes_survive_json(config):
    assert from_dict(type(config), json.loads(json.dumps(to_dict(config)))) == config


def test_tuples_are_written_as_lists():
    assert to_dict(BackboneConfig(multi_grid=(1, 2, 4)))["multi_grid"] == [1, 2, 4]


def test_fields_that_are_not_given_take_their_defaults():
    assert from_dict(ModelConfig, {"backbone": {"name": "tiny"}}) == ModelConfig(backbone=BackboneConfig("tiny"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: BackboneConfig(output_stride=12),
            r"output_stride is 12, must be one of \[4, 8, 16, 32, 64, 128, 256\]",
        ),
        (lambda: BackboneConfig(trained_stride=6), r"trained_stride is 6, must be one of \[0, 4, 8, 16, 32, 64"),
        (lambda: ModelConfig(BackboneConfig(output_stride=64)), r"output_stride is 64, head 'gald' ends at 32; choose"),
        (
            lambda: ModelConfig(BackboneConfig(output_stride=128), "cascade", extra_blocks=1),
            r"output_stride is 128, head 'cascade' ends at 64; .* a cascade with more extra_blocks",
        ),
        (lambda: ModelConfig(extra_blocks=4), r"extra_blocks is 4, must lie in 0\.\.3"),
        (lambda: TrainConfig(bn_decay=1.0), r"bn_decay is 1\.0, must lie in 0\.0\.\.0\.999999"),
        (lambda: BackboneConfig(frozen_stages=5), r"frozen_stages is 5, must lie in 0\.\.4"),
        (lambda: BackboneConfig(multi_grid=(1, 0)), r"multi_grid is \(1, 0\), every factor must be >= 1"),
        (lambda: AggregationConfig(channels=0), r"channels is 0, must lie in 1\.\.8192"),
        (lambda: AggregationConfig(rates=(6, 0)), r"rates \(6, 0\) and bins .* must all be >= 1"),
        (lambda: AggregationConfig(dropout=1.0), r"dropout is 1\.0, must lie in 0\.0\.\.0\.9"),
        (lambda: DistributionConfig(depth=0), r"depth is 0, must lie in 1\.\.6"),
        (lambda: DistributionConfig(kernel=4), r"kernel is 4, must be odd"),
        (lambda: DistributionConfig(dilation=0), r"dilation is 0, must lie in 1\.\.64"),
        (lambda: DistributionConfig(border="wrap"), r"border is 'wrap', must be one of \['zero', 'exclude'\]"),
        (lambda: DistributionConfig(key_from="local"), r"key_from is 'local', must be one of \['both', 'context'\]"),
        (lambda: ModelConfig(arrangement="galdga"), r"arrangement is 'galdga', must be one of \['gald', 'ldga'"),
        (lambda: ModelConfig(variant="code"), r"variant is 'code', must be one of \['reference', 'paper'\]"),
        (lambda: ModelConfig(width=4), r"width is 4, must lie in 8\.\.8192"),
        (lambda: DataConfig(scales=(2.0, 0.5)), r"scales are \(2\.0, 0\.5\); give 0 < smallest <= largest"),
        (lambda: DataConfig(crop=(16, 64)), r"crop is \(16, 64\); both sides must be >= 32"),
        (lambda: DataConfig(workers=-1), r"workers is -1, must lie in 0\.\.64"),
        (lambda: TrainConfig(lr=float("nan")), r"lr is nan, must lie in"),
        (lambda: TrainConfig(batch=0), r"batch is 0, must lie in 1"),
        (lambda: TrainConfig(aux_weight=-0.4), r"aux_weight is -0\.4, must lie in 0"),
        (lambda: TrainConfig(ohem_threshold=1.5), r"ohem_threshold is 1\.5, must lie in 0\.0\.\.1\.0"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"depth": 3}, r"ModelConfig has no field \['depth'\]; it has .*'arrangement'"),
        ({"width": "512"}, r"ModelConfig\.width is '512', must be of type int"),
        ({"width": 512.5}, r"ModelConfig\.width is 512\.5, must be of type int"),
        ({"auxiliary": "false"}, r"ModelConfig\.auxiliary is 'false', must be of type bool"),
        ({"backbone": ["resnet50"]}, r"BackboneConfig is \['resnet50'\], must be a mapping"),
        ({"backbone": {"multi_grid": 3}}, r"BackboneConfig\.multi_grid is 3, must be a list"),
        ({"backbone": {"multi_grid": ["1"]}}, r"BackboneConfig\.multi_grid is '1', must be of type int"),
        (None, r"ModelConfig is None, must be a mapping"),
    ],
)
def test_what_no_configuration_wrote_is_refused(values, message):
    with pytest.raises(ValueError, match=message):
        from_dict(ModelConfig, values)


def test_a_whole_number_is_a_rate_too():
    assert from_dict(TrainConfig, {"lr": 1}).lr == 1.0
