"""Rotations, footprints and viewpoints. numpy only; right-handed frames, radians inside, (3, 3) and (4, 4) float64."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from engine.frame.spec import Matrix4

type FloatArray = npt.NDArray[np.float64]


def rotation_about(axis: FloatArray, degrees: float) -> FloatArray:
    """Rotation about the unit vector `axis` (3,), by the right-hand rule (Rodrigues' formula)."""
    angle = math.radians(degrees)
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    rotation: FloatArray = np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * (cross @ cross)
    return rotation


def direction(azimuth: float, elevation: float) -> FloatArray:
    """Unit vector (3,) at `azimuth` degrees from +x towards +y and `elevation` degrees above the horizon."""
    a, e = math.radians(azimuth), math.radians(elevation)
    return np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])


def standing_rotation(yaw: float, tilt: float, tilt_direction: float) -> FloatArray:
    """Turn by `yaw` about the vertical, then lean by `tilt` towards the azimuth `tilt_direction` (degrees)."""
    lean_axis = direction(tilt_direction + 90, 0)
    vertical = np.array([0.0, 0.0, 1.0])
    return rotation_about(lean_axis, tilt) @ rotation_about(vertical, yaw)


def look_at(eye: FloatArray, aim: FloatArray, roll: float) -> FloatArray:
    """T_world_camera (4, 4) of a camera at `eye` that looks at `aim`, level, then rolled by `roll` degrees.

    OpenCV axes: x right, y down, z forward. A positive roll turns the camera clockwise, the picture anticlockwise.
    """
    forward = (aim - eye) / np.linalg.norm(aim - eye)
    up = np.array([0.0, 0.0, 1.0])
    if abs(forward @ up) > 1 - 1e-9:
        up = np.array([0.0, 1.0, 0.0])
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    level = np.stack([right, down, forward], axis=1)
    return rigid(level @ rotation_about(np.array([0.0, 0.0, 1.0]), roll), eye)


def rigid(rotation: FloatArray, translation: FloatArray) -> FloatArray:
    """The (4, 4) transform of a (3, 3) rotation and a (3,) translation."""
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    matrix[:3, 3] = translation
    return matrix


def as_matrix4(matrix: FloatArray) -> Matrix4:
    """A (4, 4) array as nested tuples of Python floats."""
    a, b, c, d = (tuple(float(x) for x in row) for row in matrix)
    return (a, b, c, d)  # type: ignore[return-value]  # rows of a (4, 4) array have four items


def as_point(vector: FloatArray) -> tuple[float, float, float]:
    """A (3,) array as Python floats."""
    return float(vector[0]), float(vector[1]), float(vector[2])


def distance_to_fill(radius: float, half_angle: float) -> float:
    """Distance at which a sphere of `radius` fills a cone of half opening `half_angle` (rad) from the eye."""
    return radius / math.sin(half_angle)


def turned_onto(ray: FloatArray) -> FloatArray:
    """The smallest rotation (3, 3) that takes +z onto `ray` (3,), which has a z above 0."""
    x, y, z = ray / np.linalg.norm(ray)
    length = math.hypot(x, y)
    if length == 0:
        return np.eye(3)
    return rotation_about(np.array([-y, x, 0.0]) / length, math.degrees(math.atan2(length, z)))
