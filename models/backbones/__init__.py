"""Backbones: image -> Pyramid(c2..c5)."""

from models.registry import Registry

BACKBONES = Registry("backbone", "models.backbones")
