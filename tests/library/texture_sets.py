"""Small sets of PBR pictures, made here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

SIDE = 32


def bumps() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """A relief of 2 x 3 hills that repeats, (H, W) 0 to 1, and its normals (H, W, 3) in OpenGL's convention."""
    down, across = np.mgrid[0:SIDE, 0:SIDE] * (2 * np.pi / SIDE)
    height = 0.5 + 0.25 * (np.sin(2 * across) + np.sin(3 * down))
    slope_right, slope_up = np.cos(2 * across), -1.5 * np.cos(3 * down)
    normals = np.stack([-slope_right, -slope_up, np.full_like(height, 2.0)], axis=-1)
    return height, normals / np.linalg.norm(normals, axis=-1, keepdims=True)


def write(path: Path, values: npt.NDArray[np.float64] | Sequence[float]) -> Path:
    """Write a picture of values from 0 to 1, (H, W) or (H, W, 3); one colour alone fills it."""
    array = np.asarray(values, np.float64)
    if array.ndim == 1:
        array = np.broadcast_to(array, (SIDE, SIDE, 3))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.round(array * 255).astype(np.uint8)).save(path)
    return path


def poly_haven(folder: Path, name: str = "hills", normals: str = "gl") -> Path:
    """A set as Poly Haven names it, with normals in the convention of OpenGL or of DirectX; returns the folder."""
    _, normal = bumps()
    flipped = normal * (1.0, 1.0 if normals == "gl" else -1.0, 1.0)
    write(folder / f"{name}_diff_1k.png", (0.2, 0.6, 0.3))
    write(folder / f"{name}_nor_{normals}_1k.png", flipped / 2 + 0.5)
    write(folder / f"{name}_arm_1k.png", (1.0, 0.4, 0.0))
    return folder
