"""Networks of others: their own modules, with an adapter that says which of them hold which stage."""

from models.adapters.adapted import AdaptedNetwork, adapt
from models.adapters.adapter import Adapter, Tap
from models.adapters.family import FAMILIES, Family

__all__ = ["FAMILIES", "AdaptedNetwork", "Adapter", "Family", "Tap", "adapt"]
