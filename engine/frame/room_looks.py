"""What the surfaces of a room and its furniture look like."""

from __future__ import annotations

import colorsys
from collections.abc import Callable

from engine.frame.looks_spec import Look, PaintLook, Rgb, SlotLooks, SurfaceLook, Wear
from engine.frame.prop_looks import surface
from engine.frame.rng import Stream

type OneLook = PaintLook | SurfaceLook

METAL = PaintLook((0.72, 0.71, 0.69), 0.3, 1.0)
WHITE = PaintLook((0.9, 0.9, 0.88), 0.6, 0.0)


def wall_paint(stream: Stream) -> PaintLook:
    """What most walls are painted with: pale, matt, not quite even."""
    strong = stream.uniform() < 0.15
    saturation, value = (0.45, 0.55) if strong else (0.16 * stream.uniform(), 0.72 + 0.23 * stream.uniform())
    color = colorsys.hsv_to_rgb(stream.uniform(), saturation, value)
    return PaintLook(color, 0.75, 0.0, Wear(bumps=0.25 * stream.uniform(), seed=stream.uniform()))


def ceiling_paint(stream: Stream) -> PaintLook:
    """Nearly white."""
    value = 0.82 + 0.14 * stream.uniform()
    return PaintLook((value, value, value * (0.95 + 0.05 * stream.uniform())), 0.8, 0.0)


def floor_look(stream: Stream) -> SurfaceLook:
    """A floor that is there often."""
    kinds = ("wood", "wood", "wood", "tiles", "concrete", "fabric", "marble")
    kind = kinds[int(stream.uniform() * len(kinds))]
    return surface(kind, stream, 1.6 if kind == "tiles" else 1.0)


def furniture_look(kind: str, stream: Stream) -> Look:
    """A look for each slot of a piece of furniture."""
    return SlotLooks(_MAKERS[kind](stream))


def _paint(stream: Stream) -> PaintLook:
    color: Rgb = colorsys.hsv_to_rgb(stream.uniform(), 0.5 * stream.uniform(), 0.15 + 0.78 * stream.uniform())
    return PaintLook(color, 0.3 + 0.3 * stream.uniform(), 0.0)


def _body(stream: Stream) -> OneLook:
    return surface("wood", stream) if stream.uniform() < 0.65 else _paint(stream)


def _table(stream: Stream) -> tuple[OneLook, ...]:
    tops = ("wood", "wood", "wood", "marble", "plastic")
    top = surface(tops[int(stream.uniform() * len(tops))], stream)
    return top, (top if stream.uniform() < 0.5 else METAL if stream.uniform() < 0.4 else _paint(stream))


def _chair(stream: Stream) -> tuple[OneLook, ...]:
    body = _body(stream)
    return body, (body if stream.uniform() < 0.7 else METAL)


def _sofa(stream: Stream) -> tuple[OneLook, ...]:
    return surface("fabric" if stream.uniform() < 0.75 else "leather", stream), surface("wood", stream)


def _picture(stream: Stream) -> tuple[OneLook, ...]:
    frame = surface("wood", stream, 0.3) if stream.uniform() < 0.5 else _paint(stream)
    arts = ("marble", "dirty-paint", "concrete", "marble")
    art = surface(arts[int(stream.uniform() * len(arts))], stream, 0.2 + stream.uniform())
    return frame, art, WHITE


def _lamp(stream: Stream) -> tuple[OneLook, ...]:
    shade = PaintLook((0.92, 0.88, 0.8), 0.9, 0.0)
    return METAL if stream.uniform() < 0.6 else PaintLook((0.04, 0.04, 0.04), 0.4, 0.0), shade


_MAKERS: dict[str, Callable[[Stream], tuple[OneLook, ...]]] = {
    "table": _table,
    "chair": _chair,
    "shelf": lambda stream: (_body(stream),),
    "cupboard": lambda stream: (_body(stream), METAL),
    "sofa": _sofa,
    "picture": _picture,
    "curtain": lambda stream: (surface("fabric", stream, 0.6),),
    "rug": lambda stream: (surface("fabric", stream, 1.5),),
    "door": lambda stream: (WHITE if stream.uniform() < 0.6 else _body(stream), METAL),
    "window": lambda stream: (WHITE if stream.uniform() < 0.75 else _body(stream),),
    "baseboard": lambda stream: (WHITE if stream.uniform() < 0.6 else _body(stream),),
    "pendant": lambda stream: _lamp(stream)[:1],
    "standard lamp": _lamp,
}
