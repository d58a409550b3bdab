"""Time of day: the colour of the light, the sky, and where shadows fall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.data.street.dice import Dice
from models.data.street.palette import Color


@dataclass(frozen=True)
class Light:
    """Light of one scene.

    Attributes:
        tint: (3,) factor on every colour.
        zenith_color: of the sky above.
        horizon_color: (3,) of the sky at the horizon and of the haze.
        clouds: share of the sky in clouds, about.
        sun_side: 1 when the sun stands on the right, -1 on the left.
        reach: metres of shadow a metre of height.
        slant: metres that a shadow goes forward for each metre to the side.
        strength: 0 overcast .. 1 clear.
    """

    tint: NDArray[np.float32]
    zenith_color: Color
    horizon_color: NDArray[np.float32]
    clouds: float
    sun_side: int
    reach: float
    slant: float
    strength: float

    def on_side(self, facing: int) -> float:
        """Brightness of an upright surface that faces left (-1), the camera (0) or right (1)."""
        lit = 0.9 if facing == 0 else 1.04 if facing == self.sun_side else 0.72
        return 0.9 + (lit - 0.9) * (0.3 + 0.7 * self.strength)


@dataclass(frozen=True)
class _Hour:
    zenith: Color
    horizon: Color
    tint: Color
    strength: float
    clouds: tuple[float, float]


_HOURS = (
    _Hour((86, 142, 210), (206, 224, 238), (1.02, 1.0, 0.95), 1.0, (0.0, 0.5)),
    _Hour((86, 142, 210), (206, 224, 238), (1.02, 1.0, 0.95), 1.0, (0.3, 0.6)),
    _Hour((170, 178, 188), (212, 214, 216), (0.92, 0.94, 0.98), 0.2, (0.5, 1.0)),
    _Hour((112, 150, 200), (248, 216, 172), (1.08, 0.96, 0.8), 0.9, (0.1, 0.6)),
    _Hour((78, 90, 140), (216, 168, 150), (0.74, 0.7, 0.8), 0.4, (0.1, 0.7)),
)


def daylight(dice: Dice) -> Light:
    """Draw a time of day."""
    hour = dice.pick(_HOURS)
    return Light(
        tint=np.array(hour.tint, dtype=np.float32) * dice.between(0.92, 1.08),
        zenith_color=hour.zenith,
        horizon_color=np.array(hour.horizon, dtype=np.float32),
        clouds=dice.between(*hour.clouds),
        sun_side=dice.side(),
        reach=dice.between(0.25, 1.1),
        slant=dice.between(-0.5, 0.5),
        strength=hour.strength,
    )
