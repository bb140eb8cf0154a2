"""Oriented boxes hold every pixel's square, and no turned rectangle that does is smaller."""

from __future__ import annotations

import numpy as np
import pytest

from engine.annotate.oriented import box_points, oriented_box
from engine.frame.rng import Stream


def shape(*rows: str) -> np.ndarray:
    return np.array([[letter == "#" for letter in row] for row in rows])


def blob(number: int) -> np.ndarray:
    """A turned ellipse with a bite taken out, or scattered pixels."""
    stream = Stream(1, number, 0, "blob")
    a, b, turn = 4 + 12 * stream.uniform(), 1 + 6 * stream.uniform(), np.pi * stream.uniform()
    v, u = np.mgrid[-20:21, -20:21]
    along, across = u * np.cos(turn) + v * np.sin(turn), v * np.cos(turn) - u * np.sin(turn)
    covered = (along / a) ** 2 + (across / b) ** 2 <= 1
    if number % 3 == 1:
        covered &= (along < 0) | (np.abs(across) > 1)
    if number % 3 == 2:
        covered &= (u * 7 + v * 13) % 5 == 0
    return covered


def corners_of_squares(covered: np.ndarray) -> np.ndarray:
    v, u = np.nonzero(covered)
    return np.vstack([np.column_stack([u + right, v + down]) for right in (0, 1) for down in (0, 1)]).astype(float)


@pytest.mark.parametrize("number", range(12))
def test_it_holds_all_pixels_and_is_the_smallest(number: int) -> None:
    covered = blob(number)
    box = oriented_box(covered, (100, 50))
    points = corners_of_squares(covered) + np.array([100, 50])
    x, y, width, height, angle = box
    assert width >= height
    assert -90 <= angle < 90

    def sizes(degrees: float) -> np.ndarray:
        turned = points @ np.array([[np.cos(t := np.radians(degrees)), -np.sin(t)], [np.sin(t), np.cos(t)]])
        return np.ptp(turned, axis=0)

    assert sizes(angle) == pytest.approx([width, height], abs=1e-9)
    assert width * height <= min(float(np.prod(sizes(degrees))) for degrees in np.arange(0, 90, 0.05)) + 1e-9
    right = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    offsets = points - [x, y]
    assert np.abs(offsets @ right).max() <= width / 2 + 1e-9
    assert np.abs(offsets @ [-right[1], right[0]]).max() <= height / 2 + 1e-9
    assert np.ptp(box_points(box) @ right) == pytest.approx(width)


def test_boxes_along_the_axes_are_those_of_the_pixels() -> None:
    assert oriented_box(shape("#"), (3, 7)) == (3.5, 7.5, 1, 1, 0)
    assert oriented_box(shape("####", "####"), (0, 0)) == (2, 1, 4, 2, 0)
    assert oriented_box(shape("#", "#", "#"), (0, 0)) == pytest.approx((0.5, 1.5, 3, 1, -90))


def test_the_angle_turns_clockwise_as_seen() -> None:
    down_to_the_right = np.eye(9, dtype=bool)
    assert oriented_box(down_to_the_right, (0, 0))[4] == pytest.approx(45)
    assert oriented_box(down_to_the_right[::-1], (0, 0))[4] == pytest.approx(-45)


def test_pieces_share_a_box() -> None:
    two = shape("#.....", "......", ".....#")
    x, y, width, height, _ = oriented_box(two, (0, 0))
    assert (x, y) == pytest.approx((3, 1.5))
    assert width * height < 6 * 3
