"""Render frames now, with one worker, until they are done: what `studio render` does.

A frame counts as done when its record is on disk. The same call again continues where the last one stopped.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from engine.dataset.manifest import AssetEntry, Manifest, Storage, make_manifest
from engine.dataset.read import Dataset
from engine.dataset.writer import open_for_writing, stored_manifest
from engine.errors import AssetError, DatasetError, RenderError, StorageError, WorkerDied
from engine.files import reason
from engine.queue.protocol import (
    ChannelClosed,
    FrameFailed,
    FrameFinished,
    FrameProgress,
    FrameStarted,
    FromWorker,
    Importing,
    Prepare,
    Ready,
    Rejected,
    RenderFrame,
)
from engine.queue.worker_process import WorkerProcess
from engine.recipe.load import recipe_to_plain
from engine.recipe.model import Recipe

FRAMES_AHEAD = 2
"""Frames a worker is given at once, so that it has the next one when a frame is rendered."""

DEATHS_IN_A_ROW = 3
"""Workers that may die one after the other, without a finished frame between them, before the run is given up."""


@dataclass(frozen=True, slots=True)
class RenderOrder:
    """What is to be rendered, and where to."""

    recipe: Recipe
    root: Path
    seed: int
    start: int
    count: int
    device: str = "auto"
    verbose: bool = False
    """Let Blender's messages through to stderr."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands; sent after each change."""

    done: int
    """Frames finished in this run."""
    failed: int
    total: int
    """Frames this run has to render."""
    skipped: int
    """Frames that were there already."""
    frame: int | None
    """The frame being rendered."""
    samples_done: int
    samples: int
    seconds: float
    """Since the first frame began."""

    @property
    def seconds_left(self) -> float | None:
        """Estimate from the finished frames and the samples of the current one; None before there is any."""
        worked = self.done + self.failed + (self.samples_done / self.samples if self.samples else 0.0)
        return self.seconds / worked * (self.total - worked) if worked > 0 else None


@dataclass(slots=True)
class Outcome:
    """What a run came to."""

    device: str
    device_type: str
    warnings: tuple[str, ...]
    done: int = 0
    skipped: int = 0
    redraws: int = 0
    """Draws thrown away because they showed too little of their object."""
    seconds: float = 0.0
    failed: dict[int, str] = field(default_factory=dict)
    """Reason by frame."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Sent once, when the assets are loaded and the folder is open."""

    device: str
    warnings: tuple[str, ...]
    total: int
    skipped: int


type Event = Prepared | Progress
type Listener = Callable[[Event], None]


def render_foreground(order: RenderOrder, listen: Listener) -> Outcome:
    """Render the frames of `order` that are not on disk yet. `listen` is told what happens.

    Interrupting it (KeyboardInterrupt) ends the worker at once and keeps every finished frame.

    Raises:
        BadInput: the recipe's assets or the folder cannot be used; nothing was written.
        StorageError: the disk fails; finished frames stay.
        WorkerDied: render processes keep dying.
        RenderError: the device cannot be used.
    """
    return _Run(order, listen).go()


