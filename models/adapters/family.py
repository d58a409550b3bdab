"""A family of networks: how its members are recognised and where their stages are."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from models.adapters.adapter import Adapter
from models.registry import Registry

FAMILIES = Registry("family of networks", "models.adapters")


class Family:
    """Base of every family; a member is known by its modules, so that no further library has to be there."""

    def matches(self, module: nn.Module) -> bool:
        """Whether the module is a member."""
        return False

    def adapter(self, module: nn.Module) -> Adapter:
        """Where the stages of a member are."""
        return Adapter()

    def build(self, name: str, tensors: Mapping[str, Tensor], num_classes: int | None) -> nn.Module:
        """A member with random weights.

        Args:
            name: of the architecture.
            tensors: of the weights file that will fill it, empty without one; they tell K and optional parts.
            num_classes: K where there is no file; None for the family's usual number.

        Raises:
            ValueError: if there is no such architecture.
        """
        raise ValueError(f"{name!r} cannot be built by its name; build it in a file of your own, FILE.py:FUNCTION.")


def adapter_of(module: nn.Module) -> Adapter:
    """The adapter of the family that the module belongs to; one without stages when it belongs to none."""
    families = (FAMILIES.get(name)() for name in FAMILIES.names())
    return next((family.adapter(module) for family in families if family.matches(module)), Adapter())
