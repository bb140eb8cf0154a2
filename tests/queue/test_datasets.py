"""The ledger and the folder of a job are brought to agree, whichever of them knows more."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dataset import layout
from engine.dataset.read import Dataset
from engine.queue import datasets
from engine.queue.datasets import agree_with_disk
from engine.queue.jobs import FrameState, JobState
from engine.queue.ledger import Ledger
from tests.factory import make_dataset
from tests.queue.ledgers import claim, complete, new_job

numbers = st.sets(st.integers(0, 60)).map(sorted)


@given(numbers, numbers)
def test_differences_are_those_of_sets(known: list[int], on_disk: list[int]) -> None:
    found = list(datasets._differences(known, on_disk))
    assert [index for index, _ in found] == sorted(set(known) ^ set(on_disk))
    assert all(is_known == (index in known) for index, is_known in found)


@pytest.mark.parametrize("together", [1, 3, 200])
def test_what_either_does_not_know_is_corrected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    monkeypatch.setattr(datasets, "_TOGETHER", together)
    root = make_dataset(tmp_path / "d", 8).root
    there = {index: Dataset.open(root).record(index).image.pixel_hash for index in range(8)}
    with Ledger(":memory:") as ledger:
        # Frames 1 to 9 are the job's: 0 is on the disk and not of this job, 8 and 9 are not there.
        job = ledger.add_job(new_job(start=1, count=9, root=str(root)))
        for expected in (1, 2, 3):
            claimed = claim(ledger)
            assert claimed.index == expected
            assert complete(ledger, claimed, there[expected])
        (root / layout.record_path(2)).unlink()
        leased = claim(ledger)
        assert leased.index == 4
        (root / layout.image_path(6, "png")).write_bytes(b"cut short")
        assert agree_with_disk(ledger, job) == 2
        assert dict(ledger.done_frames(job.id)) == {index: there[index] for index in (1, 3, 5, 7)}
        assert ledger.frame(job.id, 2).state is FrameState.PENDING
        assert ledger.frame(job.id, 4).state is FrameState.LEASED
        assert agree_with_disk(ledger, job) == 0
        assert ledger.recount() == []
        assert ledger.job(job.id).state is JobState.RENDERING
