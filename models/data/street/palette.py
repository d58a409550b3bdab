"""Classes of the scenes and the colours that things are painted in."""

from models.data.classes import ClassSet

Color = tuple[float, float, float]

CLASSES = ClassSet(
    names=(
        "sky",
        "building",
        "road",
        "pavement",
        "vegetation",
        "car",
        "truck",
        "pole",
        "sign",
        "light",
        "person",
    ),
    # Far apart for normal and for colour-blind eyes; the tests say how far.
    colors=(
        (160, 225, 250),
        (130, 114, 142),
        (52, 20, 96),
        (216, 130, 240),
        (10, 146, 92),
        (10, 60, 236),
        (80, 4, 36),
        (255, 216, 160),
        (252, 248, 10),
        (236, 132, 10),
        (178, 10, 14),
    ),
    thing_flags=(False, False, False, False, False, True, True, False, True, True, True),
)

WALLS: tuple[Color, ...] = (
    (166, 92, 74),
    (192, 132, 96),
    (208, 188, 152),
    (224, 212, 188),
    (176, 172, 166),
    (142, 148, 154),
    (200, 170, 110),
    (168, 182, 186),
    (186, 120, 106),
)
ROOFS: tuple[Color, ...] = ((120, 66, 54), (86, 84, 88), (104, 92, 82), (70, 76, 86))
CAR_PAINTS: tuple[Color, ...] = (
    (176, 40, 40),
    (44, 76, 136),
    (214, 214, 214),
    (52, 54, 58),
    (140, 144, 148),
    (60, 104, 84),
    (202, 168, 88),
    (150, 96, 70),
    (98, 130, 170),
)
TRUCK_PAINTS: tuple[Color, ...] = (
    (216, 214, 206),
    (70, 100, 150),
    (190, 90, 50),
    (90, 120, 90),
    (150, 150, 150),
    (204, 176, 90),
)
CLOTHES: tuple[Color, ...] = (
    (190, 60, 60),
    (60, 80, 140),
    (50, 50, 56),
    (220, 216, 206),
    (90, 130, 90),
    (200, 160, 70),
    (130, 90, 130),
    (110, 100, 90),
)
SKINS: tuple[Color, ...] = ((226, 184, 154), (196, 146, 112), (150, 104, 76), (98, 68, 52))
LEAVES: tuple[Color, ...] = ((78, 116, 52), (96, 122, 46), (60, 98, 56), (128, 124, 52), (112, 96, 44))
SIGN_FACES: tuple[Color, ...] = ((200, 30, 36), (30, 78, 160), (238, 236, 228), (236, 190, 40), (40, 110, 70))


def mixed(first: Color, second: Color, share: float) -> Color:
    """First colour with a share of the second."""
    red, green, blue = (a + (b - a) * share for a, b in zip(first, second, strict=True))
    return red, green, blue


def scaled(color: Color, factor: float) -> Color:
    """Colour made darker (factor < 1) or brighter."""
    return color[0] * factor, color[1] * factor, color[2] * factor
