"""Local distribution (LD): context -> context handed out per position."""

from models.registry import Registry

DISTRIBUTIONS = Registry("distribution", "models.distribution")
