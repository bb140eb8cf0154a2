"""Noise is that of counting electrons, and comes out the same wherever it is made."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest

from engine.sensor.noise import noisy, poisson

ALL_BITS = np.arange(1 << 16, dtype=np.uint16)


@pytest.mark.parametrize("expected", [0.0, 0.05, 0.4, 1.7, 1.99, 2.0, 3.3, 12.0, 40.0])
def test_electrons_are_poisson_distributed(expected: float) -> None:
    counted = poisson(np.full(1 << 16, expected, np.float32), ALL_BITS)
    assert np.array_equal(counted, np.rint(counted))
    for number in range(120):
        wanted = math.exp(number * math.log(max(expected, 1e-300)) - expected - math.lgamma(number + 1))
        assert (counted == number).mean() == pytest.approx(wanted, abs=0.01), number
    assert counted.mean() == pytest.approx(expected, rel=0.01, abs=1e-4)
    assert counted.var() == pytest.approx(expected, rel=0.012 if expected >= 12 else 0.04, abs=1e-4)


def test_the_photon_transfer_curve_gives_back_gain_and_read_noise() -> None:
    means = np.array([5.0, 50.0, 500.0, 5000.0], np.float32)
    counted = np.stack([noisy(np.full((300, 400), mean, np.float32), 7.0, seed=3) for mean in means])
    slope, offset = np.polyfit(counted.mean(axis=(1, 2)), counted.var(axis=(1, 2)), 1, w=1 / means)
    assert slope == pytest.approx(1, abs=0.02)
    assert math.sqrt(offset) == pytest.approx(7, abs=0.2)


def test_pixels_and_seeds_are_independent() -> None:
    flat = np.full((200, 201), 100, np.float32)
    first, second = noisy(flat, 2.0, seed=1) - 100, noisy(flat, 2.0, seed=2) - 100
    for a, b in ((first, second), (first[1:], first[:-1]), (first[:, 1:], first[:, :-1])):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.02
    shot = noisy(flat, 0.0, seed=1) - 100
    assert abs(np.corrcoef(shot.ravel(), (first - shot).ravel())[0, 1]) < 0.02


def test_noise_never_changes_between_versions() -> None:
    """These numbers are in datasets' pixels: a change here changes everybody's frames."""
    light = np.linspace(0, 300, 30_000, dtype=np.float32).reshape(100, 100, 3)
    tenths = np.rint(noisy(light, 1.5, seed=(1 << 53) - 1) * 10).astype("<i4")
    assert hashlib.blake2b(tenths.tobytes(), digest_size=8).hexdigest() == GOLDEN


GOLDEN = "33a4b662a5ed0f0f"
