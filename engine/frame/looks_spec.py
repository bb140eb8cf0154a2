"""What a surface looks like in one frame: plain drawn values, without Blender.

Colours are sRGB (as people write them), three numbers from 0 to 1; Blender code converts them to linear light.
Seeds are numbers in [0, 1) that move a procedural pattern somewhere else.
"""

from __future__ import annotations

from typing import Literal

import msgspec

type Rgb = tuple[float, float, float]


class AssetRef(msgspec.Struct, frozen=True):
    """A file (or a built-in) by name for people and by content hash for machines."""

    name: str
    content_hash: str


class Wear(msgspec.Struct, frozen=True, kw_only=True):
    """Imperfections of a surface; each amount is 0 (none) to 1 (heavy)."""

    scratches: float = 0.0
    smudges: float = 0.0
    fingerprints: float = 0.0
    dust: float = 0.0
    stains: float = 0.0
    edges: float = 0.0
    """Rubbed off along convex edges."""
    bumps: float = 0.0
    dents: float = 0.0
    scale: float = 1.0
    """Factor on the marks' natural size in metres."""
    seed: float = 0.0
    uv_metres: float = 0.0
    """Metres that one unit of the UV map spans, where the marks follow it; 0: they follow the object's coordinates."""


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
    wear: Wear | None = None
    """On any look; None: nothing beyond `imperfection`."""


class PaintLook(msgspec.Struct, frozen=True, tag="paint", tag_field="kind"):
    """A plain material for a model that brings none."""

    base_color: Rgb
    roughness: float
    metallic: float
    wear: Wear | None = None


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
    wear: Wear | None = None
    metallic_shift: float = 0.0
    """Likewise."""


class SurfaceLook(msgspec.Struct, frozen=True, kw_only=True, tag="surface", tag_field="kind"):
    """A procedural material, or a set of PBR pictures, in its natural size on whatever it covers."""

    material: str
    """One of `engine.recipe.materials.MATERIALS`, or `pbr`."""
    base_color: Rgb
    second_color: Rgb
    """Of veins, grain, joints, or what shows under worn paint."""
    roughness: float
    seed: float
    scale: float = 1.0
    """Factor on the natural size of the pattern, or of the relief and pictures of a set."""
    uv_metres: float = 0.0
    """Metres that one unit of the model's UV map spans, where the pattern follows it; 0: it follows the object's
    coordinates, in which it is projected from the sides of a box where it is flat by nature."""
    textures: AssetRef | None = None
    """The set of pictures of `pbr`."""
    texture_size: float = 1.0
    """Metres that the width of such a picture covers."""
    wear: Wear | None = None


type Look = CupLook | PaintLook | JitterLook | SurfaceLook | SlotLooks


class SlotLooks(msgspec.Struct, frozen=True, tag="slots", tag_field="kind"):
    """A look for each material slot of a model, in their order; never nested."""

    looks: tuple[CupLook | PaintLook | JitterLook | SurfaceLook, ...]


class GroundSpec(msgspec.Struct, frozen=True):
    """The table top that objects stand on, its upper face at z = 0."""

    radius: float
    """Metres."""
    finish: str
    """One of `engine.recipe.ground.FINISHES`."""
    base_color: Rgb
    second_color: Rgb
    roughness: float
    seed: float
    scale: float = 1.0
    """Factor on the natural size of the pattern."""
    textures: AssetRef | None = None
    """The set of pictures where the finish is `pbr`."""
    texture_size: float = 1.0
    """Metres that the width of such a picture covers."""
    wear: Wear | None = None
