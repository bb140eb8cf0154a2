"""Sizes and chunks of preview pictures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.worker.preview_pictures import at_most, fitting, plan

SIDES = st.integers(8, 8192)


@given(SIDES, SIDES, st.integers(64, 800), st.integers(48, 600))
def test_a_picture_fits_its_box_and_keeps_its_aspect(width: int, height: int, across: int, down: int) -> None:
    w, h = fitting((width, height), (across, down))
    assert 8 <= w <= max(8, across)
    assert 8 <= h <= max(8, down)
    if min(w, h) > 8:
        assert w / h == pytest.approx(width / height, rel=1 / min(w, h))


def test_small_pictures_have_no_more_pixels_than_asked_for() -> None:
    assert at_most((160, 120), 19_200) == (160, 120)
    assert at_most((640, 480), 19_200) == (160, 120)
    assert at_most((100, 50), 19_200) == (100, 50)


@given(SIDES, SIDES, st.integers(1, 300), st.integers(1, 10**6))
def test_all_samples_are_rendered_and_shown_at_powers_of_two(width: int, height: int, samples: int, rays: int) -> None:
    chunks, shown = plan((width, height), samples, rays)
    assert sum(chunks) == samples
    assert min(chunks) >= 1
    assert max(chunks) == 1 or max(chunks) * width * height <= rays
    assert shown == {samples} | {2**i for i in range(9) if 2**i <= samples}
    sums = {sum(chunks[: i + 1]) for i in range(len(chunks))}
    assert shown <= sums
