"""What a screen and its preview worker say to each other, beside the messages of every worker."""

from __future__ import annotations

from typing import Any, Literal

from engine.queue.message import Message


class PreviewOrder(Message, frozen=True):
    """To a preview worker: show frames of a recipe, small first, then finer. An order makes every older one stale.

    Answered by `PreviewImage`, any number of them for each frame, and at the end by `PreviewDone` or `PreviewFailed`;
    an order that became stale has no end. `PreviewChosen` says on what its pictures are made, whenever that changes.
    """

    token: int
    """Larger than all before."""
    recipe: dict[str, Any]
    """As `recipe_to_plain` makes it, or less of it, with absolute paths."""
    where: str
    """The recipe's name, for errors."""
    seed: int
    indices: tuple[int, ...]
    """The frames, in the order in which they are wanted."""
    width: int
    """Largest width and height of the pictures, which keep the aspect of the recipe's own; not used by `full`."""
    height: int
    samples: int
    """Samples per pixel up to which pictures are refined; not used by `full`."""
    engine: Literal["auto", "eevee", "cycles"] = "auto"
    full: bool = False
    """Whether to render as the queue would: Cycles, with the recipe's own resolution and samples."""


class PreviewChosen(Message, frozen=True):
    """From a preview worker: what it makes pictures with from now on."""

    engine: Literal["eevee", "cycles"]
    device: str
    reason: str
    """Why, for people; no sentence."""


class PreviewProgress(Message, frozen=True):
    """From a preview worker: samples per pixel done so far of a frame at full quality."""

    token: int
    index: int
    samples_done: int
    samples: int


class PreviewImage(Message, frozen=True):
    """From a preview worker: a picture of a frame; the next one of the same frame has more pixels or samples."""

    token: int
    index: int
    width: int
    height: int
    rgb: bytes
    """uint8, (height, width, 3), row 0 at the top."""
    instance_id: bytes
    """uint16, (height, width); as in `engine.annotate.passes`."""
    record: bytes
    """The FrameRecord as JSON, at this size."""
    skeletons: dict[str, tuple[tuple[str, str], ...]]
    """Pairs of names of keypoints that are joined by lines, by class."""
    samples: int
    samples_total: int
    """Samples of the last picture of this frame."""
    seconds: float
    """Since the worker took up the order, or since the frame's picture before this one."""
    engine: Literal["eevee", "cycles"]
    device: str
    last: bool
    """Whether no better one of this frame follows."""
    full: bool


class PreviewDone(Message, frozen=True):
    """From a preview worker: all pictures of an order were sent."""

    token: int


class PreviewFailed(Message, frozen=True):
    """From a preview worker: an order cannot be carried out, or not to its end."""

    token: int
    sentence: str
