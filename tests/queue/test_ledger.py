"""Jobs and frames in the ledger: order, claims, reports, trouble, and what people do to a queue."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import pytest

from engine.errors import BadInput
from engine.queue.jobs import (
    MOST_DEATHS,
    MOST_RAISES,
    TRANSITIONS,
    Claim,
    FrameRow,
    FrameState,
    Job,
    JobState,
    Lease,
    NewJob,
    Trouble,
)
from engine.queue.ledger import Ledger
from engine.queue.ledger_jobs import Place
from tests.queue.ledgers import claim, complete, finish, new_job


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with Ledger(":memory:") as opened:
        yield opened


def fail(ledger: Ledger, claimed: Claim, trouble: Trouble) -> FrameState | None:
    return ledger.fail(claimed.job_id, claimed.index, claimed.token, trouble, f"it {trouble}")


def quarantine_one(ledger: Ledger) -> int:
    """Let the next frame raise until it is given up; its number."""
    for _ in range(MOST_RAISES):
        claimed = claim(ledger)
        fail(ledger, claimed, Trouble.RAISED)
    return claimed.index


def test_an_added_job_is_there_with_its_recipe(ledger: Ledger) -> None:
    recipe = {"objects": [{"model": "/models/mug.glb", "scale": [0.5, 2.0]}], "note": "grün"}
    job = ledger.add_job(new_job(recipe=recipe, seed=2**40, start=5, priority=-2, device="cpu"))
    assert ledger.job(job.id) == job
    assert ledger.jobs() == [job]
    assert (job.seed, job.start, job.end, job.pending, job.priority, job.device) == (2**40, 5, 8, 3, -2, "cpu")
    assert (job.state, job.started_at, job.ended_at) == (JobState.QUEUED, None, None)
    assert ledger.recipe(job.id) == recipe
    assert msgspec.json.decode(msgspec.json.encode(job), type=Job) == job


def test_a_job_of_ten_million_frames_takes_no_rows(ledger: Ledger) -> None:
    job = ledger.add_job(new_job(count=10_000_000))
    assert list(ledger.frames(job.id)) == []
    assert ledger.frame(job.id, 9_999_999) == FrameRow(9_999_999)
    assert [claim(ledger).index for _ in range(3)] == [0, 1, 2]


@pytest.mark.parametrize(
    "wrong", [{"count": 0}, {"count": -3}, {"start": -1}, {"seed": -1}, {"seed": 2**63}, {"start": 2**63 - 2}]
)
def test_numbers_out_of_range_are_refused(ledger: Ledger, wrong: dict[str, int]) -> None:
    with pytest.raises(BadInput):
        ledger.add_job(new_job(**wrong))
    assert ledger.jobs() == []


def test_larger_priority_goes_first_then_the_earlier_job(ledger: Ledger) -> None:
    for name, priority in (("a", 0), ("b", 5), ("c", 5)):
        ledger.add_job(new_job(name=name, count=1, priority=priority))
    assert [job.name for job in ledger.jobs()] == ["b", "c", "a"]
    assert [claim(ledger).job_id for _ in range(3)] == [2, 3, 1]
    assert ledger.claim("worker") is None


def test_frames_that_came_back_go_before_new_ones(ledger: Ledger) -> None:
    ledger.add_job(new_job(count=5))
    claims = [claim(ledger) for _ in range(3)]
    for claimed in (claims[2], claims[0]):
        assert ledger.release(claimed.job_id, claimed.index, claimed.token)
    assert [claim(ledger).index for _ in range(4)] == [0, 2, 3, 4]


def test_a_worker_takes_only_jobs_it_accepts(ledger: Ledger) -> None:
    for name in "abc":
        ledger.add_job(new_job(name=name, device="cpu" if name == "b" else "gpu"))
    assert claim(ledger, accept=lambda job: job.device == "cpu").job_id == 2
    assert ledger.claim("worker", accept=lambda job: job.device == "tpu") is None


def test_the_preferred_job_goes_first_among_equals_only(ledger: Ledger) -> None:
    for name in "abc":
        ledger.add_job(new_job(name=name, count=2))
    assert claim(ledger, prefer=2).job_id == 2
    assert claim(ledger, prefer=3, accept=lambda job: job.id != 3).job_id == 1
    ledger.set_priority(3, 1)
    assert [claim(ledger, prefer=2).job_id for _ in range(3)] == [3, 3, 2]
    assert claim(ledger, prefer=2).job_id == 1, "the preferred job has no frames left"


def test_tokens_grow_and_only_the_present_one_counts(ledger: Ledger) -> None:
    ledger.add_job(new_job())
    old = claim(ledger, "first")
    ledger.release_worker("first")
    new = claim(ledger, "second")
    assert (old.index, new.index) == (0, 0)
    assert new.token > old.token
    before = ledger.job(1), list(ledger.frames(1)), ledger.leases()
    assert not complete(ledger, old)
    assert fail(ledger, old, Trouble.DIED) is None
    assert not ledger.release(old.job_id, old.index, old.token)
    assert (ledger.job(1), list(ledger.frames(1)), ledger.leases()) == before
    assert complete(ledger, new, "cc")
    assert not complete(ledger, new, "dd"), "a report counts once"
    assert list(ledger.done_frames(1)) == [(0, "cc")]


def test_tokens_are_not_used_again_after_a_job_is_removed(ledger: Ledger) -> None:
    ledger.add_job(new_job())
    first = claim(ledger)
    ledger.release(1, first.index, first.token)
    ledger.remove(1)
    job = ledger.add_job(new_job())
    assert job.id == 2
    assert claim(ledger).token > first.token


def test_reports_on_a_removed_job_do_not_count(ledger: Ledger) -> None:
    assert not ledger.complete(7, 0, 1, "aa", 1.0)
    assert ledger.fail(7, 0, 1, Trouble.DIED, "") is None
    assert not ledger.release(7, 0, 1)


def test_a_job_is_rendering_while_a_lease_is_out_and_done_at_its_end(ledger: Ledger) -> None:
    ledger.add_job(new_job(count=2))
    claimed = claim(ledger)
    assert ledger.job(1).state is JobState.RENDERING
    started = ledger.job(1).started_at
    complete(ledger, claimed)
    assert ledger.job(1).state is JobState.QUEUED
    finish(ledger, 1)
    job = ledger.job(1)
    assert (job.state, job.done, job.leased, job.started_at) == (JobState.DONE, 2, 0, started)
    assert job.ended_at is not None


@pytest.mark.parametrize("trouble", [Trouble.DIED, Trouble.STALLED, Trouble.OUT_OF_MEMORY])
def test_a_frame_that_ends_its_worker_too_often_is_quarantined(ledger: Ledger, trouble: Trouble) -> None:
    ledger.add_job(new_job(count=2))
    states = []
    for deaths in range(MOST_DEATHS):
        claimed = claim(ledger)
        assert (claimed.index, claimed.deaths, claimed.raises) == (0, deaths, 0)
        states.append(fail(ledger, claimed, trouble))
    assert states == [FrameState.PENDING, FrameState.PENDING, FrameState.QUARANTINED]
    assert ledger.frame(1, 0) == FrameRow(0, FrameState.QUARANTINED, deaths=3, reason=f"it {trouble}")
    assert claim(ledger).index == 1, "the job goes on"


def test_errors_and_deaths_are_counted_apart(ledger: Ledger) -> None:
    ledger.add_job(new_job(count=1))
    troubles = [Trouble.RAISED, Trouble.DIED, Trouble.RAISED, Trouble.STALLED, Trouble.RAISED]
    assert [fail(ledger, claim(ledger), trouble) for trouble in troubles][-2:] == [
        FrameState.PENDING,
        FrameState.QUARANTINED,
    ]
    frame = ledger.frame(1, 0)
    assert (frame.deaths, frame.raises) == (2, 3)


def test_infrastructure_trouble_counts_nothing(ledger: Ledger) -> None:
    ledger.add_job(new_job(count=1))
    for _ in range(10):
        assert fail(ledger, claim(ledger), Trouble.INFRASTRUCTURE) is FrameState.PENDING
    frame = ledger.frame(1, 0)
    assert (frame.deaths, frame.raises) == (0, 0)


def test_a_job_with_quarantined_frames_fails_and_can_be_retried(ledger: Ledger) -> None:
    ledger.add_job(new_job())
    assert quarantine_one(ledger) == 0
    finish(ledger, 2)
    job = ledger.job(1)
    assert (job.state, job.done, job.quarantined) == (JobState.FAILED, 2, 1)
    assert "trouble: 0;" in job.message
    job = ledger.retry(1)
    assert (job.state, job.quarantined, job.message, job.ended_at) == (JobState.QUEUED, 0, "", None)
    claimed = claim(ledger)
    assert (claimed.index, claimed.raises) == (0, 0)
    complete(ledger, claimed)
    assert ledger.job(1).state is JobState.DONE
    with pytest.raises(BadInput, match="no quarantined"):
        ledger.retry(1)


def test_a_dead_workers_frames_come_back_and_others_stay(ledger: Ledger) -> None:
    ledger.add_job(new_job(name="a", count=2))
    ledger.add_job(new_job(name="b", count=2))
    mine = [claim(ledger, "dying"), claim(ledger, "living"), claim(ledger, "dying")]
    taken = ledger.release_worker("dying")
    assert taken == [Lease(c.job_id, c.index, c.token, "dying") for c in (mine[0], mine[2])]
    assert ledger.leases() == [Lease(mine[1].job_id, mine[1].index, mine[1].token, "living")]
    assert ledger.leases("dying") == []
    assert [job.leased for job in ledger.jobs()] == [1, 0]
    assert ledger.take_back_all_leases() == [Lease(mine[1].job_id, mine[1].index, mine[1].token, "living")]
    assert [job.state for job in ledger.jobs()] == [JobState.QUEUED, JobState.QUEUED]
    assert ledger.take_back_all_leases() == []


def test_a_paused_job_hands_out_nothing_and_still_counts_reports(ledger: Ledger) -> None:
    ledger.add_job(new_job(count=2))
    claimed = claim(ledger)
    job = ledger.pause(1, "the disk is full")
    assert (job.state, job.message, job.leased) == (JobState.PAUSED, "the disk is full", 1)
    assert ledger.claim("worker") is None
    assert complete(ledger, claimed)
    assert ledger.job(1).message == "the disk is full"
    job = ledger.resume(1)
    assert (job.state, job.message) == (JobState.QUEUED, "")
    claimed = claim(ledger)
    ledger.pause(1)
    assert ledger.resume(1).state is JobState.RENDERING, "a lease is still out"
    ledger.pause(1)
    complete(ledger, claimed)
    assert ledger.job(1).state is JobState.DONE, "nothing is left to resume"


def test_a_cancelled_job_ends_but_counts_what_is_still_published(ledger: Ledger) -> None:
    ledger.add_job(new_job(count=9))
    finish(ledger, 1)
    returned, failing, published = claim(ledger), claim(ledger), claim(ledger)
    ledger.release(1, returned.index, returned.token)
    job = ledger.cancel(1)
    assert (job.state, job.leased) == (JobState.CANCELLED, 2)
    assert job.ended_at is not None
    assert ledger.claim("worker") is None
    assert complete(ledger, published)
    assert fail(ledger, failing, Trouble.DIED) is FrameState.PENDING
    job = ledger.job(1)
    assert (job.state, job.done, job.leased) == (JobState.CANCELLED, 2, 0)
    assert [frame.index for frame in ledger.frames(1)] == [0, published.index]
    assert ledger.cancel(1) == job
    for refused in (ledger.pause, ledger.resume, ledger.retry, lambda i: ledger.extend_job(i, 20)):
        with pytest.raises(BadInput, match="cancelled"):
            refused(1)
    assert ledger.recount() == []


def test_an_extended_job_renders_only_the_new_frames(ledger: Ledger) -> None:
    ledger.add_job(new_job(count=2, start=10))
    finish(ledger, 2)
    job = ledger.extend_job(1, 4)
    assert (job.state, job.count, job.done, job.ended_at) == (JobState.QUEUED, 4, 2, None)
    assert [claim(ledger).index for _ in range(2)] == [12, 13]
    assert ledger.claim("worker") is None
    with pytest.raises(BadInput, match="only grow"):
        ledger.extend_job(1, 3)
    ledger.pause(1)
    assert ledger.extend_job(1, 5).state is JobState.PAUSED


def test_the_same_count_again_does_not_open_a_finished_job(ledger: Ledger) -> None:
    ledger.add_job(new_job(count=1))
    finish(ledger, 1)
    assert ledger.extend_job(1, 1) == ledger.job(1)
    assert ledger.job(1).state is JobState.DONE


def test_actions_on_ended_jobs_are_refused_with_the_state(ledger: Ledger) -> None:
    ledger.add_job(new_job(count=1))
    finish(ledger, 1)
    for refused in (ledger.pause, ledger.resume, ledger.cancel):
        with pytest.raises(BadInput, match="Job 1 “mugs” is done"):
            refused(1)


@pytest.mark.parametrize(
    ("place", "other", "order"),
    [
        ("top", None, [3, 1, 2, 4]),
        ("bottom", None, [1, 2, 4, 3]),
        ("before", 2, [1, 3, 2, 4]),
        ("before", 1, [3, 1, 2, 4]),
        ("after", 1, [1, 3, 2, 4]),
        ("after", 4, [1, 2, 4, 3]),
        ("before", 3, [1, 2, 3, 4]),
    ],
)
def test_a_job_moves_in_the_line(ledger: Ledger, place: Place, other: int | None, order: list[int]) -> None:
    for name in "abcd":
        ledger.add_job(new_job(name=name, count=1))
    ledger.move(3, place, other)
    assert [job.id for job in ledger.jobs()] == order
    assert [claim(ledger).job_id for _ in range(4)] == order
    assert len({job.position for job in ledger.jobs()}) == 4


def test_moving_past_a_job_of_another_priority_is_refused(ledger: Ledger) -> None:
    ledger.add_job(new_job(name="a"))
    ledger.add_job(new_job(name="b", priority=5))
    with pytest.raises(BadInput, match="set the priority of job 1 to 5"):
        ledger.move(1, "before", 2)


def test_a_job_is_removed_only_without_leases(ledger: Ledger) -> None:
    ledger.add_job(new_job())
    claimed = claim(ledger)
    with pytest.raises(BadInput, match="1 of its frames"):
        ledger.remove(1)
    complete(ledger, claimed)
    ledger.remove(1)
    assert ledger.jobs() == []
    for gone in (ledger.job, ledger.recipe, ledger.remove, ledger.pause):
        with pytest.raises(BadInput, match="no job “1”"):
            gone(1)


def test_jobs_are_found_by_number_or_name(ledger: Ledger) -> None:
    for name in ("mugs", "cups", "cups", "2", "99"):
        ledger.add_job(new_job(name=name, root=f"/datasets/{len(ledger.jobs())}"))
    assert ledger.find("mugs").id == 1
    assert ledger.find("2").id == 2, "a number is an id before it is a name"
    assert ledger.find("99").id == 5
    with pytest.raises(BadInput, match=r"2 \(queued\), 3 \(queued\)"):
        ledger.find("cups")
    for missing in ("6", "plates", "", "²", "9" * 30):
        with pytest.raises(BadInput, match="There is no job"):
            ledger.find(missing)


def test_two_jobs_do_not_render_the_same_frames_of_a_folder(ledger: Ledger) -> None:
    ledger.add_job(new_job(root="/datasets/x", count=10))
    with pytest.raises(BadInput, match=r"Job 1 \(queued\) has frames 0 to 9 in /datasets/x"):
        ledger.add_job(new_job(root="/datasets/x", start=9, count=1))
    ledger.add_job(new_job(root="/datasets/x", start=10, count=1))
    with pytest.raises(BadInput, match="Job 2"):
        ledger.extend_job(1, 11)
    claimed = claim(ledger)
    ledger.cancel(1)
    with pytest.raises(BadInput, match="cancelled"):
        ledger.add_job(new_job(root="/datasets/x"))
    ledger.release(1, claimed.index, claimed.token)
    ledger.add_job(new_job(root="/datasets/x"))


def test_a_finished_job_is_not_opened_over_another_that_renders_its_frames(ledger: Ledger) -> None:
    ledger.add_job(new_job(root="/datasets/x", count=2))
    quarantine_one(ledger)
    finish(ledger, 1)
    ledger.add_job(new_job(root="/datasets/x", count=2))
    with pytest.raises(BadInput, match="Job 2"):
        ledger.retry(1)
    with pytest.raises(BadInput, match="Job 2"):
        ledger.mark_missing(1, 1)
    assert ledger.job(1).state is JobState.FAILED


def test_frames_found_on_disk_are_not_rendered(ledger: Ledger) -> None:
    ledger.add_job(new_job(count=6))
    for index in (1, 0, 4):
        assert ledger.mark_done(1, index, f"{index}{index}")
    assert not ledger.mark_done(1, 4, "44"), "known already"
    assert ledger.mark_done(1, 4, "45"), "another picture is there now"
    assert list(ledger.done_frames(1)) == [(0, "00"), (1, "11"), (4, "45")]
    assert [claim(ledger).index for _ in range(3)] == [2, 3, 5]
    assert not ledger.mark_done(1, 2, "22"), "its worker will report it"
    assert ledger.claim("worker") is None
    with pytest.raises(ValueError, match="not 6"):
        ledger.mark_done(1, 6, "66")


def test_a_job_whose_frames_are_all_on_disk_is_done(ledger: Ledger) -> None:
    ledger.add_job(new_job(count=2))
    quarantine_one(ledger)
    finish(ledger, 1)
    assert ledger.job(1).state is JobState.FAILED
    ledger.mark_done(1, 0, "00")
    job = ledger.job(1)
    assert (job.state, job.quarantined, job.message) == (JobState.DONE, 0, "")


def test_a_frame_missing_on_disk_is_rendered_again(ledger: Ledger) -> None:
    ledger.add_job(new_job(count=3))
    finish(ledger, 3)
    assert ledger.mark_missing(1, 1)
    assert not ledger.mark_missing(1, 1)
    job = ledger.job(1)
    assert (job.state, job.done, job.ended_at) == (JobState.QUEUED, 2, None)
    assert claim(ledger).index == 1


def test_changes_are_told_after_they_are_committed() -> None:
    told: list[int] = []
    with Ledger(":memory:", told.append) as ledger:

        def look(job_id: int) -> None:
            assert not ledger._db.in_transaction
            told.append(job_id)

        ledger.on_change = look
        ledger.add_job(new_job(name="a"))
        ledger.add_job(new_job(name="b"))
        claimed = claim(ledger)
        complete(ledger, claimed)
        assert told == [1, 2, 1, 1]
        told.clear()
        assert not complete(ledger, claimed)
        with pytest.raises(BadInput):
            ledger.remove(9)
        assert told == []
        with ledger.together():
            ledger.pause(2)
            ledger.resume(2)
            ledger.pause(1)
            assert told == []
        assert told == [2, 1]


def test_changes_made_together_are_undone_together(ledger: Ledger) -> None:
    def add_two_then_fail() -> None:
        with ledger.together():
            ledger.add_job(new_job(name="a"))
            ledger.add_job(new_job(name="b"))
            raise RuntimeError("in the middle")

    told: list[int] = []
    ledger.on_change = told.append
    with pytest.raises(RuntimeError):
        add_two_then_fail()
    assert ledger.jobs() == []
    assert told == []
    with ledger.together():
        ledger.add_job(new_job(name="a"))
        with pytest.raises(BadInput):
            ledger.add_job(new_job(name="a"))
    assert [job.name for job in ledger.jobs()] == ["a"]
    assert told == [1]


def test_wrong_counters_are_found_and_corrected(ledger: Ledger) -> None:
    ledger.add_job(new_job(count=2))
    finish(ledger, 2)
    assert ledger.recount() == []
    ledger._db.execute("UPDATE jobs SET done = 1, leased = 1, state = 'rendering'")
    assert ledger.recount() == [1]
    assert (ledger.job(1).done, ledger.job(1).leased, ledger.job(1).state) == (2, 0, JobState.DONE)


def test_reading_many_frames_misses_none(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.queue.ledger._PAGE", 3)
    ledger.add_job(new_job(count=8))
    finish(ledger, 7)
    claim(ledger)
    assert [index for index, _ in ledger.done_frames(1)] == list(range(7))
    assert [frame.index for frame in ledger.frames(1)] == list(range(8))
    assert [frame.index for frame in ledger.frames(1, FrameState.LEASED)] == [7]
    assert list(ledger.frames(1, FrameState.QUARANTINED)) == []


def reach(ledger: Ledger, state: JobState) -> None:
    """Bring a new job of two frames, one of them in the past, into this state."""
    ledger.add_job(new_job(count=2))
    roads: dict[JobState, Callable[[], object]] = {
        JobState.QUEUED: lambda: finish(ledger, 1),
        JobState.RENDERING: lambda: claim(ledger),
        JobState.PAUSED: lambda: ledger.pause(1),
        JobState.DONE: lambda: finish(ledger, 2),
        JobState.FAILED: lambda: (quarantine_one(ledger), finish(ledger, 1)),
        JobState.CANCELLED: lambda: ledger.cancel(1),
    }
    roads[state]()
    assert ledger.job(1).state is state


@pytest.mark.parametrize("state", JobState)
def test_no_state_is_left_but_as_the_table_allows(ledger: Ledger, state: JobState) -> None:
    reach(ledger, state)
    for wanted in JobState:
        if wanted not in TRANSITIONS[state]:
            with pytest.raises(AssertionError):
                ledger._enter(1, wanted, "")


def test_new_jobs_can_be_sent_as_json() -> None:
    job = new_job(start=3)
    assert msgspec.json.decode(msgspec.json.encode(job), type=NewJob) == job
