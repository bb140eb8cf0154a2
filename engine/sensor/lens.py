"""What a lens does to light on its way to the sensor. Pictures are (H, W, 3) float32, scene-linear, row 0 at the top.

`axis` is where the optical axis meets the picture: off its middle to the right and down, as fractions of its width and
height.
"""

from __future__ import annotations

import numpy as np

from engine.sensor.filters import Picture

type Axis = tuple[float, float]

_MIDDLE: Axis = (0.0, 0.0)


def vignette(picture: Picture, loss: float, axis: Axis = _MIDDLE) -> Picture:
    """Darker towards the corners, which keep 1 - `loss` of their light where the axis is in the middle.

    The falloff is that of the cos⁴ law: (1 + k r²)⁻², r the distance from the axis in halves of the picture's diagonal.
    """
    height, width = picture.shape[:2]
    k = (1.0 - loss) ** -0.5 - 1.0
    corner = (height**2 + width**2) / 4
    rows = (np.arange(height) - _place(height, axis[1])) ** 2 / corner
    columns = (np.arange(width) - _place(width, axis[0])) ** 2 / corner
    falloff = (1 + k * rows).astype(np.float32)[:, None] + (k * columns).astype(np.float32)
    vignetted: Picture = picture / np.square(falloff, out=falloff)[..., None]
    return vignetted


def disperse(picture: Picture, red: float, blue: float, axis: Axis = _MIDDLE) -> Picture:
    """Lateral chromatic aberration: the red and the blue picture are larger than the green by `red` and `blue` ‰."""
    channels = [
        _magnify(picture[..., 0], 1 + red / 1000, axis),
        picture[..., 1],
        _magnify(picture[..., 2], 1 + blue / 1000, axis),
    ]
    return np.stack(channels, axis=-1)


def _place(length: int, off: float) -> float:
    """The pixel at which the axis is."""
    return (length - 1) / 2 + off * length


def _magnify(plane: Picture, scale: float, axis: Axis) -> Picture:
    """A plane (H, W) scaled about the axis, interpolated linearly."""
    if scale == 1:
        return plane
    return _stretch(_stretch(plane, scale, axis[1]).T, scale, axis[0]).T


def _stretch(plane: Picture, scale: float, off: float) -> Picture:
    """A plane (H, W) scaled from top to bottom."""
    last = plane.shape[0] - 1
    fixed = _place(last + 1, off)
    source = np.clip((np.arange(last + 1) - fixed) / scale + fixed, 0, last)
    above = np.minimum(source.astype(np.intp), max(last - 1, 0))
    share = (source - above).astype(np.float32)[:, None]
    stretched: Picture = plane[above] * (1 - share) + plane[np.minimum(above + 1, last)] * share
    return stretched
