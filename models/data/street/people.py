"""Persons: head, trunk, arms and legs, facing the camera."""

from __future__ import annotations

import numpy as np

from models.data.street.camera import board
from models.data.street.layout import Layout, Upright
from models.data.street.palette import CLOTHES, SKINS, scaled
from models.data.street.scene import Scene

HAIR = ((44, 36, 32), (92, 66, 44), (150, 120, 84), (120, 118, 116))


def paint_people(scene: Scene, layout: Layout) -> None:
    """Paint every person."""
    for person in layout.people:
        _paint_person(scene, person)


def _paint_person(scene: Scene, person: Upright) -> None:
    patch = board(scene.camera, (person.x, person.z), 0.42 * person.height, person.height)
    if patch is None:
        return
    dice = scene.dice("person looks", person.index)
    mix = scene.canvas.mix
    skin, hair = mix(dice.pick(SKINS), "person"), mix(dice.pick(HAIR), "person")
    shirt = mix(scaled(dice.pick(CLOTHES), dice.between(0.8, 1.1)), "person")
    trousers = mix(scaled(dice.pick(CLOTHES), dice.between(0.55, 0.9)), "person")
    stride, skirt = dice.between(0.0, 0.07), dice.chance(0.25)

    # Shares of the person's height, upward and to the side.
    level, side = patch.up / np.float32(person.height), patch.along / np.float32(person.height)
    aside = np.abs(side)
    above = level - np.float32(0.925)
    head = side * side * np.float32(1.7) + above * above < np.float32(0.0049)
    shoulders = np.float32(0.125) - np.maximum(level - np.float32(0.8), 0) * np.float32(1.0)
    trunk = (level > np.float32(0.46)) & (level < np.float32(0.85)) & (aside < shoulders)
    arms = (level > np.float32(0.43)) & (level < np.float32(0.82)) & (aside < np.float32(0.165))
    arms &= aside > np.float32(0.105) - (level - np.float32(0.43)) * np.float32(0.05)
    foot = np.float32(0.05) + np.float32(stride) * (1 - level * 2)
    legs = (level <= np.float32(0.48)) & (np.abs(aside - foot) < np.float32(0.048))
    if skirt:
        legs |= (level > np.float32(0.28)) & (level <= np.float32(0.48))
        legs &= aside < np.float32(0.2) - level * np.float32(0.22)

    material = np.full(level.shape, shirt, dtype=np.int16)
    np.copyto(material, np.int16(trousers), where=level <= np.float32(0.48))
    np.copyto(material, np.int16(skin), where=head | (arms & (level < np.float32(0.47))))
    np.copyto(material, np.int16(hair), where=head & (level > np.float32(0.945)))
    turn = 1 + side * np.float32(1.1 * scene.light.sun_side * scene.light.strength)
    scene.canvas.paint(patch, (head | trunk | arms | legs) & patch.inside, material, turn)
