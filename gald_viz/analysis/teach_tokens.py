"""A classifier as inner products with one token a class, and what becomes of its answer when tokens change.

Huang et al., HFGD (High-level Feature Guided Decoding), section 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Tokens:
    """One vector and one offset a class.

    Attributes:
        weight: (K, C).
        bias: (K,).
    """

    weight: NDArray[np.floating]
    bias: NDArray[np.floating]

    def logits(self, features: NDArray[np.floating]) -> NDArray[np.floating]:
        """(C, h, w) -> (K, h, w)."""
        return np.tensordot(self.weight, features, axes=1) + self.bias[:, None, None]

    def turned(self, first: int, second: int, share: float, length: float = 1.0) -> Tokens:
        """Each of two tokens goes a share of the way to the other's place; 1 makes them trade places.

        Args:
            first, second: class ids.
            share: 0..1.
            length: factor on the first token afterwards, its offset included.

        Raises:
            ValueError: if the share is not in 0..1 or the length is negative.
        """
        if not 0 <= share <= 1 or length < 0:
            raise ValueError(f"share is {share}, must be in 0..1; length is {length}, must be >= 0.")
        weight, bias = self.weight.copy(), self.bias.copy()
        for values in (weight, bias):
            one, other = values[first].copy(), values[second].copy()
            values[first] = length * ((1 - share) * one + share * other)
            values[second] = (1 - share) * other + share * one
        return Tokens(weight, bias)


def tokens_of(weight: NDArray[np.floating], features: NDArray[np.floating], logits: NDArray[np.floating]) -> Tokens:
    """The classifier that made these logits (K, h, w) of these features (C, h, w); its offset is what remains.

    Raises:
        ValueError: if the rest is not the same everywhere: then something else came after the inner products.
    """
    rest = logits - np.tensordot(weight, features, axes=1)
    bias = rest.mean(axis=(1, 2))
    scale = max(float(np.abs(logits).max()), 1.0)
    if np.abs(rest - bias[:, None, None]).max() > 1e-3 * scale:
        raise ValueError("the logits are no inner products of these features and tokens; take a linear classifier.")
    return Tokens(weight, bias)
