import pytest

from models.config import AggregationConfig, AsymmetricConfig, FusionConfig, ModelConfig, from_dict, to_dict


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variant": "code"}, r"variant is 'code', must be one of \['reference', 'paper'\]"),
        ({"sampling": "mean"}, r"sampling is 'mean', must be one of \['average', 'max', 'random', 'none'\]"),
        ({"normalisation": "l1"}, r"normalisation is 'l1', must be one of \['softmax', 'rescale', 'none'\]"),
        ({"output": "product"}, r"output is 'product', must be one of \['concat', 'sum'\]"),
        ({"anchors": ()}, r"anchors are \(\); give widths of grids in 1\.\.64, such as \(1, 3, 6, 8\)"),
        ({"anchors": (1, 0)}, r"anchors are \(1, 0\)"),
        ({"anchors": (65,)}, r"anchors are \(65,\)"),
    ],
)
def test_options_of_the_attention_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        AsymmetricConfig(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"levels": ()}, r"levels are \(\); give some of 2, 3 and 4, each once"),
        ({"levels": (4, 4)}, r"levels are \(4, 4\)"),
        ({"levels": (4, 5)}, r"levels are \(4, 5\)"),
        ({"inner": 0}, "inner is 0, must lie in 1..8192"),
        ({"dropout": 1.0}, "dropout is 1.0, must lie in 0.0..0.9"),
    ],
)
def test_options_of_the_fusion_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        FusionConfig(**options)


def test_they_come_back_from_json():
    asymmetric = AsymmetricConfig("paper", "max", (1, 2), "rescale", "sum")
    config = ModelConfig(
        aggregation=AggregationConfig("apnb", asymmetric=asymmetric),
        fusion=FusionConfig("afnb", (2, 4), asymmetric=asymmetric),
    )

    assert from_dict(ModelConfig, to_dict(config)) == config


def test_a_configuration_written_before_there_was_fusion_is_still_read():
    old = to_dict(ModelConfig(head="fcn"))
    del old["fusion"], old["aggregation"]["asymmetric"]

    assert from_dict(ModelConfig, old) == ModelConfig(head="fcn")
