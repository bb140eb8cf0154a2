"""Draw what lies between the scene and the pixels: focal length, principal point and distortion."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.errors import RenderError
from engine.frame.draws import Draws
from engine.frame.geometry import FloatArray
from engine.frame.lens import Lens, distort, field_angle, undistort
from engine.recipe.camera import Camera, CameraMatrix, LensRecipe


@dataclass(frozen=True, slots=True)
class Optics:
    """The intrinsic part of a `CameraSpec`; its fields are named and meant as there."""

    width: int
    height: int
    focal_length_mm: float
    sensor_width_mm: float
    pixel_aspect: float
    principal_point: tuple[float, float]
    lens: Lens | None

    def angle_to_fill(self, fill: float) -> float:
        """Half the opening angle, radians, of the cone about the axis whose image takes the share `fill` of the
        picture's shorter side; at most the lens's field."""
        half_side = self.sensor_width_mm / 2 * min(1.0, self.height / self.width / self.pixel_aspect)
        if self.lens is None:
            return math.atan(fill * math.tan(math.atan(half_side / self.focal_length_mm)))
        rim = undistort(self.lens, np.array([fill * half_side / self.focal_length_mm, 0.0]))
        return field_angle(self.lens) if np.isnan(rim).any() else math.atan(float(np.linalg.norm(rim)))

    def ray(self, shift_x: float, shift_y: float) -> FloatArray | None:
        """Direction (3,) in the camera frame in which is seen what appears so far (fractions of width and height) off
        the picture's centre; None for the optical axis. Raises RenderError where the lens shows nothing there."""
        right, down = shift_x - self.principal_point[0], shift_y - self.principal_point[1]
        if right == down == 0:
            return None
        across = self.sensor_width_mm / self.focal_length_mm
        place = np.array([right * across, down * across * self.height / self.width / self.pixel_aspect])
        if self.lens is not None:
            place = undistort(self.lens, place)
        if np.isnan(place).any():
            raise RenderError(
                f"camera.shift_x, camera.shift_y: the lens shows nothing {shift_x:g} and {shift_y:g} off the picture's "
                "centre; choose smaller shifts, a longer focal length, or other coefficients in camera.lens."
            )
        return np.array([*place, 1.0])


def draw_optics(camera: Camera, resolution: tuple[int, int], draws: Draws) -> Optics:
    """Draw the intrinsics. Raises RenderError where a lens cannot have the field of view that was drawn."""
    width, height = resolution
    lens = _draw_lens(camera.lens, draws)
    focal_length = _focal_length(camera, lens, width, draws)
    aspect = 1.0
    if camera.K.fy is not None:
        aspect = draws.number("camera.K.fy", camera.K.fy) / (focal_length / camera.sensor_width * width)
    return Optics(
        width=width,
        height=height,
        focal_length_mm=focal_length,
        sensor_width_mm=camera.sensor_width,
        pixel_aspect=aspect,
        principal_point=_principal_point(camera.K, resolution, draws),
        lens=lens,
    )


def _focal_length(camera: Camera, lens: Lens | None, width: int, draws: Draws) -> float:
    """Millimetres"""
    if camera.K.fx is not None:
        return draws.number("camera.K.fx", camera.K.fx) / width * camera.sensor_width
    if camera.fov is None:
        return draws.number("camera.focal_length", camera.focal_length)
    fov = draws.number("camera.fov", camera.fov)
    ends = np.array([[-1.0, 0.0], [1.0, 0.0]]) * math.tan(math.radians(fov) / 2)
    if lens is not None:
        ends = distort(lens, ends)
    if np.isnan(ends).any():
        assert lens is not None
        raise RenderError(
            f"camera.fov: a lens with the coefficients drawn sees {2 * math.degrees(field_angle(lens)):.0f}° at most, "
            f"not {fov:.0f}°; choose a smaller angle, or other coefficients in camera.lens."
        )
    return camera.sensor_width / float(ends[1, 0] - ends[0, 0])


def _principal_point(matrix: CameraMatrix, resolution: tuple[int, int], draws: Draws) -> tuple[float, float]:
    """Off the picture's centre, as fractions of its width and height."""
    off = [0.0, 0.0]
    for axis, (name, distribution) in enumerate((("cx", matrix.cx), ("cy", matrix.cy))):
        if distribution is not None:
            place, size = draws.number(f"camera.K.{name}", distribution), resolution[axis]
            off[axis] = (place - (size - 1) / 2) / size
    return off[0], off[1]


def _draw_lens(recipe: LensRecipe, draws: Draws) -> Lens | None:
    """None where nothing is distorted."""
    if recipe == LensRecipe():
        return None
    model = draws.text("camera.lens.model", recipe.model)
    names = ("k1", "k2", "k3", "k4") if model == "fisheye" else ("k1", "k2", "p1", "p2", "k3")
    coefficients = tuple(draws.number(f"camera.lens.{name}", getattr(recipe, name)) for name in names)
    if model == "fisheye":
        return Lens("fisheye", coefficients)
    return Lens("brown_conrady", coefficients) if any(coefficients) else None
