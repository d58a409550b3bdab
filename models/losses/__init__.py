"""Losses: logits and labels -> scalar."""

from models.registry import Registry

LOSSES = Registry("loss", "models.losses")
