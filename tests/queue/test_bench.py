"""What frames took, measured through supervisor, worker and publishing; the worker paints instead of rendering."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import presets
from engine.dataset.read import Dataset
from engine.errors import RenderError
from engine.queue.bench import Trial, measure
from engine.queue.foreground import Event, Prepared, Progress
from engine.recipe.load import load_recipe
from engine.recipe.model import Recipe
from engine.stages import BESIDE, STAGES
from tests.queue.supervised import fault


def recipe(samples: int = 66, *more: str) -> Recipe:
    return load_recipe(
        presets.find("basic"), ["render.resolution=[64, 48]", f"render.samples={samples}", "objects[0].count=1", *more]
    )


def test_each_trial_has_its_frames_with_their_stages_and_the_gap_between_samplings(tmp_path: Path) -> None:
    heard: list[Event] = []
    trials = [Trial(recipe(), 2), Trial(recipe(266), 1)]
    own, slow = measure(trials, tmp_path, 0, "cpu", heard.append, renderer="fake")
    assert (set(own.reports), set(slow.reports), own.failed, slow.failed) == ({0, 1, 2}, {0, 1}, {}, {})
    assert own.device == slow.device == "CPU: fake"
    for found, samples in ((own, 66), (slow, 266)):
        assert Dataset.open(found.root).indices() == sorted(found.reports)
        for index, report in found.reports.items():
            assert {"draw", "sample", "annotate", "encode", "publish"} <= set(report.stages) <= set(STAGES)
            assert report.stages["sample"] >= (samples - 16) / 1000, "the fake takes that long"
            # Nothing counts twice: the stages fit into the time from the first to the last.
            assert sum(report.stages.values()) <= report.seconds + 0.001
            follows, spans = report.sampling.follows, report.sampling.spans
            assert sum(last - first for first, last in spans) == pytest.approx(report.stages["sample"])
            assert (follows is None) == (index == 0), "before a recipe's first frame there is none"
            if follows is not None:
                assert spans[0][0] - follows >= report.stages["draw"]
                assert follows == found.reports[index - 1].sampling.spans[-1][1]
    assert set(STAGES) > BESIDE
    prepared, *progress = heard
    assert isinstance(prepared, Prepared)
    assert prepared.total == 5
    assert isinstance(progress[-1], Progress)
    assert progress[-1].done == 5


def test_a_frame_that_fails_is_told_of_a_changed_recipe_and_ends_the_run_of_the_own_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in fault("render", "raise", index=2).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(RenderError, match="Frame 2"):
        measure([Trial(recipe(1), 2)], tmp_path / "a", 0, "cpu", lambda event: None, renderer="fake")
    trials = [Trial(recipe(1), 1), Trial(replace(recipe(1), name="other"), 2)]
    own, other = measure(trials, tmp_path / "b", 0, "cpu", lambda event: None, renderer="fake")
    assert own.failed == {}
    assert list(other.failed) == [2]
    assert set(other.reports) == {0, 1}
