"""Heads: Pyramid -> context."""

from models.registry import Registry

HEADS = Registry("head", "models.heads")
