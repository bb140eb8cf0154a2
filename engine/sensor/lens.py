"""What a lens does to light on its way to the sensor. Pictures are (H, W, 3) float32, scene-linear, row 0 at the top.

The optical axis goes through the picture's middle.
"""

from __future__ import annotations

import numpy as np

from engine.sensor.filters import Picture


def vignette(picture: Picture, loss: float) -> Picture:
    """Darker towards the corners, which keep 1 - `loss` of their light.

    The falloff is that of the cos⁴ law: (1 + k r²)⁻², r the distance from the middle, 1 in the corners.
    """
    height, width = picture.shape[:2]
    k = (1.0 - loss) ** -0.5 - 1.0
    corner = (height**2 + width**2) / 4
    rows = (np.arange(height) - (height - 1) / 2) ** 2 / corner
    columns = (np.arange(width) - (width - 1) / 2) ** 2 / corner
    falloff = (1 + k * rows).astype(np.float32)[:, None] + (k * columns).astype(np.float32)
    vignetted: Picture = picture / np.square(falloff, out=falloff)[..., None]
    return vignetted


def disperse(picture: Picture, red: float, blue: float) -> Picture:
    """Lateral chromatic aberration: the red and the blue picture are larger than the green by `red` and `blue` ‰."""
    channels = [
        _magnify(picture[..., 0], 1 + red / 1000),
        picture[..., 1],
        _magnify(picture[..., 2], 1 + blue / 1000),
    ]
    return np.stack(channels, axis=-1)


def _magnify(plane: Picture, scale: float) -> Picture:
    """A plane (H, W) scaled about its middle, interpolated linearly."""
    if scale == 1:
        return plane
    return _stretch(_stretch(plane, scale).T, scale).T


def _stretch(plane: Picture, scale: float) -> Picture:
    """A plane (H, W) scaled from top to bottom."""
    last = plane.shape[0] - 1
    source = np.clip((np.arange(last + 1) - last / 2) / scale + last / 2, 0, last)
    above = np.minimum(source.astype(np.intp), max(last - 1, 0))
    share = (source - above).astype(np.float32)[:, None]
    stretched: Picture = plane[above] * (1 - share) + plane[np.minimum(above + 1, last)] * share
    return stretched
