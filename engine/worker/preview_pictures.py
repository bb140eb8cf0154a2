"""The pictures of one preview order: which sizes and samples, in which order, and on their way to the screen."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Literal, Protocol

from engine import __version__
from engine.annotate.build import build_record
from engine.annotate.exposure import exposure_trouble, picture_trouble
from engine.annotate.passes import Passes
from engine.annotate.record import RenderInfo, encode_record
from engine.annotate.visibility import Body
from engine.errors import RenderError
from engine.frame.resize import resized
from engine.frame.spec import FrameSpec
from engine.queue.message import Message
from engine.queue.preview_messages import PreviewImage, PreviewOrder, PreviewProgress
from engine.recipe.model import Recipe
from engine.worker.preview_engine import EngineChoice
from engine.worker.renderer import Check, fine_frame

type OnPasses = Callable[[Passes], None]

type Size = tuple[int, int]
"""Width and height, pixels."""

FIRST_PIXELS = 160 * 120
"""Of the first picture of a frame, at most."""

EEVEE_FIRST_SAMPLES = 2

_CHUNK_RAYS = {"CPU": 80_000}
_GPU_CHUNK_RAYS = 1_250_000
"""Camera rays of a chunk, after which a stale order is given up: about a tenth of a second."""

_SMALLEST_SIDE = 8


class _Turn(Protocol):
    @property
    def order(self) -> PreviewOrder: ...
    def is_stale(self) -> bool: ...
    def check(self) -> None: ...
    def wait_until_still(self) -> None: ...
    def send(self, message: Message) -> None: ...


class Renderer(Protocol):
    """What pictures are made with: `engine.blender.preview.PreviewRenderer`, which see."""

    recipe: Recipe
    device: str
    device_type: str
    blender_version: str

    @property
    def bodies(self) -> tuple[Body, ...]: ...
    def load(self, recipe: Recipe, importing: Callable[[str], None]) -> None: ...
    def draw(self, seed: int, index: int, redrawn: Mapping[str, int] | None = None) -> FrameSpec: ...
    def refine(
        self,
        spec: FrameSpec,
        size: Size,
        chunks: list[int],
        shown: set[int],
        total: int,
        on_passes: Callable[[Passes], None],
        cancelled: Callable[[], bool] | None,
    ) -> None: ...
    def rasterize(self, spec: FrameSpec, size: Size, samples: int) -> Passes: ...
    def full(
        self, spec: FrameSpec, on_progress: Callable[[int, int], None], cancelled: Callable[[], bool]
    ) -> Passes: ...


class PictureMaker:
    """Makes the pictures of one order. Its methods raise what `turn.check` raises when the order is stale, and
    RenderError at the end when some frame could not be drawn or rendered."""

    def __init__(self, turn: _Turn, renderer: Renderer, choice: EngineChoice) -> None:
        self._turn, self._order = turn, turn.order
        self._renderer, self._choice = renderer, choice
        self._device = renderer.device
        self._began = time.perf_counter()
        self._error: RenderError | None = None
        self._specs: dict[int, FrameSpec] = {}

    def cycles(self) -> None:
        """All frames small and rough; then, one after the other, finer."""
        order = self._order
        for spec in self._drawn():
            size = self._size(spec)
            small = at_most(size, FIRST_PIXELS)
            done = small == size and order.samples == 1

            def first(it: FrameSpec, send: OnPasses, size: Size = small) -> None:
                # Begun, it is finished, so that something is seen while orders follow each other quickly.
                self._renderer.refine(it, size, [1], {1}, order.samples, send, None)

            self._show_fine(spec, first, partial(self._sender, engine="cycles", last=done, total=order.samples))
        self._turn.wait_until_still()
        rays = _CHUNK_RAYS.get(self._renderer.device_type, _GPU_CHUNK_RAYS)
        for spec in self._drawn():
            size = self._size(spec)
            if size == at_most(size, FIRST_PIXELS) and order.samples == 1:
                continue
            chunks, shown = plan(size, order.samples, rays)
            if size == at_most(size, FIRST_PIXELS):
                shown.remove(1)
            sender = self._sender(spec, "cycles", True, order.samples)
            self._renderer.refine(spec, size, chunks, shown, order.samples, sender, self._stop)
        self._finish()

    def eevee(self, device: str) -> None:
        """As `cycles`, in two steps: EEVEE begins each picture anew."""
        self._device = device
        samples = max(EEVEE_FIRST_SAMPLES, self._order.samples)
        for spec in self._drawn():
            small = at_most(self._size(spec), FIRST_PIXELS)

            def first(it: FrameSpec, send: OnPasses, size: Size = small) -> None:
                send(self._renderer.rasterize(it, size, EEVEE_FIRST_SAMPLES))

            self._show_fine(spec, first, partial(self._sender, engine="eevee", last=False, total=samples))
        self._turn.wait_until_still()
        for spec in self._drawn():
            self._sender(spec, "eevee", True, samples)(self._renderer.rasterize(spec, self._size(spec), samples))
        self._finish()

    def full(self) -> None:
        """The frames as the dataset has them."""
        for spec in self._drawn():
            report = partial(self._progress, spec.index)

            def render(it: FrameSpec, send: OnPasses, report: Callable[[int, int], None] = report) -> None:
                report(0, it.samples)
                send(self._renderer.full(it, report, self._stop))

            sender = partial(self._sender, engine="cycles", last=True, total=spec.samples)
            self._show_fine(spec, render, sender, picture_trouble)
        self._finish()

    def _show_fine(
        self,
        spec: FrameSpec,
        render: Callable[[FrameSpec, OnPasses], None],
        sender: Callable[[FrameSpec], OnPasses],
        check: Check = lambda passes, _, bounds: exposure_trouble(passes.rgb, bounds),
    ) -> None:
        """Send a frame's picture that `render` makes; as a dataset's, it is drawn anew while `check` minds. Small ones
        may miss the object, and are looked at for their brightness only."""

        def shown(it: FrameSpec) -> Passes:
            made: list[Passes] = []
            render(it, made.append)
            self._specs[it.index] = it
            sender(it)(made[-1])
            return made[-1]

        try:
            fine_frame(self._renderer, spec, shown, check)
        except RenderError as error:
            self._error = self._error or error

    def _drawn(self) -> Iterator[FrameSpec]:
        """The specs of the frames, in their order; those that cannot be drawn are left out."""
        for index in self._order.indices:
            self._turn.check()
            if index not in self._specs:
                try:
                    self._specs[index] = self._renderer.draw(self._order.seed, index)
                except RenderError as error:
                    self._error = self._error or error
                    continue
            yield self._specs[index]

    def _finish(self) -> None:
        if self._error is not None:
            raise self._error

    def _stop(self) -> bool:
        """For the renderer, between two chunks: whatever it would raise itself, `turn.check` says it better."""
        self._turn.check()
        return False

    def _size(self, spec: FrameSpec) -> Size:
        return fitting((spec.camera.width, spec.camera.height), (self._order.width, self._order.height))

    def _progress(self, index: int, done: int, total: int) -> None:
        self._turn.send(PreviewProgress(self._order.token, index, done, total))

    def _sender(
        self, spec: FrameSpec, engine: Literal["eevee", "cycles"], last: bool, total: int
    ) -> Callable[[Passes], None]:
        """What sends the pictures of a frame; with `last`, the one of `total` samples is the frame's last."""

        def send(passes: Passes) -> None:
            now = time.perf_counter()
            seconds, self._began = now - self._began, now
            height, width = passes.instance_id.shape
            if not self._order.full and width * height <= FIRST_PIXELS:
                self._choice.note(engine, seconds)
            record = build_record(
                passes, resized(spec, (width, height)), self._renderer.bodies, self._info(passes, engine, seconds)
            )
            self._turn.send(
                PreviewImage(
                    token=self._order.token,
                    index=spec.index,
                    width=width,
                    height=height,
                    rgb=passes.rgb.tobytes(),
                    instance_id=passes.instance_id.tobytes(),
                    record=encode_record(record),
                    skeletons=skeletons_of(spec, self._renderer.bodies),
                    samples=passes.samples,
                    samples_total=total,
                    seconds=seconds,
                    engine=engine,
                    device=self._device,
                    last=last and passes.samples >= total,
                    full=self._order.full,
                )
            )

        return send

    def _info(self, passes: Passes, engine: str, seconds: float) -> RenderInfo:
        return RenderInfo(
            device=self._device,
            device_type=self._renderer.device_type,
            denoiser="",
            seconds=seconds,
            samples=passes.samples,
            studio_version=__version__,
            blender_version=self._renderer.blender_version,
            finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )


