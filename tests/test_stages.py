"""The clock of a frame's stages."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from engine import stages
from engine.stages import FrameClock, stage


class Time:
    """A clock that only moves when told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    moved = Time()
    monkeypatch.setattr(stages.time, "monotonic", moved)
    return moved


def test_stages_count_for_themselves_alone_and_what_is_in_none_is_not_counted(time: Time) -> None:
    clock = FrameClock()
    with clock.running():
        time.now += 1
        with stage("publish"):
            time.now += 2
            with stage("encode"):
                time.now += 4
            time.now += 8
        time.now += 16
        with stage("encode"):
            time.now += 32
    assert clock.seconds == {"publish": 10, "encode": 36}


def test_a_stage_goes_on_to_another_one_from_another_thread(time: Time) -> None:
    """As when Cycles says, from its own thread, that it is at the first sample."""
    clock = FrameClock()
    with clock.running(), stage("sync") as turn:
        time.now += 1
        for _ in range(2):
            thread = threading.Thread(target=turn, args=("sample",))
            thread.start()
            thread.join()
            time.now += 2
    with clock.running(), stage("read"):
        time.now += 8
        with stage("sample"):
            time.now += 16
    assert clock.seconds == {"sync": 1, "sample": 20, "read": 8}
    assert clock.sampling == [(101, 105), (113, 129)]


def test_a_clock_runs_in_one_thread_until_its_block_ends_and_then_in_another(time: Time) -> None:
    clock = FrameClock()
    with clock.running(), stage("draw"):
        time.now += 1
        thread = threading.Thread(target=_count_a_second, args=(time,))
        thread.start()
        thread.join()
    with stage("draw"):
        time.now += 1

    def later() -> None:
        with clock.running():
            _count_a_second(time)

    thread = threading.Thread(target=later)
    thread.start()
    thread.join()
    assert stages.running() is None
    assert clock.seconds == {"draw": 2, "annotate": 1}, "the thread without a clock counted for none"


def test_an_error_ends_the_stage(time: Time) -> None:
    clock = FrameClock()
    with clock.running():
        with pytest.raises(KeyError):
            _fail_after_a_second(time)
        with stage("draw"):
            time.now += 1
    assert clock.seconds == {"build": 1, "draw": 1}


def _fail_after_a_second(time: Time) -> None:
    with stage("build"):
        time.now += 1
        raise KeyError


def _count_a_second(time: Time) -> None:
    with stage("annotate"):
        time.now += 1


def test_the_page_on_speed_has_every_stage_in_its_words() -> None:
    page = (Path(__file__).parents[1] / "docs" / "speed.md").read_text(encoding="utf-8")
    rows = [f"| {name} | {meaning} |" for name, meaning in stages.STAGES.items()]
    assert "| stage | what is in it |\n|---|---|\n" + "\n".join(rows) + "\n\n" in page
