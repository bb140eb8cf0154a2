"""What a surface looks like in one frame: plain drawn values, without Blender.

Colours are sRGB (as people write them), three numbers from 0 to 1; Blender code converts them to linear light.
Seeds are numbers in [0, 1) that move a procedural pattern somewhere else.
"""

from __future__ import annotations

from typing import Literal

import msgspec

type Rgb = tuple[float, float, float]


class CupLook(msgspec.Struct, frozen=True, tag="cup", tag_field="kind"):
    """The surface of the built-in cup."""

    look: Literal["bare", "colored", "textured", "imperfect"]
    base_color: Rgb
    second_color: Rgb
    """Colour of the print or of the second glaze."""
    roughness: float
    metallic: float
    pattern: Literal["stripes", "dots", "checks", "waves", "speckled", "two-tone", "band"]
    pattern_scale: float
    """Factor on the pattern's natural size."""
    pattern_seed: float
    bump: float
    """Strength of the relief of a textured or imperfect look, 0 to 1."""
    imperfection: float
    """Wear of an imperfect look: 0 none visible, 1 heavily worn."""
    imperfection_seed: float


class PaintLook(msgspec.Struct, frozen=True, tag="paint", tag_field="kind"):
    """A plain material for a model that brings none."""

    base_color: Rgb
    roughness: float
    metallic: float


class JitterLook(msgspec.Struct, frozen=True, tag="jitter", tag_field="kind"):
    """A model's own materials, slightly changed."""

    hue_shift: float
    """Degrees."""
    saturation: float
    """Factor."""
    value: float
    """Factor."""
    roughness_shift: float
    """Added, the result kept within 0 to 1."""


type Look = CupLook | PaintLook | JitterLook


class GroundSpec(msgspec.Struct, frozen=True):
    """The table top that objects stand on, its upper face at z = 0."""

    radius: float
    """Metres."""
    finish: Literal["plain", "wood", "stone", "fabric"]
    base_color: Rgb
    second_color: Rgb
    roughness: float
    seed: float
