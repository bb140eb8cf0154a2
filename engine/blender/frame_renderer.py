"""A recipe's frames, from specs to passes, in this process's Blender."""

from __future__ import annotations

from collections.abc import Callable

import bpy

from engine.annotate.passes import Passes
from engine.annotate.visibility import Body
from engine.blender import denoise, devices
from engine.blender.camera import check_device
from engine.blender.chunks import Cancel, Progress
from engine.blender.plugin_parts import PluginParts
from engine.blender.prepare import Prepared, prepare
from engine.blender.render import RenderRequest, SceneSettings, configure, render_passes
from engine.blender.scene import Stage
from engine.blender.scripts import forbid_scripts
from engine.frame.spec import FrameSpec
from engine.recipe.model import Recipe


class FrameRenderer:
    """Holds the open Blender file: one at a time in a process. Loading takes seconds, frames then share it all."""

    def __init__(self, recipe: Recipe, device: str, importing: Callable[[str], None]) -> None:
        """Load the recipe's assets and choose the device (`auto` or one of `devices.KINDS`).

        `importing` is called with each path before it is read.

        Raises:
            AssetError: a model or an HDRI cannot be used.
            RenderError: the device is missing.
        """
        bpy.ops.wm.read_factory_settings(use_empty=True)
        forbid_scripts()
        self.recipe = recipe
        self.prepared: Prepared = prepare(recipe, importing)
        scene = bpy.context.scene
        chosen = configure(scene, SceneSettings(device=device, max_bounces=recipe.render.max_bounces))
        self.device = devices.describe(chosen)
        self.device_type = chosen[0].kind
        self.blender_version = bpy.app.version_string
        self._stage = Stage(scene, self.prepared.scene_assets)
        self._parts = PluginParts()

    @property
    def denoiser(self) -> str:
        """What the denoiser runs on; empty where the recipe wants none."""
        return denoise.shared().device if self.recipe.render.denoise else ""

    @property
    def bodies(self) -> tuple[Body, ...]:
        """See `Prepared`."""
        return self.prepared.bodies

    def render(self, spec: FrameSpec, on_progress: Progress | None = None, cancelled: Cancel | None = None) -> Passes:
        """Build the scene of `spec` and render it; the pixels depend on `spec` and the assets alone.

        `on_progress(samples done, samples in all)` is called after each chunk of samples, `cancelled()` before.

        Raises:
            RenderError: Blender or the denoiser fails, or the device cannot render through the lens.
            RenderCancelled: `cancelled` said so.
        """
        check_device(spec.camera, self.device_type)
        self._parts.clear()
        self._stage.build(spec)
        self._parts.build(self._stage.scene, spec, self.prepared.plugins)
        request = RenderRequest.of(spec, self._stage.behind(spec), passes=self.recipe.render.passes)
        return render_passes(self._stage.scene, request, on_progress, cancelled)
