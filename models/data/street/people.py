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
        scene.canvas.next_thing()
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
    level, side = patch.up / person.height, patch.along / person.height
    aside = np.abs(side)
    above = level - 0.925
    head = side * side * 1.7 + above * above < 0.0049
    shoulders = 0.125 - np.maximum(level - 0.8, 0)
    trunk = (level > 0.46) & (level < 0.85) & (aside < shoulders)
    arms = (level > 0.43) & (level < 0.82) & (aside < 0.165)
    arms &= aside > 0.105 - (level - 0.43) * 0.05
    foot = 0.05 + stride * (1 - level * 2)
    legs = (level <= 0.48) & (np.abs(aside - foot) < 0.048)
    if skirt:
        legs |= (level > 0.28) & (level <= 0.48)
        legs &= aside < 0.2 - level * 0.22

    material = np.full(level.shape, shirt, dtype=np.int16)
    np.copyto(material, trousers, where=level <= 0.48)
    np.copyto(material, skin, where=head | (arms & (level < 0.47)))
    np.copyto(material, hair, where=head & (level > 0.945))
    turn = 1 + side * (1.1 * scene.light.sun_side * scene.light.strength)
    scene.canvas.paint(patch, (head | trunk | arms | legs) & patch.inside, material, turn)
