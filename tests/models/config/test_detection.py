import pytest

from models.config import BackboneConfig, DetectorConfig, RcnnConfig, from_dict, to_dict
from models.presets import DETECTORS


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detectors_configuration_survives_json(name):
    config = DETECTORS[name].model

    assert from_dict(DetectorConfig, to_dict(config)) == config


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DetectorConfig(level="c3"), r"level is 'c3', must be one of \['c4', 'c5'\]"),
        (
            lambda: DetectorConfig(BackboneConfig("tiny", output_stride=8)),
            r"output_stride .* is 8, must be one of",
        ),
        (lambda: DetectorConfig(sides=(600, 500)), r"sides are \(600, 500\); give 32 <= short <= long"),
        (lambda: DetectorConfig(pyramid_groups=7), "pyramid_groups is 7, must divide pyramid_width 256"),
        (lambda: DetectorConfig(variant="mine"), "variant is 'mine'"),
        (lambda: RcnnConfig(anchors=(8, 16)), r"anchors are \(8, 16\); give five sides"),
        (lambda: RcnnConfig(ratios=(0.0,)), r"ratios are \(0.0,\)"),
        (lambda: RcnnConfig(score_threshold=1.5), "score_threshold is 1.5, must lie in 0.0..1.0"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
