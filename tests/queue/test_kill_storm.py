"""Whatever is killed, and whenever: no frame is lost, none is done twice, none is corrupt, and the pixels are the same.

500 kills in all. `bench/kill_storm.py --kills N` has more; test_kill_storm_blender.py does it with Blender.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.dataset.writer import open_for_writing
from tests.factory import make_passes, make_record, make_spec, make_test_manifest
from tests.queue.storm import STEPS, TARGETS, random_storms, step_storms

KILLS = 500 - len(TARGETS) * len(STEPS)
"""At random moments."""


def test_the_steps_of_the_storm_are_those_of_publishing(tmp_path: Path) -> None:
    steps: list[str] = []
    spec = make_spec(0, width=64, height=48)
    passes = make_passes(spec)
    manifest = make_test_manifest(width=64, height=48)
    with open_for_writing(tmp_path, manifest) as writer:
        writer.publish(passes, make_record(spec, passes), steps.append)
    assert tuple(steps) == STEPS


@pytest.mark.slow
def test_a_kill_at_each_step_of_publishing_harms_nothing(user_folders: Path) -> None:
    """Of the worker, the engine, and both; each step is reached, and none costs a frame or a job anything."""
    verdict = step_storms(user_folders / "storm")
    print(verdict)
    assert verdict.kills == dict.fromkeys(TARGETS, len(STEPS))
    assert verdict.sound, verdict
    assert (verdict.retried, verdict.resumed) == (0, 0)


@pytest.mark.long
@pytest.mark.slow
def test_kills_at_random_moments_harm_nothing(user_folders: Path) -> None:
    verdict = random_storms(user_folders / "storm", KILLS, at_once=4)
    print(verdict)
    assert verdict.kills.total() == KILLS
    assert verdict.sound, verdict
    assert verdict.resumed <= KILLS / 20, "a worker that was killed while it started is no reason to pause a job"
