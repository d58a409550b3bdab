"""Posts, traffic signs, traffic lights and street lamps: what is thin and small."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.data.street.camera import Patch, Point, board, metres, on_pixels
from models.data.street.layout import Layout, Upright
from models.data.street.palette import SIGN_FACES, Color
from models.data.street.scene import Scene

THINNEST = 1.5 / 512
IN_FRONT = 0.05  # metres between a post and what it carries
STEEL = ((120, 122, 124), (88, 92, 94), (150, 150, 146), (96, 84, 72))
LAMPS: tuple[Color, ...] = ((232, 48, 40), (244, 176, 40), (70, 206, 110))


def paint_furniture(scene: Scene, layout: Layout) -> None:
    """Paint every pole, sign and light."""
    for pole in layout.poles:
        _paint_post(scene, pole, "pole look")
    for sign in layout.signs:
        scene.canvas.next_thing()
        _paint_post(scene, sign, "sign post")
        _paint_sign(scene, sign)
    for light in layout.lights:
        scene.canvas.next_thing()
        _paint_post(scene, light, "light post")
        if scene.dice("light kind", light.index).chance(0.65):
            _paint_traffic_light(scene, light)
        else:
            _paint_lamp(scene, light)


def _post(scene: Scene, post: Upright) -> tuple[Point, float]:
    """Place and width in metres; far posts keep a least width in pixels, so that they do not break up."""
    camera, knobs, place = scene.camera, scene.knobs, (post.x, post.z)
    if knobs.pole_pixels:
        place, _ = on_pixels(camera, place, post.height, (0, knobs.pole_pixels))
        return place, metres(camera, post.z, knobs.pole_pixels)
    return place, max(knobs.pole_width * knobs.object_scale, metres(camera, post.z, THINNEST * camera.width))


def _paint_post(scene: Scene, post: Upright, topic: str) -> None:
    place, width = _post(scene, post)
    patch = board(scene.camera, place, width, post.height)
    if patch is None:
        return
    steel = scene.canvas.mix(scene.dice(topic, post.index).pick(STEEL), "pole")
    round_light = 1 + patch.along * (0.5 * scene.light.sun_side / width)
    scene.canvas.paint(patch, patch.inside, steel, np.broadcast_to(round_light, patch.up.shape))


def _head(scene: Scene, thing: Upright, width: float, height: float) -> Patch | None:
    """A board at the top of the post, in front of it."""
    return board(scene.camera, (thing.x, thing.z - IN_FRONT), width, thing.height, thing.height - height)


def _sign(scene: Scene, sign: Upright, size: float, broad: float) -> tuple[Upright, float, float]:
    """The sign where it is painted, its height and its width in metres."""
    camera, rows, z = scene.camera, scene.knobs.sign_pixels, sign.z - IN_FRONT
    if not rows:
        return sign, size, size * broad
    columns = round(rows * broad)
    (x, _), top = on_pixels(camera, (sign.x, z), sign.height, (rows, columns))
    return replace(sign, x=x, height=top), metres(camera, z, rows), metres(camera, z, columns)


def _paint_sign(scene: Scene, sign: Upright) -> None:
    dice = scene.dice("sign face", sign.index)
    size = scene.knobs.sign_size * scene.knobs.object_scale * dice.between(0.85, 1.2)
    kind = dice.below(4)
    sign, size, wide = _sign(scene, sign, size, 1.3 if kind == 3 else 1.0)
    patch = _head(scene, sign, wide, size)
    if patch is None:
        return
    side = patch.along / size
    up = (patch.up - sign.height) / size + 0.5
    edge = _outline(kind, side, up)
    colors = list(SIGN_FACES)
    rim_color = colors.pop(dice.below(len(colors)))
    rim, face = scene.canvas.mix(rim_color, "sign"), scene.canvas.mix(dice.pick(colors), "sign")
    mark = scene.canvas.mix((40, 40, 44), "sign")
    material = np.where(edge > 0.72, np.int16(rim), np.int16(face))
    bar = (np.abs(up) < 0.09) & (np.abs(side) < 0.26)
    np.copyto(material, mark, where=bar & (edge < 0.6))
    light = scene.light.on_side(0) * 1.05
    scene.canvas.paint(patch, (edge < 1) & patch.inside, material, light)


def _outline(kind: int, side: NDArray[np.floating], up: NDArray[np.floating]) -> NDArray[np.floating]:
    """Up to 1 on a sign, more beyond its outline: disc, triangle, square on its corner or board."""
    aside, above = np.abs(side) * 2, np.abs(up) * 2
    if kind == 0:
        return np.sqrt(aside * aside + above * above)
    if kind == 1:
        return np.maximum(aside + up + 0.5, -up * 2)
    if kind == 2:
        return aside + above
    return np.maximum(aside / 1.3, above)


def _paint_traffic_light(scene: Scene, light: Upright) -> None:
    height = scene.knobs.light_size * scene.knobs.object_scale
    patch = _head(scene, light, height * 0.42, height)
    if patch is None:
        return
    dice = scene.dice("traffic light", light.index)
    mix = scene.canvas.mix
    material = np.full(patch.up.shape, mix((38, 42, 44), "light"), dtype=np.int16)
    level = (patch.up - light.height) / height + 1
    side = patch.along / height
    burning = dice.below(3)
    for number, (place, color) in enumerate(zip((0.82, 0.5, 0.18), LAMPS, strict=True)):
        shown = color if number == burning else (color[0] * 0.35, color[1] * 0.35, color[2] * 0.35)
        above = level - place
        disc = side * side + above * above < 0.0169
        np.copyto(material, mix(shown, "light"), where=disc)
    scene.canvas.paint(patch, patch.inside, material, 1.0)


def _paint_lamp(scene: Scene, light: Upright) -> None:
    width = scene.knobs.light_size * scene.knobs.object_scale
    toward = -1 if light.x > 0 else 1
    place = (light.x + toward * width * 0.4, light.z - IN_FRONT)
    patch = board(scene.camera, place, width, light.height + 0.1 * width, light.height - 0.22 * width)
    if patch is None:
        return
    mix = scene.canvas.mix
    level = (patch.up - light.height) / width
    side = patch.along / width
    bowl = level > side * side * 0.9 - 0.2
    shining = level < -0.04
    material = np.where(shining, np.int16(mix((250, 240, 200), "light")), np.int16(mix((70, 72, 76), "light")))
    scene.canvas.paint(patch, bowl & patch.inside, material, 1.0)
