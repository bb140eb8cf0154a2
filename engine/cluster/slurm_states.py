"""What Slurm says of our jobs: asked for all of them at once, by a thread, every few seconds."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time

_LOOK_SECONDS = 3.0
_ASK_SECONDS = 30.0
_LIVE = frozenset(
    {"PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "REQUEUED", "RESIZING", "SIGNALING", "STOPPED",
     "STAGE_OUT", "SPECIAL_EXIT", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD", "REVOKED"}
)  # fmt: skip


class JobStates:
    """The states of the jobs of one user, by their names (`12_3`)."""

    def __init__(self, look_seconds: float = _LOOK_SECONDS) -> None:
        self._states: dict[str, str] = {}
        self._listed: frozenset[str] = frozenset()
        """Those in the last answer."""
        self._asked_at: dict[str, float] = {}
        """When a job was first asked about: one that Slurm does not list may be too new, or over for long."""
        self._answered_at = 0.0
        """When the last answer was asked for; nothing that happened since shows in it."""
        self._look_seconds = look_seconds
        self._stop = threading.Event()
        threading.Thread(target=self._look, name="squeue", daemon=True).start()

    def of(self, job: str) -> str:
        """What Slurm says of a job, for people: `PENDING (Resources)`, `RUNNING`; empty where it says nothing."""
        return self._states.get(job, "")

    def is_over(self, job: str) -> bool:
        """Whether nothing of a job runs any more. A job that Slurm has forgotten is over."""
        asked_at = self._asked_at.setdefault(job, time.monotonic())
        state = self._states.get(job, "")
        if job in self._listed or (state and not _is_live(state)):
            return not _is_live(state)
        # Also a task that is cancelled while it waits: Slurm takes it out of its array, and lists it no more.
        return self._answered_at > asked_at + self._look_seconds

    def node_failed(self, job: str) -> bool:
        """Whether a job is over because Slurm has lost its node, so that it cannot know what runs there."""
        return self._states.get(job, "").startswith(("NODE_FAIL", "BOOT_FAIL"))

    def cancel(self, job: str) -> None:
        """Have Slurm end a job; it is over when it says so."""
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(["scancel", job], capture_output=True, timeout=_ASK_SECONDS, check=False)

    def close(self) -> None:
        """Ask no more."""
        self._stop.set()

    def _look(self) -> None:
        while not self._stop.wait(self._look_seconds):
            asked_at = time.monotonic()
            found = list_jobs()
            if found is not None:
                # What Slurm forgets after minutes stays known here.
                self._states |= found
                self._listed = frozenset(found)
                self._answered_at = asked_at


def _is_live(state: str) -> bool:
    return state.partition(" ")[0] in _LIVE


def list_jobs(name: str = "") -> dict[str, str] | None:
    """The states of this user's jobs (of this name), those that are over too; None where Slurm does not answer."""
    command = ["squeue", "--me", "--noheader", "--array", "--states=all", "--format=%i|%T|%r"]
    if name:
        command.append(f"--name={name}")
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=_ASK_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = {}
    for line in answer.stdout.splitlines():
        job, _, rest = line.strip().partition("|")
        state, _, why = rest.partition("|")
        found[job] = f"{state} ({why})" if state == "PENDING" and why not in ("", "None") else state
    return found
