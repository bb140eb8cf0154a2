"""Moving pictures for benchmarks: a view that wanders over a picture of the user's, or shaded balls with grain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

type Picture = npt.NDArray[np.uint8]

GRAIN = 2.0
"""Standard deviation of what is left of a render's noise when it is scaled down to cells, in steps of 255."""


def moving_pictures(count: int, size: tuple[int, int], image: Path | None = None) -> list[Picture]:
    """`count` pictures (H, W, 3) of (width, height) pixels in which all moves a little from one to the next."""
    rng = np.random.default_rng(7)
    source = np.asarray(Image.open(image).convert("RGB")) if image is not None else None
    found = []
    for number in range(count):
        turn = 2 * np.pi * number / 40
        clean = _crop(source, size, turn) if source is not None else _balls(size, turn)
        grain = rng.normal(0, GRAIN, (size[1], size[0], 1))
        found.append(np.clip(clean + grain, 0, 255).astype(np.uint8))
    return found


def _crop(source: Picture, size: tuple[int, int], turn: float) -> npt.NDArray[np.float64]:
    """A third of the picture's width and height less than all of it, whose place goes round."""
    height, width = source.shape[:2]
    left = int((1 + np.cos(turn)) * width / 6)
    top = int((1 + np.sin(turn)) * height / 6)
    part = Image.fromarray(source[top : top + 2 * height // 3, left : left + 2 * width // 3])
    return np.asarray(part.resize(size, Image.Resampling.LANCZOS), np.float64)


def _balls(size: tuple[int, int], turn: float) -> npt.NDArray[np.float64]:
    """Five shaded balls that circle over a floor with a gradient."""
    width, height = size
    y, x = np.mgrid[:height, :width].astype(float)
    picture = np.stack([150 - 60 * y / height, 140 - 40 * y / height + 20 * x / width, 130 + 30 * x / width], axis=-1)
    for ball in range(5):
        angle = turn + ball * 2 * np.pi / 5
        radius = height * (0.12 + 0.03 * ball)
        u = (x - width * (0.5 + 0.3 * np.cos(angle))) / radius
        v = (y - height * (0.5 + 0.25 * np.sin(angle))) / radius
        inside = u**2 + v**2 < 1
        light = np.clip(0.25 + 0.75 * (np.sqrt(np.clip(1 - u**2 - v**2, 0, 1)) - 0.4 * u - 0.5 * v), 0, 1.2)
        color = 120 + 110 * np.cos(ball * 1.3 + np.array([0.0, 2.1, 4.2]))
        picture[inside] = (light[..., None] * color)[inside]
    return picture
