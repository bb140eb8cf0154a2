"""What is drawn for the picture behind the objects. Plain data."""

from __future__ import annotations

import msgspec

from engine.frame.looks_spec import AssetRef, Rgb


class PhotoCrop(msgspec.Struct, frozen=True, tag="photo", tag_field="kind"):
    """A part of a photograph; it has the picture's aspect."""

    photo: AssetRef
    box: tuple[float, float, float, float]
    """Left, top, right and bottom edge in pixels of the photograph, turned as its EXIF orientation says."""


class HdriCrop(msgspec.Struct, frozen=True, tag="hdri", tag_field="kind"):
    """What a level pinhole camera in the middle of the frame's own HDRI sees."""

    azimuth: float
    """Degrees, in the world: the HDRI is turned as the frame's light is."""
    elevation: float
    """Degrees above the horizon."""
    field_of_view: float
    """Degrees, horizontally."""


class ShadowSpec(msgspec.Struct, frozen=True):
    """A level floor at z = 0 that shows nothing but shadows."""

    radius: float
    """Metres from the world's vertical axis."""
    color: Rgb
    """Linear Rec.709: the objects get some light from it."""


class BackdropSpec(msgspec.Struct, frozen=True):
    """A picture that the camera sees in place of the surroundings."""

    picture: PhotoCrop | HdriCrop
    shadow: ShadowSpec | None = None
