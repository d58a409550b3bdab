"""What a training job reads and how it changes it."""

from __future__ import annotations

from dataclasses import dataclass

from models.config.checks import check_range


@dataclass(frozen=True)
class DataConfig:
    """What a training job reads.

    Attributes:
        name: registered data set.
        root: its folder; empty for generated scenes.
        split: split to train on.
        val_split: split to validate on.
        crop: height and width of a training crop, pixels.
        scales: smallest and largest random scale.
        flip: mirror half of the crops.
        photometric: brightness, contrast and saturation jitter, 0 for none.
        brightness: largest shift of all channels, grey levels of 255.
        distortion: photometric distortion of SSD: shift, contrast, saturation and hue, each half of the time.
        workers: loader processes.
        limit: use at most so many images of each split, 0 for all.
        hard_classes: names of classes; a training image that holds one of them stands twice in an epoch
            (DeepLabv3, section 4.3: bicycle, chair, table, potted plant and sofa of VOC).
    """

    name: str = "scenes"
    root: str = ""
    split: str = "train"
    val_split: str = "val"
    crop: tuple[int, int] = (240, 320)
    scales: tuple[float, float] = (0.5, 2.0)
    flip: bool = True
    photometric: float = 0.0
    brightness: float = 0.0
    distortion: bool = False
    workers: int = 1
    limit: int = 0
    hard_classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        low, high = self.scales
        if not 0 < low <= high:
            raise ValueError(f"scales are {self.scales}; give 0 < smallest <= largest.")
        if min(self.crop) < 32:
            raise ValueError(f"crop is {self.crop}; both sides must be >= 32.")
        check_range("photometric", self.photometric, 0.0, 1.0)
        check_range("brightness", self.brightness, 0.0, 255.0)
        check_range("workers", self.workers, 0, 64)
        check_range("limit", self.limit, 0, 1_000_000_000)
