"""Where jobs go when they are moved by one place, and which priorities they get."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from engine.queue.door_messages import MoveJobs, SetPriority
from engine.queue.jobs import LARGEST_NUMBER
from studio.jobs_text import ENDED, in_order

type Map = dict[str, Any]


def one_place(jobs: Iterable[Map], chosen: Sequence[Map], by: int) -> MoveJobs | None:
    """The request that moves the chosen jobs, which stay together, up (`by` -1) or down (1) by one place.

    None where they cannot: one has ended, their priorities differ, or they are at the end already.
    """
    if not chosen or any(job["state"] in ENDED for job in chosen) or len({job["priority"] for job in chosen}) > 1:
        return None
    peers = [job for job in in_order(jobs) if job["state"] not in ENDED and job["priority"] == chosen[0]["priority"]]
    ids = {job["id"] for job in chosen}
    places = [at for at, job in enumerate(peers) if job["id"] in ids]
    others = peers[: places[0]] if by < 0 else peers[places[-1] + 1 :]
    names = tuple(str(peers[at]["id"]) for at in places)
    if others:
        return MoveJobs(names, f"before:{others[-1]['id']}" if by < 0 else f"after:{others[0]['id']}")
    if len(places) > 1 and places[-1] - places[0] >= len(places):
        return MoveJobs(names, "top" if by < 0 else "bottom")
    return None


def changed_priorities(chosen: Iterable[Map], by: int) -> list[SetPriority]:
    """The requests that raise or lower the priority of each chosen job by `by`."""
    names: dict[int, list[str]] = {}
    for job in chosen:
        priority = min(max(job["priority"] + by, -LARGEST_NUMBER), LARGEST_NUMBER)
        names.setdefault(priority, []).append(str(job["id"]))
    return [SetPriority(tuple(ids), priority) for priority, ids in names.items()]
