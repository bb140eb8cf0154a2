"""What a drawn frame will show, in a few numbers: for judging how varied a recipe's frames are, without rendering."""

from __future__ import annotations

import msgspec

type Box = tuple[float, float, float, float]


class FrameFacts(msgspec.Struct, frozen=True):
    """Angles in degrees, azimuths from -180 to 180."""

    index: int
    attempt: int
    """Draws thrown away before this one."""
    azimuth: float
    """Where the camera is, in the frame of the model that it looks at: from +x towards +y."""
    elevation: float
    """Likewise: above the model's horizon."""
    distance: float
    """Of the camera from that model's centre, metres."""
    boxes: tuple[Box, ...]
    """The part of each object's box that is in the picture: its centre (x, y), width and height, as fractions of the
    picture's. Of the objects' convex hulls, as if nothing hid them; none of one that reaches behind the camera."""
    light_azimuth: float
    """Where most light comes from, in the world: the direction of the mean of radiance times direction."""
    light_elevation: float
    light_share: float
    """Length of the light vector by the mean radiance: 0 is light from everywhere alike, 1 all of it from one place."""
    light_strength: float
    """EV of the mean radiance over that of levelled surroundings of strength 1."""
    background: str
    """Name of the scene, HDRI or photograph that is seen; else `sky` or `plain`."""
    drawn: dict[str, float | str]
    """As in the frame's spec."""
    redrawn: dict[str, int] = {}
    """Draws thrown away before this one, by their reason."""
