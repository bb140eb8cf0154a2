"""Colours of instances can be told apart, also by people who see fewer of them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from engine.annotate.palette import instance_color, luminance, text_on

# Machado, Oliveira and Fernandes (2009), severity 1, in linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def lab(color: tuple[int, int, int], vision: np.ndarray) -> np.ndarray:
    c = np.array(color) / 255
    linear = np.clip(vision @ np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4), 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratio = to_xyz @ linear / np.array([0.9505, 1.0, 1.089])
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION)
def test_the_first_seven_instances_differ(vision: str) -> None:
    """A difference of 10 in CIELAB is seen at a glance; neighbours in one picture get that much."""
    colors = [lab(instance_color(number), VISION[vision]) for number in range(1, 8)]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(colors, 2)) > 10


def test_twenty_one_colors_before_they_repeat() -> None:
    assert len({instance_color(number) for number in range(1, 22)}) == 21
    assert instance_color(22) == instance_color(1)
    assert all(0 <= channel <= 255 for number in range(1, 22) for channel in instance_color(number))


def test_text_is_readable_on_every_color() -> None:
    for number in range(1, 22):
        background = luminance(instance_color(number))
        text = luminance(text_on(instance_color(number)))
        contrast = (max(background, text) + 0.05) / (min(background, text) + 0.05)
        assert contrast >= 4.3, number
