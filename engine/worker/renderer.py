"""What the worker needs of a renderer, and the real one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from engine.annotate.exposure import Trouble, picture_trouble
from engine.annotate.passes import Passes
from engine.annotate.redraw import Judged, draw_visible
from engine.annotate.visibility import Body
from engine.errors import RenderError
from engine.frame.catalog import Catalog
from engine.frame.spec import FrameSpec
from engine.frame.trouble import added
from engine.queue.protocol import Asset
from engine.recipe.model import Recipe
from engine.recipe.output import Exposure
from engine.stages import stage

type Progress = Callable[[int, int], None]
type Cancelled = Callable[[], bool]
type Check = Callable[[Passes, FrameSpec, Exposure], Trouble | None]
"""What is wrong with a picture."""


class RenderCancelled(Exception):
    """A render was stopped on request."""


class Renderer(Protocol):
    """Renders the frames of one recipe."""

    recipe: Recipe
    device: str
    device_type: str
    blender_version: str
    denoiser: str
    catalog: Catalog
    files: tuple[Asset, ...]
    warnings: tuple[str, ...]
    bodies: tuple[Body, ...]
    """The meshes of the recipe's objects, in their order, then those of its models of distractors."""

    def draw(self, seed: int, index: int, redrawn: Mapping[str, int] | None = None) -> FrameSpec:
        """The spec of a frame, after the draws that `redrawn` counts were thrown away by their reasons; raises
        RenderError where none shows its object, or lets what is dropped rest."""

    def render(self, spec: FrameSpec, on_progress: Progress, cancelled: Cancelled) -> Passes:
        """The frame's passes; raises RenderCancelled soon after `cancelled()` is true."""


class Drawing(Protocol):
    """What draws the frames of a recipe: a `Renderer`, or that of previews."""

    recipe: Recipe

    def draw(self, seed: int, index: int, redrawn: Mapping[str, int] | None = None) -> FrameSpec:
        """See `Renderer`."""


def fine_frame(
    drawing: Drawing,
    first: FrameSpec,
    render: Callable[[FrameSpec], Passes],
    check: Check = picture_trouble,
) -> tuple[FrameSpec, Passes]:
    """Render a frame, as `first` was drawn, and draw and render it again as long as its picture is no good. One of a
    sequence stays as it is: the others, which have the same light, are not known here.

    Raises:
        RenderError: the recipe allows no more pictures, or `render` or `drawing.draw` does.
    """
    spec, bounds = first, drawing.recipe.exposure
    if drawing.recipe.motion.frames > 1:
        return spec, render(spec)
    pictures = 0
    while True:
        passes = render(spec)
        trouble = check(passes, spec, bounds)
        if trouble is None:
            return spec, passes
        pictures += 1
        if pictures >= bounds.tries:
            break
        spec = drawing.draw(spec.seed, spec.index, added(spec.redrawn, {trouble.reason: 1}))
    raise RenderError(
        f"Frame {spec.index}: none of {bounds.tries} pictures is as bright as [exposure] wants and shows its "
        f"object (of the last, {trouble.found}). Change surroundings.strength, the lights or camera.exposure, or those "
        "bounds."
    )


class BlenderRenderer:
    """The real one. bpy is loaded here."""

    def __init__(self, recipe: Recipe, device: str, importing: Callable[[str], None]) -> None:
        from engine.blender.frame_renderer import FrameRenderer

        self.recipe = recipe
        self._frames = FrameRenderer(recipe, device, importing)
        prepared = self._frames.prepared
        self.bodies = prepared.bodies
        self.device = self._frames.device
        self.device_type = self._frames.device_type
        self.blender_version = self._frames.blender_version
        self.denoiser = self._frames.denoiser
        self.catalog = prepared.catalog
        self.files = tuple(Asset(f.role, f.name, f.path, f.content_hash) for f in prepared.files)
        self.warnings = prepared.warnings
        self._judged = Judged()

    def draw(self, seed: int, index: int, redrawn: Mapping[str, int] | None = None) -> FrameSpec:
        """See `Renderer`."""
        with stage("draw"):
            return draw_visible(self.recipe, self.catalog, self.bodies, seed, index, redrawn, self._judged)

    def render(self, spec: FrameSpec, on_progress: Progress, cancelled: Cancelled) -> Passes:
        """See `Renderer`."""
        from engine.blender.render import RenderCancelled as StoppedRender

        try:
            return self._frames.render(spec, on_progress, cancelled)
        except StoppedRender:
            raise RenderCancelled from None
