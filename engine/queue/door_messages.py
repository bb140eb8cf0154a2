"""What the background engine and its clients (command line, app) say to each other.

A message is one msgpack map, tagged by its type, framed as engine.queue.framing does. The client begins with `Hello`
and is answered `Welcome` or `Refused`; these three, and the framing, never change, so that any two versions can tell
each other why they do not fit. Then the client asks (`Ask`), and each question is answered once, by `Done` or `Failed`,
in the order in which the work was finished. After `Subscribe` the engine sends `Done`, a `Snapshot`, and then changes.

Jobs and workers are plain maps here, not types: JSON can be made of them as they are, and a client that only prints
them needs no other part of the engine. Both have an `id` that stays theirs.
"""

from __future__ import annotations

from typing import Any

import msgspec

PROTOCOL_VERSION = 1
"""Goes up with every change that an older or newer side would misunderstand. New optional fields do not need it."""

MAX_REQUEST_BYTES = 1024 * 1024
"""The longest message that the engine takes from a client."""

MAX_REPLY_BYTES = 256 * 1024 * 1024
"""The longest message that a client takes from the engine."""


class Message(msgspec.Struct, frozen=True, tag=True):
    """Base of all messages."""


class Hello(Message, frozen=True):
    """From the client, first of all."""

    protocol_version: int
    program_version: str
    pid: int


class Welcome(Message, frozen=True):
    """To the client: it may ask."""

    protocol_version: int
    program_version: str
    pid: int
    started_at: float
    """When the engine began, in seconds since 1970."""


class Refused(Message, frozen=True):
    """To the client, before the engine closes the connection: why, and what to do."""

    sentence: str


class Request(Message, frozen=True):
    """Base of all that a client can ask. A job is named by its id, in digits, or by its name."""


class EngineStatus(Request, frozen=True):
    """How the engine is: a map."""


class Stop(Request, frozen=True):
    """End the engine, after the frames that are being rendered, or now (their work so far is lost)."""

    now: bool = False


class ListJobs(Request, frozen=True):
    """All jobs in the order of the queue: a list of maps."""


class ShowJob(Request, frozen=True):
    """One job with all that is known of it: a map."""

    job: str


class AddJob(Request, frozen=True):
    """Put a job into the queue: the new job, a map."""

    recipe: dict[str, Any]
    """As `recipe_to_plain` makes it, with absolute paths."""
    recipe_name: str
    name: str
    seed: int
    start: int
    """Index of the first frame."""
    count: int
    root: str
    """The dataset's folder, absolute."""
    priority: int = 0
    """The larger, the sooner."""
    device: str = "auto"


class ExtendJob(Request, frozen=True):
    """Let a job have more frames than it had: the job, a map."""

    job: str
    count: int
    """All its frames together, the old and the new."""


class PauseJobs(Request, frozen=True):
    """Begin no more frames of these jobs and end those that are being rendered: the jobs, a list of maps."""

    jobs: tuple[str, ...]


class ResumeJobs(Request, frozen=True):
    """Go on with paused jobs: the jobs, a list of maps."""

    jobs: tuple[str, ...]


class CancelJobs(Request, frozen=True):
    """End jobs for good; what they have rendered stays: the jobs, a list of maps."""

    jobs: tuple[str, ...]


class RetryJobs(Request, frozen=True):
    """Bring quarantined frames back: the jobs, a list of maps."""

    jobs: tuple[str, ...]


class RemoveJobs(Request, frozen=True):
    """Forget jobs: None."""

    jobs: tuple[str, ...]
    delete_files: bool = False
    """Whether the frames that they rendered are deleted too."""


class SetPriority(Request, frozen=True):
    """Give jobs a priority: the jobs, a list of maps."""

    jobs: tuple[str, ...]
    priority: int


class MoveJobs(Request, frozen=True):
    """Move jobs among those of the same priority: the jobs, a list of maps."""

    jobs: tuple[str, ...]
    where: str


