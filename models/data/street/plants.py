"""Trees: a trunk and a crown of overlapping leafy balls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.data.street.camera import Patch, board
from models.data.street.dice import cell_noise
from models.data.street.layout import Layout, Upright
from models.data.street.palette import LEAVES, scaled
from models.data.street.scene import Scene


def paint_trees(scene: Scene, layout: Layout) -> None:
    """Paint every tree."""
    for tree in layout.trees:
        _paint_trunk(scene, tree)
        _paint_crown(scene, tree)


def leaves(patch: Patch, size: float, key: int) -> NDArray[np.float32]:
    """(h, w) noise in 0..1: leaves of a size in metres, gathered in tufts."""
    rows = patch.up / size
    # Every second row is shifted by half a leaf, so that no grid shows.
    columns = patch.along / size + np.floor(rows) * 0.5
    tufts = cell_noise(rows / 4, columns / 4 + np.floor(rows / 4) * 0.37, key)
    return cell_noise(rows, columns, key) * 0.6 + tufts * 0.4


def leaf_shade(scene: Scene, noise: NDArray[np.float32]) -> NDArray[np.float32]:
    """Brightness of leaves, a factor about 1, from noise in 0..1; any shape -> the same shape."""
    return 1 + (noise - 0.5) * (0.4 * scene.knobs.texture)


def _paint_trunk(scene: Scene, tree: Upright) -> None:
    patch = board(scene.camera, (tree.x, tree.z), 0.05 * tree.height, tree.height * 0.5)
    if patch is not None:
        bark = scene.canvas.mix((92, 74, 58), "vegetation")
        scene.canvas.paint(patch, patch.inside, bark, scene.light.on_side(0))


def _paint_crown(scene: Scene, tree: Upright) -> None:
    dice = scene.dice("crown", tree.index)
    height, width = tree.height, tree.height * dice.between(0.5, 0.8)
    patch = board(scene.camera, (tree.x, tree.z), width * 1.3, height * 1.05, height * 0.22)
    if patch is None:
        return
    noise = leaves(patch, height / 52, dice.key())
    inside = np.zeros(patch.up.shape, dtype=bool)
    lift = np.zeros(patch.up.shape, dtype=np.float32)
    for ball in range(5):
        radius = height * dice.between(0.17, 0.26)
        x = 0.0 if ball == 0 else dice.between(-0.5, 0.5) * width * 0.75
        y = height * (0.66 if ball == 0 else dice.between(0.48, 0.8))
        across, above = patch.along - x, patch.up - y
        ragged = radius * radius * (0.75 + 0.5 * noise)
        here = across * across + above * above < ragged
        sunny = (above + across * (0.8 * scene.light.sun_side)) / radius
        np.copyto(lift, sunny, where=here)
        inside |= here
    color = dice.pick(LEAVES)
    tones = [scene.canvas.mix(scaled(color, factor), "vegetation") for factor in (0.78, 0.95, 1.15)]
    tone = noise + lift * 0.3
    material = np.where(tone < 0.3, np.int16(tones[0]), np.int16(tones[1]))
    np.copyto(material, tones[2], where=tone > 0.75)
    shade = leaf_shade(scene, noise) * (0.9 + lift * (0.14 * scene.light.strength + 0.04))
    scene.canvas.paint(patch, inside & patch.inside, material, shade)