def fitting(size: Size, box: Size) -> Size:
    """The largest size of the same aspect that fits into a box."""
    factor = min(box[0] / size[0], box[1] / size[1])
    return _scaled(size, factor)


def at_most(size: Size, pixels: int) -> Size:
    """The size itself, or one of the same aspect that has no more than so many pixels, about."""
    if size[0] * size[1] <= pixels:
        return size
    return _scaled(size, math.sqrt(pixels / (size[0] * size[1])))


def _scaled(size: Size, factor: float) -> Size:
    width, height = (max(_SMALLEST_SIDE, round(side * factor)) for side in size)
    return width, height


def plan(size: Size, samples: int, rays: int) -> tuple[list[int], set[int]]:
    """Chunks of samples that trace about so many camera rays each, and the sums at which a picture is shown:
    1, 2, 4, 8 … and `samples`."""
    most = max(1, rays // (size[0] * size[1]))
    chunks: list[int] = []
    shown: set[int] = set()
    done, goal = 0, 1
    while done < samples:
        step = min(most, goal - done, samples - done)
        chunks.append(step)
        done += step
        if done in (goal, samples):
            shown.add(done)
            goal *= 2
    return chunks, shown


def skeletons_of(spec: FrameSpec, bodies: Sequence[Body]) -> dict[str, tuple[tuple[str, str], ...]]:
    """The lines between keypoints by class; of several models of a class, those of all."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for item in spec.objects:
        links = bodies[item.recipe_object].landmarks.skeleton
        found[item.class_name] = tuple(dict.fromkeys((*found.get(item.class_name, ()), *links)))
    return found