class _Run:
    def __init__(self, order: RenderOrder, listen: Listener) -> None:
        self.order = order
        self.listen = listen
        self.storage = storage_of(order.recipe)
        self.pending: deque[int] = deque()
        self.sent: deque[int] = deque()
        """Frames given to the worker and not reported yet, in order."""
        self.current: tuple[int, int, int] | None = None
        """The frame being rendered, its samples done and in all."""
        self.deaths = 0
        self.began = time.monotonic()

    def go(self) -> Outcome:
        refuse_folder(self.order.root)
        worker, ready = self._start_worker()
        try:
            manifest = self._manifest(ready)
            with open_for_writing(self.order.root, manifest):
                self._plan(ready)
                while self.pending or self.sent:
                    worker = self._serve(worker)
        finally:
            worker.end()
        self.outcome.seconds = time.monotonic() - self.began
        return self.outcome

    def _start_worker(self) -> tuple[WorkerProcess, Ready]:
        worker = WorkerProcess(verbose=self.order.verbose)
        try:
            worker.send(Prepare(recipe_to_plain(self.order.recipe), self.order.recipe.name, self.order.device))
            return worker, _await_ready(worker)
        except BaseException:
            worker.end()
            raise

    def _manifest(self, ready: Ready) -> Manifest:
        return make_manifest(
            name=self.order.recipe.name,
            recipe=recipe_to_plain(self.order.recipe),
            seed=self.order.seed,
            classes=ready.classes,
            assets=[AssetEntry(a.role, a.name, a.path, a.content_hash) for a in ready.assets],
            storage=self.storage,
            blender_version=ready.blender_version,
        )

    def _plan(self, ready: Ready) -> None:
        there = set(Dataset.open(self.order.root).indices())
        wanted = range(self.order.start, self.order.start + self.order.count)
        self.pending.extend(index for index in wanted if index not in there)
        skipped = len(wanted) - len(self.pending)
        self.outcome = Outcome(ready.device, ready.device_type, ready.warnings, skipped=skipped)
        self.total = len(self.pending)
        self.listen(Prepared(ready.device, ready.warnings, self.total, skipped))
        self.began = time.monotonic()

    def _serve(self, worker: WorkerProcess) -> WorkerProcess:
        """Keep the worker busy and take one report; returns the worker to go on with."""
        while self.pending and len(self.sent) < FRAMES_AHEAD:
            index = self.pending.popleft()
            self.sent.append(index)
            worker.send(RenderFrame(index, self.order.seed, str(self.order.root), self.storage))
        try:
            report = worker.receive()
        except ChannelClosed:
            return self._bury(worker)
        if report is not None:
            self._note(report)
        return worker

    def _note(self, report: FromWorker) -> None:
        match report:
            case FrameStarted(index=index):
                self.current = (index, 0, 0)
            case FrameProgress(index=index, samples_done=done, samples=samples):
                self.current = (index, done, samples)
            case FrameFinished(index=index, attempt=attempt):
                self._settle(index)
                self.outcome.done += 1
                self.outcome.redraws += attempt
                self.deaths = 0
            case FrameFailed(index=index, reason=reason, storage=storage):
                if storage:
                    raise StorageError(reason)
                self._settle(index)
                self.outcome.failed[index] = reason
            case _:
                return
        self._tell()

    def _settle(self, index: int) -> None:
        self.sent.remove(index)
        if self.current is not None and self.current[0] == index:
            self.current = None

    def _bury(self, worker: WorkerProcess) -> WorkerProcess:
        """A worker died: blame the frame it was rendering, take the others back, start another."""
        cause = worker.obituary()
        worker.end()
        self.deaths += 1
        self._credit_published()
        if not self.sent:
            return self._start_worker()[0] if self.pending else worker
        blamed = self.current[0] if self.current is not None else self.sent[0]
        self._settle(blamed)
        self.outcome.failed[blamed] = f"Frame {blamed}: {cause}."
        self.pending.extendleft(reversed(self.sent))
        self.sent.clear()
        self._tell()
        if not self.pending:
            return worker
        if self.deaths >= DEATHS_IN_A_ROW:
            raise WorkerDied(
                f"{DEATHS_IN_A_ROW} render processes ended one after the other ({cause}); the run is given up. "
                "Finished frames are kept. `studio --debug render ...` shows Blender's own messages."
            )
        return self._start_worker()[0]

    def _credit_published(self) -> None:
        """Count the frames whose record reached the disk although the report of it did not reach us."""
        there = set(Dataset.open(self.order.root).indices())
        for index in [index for index in self.sent if index in there]:
            self._settle(index)
            self.outcome.done += 1

    def _tell(self) -> None:
        frame, samples_done, samples = self.current or (None, 0, 0)
        self.listen(
            Progress(
                done=self.outcome.done,
                failed=len(self.outcome.failed),
                total=self.total,
                skipped=self.outcome.skipped,
                frame=frame,
                samples_done=samples_done,
                samples=samples,
                seconds=time.monotonic() - self.began,
            )
        )


def refuse_folder(root: Path) -> None:
    """Raise DatasetError for a folder that can hold no dataset, before seconds are spent on loading assets."""
    try:
        stored_manifest(root)
    except OSError as error:
        raise DatasetError(f"{root} cannot be used: {reason(error)}; choose another output folder.") from None


def storage_of(recipe: Recipe) -> Storage:
    """How the recipe's frames are stored."""
    render = recipe.render
    image: Literal["png", "jpeg"] = "jpeg" if render.image == "jpeg" else "png"
    return Storage(resolution=render.resolution, image=image, jpeg_quality=render.jpeg_quality, passes=render.passes)


def _await_ready(worker: WorkerProcess) -> Ready:
    """The worker's answer to `Prepare`."""
    reading = ""
    for report in _reports(worker):
        match report:
            case Importing(path=path):
                reading = path
            case Ready():
                return report
            case Rejected(sentence=sentence, bad_input=bad_input):
                raise AssetError(sentence) if bad_input else RenderError(sentence)
            case _:
                pass
    cause = worker.obituary()
    if reading:
        raise AssetError(f"{reading}: reading this file crashed Blender ({cause}); the file may be damaged.")
    raise WorkerDied(
        f"Blender did not start: {cause}. `studio doctor` checks what it needs.\n{worker.log_tail()}".strip()
    )


def _reports(worker: WorkerProcess) -> Iterator[FromWorker]:
    try:
        while True:
            report = worker.receive()
            if report is not None:
                yield report
    except ChannelClosed:
        return
