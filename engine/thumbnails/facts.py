"""What is found out about an asset besides its picture."""

from __future__ import annotations

import msgspec

from engine.library.sizes import reach_warnings, size_warnings


class ModelFacts(msgspec.Struct, frozen=True, tag="model"):
    """A model as Blender imports it."""

    size: tuple[float, float, float]
    """Extent along x, y and z (up), metres, at scale 1."""
    faces: int
    """Triangles."""
    vertices: int
    materials: tuple[str, ...] = ()
    """Names of its materials; empty where it brings none and is shown in clay."""
    textures: tuple[str, ...] = ()
    """Names of the pictures in its materials, with their size in pixels."""
    has_uv: bool = False
    warnings: tuple[str, ...] = ()
    """What is wrong with it, though it can be used; nothing on its size, see `warnings_of`."""
    reach: float = 0.0
    """How far it reaches from its origin along an axis, metres, at scale 1."""


class HdriFacts(msgspec.Struct, frozen=True, tag="hdri"):
    """An HDRI. See engine.library.panorama for what the numbers mean."""

    width: int
    height: int
    range_ev: float
    mean: float
    peak: float
    sun_elevation: float | None = None
    """Degrees above the horizon; None where there is no sun."""
    sun_azimuth: float | None = None
    """Degrees from +x towards +y."""
    sun_share: float = 0.0
    """Part of all light, 0 to 1."""
    warnings: tuple[str, ...] = ()


class PictureFacts(msgspec.Struct, frozen=True, tag="picture"):
    """A texture or a photograph."""

    width: int
    height: int
    mode: str
    """Channels in words: `RGB`, `RGB with alpha`, `grey`, ..."""
    warnings: tuple[str, ...] = ()


class BrokenFacts(msgspec.Struct, frozen=True, tag="broken"):
    """An asset that cannot be used."""

    reason: str
    """One sentence, without the file's path at its beginning."""
    lasting: bool = True
    """Whether it is the content that is wrong, and not the machine's state: then it need not be tried again."""


type Facts = ModelFacts | HdriFacts | PictureFacts | BrokenFacts


def warnings_of(facts: Facts | None, scale: float = 1.0) -> tuple[str, ...]:
    """What is wrong with an asset that can be used, at the scale that people set for it."""
    if facts is None or isinstance(facts, BrokenFacts):
        return ()
    if isinstance(facts, ModelFacts):
        too_far = reach_warnings("it", facts.reach * scale, "its scale")
        on_size = too_far or size_warnings("it", [side * scale for side in facts.size], "its scale")
        return (*facts.warnings, *on_size)
    return facts.warnings


class Thumbnail(msgspec.Struct, frozen=True):
    """Facts and pictures of an asset."""

    facts: Facts
    pictures: tuple[bytes, ...] = ()
    """PNG files: of a model or picture one; of an HDRI the panorama and the chrome ball; none of a broken asset."""
