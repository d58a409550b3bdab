"""Sky: a gradient, clouds, the glow around the sun; whatever nothing else covers."""

from __future__ import annotations

import numpy as np

from models.data.street.dice import smooth_noise
from models.data.street.scene import Scene


def paint_sky(scene: Scene) -> None:
    """Fill the rows above the horizon; call it first."""
    canvas, light, camera = scene.canvas, scene.light, scene.camera
    rows = min(camera.height, int(camera.horizon) + 2)
    material = canvas.mix(light.zenith_color, "sky")
    canvas.material[:] = material
    if rows < 1:
        return
    height = ((np.arange(rows) + 0.5) / max(camera.horizon, 1.0)).astype(np.float32)[:, None]
    across = (np.arange(camera.width, dtype=np.float32) + 0.5) / camera.width
    veil = height * height * 0.9 + 0.05

    sun = 0.5 + 0.42 * light.sun_side
    distance = (across - sun) * (across - sun) * 4 + height * height
    glow = (0.12 * light.strength) / (distance + 0.25)

    cloud = _clouds(scene, rows)
    canvas.veil[:rows] = np.minimum(veil + cloud * 0.75 * (1 - veil), 1)
    canvas.shade[:rows] = 1 + glow
    canvas.veil[rows:] = 1


def _clouds(scene: Scene, rows: int) -> np.ndarray:
    dice = scene.dice("clouds")
    # Clouds are flat and crowd together toward the horizon.
    row = np.arange(rows, dtype=np.float32) * (256 / scene.camera.height)
    column = np.arange(scene.camera.width, dtype=np.float32) * (512 / scene.camera.width)
    coarse = smooth_noise(row / 26, column / 80, dice.key())
    fine = smooth_noise(row / 9, column / 24, dice.key())
    cover = coarse * 0.68 + fine * 0.32
    start = 0.95 - 0.6 * scene.light.clouds
    return np.clip((cover - start) * 4, 0, 1)
