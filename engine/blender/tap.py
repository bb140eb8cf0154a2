"""The one place that reaches into Blender's Cycles engine: it runs our code where Cycles renders a frame.

Blender calls `CyclesRender.render(engine, depsgraph)` once a frame. For the length of one call that method is replaced
by ours, so that the result's passes are read as arrays from the engine object, where they lie anyway, instead of
travelling through an image file. None of it is documented by Blender, therefore `check` holds the Blender at hand
against what is known to work and names the difference.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt

from engine.errors import RenderError
from engine.stages import SAMPLE, Turn, running, stage

KNOWN_GOOD = ((5, 2),)
"""The (major, minor) versions of Blender whose engine this file was tested with."""

MAX_SIDE = 8192
"""Largest width and height, pixels: Cycles tiles larger pictures, and tiles cannot be read while it renders."""

_SAMPLING = "| Sample "
"""In Cycles' status from the moment when it begins to sample: `Mem: 30M | Sample 0/32`."""

_SIGNATURES = (("CyclesRender.render", ("self", "depsgraph")), ("engine.render", ("engine", "depsgraph")))


class EngineCall:
    """One frame being rendered, as the body given to `inside_render` sees it."""

    def __init__(self, engine: Any, depsgraph: Any, trace: Callable[[Any, Any], None]) -> None:
        self._engine = engine
        self._trace = trace
        self.depsgraph = depsgraph

    @property
    def scene(self) -> Any:
        """The evaluated scene: what is set here holds for this call alone, and only what Cycles reads for each
        `trace` anew has an effect (samples, sample subset, depth of field; not bounces, seed or motion blur)."""
        return self.depsgraph.scene_eval

    def trace(self) -> None:
        """Let Cycles render the frame with the evaluated scene's present settings."""
        if running() is None:
            self._trace(self._engine, self.depsgraph)
            return
        with stage("sync") as turn, _turning(turn):
            self._trace(self._engine, self.depsgraph)

    def read(self, names: Iterable[str]) -> dict[str, npt.NDArray[np.float32]]:
        """Copy passes of the last `trace`: name to float32 (H, W, channels), row 0 at the top.

        Raises RenderError if Cycles produced no result or lacks one of the passes.
        """
        with stage("read"):
            result = self._engine.get_result()
            if result is None or len(result.layers) != 1:
                raise RenderError("Cycles returned no result for the frame; Blender's log above this line says why.")
            passes = {item.name: item for item in result.layers[0].passes}
            arrays = {}
            for name in names:
                if name not in passes:
                    raise RenderError(f"Cycles did not produce the pass “{name}”; it has {', '.join(sorted(passes))}.")
                arrays[name] = _pixels(passes[name], result.resolution_x, result.resolution_y)
            return arrays


def inside_render(scene: Any, body: Callable[[EngineCall], None]) -> None:
    """Render `scene` once, with `body(call)` in the place of Cycles' own render; no file is written.

    What `body` raises is raised here after Blender has ended the render in good order.
    Raises RenderError if Blender refuses to render or this Blender is not one that the tap knows.
    """
    check()
    if scene.render.engine != "CYCLES":
        raise RenderError(f"The scene “{scene.name}” is set to {scene.render.engine}, but passes need Cycles.")
    cycles = import_module("cycles")
    original = cycles.CyclesRender.render
    caught: list[BaseException] = []
    entered = False

    def render(engine: Any, depsgraph: Any) -> None:
        nonlocal entered
        entered = True
        try:
            body(EngineCall(engine, depsgraph, cycles.engine.render))
        except BaseException as error:  # Blender would print and swallow it, KeyboardInterrupt included.
            caught.append(error)

    cycles.CyclesRender.render = render
    try:
        with stage("sync"):  # Blender evaluates the scene before it calls us
            bpy.ops.render.render(scene=scene.name)
    except RuntimeError as error:
        if not caught:
            raise RenderError(f"Blender could not render: {_sentence(error)}") from error
    finally:
        cycles.CyclesRender.render = original
    if caught:
        # Whoever keeps the error keeps its frames, and these Blender's engine: it would be freed too late and leak.
        traceback.clear_frames(caught[0].__traceback__)
        raise caught[0]
    if not entered:
        raise RenderError("Blender ended the render without asking Cycles for a picture.")


@contextmanager
def _turning(turn: Turn) -> Iterator[None]:
    """Go on to the stage of sampling as soon as Cycles says that it is at a sample: before, it takes the scene over."""

    def heard(status: Any, *_: Any) -> None:
        if _SAMPLING in str(status):
            turn(SAMPLE)

    heard_by = bpy.app.handlers.render_stats
    heard_by.append(heard)
    try:
        yield
    finally:
        heard_by.remove(heard)


def check(version: tuple[int, ...] | None = None) -> None:
    """Raise RenderError unless this Blender's Cycles has the shape that the tap relies on.

    `version` stands in for the running Blender's version.
    """
    version = tuple(version or bpy.app.version)
    known = " or ".join(f"{major}.{minor}" for major, minor in KNOWN_GOOD)
    if version[:2] not in KNOWN_GOOD:
        found = ".".join(map(str, version))
        raise RenderError(f"Passes can be read from Blender {known} only, but this is {found}; install bpy {known}.")
    cycles = import_module("cycles")
    for path, expected in _SIGNATURES:
        found_names = _parameters(cycles, path)
        if found_names != expected:
            raise RenderError(
                f"Blender {'.'.join(map(str, version))} has changed inside: cycles.{path} takes {found_names} where "
                f"{expected} was expected; install the bpy version that the lock file names."
            )


def _parameters(module: Any, path: str) -> tuple[str, ...] | None:
    """Parameter names of the function at a dotted path; None where there is no such function."""
    found = module
    for part in path.split("."):
        found = getattr(found, part, None)
    return tuple(inspect.signature(found).parameters) if callable(found) else None


def _pixels(render_pass: Any, width: int, height: int) -> npt.NDArray[np.float32]:
    flat = np.empty(width * height * render_pass.channels, np.float32)
    render_pass.rect.foreach_get(flat)
    bottom_up = flat.reshape(height, width, render_pass.channels)
    return np.ascontiguousarray(bottom_up[::-1])


def _sentence(error: RuntimeError) -> str:
    """Blender's report as a sentence: 'Error: Cannot render, no camera' and a line end become one line."""
    lines = [line.removeprefix("Error:").strip() for line in str(error).splitlines()]
    text = "; ".join(line for line in lines if line)
    return text if text.endswith(".") else text + "."
