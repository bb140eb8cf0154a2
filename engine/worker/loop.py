"""The worker's life: load a recipe, render frames, publish them while the next one renders."""

from __future__ import annotations

import os
import queue
import socket
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from engine import __version__
from engine.annotate.build import build_record
from engine.annotate.flow import with_flow
from engine.annotate.passes import Passes
from engine.annotate.record import RenderInfo
from engine.dataset.classes import class_entries
from engine.dataset.models import publish_models
from engine.dataset.publish import publish_frame
from engine.errors import BadInput, DeviceMissing, StorageError, StudioError
from engine.frame.measure import facts_of
from engine.frame.spec import FrameSpec
from engine.queue.message import Message
from engine.queue.preview_messages import PreviewOrder
from engine.queue.protocol import (
    HEARTBEAT_SECONDS,
    Cancel,
    Channel,
    ChannelClosed,
    Describe,
    Description,
    FrameCancelled,
    FrameDrawn,
    FrameFailed,
    FrameFinished,
    FrameProgress,
    FrameRendered,
    FrameStarted,
    Heartbeat,
    Importing,
    Prepare,
    Ready,
    Rejected,
    RenderFrame,
    Sampling,
    ToWorker,
)
from engine.queue.survey_messages import FrameSurveyed, Survey
from engine.recipe.load import recipe_from_plain
from engine.stages import FrameClock, stage
from engine.worker.fake_renderer import FakeRenderer
from engine.worker.faults import Faults
from engine.worker.preview import Previewer
from engine.worker.renderer import BlenderRenderer, RenderCancelled, Renderer, fine_frame

PUBLISHING_AHEAD = 2
"""Rendered frames that may wait for the disk before rendering waits for it too."""


def serve(connection: socket.socket) -> None:
    """Do what comes over `connection` until the other side closes it; then end the process at once.

    Orders are read by a thread of their own, so that cancelling works, and the end of the supervisor ends this process,
    within a render.
    """
    channel = Channel(connection)
    worker = Worker(channel)
    threading.Thread(target=_listen, args=(channel, worker), name="orders", daemon=True).start()
    threading.Thread(target=_beat, args=(channel,), name="heartbeat", daemon=True).start()
    while True:
        try:
            worker.obey(worker.orders.get())
        except ChannelClosed:
            os._exit(0)


def _listen(channel: Channel, worker: Worker) -> None:
    try:
        while True:
            order = channel.receive_order()
            if isinstance(order, Cancel):
                worker.cancelled.update(order.tokens)
                continue
            if isinstance(order, PreviewOrder):
                worker.previewer.announce(order.token)
            worker.orders.put(order)
    except ChannelClosed:
        os._exit(0)


def _beat(channel: Channel) -> None:
    page = os.sysconf("SC_PAGE_SIZE")
    try:
        while True:
            resident = int(Path("/proc/self/statm").read_text().split()[1]) * page
            channel.send(Heartbeat(resident))
            time.sleep(HEARTBEAT_SECONDS)
    except ChannelClosed:
        os._exit(0)


@dataclass(frozen=True, slots=True)
class _Rendered:
    """A frame on its way from rendering to the disk."""

    spec: FrameSpec
    passes: Passes
    started: float
    clock: FrameClock
    follows: float | None
    """See `Sampling`."""


