"""What became of a change of several jobs, in one sentence; and what of them it does not fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from studio.jobs_text import Map


def account(done: str, changed: Sequence[Map], left: Sequence[Map] = (), why_left: str = "") -> str:
    """`3 jobs are paused; 1 was done already.`; empty where one job alone was meant, which is seen.

    Args:
        done: what the jobs are now: `paused`, `cancelled`.
        changed: the jobs that the change was asked for.
        left: those that it does not fit, as they were.
        why_left: what these have in common, where that is not their state.
    """
    if len(changed) + len(left) < 2:
        return ""
    are = f"{len(changed):,} jobs are" if len(changed) > 1 else "1 job is"
    rest = f"{len(left):,} {why_left}" if why_left else f"{states_text(left)} already"
    return f"{are} {done}; {rest}." if left else f"{are} {done}."


def states_text(jobs: Sequence[Map]) -> str:
    """`1 was done and 2 were paused`."""
    counts = Counter(str(job["state"]) for job in jobs)
    parts = [f"{many:,} {'was' if many == 1 else 'were'} {state}" for state, many in counts.items()]
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
