"""What the surfaces of our own shapes look like: a look for each material slot of a kind."""

from __future__ import annotations

import colorsys
from collections.abc import Callable

from engine.frame.looks_spec import JitterLook, Look, PaintLook, Rgb, SlotLooks, SurfaceLook
from engine.frame.palettes import natural
from engine.frame.rng import Stream
from engine.shapes import fruit, tools

type OneLook = PaintLook | SurfaceLook

_SKINS: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float], float]] = {
    # hue, saturation, value, roughness
    "apple": ((-12, 95), (0.65, 0.85), (0.35, 0.72), 0.28),
    "orange": ((22, 32), (0.86, 0.96), (0.80, 0.95), 0.42),
    "lemon": ((46, 54), (0.75, 0.88), (0.82, 0.95), 0.40),
    "pear": ((52, 78), (0.50, 0.72), (0.50, 0.78), 0.38),
    "banana": ((44, 54), (0.65, 0.82), (0.75, 0.92), 0.45),
}


def draw_prop_look(kind: str, traits: tuple[float, ...], stream: Stream) -> Look:
    """Draw believable materials for a shape of `kind` with `traits`."""
    if kind == "fruit":
        return SlotLooks(_fruit(fruit.sort_of(traits), stream))
    if kind == "tool":
        return SlotLooks(_tool(tools.sort_of(traits), stream))
    return SlotLooks(_MAKERS[kind](stream))


def draw_model_look(stream: Stream) -> Look:
    """Draw how far a model's own materials stray from what they are."""
    return JitterLook(
        hue_shift=_between(stream, -12, 12),
        saturation=_between(stream, 0.8, 1.15),
        value=_between(stream, 0.75, 1.15),
        roughness_shift=_between(stream, -0.1, 0.15),
    )


def draw_paint(stream: Stream) -> Look:
    """Draw a paint for a model that brings no materials."""
    return _paint(stream)


def _between(stream: Stream, low: float, high: float) -> float:
    return low + (high - low) * stream.uniform()


def _hsv(stream: Stream, hue: tuple[float, float], saturation: tuple[float, float], value: tuple[float, float]) -> Rgb:
    return colorsys.hsv_to_rgb(
        _between(stream, *hue) / 360 % 1, _between(stream, *saturation), _between(stream, *value)
    )


def _paint(stream: Stream, roughness: tuple[float, float] = (0.2, 0.55)) -> PaintLook:
    return PaintLook(_hsv(stream, (0, 360), (0.0, 0.85), (0.08, 0.92)), _between(stream, *roughness), 0.0)


def _paper(stream: Stream) -> PaintLook:
    return PaintLook(_hsv(stream, (30, 60), (0.02, 0.14), (0.78, 0.92)), 0.85, 0.0)


def surface(material: str, stream: Stream, scale: float = 1.0) -> SurfaceLook:
    """A material in colours that it has by nature."""
    base, second, roughness = natural(material, stream)
    return SurfaceLook(
        material=material,
        base_color=base,
        second_color=second,
        roughness=roughness,
        seed=stream.uniform(),
        scale=scale,
    )


def _dyed(material: str, stream: Stream) -> SurfaceLook:
    """A material in any colour but black, which hides shapes and shadows."""
    color = _hsv(stream, (0, 360), (0.0, 0.8), (0.25, 0.9))
    return SurfaceLook(
        material=material,
        base_color=color,
        second_color=color,
        roughness=_between(stream, 0.25, 0.55),
        seed=stream.uniform(),
    )


def _metal(stream: Stream) -> SurfaceLook:
    return surface("brushed-metal" if stream.uniform() < 0.6 else "polished-metal", stream)


def _packet(stream: Stream) -> tuple[OneLook, ...]:
    card = surface("cardboard", stream) if stream.uniform() < 0.5 else _paint(stream, (0.35, 0.7))
    return card, _paint(stream, (0.25, 0.5))


def _bottle(stream: Stream) -> tuple[OneLook, ...]:
    return _dyed("plastic", stream), _dyed("plastic", stream), _paint(stream, (0.3, 0.7))


def _can(stream: Stream) -> tuple[OneLook, ...]:
    wall: OneLook = _paint(stream, (0.2, 0.4)) if stream.uniform() < 0.7 else _metal(stream)
    return wall, PaintLook((0.78, 0.77, 0.75), _between(stream, 0.18, 0.35), 1.0)


def _bowl(stream: Stream) -> tuple[OneLook, ...]:
    material = "wood" if stream.uniform() < 0.25 else "ceramic"
    outside = surface(material, stream)
    return outside, outside if stream.uniform() < 0.6 or material == "wood" else surface("ceramic", stream)


def _book(stream: Stream) -> tuple[OneLook, ...]:
    pick = stream.uniform()
    cover: OneLook = _paint(stream, (0.3, 0.6))
    if pick < 0.25:
        cover = surface("leather", stream)
    elif pick < 0.45:
        cover = surface("fabric", stream, 0.4)
    return cover, _paper(stream)


def _cable(stream: Stream) -> tuple[OneLook, ...]:
    shade = 0.03 + 0.85 * (stream.uniform() > 0.5) + 0.08 * stream.uniform()
    grey = PaintLook((shade, shade, shade), _between(stream, 0.35, 0.6), 0.0)
    sleeve = grey if stream.uniform() < 0.7 else _paint(stream, (0.4, 0.7))
    return sleeve, grey, PaintLook((0.75, 0.74, 0.72), 0.25, 1.0)


def _fruit(sort: str, stream: Stream) -> tuple[OneLook, ...]:
    hue, saturation, value, roughness = _SKINS[sort]
    skin = PaintLook(_hsv(stream, hue, saturation, value), roughness + _between(stream, -0.06, 0.08), 0.0)
    return skin, PaintLook(_hsv(stream, (25, 45), (0.45, 0.65), (0.16, 0.3)), 0.8, 0.0)


def _tool(sort: str, stream: Stream) -> tuple[OneLook, ...]:
    handle = surface("wood", stream, 0.5) if sort == "hammer" else _dyed("plastic", stream)
    return handle, _metal(stream)


def _open_box(stream: Stream) -> tuple[OneLook, ...]:
    return (surface("cardboard", stream),)


def _bin(stream: Stream) -> tuple[OneLook, ...]:
    return (_dyed("plastic", stream),)


_MAKERS: dict[str, Callable[[Stream], tuple[OneLook, ...]]] = {
    "box": _packet,
    "bottle": _bottle,
    "can": _can,
    "bowl": _bowl,
    "book": _book,
    "cable": _cable,
    "open box": _open_box,
    "bin": _bin,
}