class JobLog(Request, frozen=True):
    """The last lines of a job's log: a list of texts, the oldest first."""

    job: str
    lines: int = 100


class Workers(Request, frozen=True):
    """The render processes: a list of maps."""


class Backup(Request, frozen=True):
    """Write a copy of the ledger to a file: None."""

    path: str
    """Absolute."""


class Subscribe(Request, frozen=True):
    """From now on send changes over this connection, beginning with a `Snapshot`: None."""


type AnyRequest = (
    EngineStatus
    | Stop
    | ListJobs
    | ShowJob
    | AddJob
    | ExtendJob
    | PauseJobs
    | ResumeJobs
    | CancelJobs
    | RetryJobs
    | RemoveJobs
    | SetPriority
    | MoveJobs
    | JobLog
    | Workers
    | Backup
    | Subscribe
)


class Ask(Message, frozen=True):
    """From the client: a request, under a number that its answer will bear."""

    id: int
    request: msgspec.Raw
    """An encoded `Request`; apart, so that one which the engine does not know can still be answered."""


class Done(Message, frozen=True):
    """To the client: the request was carried out."""

    id: int
    result: Any = None
    """What the request's class says; plain values."""


class Failed(Message, frozen=True):
    """To the client: the request was not carried out."""

    id: int
    sentence: str
    bad_input: bool
    """Whether what was asked for is at fault (exit 2), or the work failed (exit 1)."""


class Change(Message, frozen=True):
    """Base of all that subscribers hear of."""


class Snapshot(Change, frozen=True):
    """Everything as it is now. It comes first, and again whenever a subscriber was too slow to hear each change."""

    jobs: list[dict[str, Any]]
    workers: list[dict[str, Any]]
    engine: dict[str, Any]


class JobChanged(Change, frozen=True):
    """A job is new, or not as it was."""

    job: dict[str, Any]


class JobRemoved(Change, frozen=True):
    """A job is forgotten."""

    id: int


class WorkerChanged(Change, frozen=True):
    """A render process is new, or not as it was."""

    worker: dict[str, Any]


class FrameFinished(Change, frozen=True):
    """A frame is on disk. A subscriber that was too slow may miss some."""

    job_id: int
    index: int
    root: str
    """The dataset's folder."""


class EngineChanged(Change, frozen=True):
    """The engine as a whole is not as it was."""

    state: str
    message: str


class LogLine(Change, frozen=True):
    """A line was added to a job's log. A subscriber that was too slow may miss some."""

    job_id: int
    text: str


type AnyChange = Snapshot | JobChanged | JobRemoved | WorkerChanged | FrameFinished | EngineChanged | LogLine
type FromEngine = Welcome | Refused | Done | Failed | AnyChange

encode = msgspec.msgpack.Encoder().encode
decode_hello = msgspec.msgpack.Decoder(Hello).decode
decode_ask = msgspec.msgpack.Decoder(Ask).decode
decode_request: msgspec.msgpack.Decoder[AnyRequest] = msgspec.msgpack.Decoder(AnyRequest)
decode_from_engine: msgspec.msgpack.Decoder[FromEngine] = msgspec.msgpack.Decoder(FromEngine)

DECODE_ERRORS = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, OverflowError, MemoryError)
"""What decoding bytes of a stranger can raise; deep nesting is a RecursionError."""
ENCODE_ERRORS = (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError, MemoryError)
"""What encoding values that are not plain can raise; text that is not UTF-8 is a ValueError."""


def subject_of(change: Change) -> tuple[str, Any] | None:
    """What a change is about, where only its newest state counts; None where each change counts by itself."""
    match change:
        case JobChanged(job):
            return "job", job["id"]
        case JobRemoved(id):
            return "job", id
        case WorkerChanged(worker):
            return "worker", worker["id"]
        case EngineChanged():
            return "engine", None
    return None
