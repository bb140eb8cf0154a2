"""What the worker needs of a renderer, and the real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from engine.annotate.passes import Passes
from engine.annotate.redraw import draw_visible
from engine.annotate.visibility import Body
from engine.frame.catalog import Catalog
from engine.frame.spec import FrameSpec
from engine.queue.protocol import Asset
from engine.recipe.model import Recipe

type Progress = Callable[[int, int], None]
type Cancelled = Callable[[], bool]


class RenderCancelled(Exception):
    """A render was stopped on request."""


class Renderer(Protocol):
    """Renders the frames of one recipe."""

    device: str
    device_type: str
    blender_version: str
    denoiser: str
    catalog: Catalog
    files: tuple[Asset, ...]
    warnings: tuple[str, ...]
    bodies: tuple[Body, ...]
    """The meshes of the recipe's objects, in their order, then those of its models of distractors."""

    def draw(self, seed: int, index: int) -> FrameSpec:
        """The spec of a frame; raises RenderError where none shows its object, or lets what is dropped rest."""

    def render(self, spec: FrameSpec, on_progress: Progress, cancelled: Cancelled) -> Passes:
        """The frame's passes; raises RenderCancelled soon after `cancelled()` is true."""


class BlenderRenderer:
    """The real one. bpy is loaded here."""

    def __init__(self, recipe: Recipe, device: str, importing: Callable[[str], None]) -> None:
        from engine.blender.frame_renderer import FrameRenderer

        self._recipe = recipe
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

    def draw(self, seed: int, index: int) -> FrameSpec:
        """See `Renderer`."""
        return draw_visible(self._recipe, self.catalog, self.bodies, seed, index)

    def render(self, spec: FrameSpec, on_progress: Progress, cancelled: Cancelled) -> Passes:
        """See `Renderer`."""
        from engine.blender.render import RenderCancelled as StoppedRender

        try:
            return self._frames.render(spec, on_progress, cancelled)
        except StoppedRender:
            raise RenderCancelled from None
