"""Buildings and hedges along the street, and what closes the view at its end."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.data.street.camera import Patch, board, upright
from models.data.street.dice import Dice, cell_noise, line_noise
from models.data.street.layout import END, Layout, Plot
from models.data.street.palette import LEAVES, ROOFS, WALLS, Color, mixed, scaled
from models.data.street.plants import leaf_shade, leaves
from models.data.street.scene import Scene


@dataclass(frozen=True)
class _Style:
    """Materials and measures of one building's walls."""

    wall: int
    trim: int
    glass: int
    bright: int
    base: int
    bay: float
    storey: float
    pane: tuple[float, float]
    bricks: bool
    key: int


def wall_color(scene: Scene, side: int, index: int) -> Color:
    """Colour of a plot's building, which some trucks share."""
    dice = scene.dice("wall", side, index)
    return scaled(dice.pick(WALLS), dice.between(0.85, 1.08))


def paint_plots(scene: Scene, layout: Layout) -> None:
    """Paint the building or hedge of every plot."""
    front = scene.knobs.road_width / 2 + scene.knobs.pavement_width
    for plot in layout.plots:
        if plot.far <= 1.5:
            continue
        if plot.green:
            _paint_hedge(scene, plot, front)
        else:
            _paint_building(scene, plot, front)


def paint_view_end(scene: Scene) -> None:
    """A line of distant buildings and woods across the end of the street."""
    dice = scene.dice("view end")
    span = 3.0 * END
    x = -span / 2
    while x < span / 2:
        width, height = dice.between(10, 26), dice.between(0.4, 1.1)
        wooded, color, key = dice.chance(0.4), dice.pick(WALLS), dice.key()
        patch = board(scene.camera, (x + width / 2, END + 12), width, scene.knobs.building_height * height)
        x += width
        if patch is None:
            continue
        if wooded:
            wood = scene.canvas.mix(dice.pick(LEAVES), "vegetation")
            edge = scene.knobs.building_height * height * 0.8
            ragged = patch.up < edge - 3 * line_noise(patch.along / 2, key)
            scene.canvas.paint(patch, patch.inside & ragged, wood, 0.85)
        else:
            _paint_wall(scene, patch, _style(scene, dice, color), 0.9)


def _paint_hedge(scene: Scene, plot: Plot, front: float) -> None:
    dice = scene.dice("hedge", plot.side, plot.index)
    x = plot.side * (front + plot.setback + 0.4)
    top = dice.between(0.9, 2.2)
    color = dice.pick(LEAVES)
    tones = [scene.canvas.mix(scaled(color, factor), "vegetation") for factor in (0.8, 1.0)]
    faces = (
        upright(scene.camera, (x, plot.near), (x, plot.far), top + 0.4),
        board(scene.camera, (x + plot.side * 6, plot.near), 12, top + 0.4),
    )
    for patch in faces:
        if patch is None:
            continue
        edge = top + 0.4 * line_noise(patch.along * 3, dice.key())
        noise = leaves(patch, 0.09, dice.key())
        material = np.where(noise < 0.5, np.int16(tones[0]), np.int16(tones[1]))
        lift = 0.75 + np.minimum(patch.up, top) * (0.3 / top)
        scene.canvas.paint(patch, patch.inside & (patch.up < edge), material, leaf_shade(scene, noise) * lift)


def _paint_building(scene: Scene, plot: Plot, front: float) -> None:
    dice = scene.dice("building", plot.side, plot.index)
    style = _style(scene, dice, wall_color(scene, plot.side, plot.index))
    x = plot.side * (front + plot.setback)
    side_wall = upright(scene.camera, (x, plot.near), (x, plot.far), plot.height)
    if side_wall is not None:
        _paint_wall(scene, side_wall, style, scene.light.on_side(-plot.side))
    if plot.near < 1.5:
        return
    gable = dice.between(2, 4) if dice.chance(0.35) else 0.0
    end_wall = board(scene.camera, (x + plot.side * 6, plot.near), 12, plot.height + gable)
    if end_wall is None:
        return
    eaves = plot.height + gable - np.abs(end_wall.along) * (gable / 6)
    gabled = replace(end_wall, inside=end_wall.inside & (end_wall.up < eaves))
    _paint_wall(scene, gabled, style, scene.light.on_side(0))


def _style(scene: Scene, dice: Dice, color: Color) -> _Style:
    mix = scene.canvas.mix
    glass = mixed((70, 84, 100), tuple(scene.light.horizon_color.tolist()), dice.between(0.05, 0.3))
    left = dice.between(0.16, 0.3)
    return _Style(
        wall=mix(color, "building"),
        trim=mix(mixed(color, (236, 232, 224), dice.between(0.3, 0.8)), "building"),
        glass=mix(glass, "building"),
        bright=mix(mixed(glass, (250, 226, 170), dice.between(0.2, 0.6)), "building"),
        base=mix(dice.pick((*ROOFS, scaled(color, 0.7))), "building"),
        bay=dice.between(2.0, 3.6),
        storey=dice.between(2.8, 3.5),
        pane=(left, dice.between(0.26, 0.4)),
        bricks=dice.chance(0.5),
        key=dice.key(),
    )


def _paint_wall(scene: Scene, patch: Patch, style: _Style, light: float) -> None:
    bays, storeys = patch.along / style.bay, patch.up / style.storey
    bay, storey = np.floor(bays), np.floor(storeys)
    across, above = bays - bay, storeys - storey
    left, low = style.pane
    tall = (above > low) & (above < 0.84)
    wide = (across > left) & (across < 1 - left)
    framed = (above > low - 0.07) & (above < 0.89)
    framed = framed & (across > left - 0.05) & (across < 1.05 - left)
    lot = cell_noise(storey, bay, style.key)
    present = lot < scene.knobs.window_density
    lit = lot < 0.12 * scene.knobs.window_density

    material = np.where(framed & present, np.int16(style.trim), np.int16(style.wall))
    np.copyto(material, style.glass, where=tall & wide & present)
    np.copyto(material, style.bright, where=tall & wide & lit)
    door = (line_noise(bay, style.key ^ 1) < 0.2) & (np.abs(across - 0.5) < 0.2)
    foot = np.where(door, 2.2, 0.5).astype(np.float32)
    np.copyto(material, style.base, where=patch.up < foot)
    scene.canvas.paint(patch, patch.inside, material, _wall_shade(scene, patch, style, light))


def _wall_shade(scene: Scene, patch: Patch, style: _Style, light: float) -> NDArray[np.float32]:
    strength = scene.knobs.texture
    near_ground = 0.86 + (0.14 / 4) * np.minimum(patch.up, 4)
    if style.bricks:
        courses = patch.up * 5
        stones = patch.along * 2.2 + np.floor(courses) * 0.5
        # Bricks that would be smaller than a pixel or two fade into their mean.
        fade = np.minimum(0.22, 3 / patch.depth) * strength
        tone = cell_noise(courses, stones, style.key) - 0.5
        return (near_ground + tone * fade) * light
    panel = line_noise(patch.along / style.bay, style.key) - 0.5
    return (near_ground + panel * 0.08 * strength) * light
