"""What frames will take: from which source it is taken, and that it scales as rendering does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.recipe.model import Recipe
from studio.estimate import (
    Estimate,
    Measured,
    Past,
    Step,
    crew_of,
    estimate,
    find_past,
    measured_from,
    past_of,
    size_text,
)
from studio.preview_types import PreviewPicture
from studio.recent import remember
from tests.factory import make_dataset, make_passes, make_record, make_spec

A_RAY, A_PIXEL, START = 2e-6, 1e-6, 0.05
SIZE = (120, 160)
RECIPE = Recipe(name="r")


def took(samples: int) -> float:
    return SIZE[0] * SIZE[1] * (samples * A_RAY + A_PIXEL)


def measured(*, full: bool = False) -> Measured:
    steps = (Step(1, 9.0), *(Step(samples, took(samples)) for samples in (1, 2, 4, 8)))
    return Measured(np.zeros((*SIZE, 3), np.uint8), START, full, steps)


def test_the_preview_tells_what_a_sample_and_what_a_pixel_costs() -> None:
    found = estimate(RECIPE, measured(), None)
    assert found is not None
    width, height = RECIPE.render.resolution
    pixels = width * height
    assert found.seconds == pytest.approx(START + pixels * (RECIPE.render.samples * A_RAY + A_PIXEL))
    assert "preview" in found.source
    assert estimate(RECIPE, None, None) is None


def test_what_was_measured_alone_takes_longer_where_workers_share_a_device() -> None:
    crew = crew_of([{"shares": "gpu0"}, {"shares": "gpu0"}, {"shares": "gpu1"}, {"shares": "gpu1"}])
    assert crew == (4, 2)
    assert (crew_of([]), crew_of([{}, {"shares": ""}])) == ((1, 1), (2, 1))
    for measure in (measured(), measured(full=True)):
        alone, shared = estimate(RECIPE, measure, None), estimate(RECIPE, measure, None, crew)
        assert alone is not None
        assert shared is not None
        assert (shared.seconds, shared.workers) == (2 * alone.seconds, 4)
    past = Past("cups", 2.0, 1000.0, RECIPE.render.resolution[0] * RECIPE.render.resolution[1], RECIPE.render.samples)
    made = estimate(RECIPE, None, past, crew)
    assert made is not None
    assert made.seconds == 2.0, "most likely made in the same way"


def test_the_first_pictures_tell_nothing_of_samples() -> None:
    picture = Measured(np.zeros((*SIZE, 3), np.uint8), 0.1, False, (Step(1, 0.3),))
    assert estimate(RECIPE, picture, None) is None


def test_times_that_do_not_grow_with_samples_are_shared_among_them() -> None:
    steps = (Step(1, 9.0), Step(1, 0.4), Step(2, 0.3), Step(4, 0.2))
    found = estimate(RECIPE, Measured(np.zeros((*SIZE, 3), np.uint8), 0.1, False, steps), None)
    assert found is not None
    width, height = RECIPE.render.resolution
    assert found.seconds == pytest.approx(0.1 + 0.9 / 7 / (SIZE[0] * SIZE[1]) * width * height * RECIPE.render.samples)


def test_a_full_render_counts_most_then_frames_that_are_there() -> None:
    width, height = RECIPE.render.resolution
    past = Past("cups", 2.0, 1000.0, width * height // 4, RECIPE.render.samples // 2)
    full = estimate(RECIPE, measured(full=True), past)
    assert full is not None
    assert (full.seconds, full.source) == (START, "by the full render")
    scaled = estimate(RECIPE, measured(), past)
    assert scaled is not None
    assert (scaled.seconds, scaled.bytes) == (16.0, 4000.0)
    assert "scaled" in scaled.source
    same = estimate(RECIPE, measured(), Past("cups", 2.0, 1000.0, width * height, RECIPE.render.samples))
    assert same is not None
    assert (same.seconds, same.source) == (2.0, "by frames of cups")


def test_frames_made_before_are_found_by_job_and_by_what_was_opened(tmp_path: Path) -> None:
    one = make_dataset(tmp_path / "one", 2, passes=())
    recipe = Recipe(name=one.manifest.name)
    jobs = [{"id": 1, "recipe_name": "mine", "done": 2, "root": str(tmp_path / "one")}]
    past = find_past(recipe, "mine", jobs)
    assert past is not None
    record = one.record(0)
    assert (past.name, past.pixels, past.samples) == ("one", 160 * 120, record.render.samples)
    assert past.seconds == record.render.seconds
    assert past.bytes > record.image.bytes / 2
    assert find_past(recipe, "another", jobs) is None
    remember(tmp_path / "one", one.manifest.name)
    assert find_past(recipe, "another", jobs) == past
    assert past_of(tmp_path / "one", "a recipe of another name") is None
    assert past_of(tmp_path / "nowhere", one.manifest.name) is None


def test_pictures_of_the_preview_become_steps() -> None:
    assert measured_from([]) is None
    first, *finer = (shown(samples, 60 if at == 0 else 120) for at, samples in enumerate((1, 1, 2, 4, 8)))
    found = measured_from([first, *finer])
    assert found is not None
    assert (found.rgb.shape, found.seconds) == ((120, 160, 3), 0.1)
    assert [step.samples for step in found.steps] == [1, 1, 2, 4], "the first of them begins anew"


def shown(samples: int, height: int) -> PreviewPicture:
    rgb, ids = np.zeros((height, 160, 3), np.uint8), np.zeros((height, 160), np.uint16)
    spec = make_spec(0)
    record = make_record(spec, make_passes(spec))
    return PreviewPicture(1, 0, rgb, ids, record, samples, 8, 0.1 * samples, "cycles", "CPU", samples == 8, False)


def test_workers_share_the_work_and_a_full_disk_is_said(tmp_path: Path) -> None:
    alone, shared = Estimate(60, 1e6, "by the preview"), Estimate(60, 1e6, "by the preview", 4)
    assert "10:00" in alone.text(10, tmp_path)
    assert "2:30" in shared.text(10, tmp_path)
    assert "4 workers" in shared.text(10, tmp_path)
    assert "1:00" in shared.text(1, tmp_path), "one frame is rendered by one"
    assert "only" in alone.text(10**12, tmp_path / "not" / "there")
    assert "free" in alone.text(1, tmp_path)
    assert size_text(1.5e9) == "1.5 GB"
