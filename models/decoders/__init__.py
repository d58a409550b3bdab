"""Decoders: context -> logits; a decoder owns the classifier."""

from models.registry import Registry

DECODERS = Registry("decoder", "models.decoders")
