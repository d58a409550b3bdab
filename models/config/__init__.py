"""Configuration of networks, data and training: frozen dataclasses that check themselves.

JSON is what is written into checkpoints and run folders; these classes are the only place where it is read back.
"""

from models.config.asymmetric import AsymmetricConfig, FusionConfig
from models.config.attention import AttentionConfig
from models.config.checks import VARIANTS
from models.config.convert import from_dict, to_dict
from models.config.data import DataConfig
from models.config.detection import DetectorConfig, RcnnConfig
from models.config.losses import LossConfig
from models.config.network import STRIDES, AggregationConfig, BackboneConfig, DistributionConfig, ModelConfig
from models.config.training import TrainConfig
from models.config.upsampling import UpsamplingConfig

__all__ = [
    "STRIDES",
    "VARIANTS",
    "AggregationConfig",
    "AsymmetricConfig",
    "AttentionConfig",
    "BackboneConfig",
    "DataConfig",
    "DetectorConfig",
    "DistributionConfig",
    "FusionConfig",
    "LossConfig",
    "ModelConfig",
    "RcnnConfig",
    "TrainConfig",
    "UpsamplingConfig",
    "from_dict",
    "to_dict",
]
