"""Drawing frames without rendering them: what is asked of a worker, and what it says."""

from __future__ import annotations

from engine.frame.facts import FrameFacts
from engine.queue.message import Message


class Survey(Message, frozen=True):
    """To the worker: draw frames of the prepared recipe. Answered by one `FrameSurveyed` for each, in their order."""

    seed: int
    indices: tuple[int, ...]


class FrameSurveyed(Message, frozen=True):
    """From the worker: a frame was drawn, or could not be."""

    index: int
    facts: FrameFacts | None
    reason: str = ""
    """Why it could not be drawn; one sentence."""
