"""Fusion of levels: Pyramid -> one map with the size of c5."""

from models.registry import Registry

FUSIONS = Registry("fusion", "models.fusion")
