"""Global aggregation (GA): features -> context."""

from models.registry import Registry

AGGREGATIONS = Registry("aggregation", "models.aggregation")
