"""The kill storm with Blender: fewer kills, for each costs Blender's start; the same verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.queue.storm import random_storms

KILLS = 20


@pytest.mark.long
@pytest.mark.slow
def test_kills_at_random_moments_harm_nothing_with_blender(user_folders: Path) -> None:
    verdict = random_storms(user_folders / "storm", KILLS, at_once=2, seed=4, renderer="blender", pace=1)
    print(verdict)
    assert verdict.kills.total() == KILLS
    assert verdict.sound, verdict
