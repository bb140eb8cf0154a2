"""Float passes as pictures: depth by a perceptually even colour map, light as it is, all else as colours."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

type Picture = npt.NDArray[np.uint8]

_ANCHORS = np.array(
    [
        (253, 231, 37), (170, 220, 50), (94, 201, 98), (40, 174, 128), (33, 145, 140),
        (44, 114, 142), (59, 82, 139), (71, 45, 123), (68, 1, 84),
    ],
    dtype=np.float64,
)  # fmt: skip
"""Viridis, from near (light) to far (dark): even in lightness, readable with colour vision deficiencies."""

NOTHING = (24, 24, 28)
"""Where the surroundings are seen."""


def depth_range(depth: npt.NDArray[np.float32]) -> tuple[float, float] | None:
    """Nearest and farthest finite depth (metres) of a map (H, W), without the outermost percent; None if all is inf."""
    finite = depth[np.isfinite(depth)]
    if not finite.size:
        return None
    near, far = np.percentile(finite, (0.5, 99))
    return float(near), float(far)


def depth_picture(depth: npt.NDArray[np.float32], limits: tuple[float, float] | None = None) -> Picture:
    """(H, W, 3) picture of a depth map (H, W) in metres: light is near, dark is far, surroundings are grey.

    `limits` are the depths of the two ends of the colour map; the map's own range by default. Depths are spread by
    their inverse, so that near things keep contrast before a far background.
    """
    picture = np.empty((*depth.shape, 3), dtype=np.uint8)
    picture[:] = NOTHING
    limits = limits or depth_range(depth)
    if limits is None:
        return picture
    seen = np.isfinite(depth)
    near, far = max(limits[0], 1e-6), max(limits[1], limits[0] + 1e-6, 2e-6)
    inverse = 1 / np.clip(depth[seen].astype(np.float64), near, far)
    position = (1 / near - inverse) / (1 / near - 1 / far) * (len(_ANCHORS) - 1)
    channels = [np.interp(position, np.arange(len(_ANCHORS)), _ANCHORS[:, channel]) for channel in range(3)]
    picture[seen] = np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
    return picture


def normal_picture(normal: npt.NDArray[np.float32]) -> Picture:
    """(H, W, 3) picture of unit normals (H, W, 3) in the camera frame.

    Red grows to the right, green upwards, blue towards the camera, as in normal maps; surroundings are grey.
    """
    picture = np.empty(normal.shape, dtype=np.uint8)
    picture[:] = NOTHING
    seen = np.any(normal != 0, axis=-1)
    towards = normal[seen] * np.array([1.0, -1.0, -1.0], dtype=np.float32)
    picture[seen] = np.rint((np.clip(towards, -1, 1) + 1) * 127.5).astype(np.uint8)
    return picture


def axes_picture(places: npt.NDArray[np.float32], known: npt.NDArray[np.bool_]) -> Picture:
    """(H, W, 3) picture of three numbers from 0 to 1, (H, W, 3), as red, green and blue; grey where none is `known`."""
    picture = np.rint(np.clip(places, 0, 1) * 255).astype(np.uint8)
    picture[~known.any(axis=-1)] = NOTHING
    return picture


def light_range(light: npt.NDArray[np.float32]) -> float:
    """What is to be shown as white of light (H, W, 3): all but its brightest percent, at least 1."""
    return max(float(np.percentile(light, 99)), 1.0)


def light_picture(light: npt.NDArray[np.float32], brightest: float) -> Picture:
    """(H, W, 3) picture, sRGB, of scene-linear light or colour (H, W, 3), of which `brightest` is white."""
    linear = np.clip(light / np.float32(brightest), 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    picture: Picture = np.rint(encoded * 255).astype(np.uint8)
    return picture


def flow_range(flow: npt.NDArray[np.float32]) -> float:
    """Length in pixels of all but the longest percent of a flow (H, W, 2); 0 where nothing moves."""
    lengths = np.linalg.norm(flow, axis=-1)
    known = lengths[np.isfinite(lengths)]
    return float(np.percentile(known, 99)) if known.size else 0.0


def flow_picture(flow: npt.NDArray[np.float32], longest: float | None = None) -> Picture:
    """(H, W, 3) picture of a flow (H, W, 2): the hue is its direction (red to the right, then by yellow and green
    down, cyan to the left, violet up), white is none, full colour is `longest` pixels; what is not known is grey."""
    picture = np.empty((*flow.shape[:2], 3), dtype=np.uint8)
    picture[:] = NOTHING
    known = ~np.isnan(flow[..., 0])
    u, v = flow[known].astype(np.float64).T
    longest = longest or flow_range(flow) or 1.0
    strength = np.clip(np.hypot(u, v) / longest, 0, 1)[:, None]
    turn = np.arctan2(v, u)[:, None] / (2 * np.pi) * 6
    wheel = np.clip(np.abs((turn + np.array([0.0, 4.0, 2.0])) % 6 - 3) - 1, 0, 1)
    picture[known] = np.rint((1 - strength * (1 - wheel)) * 255).astype(np.uint8)
    return picture
