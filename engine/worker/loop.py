"""The worker's life: load a recipe, render frames, publish them while the next one renders."""

from __future__ import annotations

import os
import queue
import socket
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from engine import __version__
from engine.annotate.build import build_record
from engine.annotate.passes import Passes
from engine.annotate.record import RenderInfo
from engine.annotate.redraw import draw_visible
from engine.dataset.publish import publish_frame
from engine.errors import BadInput, StorageError, StudioError
from engine.frame.draw import class_names
from engine.frame.spec import FrameSpec
from engine.queue.protocol import (
    Asset,
    Channel,
    ChannelClosed,
    Describe,
    Description,
    FrameFailed,
    FrameFinished,
    FrameProgress,
    FrameStarted,
    Importing,
    Message,
    Prepare,
    Ready,
    Rejected,
    RenderFrame,
    ToWorker,
)
from engine.recipe.load import recipe_from_plain

if TYPE_CHECKING:
    from engine.blender.frame_renderer import FrameRenderer

PUBLISHING_AHEAD = 2
"""Rendered frames that may wait for the disk before rendering waits for it too."""


def serve(connection: socket.socket) -> None:
    """Do what comes over `connection` until the other side closes it; then end the process at once.

    Orders are read by a thread of their own, so that the end of the supervisor ends this process within a render.
    """
    channel = Channel(connection)
    orders: queue.SimpleQueue[ToWorker] = queue.SimpleQueue()

    def listen() -> None:
        try:
            while True:
                orders.put(channel.receive_order())
        except ChannelClosed:
            os._exit(0)

    threading.Thread(target=listen, name="orders", daemon=True).start()
    worker = Worker(channel)
    while True:
        try:
            worker.obey(orders.get())
        except ChannelClosed:
            os._exit(0)


class Worker:
    """Obeys orders one after the other. bpy is loaded by the first."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._publisher = ThreadPoolExecutor(1, thread_name_prefix="publish")
        self._room = threading.Semaphore(PUBLISHING_AHEAD)
        self._renderer: FrameRenderer | None = None

    def obey(self, order: ToWorker) -> None:
        """Carry out one order and report. Raises ChannelClosed when nobody listens any more."""
        match order:
            case Prepare():
                self._prepare(order)
            case RenderFrame():
                self._render(order)
            case Describe():
                self._describe()

    def _prepare(self, order: Prepare) -> None:
        from engine.blender.frame_renderer import FrameRenderer

        try:
            recipe = recipe_from_plain(order.recipe, order.where)
            renderer = FrameRenderer(recipe, order.device, lambda path: self.channel.send(Importing(path)))
            classes = class_names(recipe, renderer.prepared.catalog)
        except StudioError as error:
            traceback.print_exc()
            self.channel.send(Rejected(str(error), bad_input=error.exit_code == BadInput.exit_code))
            return
        self._renderer = renderer
        self.channel.send(
            Ready(
                device=renderer.device,
                device_type=renderer.device_type,
                blender_version=renderer.blender_version,
                classes=classes,
                assets=tuple(Asset(*astuple(file)) for file in renderer.prepared.files),
                warnings=renderer.prepared.warnings,
            )
        )

    def _render(self, order: RenderFrame) -> None:
        renderer = self._renderer
        if renderer is None:
            raise RuntimeError("a frame was ordered before a recipe was prepared")
        self.channel.send(FrameStarted(order.index))
        started = time.perf_counter()
        try:
            spec = draw_visible(
                renderer.recipe, renderer.prepared.catalog, renderer.prepared.bodies, order.seed, order.index
            )
            passes = renderer.render(spec, lambda done, total: self._progress(order.index, done, total))
        except Exception as error:
            traceback.print_exc()
            self.channel.send(FrameFailed(order.index, _reason(error), storage=False))
            return
        self._room.acquire()
        self._publisher.submit(self._publish, renderer, order, spec, passes, started)

    def _progress(self, index: int, done: int, total: int) -> None:
        self.channel.send(FrameProgress(index, done, total))

    def _publish(
        self, renderer: FrameRenderer, order: RenderFrame, spec: FrameSpec, passes: Passes, started: float
    ) -> None:
        """Annotate and store a rendered frame; runs beside the rendering of the next one."""
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
            record = build_record(passes, spec, renderer.bounds, info)
            publish_frame(Path(order.root), passes, record, order.storage)
            report: Message = FrameFinished(order.index, spec.attempt, time.perf_counter() - started)
        except Exception as error:
            traceback.print_exc()
            report = FrameFailed(order.index, _reason(error), storage=isinstance(error, StorageError))
        finally:
            self._room.release()
        try:
            self.channel.send(report)
        except ChannelClosed:
            os._exit(0)

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


def _reason(error: Exception) -> str:
    """One sentence for the user; what is not one of our errors carries its type."""
    return str(error) if isinstance(error, StudioError) else f"{type(error).__name__}: {error}"
