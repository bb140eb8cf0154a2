"""How much of a picture is sent: less at once where the line is slow, more after some calm."""

from __future__ import annotations

import numpy as np
import pytest

from tests.widgets.test_palette256 import many_colors
from widgets.cells import CellRow, half_block_cells
from widgets.detail import CALM, FULL, PICTURE_SECONDS, STEPS, WAIT_SECONDS, Detail, DetailChooser, posterised, reduced

PICTURE = many_colors(48, 80)


def encode(chooser: DetailChooser, rate: float | None, waited: float = 0.0) -> int:
    """Bytes of the picture that was chosen."""

    def make(detail: Detail) -> list[CellRow]:
        return half_block_cells(reduced(PICTURE, detail))

    rows = chooser.encode(make, lambda rows: sum(row.cost for row in rows), rate, waited)
    return sum(row.cost for row in rows)


@pytest.mark.parametrize("rate", [40e3, 60e3, 200e3, 1e6])
def test_a_picture_fits_the_line_at_once(rate: float) -> None:
    assert encode(DetailChooser(), rate) <= rate * PICTURE_SECONDS


def test_the_finest_step_that_fits_is_taken() -> None:
    chooser = DetailChooser()
    encode(chooser, 1e6)
    assert chooser.step == FULL
    encode(chooser, 200e3)
    step = chooser.step
    assert step > FULL
    other = DetailChooser()
    other.step = step - 1
    encode(other, 200e3)
    assert other.step == step


def test_it_gets_finer_only_after_some_calm_and_does_not_swing() -> None:
    chooser = DetailChooser()
    encode(chooser, 30e3)
    coarse = chooser.step
    steps = []
    for _ in range(2 * len(STEPS) * CALM):
        encode(chooser, 1e7)
        steps.append(chooser.step)
    assert steps[: CALM - 1] == [coarse] * (CALM - 1)
    assert steps == sorted(steps, reverse=True)
    assert steps[-1] == FULL
    swings = []
    for _ in range(6 * CALM):
        encode(chooser, 150e3)
        swings.append(chooser.step)
    assert len(set(swings)) == 1


def test_waiting_tells_where_nothing_else_does() -> None:
    chooser = DetailChooser()
    encode(chooser, None, waited=WAIT_SECONDS / 2)
    assert chooser.step == FULL
    encode(chooser, None, waited=2 * WAIT_SECONDS)
    assert chooser.step == FULL + 1
    for _ in range(4 * CALM + 1):
        encode(chooser, None)
    assert chooser.step == FULL


def test_posterised_pictures_keep_black_and_white() -> None:
    ramp = np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, axis=2)
    few = posterised(ramp, 5)
    assert len(np.unique(few)) == 32
    assert (few.min(), few.max()) == (0, 255)
    assert np.abs(few.astype(int) - ramp).max() <= 8
    assert posterised(ramp, 8) is ramp


def test_steps_get_coarser() -> None:
    costs = [sum(row.cost for row in half_block_cells(reduced(PICTURE, step))) for step in STEPS]
    assert costs == sorted(costs, reverse=True)


def test_merged_cells_have_the_mean_of_their_pixels() -> None:
    shown = reduced(PICTURE, Detail(merged=3))
    assert shown.shape == PICTURE.shape
    for y in range(0, 48, 2):
        for x in range(0, 78, 3):
            part = PICTURE[y : y + 2, x : x + 3].reshape(-1, 3)
            assert (np.abs(shown[y : y + 2, x : x + 3].reshape(-1, 3) - part.mean(axis=0)) <= 1).all()
