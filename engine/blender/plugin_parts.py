"""What plug-ins put into a scene, and its removal: nothing of a frame may leak into the next."""

from __future__ import annotations

from typing import Any

import bpy

from engine.frame.spec import FrameSpec
from engine.plugins.plugin import Plugin

_KINDS = ("objects", "meshes", "curves", "lights", "materials", "images", "textures", "node_groups", "collections")


class PluginParts:
    """The datablocks that plug-ins have made for the frame that was built last."""

    def __init__(self) -> None:
        self._made: list[Any] = []

    def build(self, scene: bpy.types.Scene, spec: FrameSpec, plugins: tuple[Plugin, ...]) -> None:
        """Let the plug-ins add to the scene of a frame. What they make is background to the masks."""
        if not plugins:
            return
        before = {block.as_pointer() for block in _all()}
        try:
            for plugin in plugins:
                plugin.build(scene, spec)
        finally:
            self._made = [block for block in _all() if block.as_pointer() not in before]
        for block in self._made:
            if isinstance(block, bpy.types.Object):
                block.pass_index = 0

    def clear(self) -> None:
        """Remove what was made for the last frame."""
        bpy.data.batch_remove(self._made)
        self._made = []


def _all() -> list[Any]:
    return [block for kind in _KINDS for block in getattr(bpy.data, kind)]
