"""Data sets: files or generators -> Sample."""

from models.registry import Registry

DATASETS = Registry("data set", "models.data")