class Worker:
    """Obeys orders one after the other. bpy is loaded by the first."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.orders: queue.SimpleQueue[ToWorker] = queue.SimpleQueue()
        self.cancelled: set[int] = set()
        """Tokens of frames that are not wanted any more."""
        self.previewer = Previewer(channel)
        self._faults = Faults()
        self._publisher = ThreadPoolExecutor(1, thread_name_prefix="publish")
        self._room = threading.Semaphore(PUBLISHING_AHEAD)
        self._renderer: Renderer | None = None
        self._sampled_until: float | None = None
        """When the frame before had its last sample, on the monotonic clock; None where that was not rendered whole."""

    def obey(self, order: ToWorker) -> None:
        """Carry out one order and report. Raises ChannelClosed when nobody listens any more."""
        match order:
            case Prepare():
                self._prepare(order)
            case RenderFrame():
                self._render(order)
            case Describe():
                self._describe()
            case PreviewOrder():
                self.previewer.obey(order)
            case Survey():
                self._survey(order)
            case Cancel():
                self.cancelled.update(order.tokens)

    def _prepare(self, order: Prepare) -> None:
        kind = FakeRenderer if order.renderer == "fake" else BlenderRenderer
        # What is still being published belongs to the recipe before this one.
        self._publisher.submit(lambda: None).result()
        try:
            recipe = recipe_from_plain(order.recipe, order.where)
            self._faults.strike("device", -1)
            renderer = kind(recipe, order.device, lambda path: self.channel.send(Importing(path)))
            classes = class_entries(recipe, renderer.catalog)
        except StudioError as error:
            traceback.print_exc()
            bad_input = error.exit_code == BadInput.exit_code
            self.channel.send(Rejected(str(error), bad_input, device_missing=isinstance(error, DeviceMissing)))
            return
        self._renderer, self._sampled_until = renderer, None
        self.channel.send(
            Ready(
                device=renderer.device,
                device_type=renderer.device_type,
                blender_version=renderer.blender_version,
                classes=classes,
                assets=renderer.files,
                warnings=renderer.warnings,
            )
        )

    def _render(self, order: RenderFrame) -> None:
        renderer = self._renderer
        if renderer is None:
            raise RuntimeError("a frame was ordered before a recipe was prepared")
        token = order.token
        if token in self.cancelled:
            self.cancelled.discard(token)
            self.channel.send(FrameCancelled(token))
            return
        self.channel.send(FrameStarted(token))
        clock = FrameClock()
        with clock.running():
            self._render_frame(renderer, order, clock)

    def _render_frame(self, renderer: Renderer, order: RenderFrame, clock: FrameClock) -> None:
        token = order.token
        started = time.perf_counter()
        sampled_until, self._sampled_until = self._sampled_until, None
        rendering = False

        def render(spec: FrameSpec) -> Passes:
            nonlocal rendering
            self.channel.send(FrameDrawn(token, msgspec.json.encode(spec)))
            self.channel.send(FrameProgress(token, 0, spec.samples))
            rendering = True
            self._faults.strike("render", order.index)
            passes = renderer.render(
                spec,
                lambda done, total: self.channel.send(FrameProgress(token, done, total)),
                lambda: token in self.cancelled,
            )
            rendering = False
            return passes

        try:
            spec, passes = fine_frame(renderer, renderer.draw(order.seed, order.index), render)
        except RenderCancelled:
            self.cancelled.discard(token)
            self.channel.send(FrameCancelled(token))
            return
        except ChannelClosed:
            raise
        except Exception as error:
            traceback.print_exc()
            self.channel.send(_failure(token, error, rendering=rendering))
            return
        self.channel.send(FrameRendered(token))
        self._sampled_until = clock.sampling[-1][1] if clock.sampling else None
        with stage("wait"):
            self._room.acquire()
        self._publisher.submit(self._publish, renderer, order, _Rendered(spec, passes, started, clock, sampled_until))

    def _publish(self, renderer: Renderer, order: RenderFrame, frame: _Rendered) -> None:
        """Annotate and store a rendered frame; runs beside the rendering of the next one."""
        with frame.clock.running():
            self._publish_frame(renderer, order, frame)

    def _publish_frame(self, renderer: Renderer, order: RenderFrame, frame: _Rendered) -> None:
        spec, passes, started = frame.spec, frame.passes, frame.started
        try:
            info = RenderInfo(
                device=renderer.device,
                device_type=renderer.device_type,
                denoiser=renderer.denoiser,
                seconds=time.perf_counter() - started,
                samples=passes.samples,
                studio_version=__version__,
                blender_version=renderer.blender_version,
                finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
            )
            with stage("publish"):
                publish_models(Path(order.root), renderer.bodies[: len(renderer.catalog.models)])
            with stage("annotate"):
                passes = with_flow(passes, spec, order.storage.passes)
                record = build_record(passes, spec, renderer.bodies, info)
            stored = publish_frame(
                Path(order.root),
                passes,
                record,
                order.storage,
                lambda step: self._faults.strike(f"publish {step}", order.index),
            )
            seconds = time.perf_counter() - started
            hashed = stored.image.pixel_hash
            sampling = Sampling(tuple(frame.clock.sampling), frame.follows)
            report: Message = FrameFinished(
                order.token, spec.attempt, seconds, hashed, spec.redrawn, frame.clock.seconds, sampling
            )
        except Exception as error:
            traceback.print_exc()
            report = _failure(order.token, error)
        finally:
            self.cancelled.discard(order.token)
            self._room.release()
        try:
            self.channel.send(report)
        except ChannelClosed:
            os._exit(0)

    def _survey(self, order: Survey) -> None:
        renderer = self._renderer
        if renderer is None:
            raise RuntimeError("frames were to be drawn before a recipe was prepared")
        for index in order.indices:
            try:
                found = FrameSurveyed(index, facts_of(renderer.draw(order.seed, index), renderer.catalog))
            except StudioError as error:
                found = FrameSurveyed(index, None, str(error))
            self.channel.send(found)

    def _describe(self) -> None:
        from engine.blender import devices
        from engine.blender.describe import look_around

        machine = look_around()
        self.channel.send(
            Description(
                blender_version=machine.blender_version,
                devices=tuple(device.to_json() for device in machine.devices),
                chosen=devices.describe(machine.chosen),
                chosen_kind=machine.chosen[0].kind,
                eevee=machine.eevee.to_json(),
            )
        )


def _failure(token: int, error: Exception, *, rendering: bool = False) -> FrameFailed:
    """The report of an error, in one sentence for the user; what is not one of our errors carries its type."""
    if isinstance(error, MemoryError):
        return FrameFailed(token, f"memory ran out ({str(error) or 'MemoryError'}).", out_of_memory=True)
    reason = str(error) if isinstance(error, StudioError) else f"{type(error).__name__}: {error}"
    return FrameFailed(token, reason, storage=isinstance(error, StorageError), rendering=rendering)
