"""Settings of the single losses."""

from __future__ import annotations

from dataclasses import dataclass

from models.config.checks import check_range


@dataclass(frozen=True)
class LossConfig:
    """What the losses of supervised stages weigh, and the constants of CAR, focal and Dice loss.

    Attributes:
        guiding: weight of the main loss on the logits of inner branches, such as HFGD's guiding branch.
        car_center: weight of CAR between class centres.
        car_pixel: weight of CAR between class centres and pixels of other classes.
        car_intra: weight of CAR between a pixel and its own class centre.
        car_center_margin: share of the softmax that the other centres may hold together, without loss.
        car_pixel_margin: the same for centres and pixels.
        focal_gamma: exponent on 1 - p of the focal loss; 0 is cross entropy.
        dice_smooth: added to numerator and denominator of the Dice coefficient, pixels.
    """

    guiding: float = 1.0
    car_center: float = 1.0
    car_pixel: float = 1.0
    car_intra: float = 1.0
    car_center_margin: float = 0.5
    car_pixel_margin: float = 0.25
    focal_gamma: float = 2.0
    dice_smooth: float = 1.0

    def __post_init__(self) -> None:
        for name in ("guiding", "car_center", "car_pixel", "car_intra", "dice_smooth"):
            check_range(name, getattr(self, name), 0.0, 1000.0)
        check_range("car_center_margin", self.car_center_margin, 0.0, 1.0)
        check_range("car_pixel_margin", self.car_pixel_margin, 0.0, 1.0)
        check_range("focal_gamma", self.focal_gamma, 0.0, 10.0)
