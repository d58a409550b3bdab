"""Road, pavements and verges, with markings, tiles and the shadows that lie on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.data.street.dice import Dice, cell_noise, smooth_noise
from models.data.street.layout import Layout, Shadow
from models.data.street.palette import LEAVES
from models.data.street.scene import Scene

FAR = 400.0
KERB = 0.18


@dataclass(frozen=True)
class _Surfaces:
    """Material numbers."""

    road: int
    pavement: int
    kerb: int
    verge: int


@dataclass(frozen=True)
class _Ground:
    """Street coordinates of the rows below the horizon: x (h, w), z (h, 1), both float32."""

    top: int
    x: NDArray[np.float32]
    z: NDArray[np.float32]

    def rows_between(self, near: float, far: float) -> slice:
        """Rows (of this ground) whose z lies between near and far."""
        z = self.z[:, 0]
        inside = np.flatnonzero((z >= near) & (z <= far))
        return slice(int(inside[0]), int(inside[-1]) + 1) if len(inside) else slice(0, 0)


def paint_ground(scene: Scene, layout: Layout) -> None:
    """Paint all that lies flat; call it before anything that stands."""
    ground = _ground(scene)
    if ground is None:
        return
    dice = scene.dice("ground")
    surfaces = _mix(scene, dice)
    material = _lay(scene, layout, ground, surfaces)
    shade = _texture(scene, ground, material == surfaces.verge, dice)
    _tiles(scene, ground, shade)
    _markings(scene, layout, ground, material)
    covered = _shadowed(ground, layout.shadows)
    dark = 1 - scene.knobs.shadow * (0.35 + 0.65 * scene.light.strength)
    np.multiply(shade, dark, out=shade, where=covered)
    scene.canvas.material[ground.top :] = material
    scene.canvas.shade[ground.top :] = shade
    scene.canvas.depth[ground.top :] = ground.z


def _ground(scene: Scene) -> _Ground | None:
    camera = scene.camera
    top = max(0, int(camera.horizon + camera.focal * camera.eye / FAR) + 1)
    if top >= camera.height:
        return None
    below = np.arange(top, camera.height) + 0.5 - camera.horizon
    z = (camera.focal * camera.eye / below)[:, None]
    sight = (np.arange(camera.width) + 0.5 - camera.centre) / camera.focal
    x = (sight[None, :] - camera.bend * z) * z + camera.offset
    return _Ground(top, x.astype(np.float32), z.astype(np.float32))


def _mix(scene: Scene, dice: Dice) -> _Surfaces:
    mix = scene.canvas.mix
    grey, stone = dice.between(84, 118), dice.between(138, 182)
    return _Surfaces(
        road=mix((grey, grey * 0.99, grey), "road"),
        pavement=mix((stone, stone * dice.between(0.93, 0.98), stone * dice.between(0.84, 0.95)), "pavement"),
        kerb=mix((stone * 1.14, stone * 1.14, stone * 1.12), "pavement"),
        verge=mix(dice.pick(LEAVES), "vegetation"),
    )


def _lay(scene: Scene, layout: Layout, ground: _Ground, surfaces: _Surfaces) -> NDArray[np.int16]:
    half = scene.knobs.road_width / 2
    distance = np.abs(ground.x)
    material = np.full(ground.x.shape, surfaces.verge, dtype=np.int16)
    material[distance < half + scene.knobs.pavement_width + layout.paved_beyond] = surfaces.pavement
    material[distance < half + KERB] = surfaces.kerb
    material[distance < half] = surfaces.road
    if layout.crossing is not None:
        material[ground.rows_between(*layout.crossing)] = surfaces.road
    return material


def _texture(scene: Scene, ground: _Ground, grass: NDArray[np.bool_], dice: Dice) -> NDArray[np.float32]:
    strength = scene.knobs.texture
    columns = np.arange(ground.x.shape[1], dtype=np.float32) * (512 / scene.camera.width)
    rows = np.minimum(ground.z[:, 0], 60)
    blotches = smooth_noise(rows / 1.7, columns / 46, dice.key())
    grain = cell_noise(ground.z * 5, ground.x * 9, dice.key())
    rough = np.where(grass, np.float32(0.3 * strength), np.float32(0.09 * strength))
    return 1 + (blotches - 0.5) * (0.16 * strength) + (grain - 0.5) * rough


def _tiles(scene: Scene, ground: _Ground, shade: NDArray[np.float32]) -> None:
    near = ground.rows_between(0, 16)
    x, z = ground.x[near], ground.z[near]
    half = scene.knobs.road_width / 2
    columns, rows = x / 0.7, z / 0.7
    joint = (columns - np.floor(columns) < 0.07) | (rows - np.floor(rows) < 0.07)
    beside = (np.abs(x) > half + KERB) & (np.abs(x) < half + scene.knobs.pavement_width)
    fading = (0.16 * scene.knobs.texture) * (1 - z / 16)
    shade[near] -= fading * (joint & beside)


def _markings(scene: Scene, layout: Layout, ground: _Ground, material: NDArray[np.int16]) -> None:
    paint = scene.canvas.mix((222, 220, 210), "road")
    half = scene.knobs.road_width / 2
    free = ground.rows_between(*layout.crossing) if layout.crossing else slice(0, 0)
    keep = material[free].copy()
    dashes = ground.z / 7
    dashed = (dashes - np.floor(dashes) < 0.45) & (ground.z < 70)
    material[(np.abs(ground.x) < 0.09) & dashed] = paint
    if layout.edge_lines:
        material[(np.abs(np.abs(ground.x) - (half - 0.35)) < 0.07) & (ground.z < 60)] = paint
    material[free] = keep
    if layout.zebra is not None:
        rows = ground.rows_between(layout.zebra, layout.zebra + 3)
        stripes = ground.x[rows]
        striped = stripes - np.floor(stripes) < 0.5
        material[rows][striped & (np.abs(stripes) < half - 0.2)] = paint


def _shadowed(ground: _Ground, shadows: Sequence[Shadow]) -> NDArray[np.bool_]:
    covered = np.zeros(ground.x.shape, dtype=bool)
    for shadow in shadows:
        drift = shadow.slant * abs(shadow.reach)
        rows = ground.rows_between(shadow.near + min(drift, 0), shadow.far + max(drift, 0))
        away = ground.x[rows] - shadow.x
        if shadow.reach < 0:
            away = -away
        z = ground.z[rows] - shadow.slant * away
        reached = (away >= 0) & (away < abs(shadow.reach))
        covered[rows] |= reached & (z >= shadow.near) & (z < shadow.far)
    return covered
