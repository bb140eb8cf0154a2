"""What the supervisor needs of whatever runs its workers: this machine, or an engine that spans many.

A backend has places, and starts a worker process at one of them when told to. The supervisor talks to that process in
the messages of `protocol`, and decides all else: which frame it gets, what its silence means, and what becomes of its
frames when it is gone. Every backend passes one contract suite, tests/cluster/test_contract.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from engine.queue.message import Message
from engine.queue.protocol import FromWorker
from engine.queue.workplace import Place


class Fate(StrEnum):
    """Why a worker has ended."""

    OWN = "own"
    """By itself, or by a signal: the frame that it was at may be to blame."""
    MEMORY = "memory"
    """Memory ran out on its machine."""
    TAKEN = "taken"
    """What it ran on was taken away: its machine died, or the batch system ended it. No frame is to blame."""


class Worker(Protocol):
    """One worker process, wherever it runs."""

    @property
    def pid(self) -> int | None:
        """Its process id on its machine; None while it is not known."""

    @property
    def node(self) -> str:
        """The machine that it runs on; empty for this one."""

    @property
    def standing(self) -> str:
        """What the engine that runs it says of it, for people (`Slurm 12_3 PENDING`); empty where there is none."""

    @property
    def fate(self) -> Fate:
        """Why it ended; to be asked after its end."""

    def send(self, message: Message) -> None:
        """Tell the worker something, in order. Returns at once; what is sent to one that has ended is dropped."""

    def receive(self, timeout: float | None = None) -> FromWorker | None:
        """The worker's next report, from one thread; None when `timeout` seconds pass without one.

        Raises:
            ChannelClosed: the worker has ended, and nothing that it said is left.
        """

    def obituary(self) -> str:
        """Why the worker ended, for people. Waits for its end."""

    def last_words(self) -> str:
        """Which process it is, how it ended, and the end of what it printed, for people."""

    def bound_log(self) -> None:
        """Keep its log from filling the disk. Returns at once."""

    def ask_where(self) -> None:
        """Have a worker that hangs print where it is to its log, before it is ended."""

    def end(self) -> None:
        """End the worker, whatever it does, and wait until it is certain that it renders and stores nothing more.

        Afterwards its log can still be read, and what it had published is in its dataset's folder.
        """

    def forget(self) -> None:
        """End it if need be, and let go of all that was kept for it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a worker is to be started."""

    verbose: bool = False
    """Let Blender's chatter through, where it can be."""
    inherit: tuple[int, ...] = ()
    """File descriptors that workers on this machine keep open."""
    nice: int = 0
    """How far it steps back behind other processes, 0 to 19."""


class Backend(Protocol):
    """Runs workers at places."""

    name: str
    look_seconds: float | None
    """Between looks at `places`; None where they never change."""
    is_remote: bool
    """Whether a worker may be long in coming and long in going, so that nothing is kept waiting for it: its place
    claims a frame when it has spoken, and its end is never waited for in the supervisor's loop."""

    def places(self) -> tuple[Place, ...]:
        """The places as they are now. May take a while where they change."""

    def start(self, place: Place, terms: Terms) -> Worker:
        """Start a worker. Returns at once; one that cannot be started ends, and its obituary says why."""

    def reclaim(self) -> None:
        """Make certain that no worker of an earlier supervisor lives: before any frame is claimed, where that one had
        not ended in order. May take a while.

        Raises:
            StudioError: that cannot be had.
        """

    def close(self) -> None:
        """Let go of everything. No worker lives any more."""
