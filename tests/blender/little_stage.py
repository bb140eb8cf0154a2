"""A scene with one object under an even white sky, and small real renders of it as arrays."""

from __future__ import annotations

import math
from pathlib import Path

import bpy
import numpy as np
import numpy.typing as npt
from mathutils import Vector
from PIL import Image

Picture = npt.NDArray[np.float64]


class LittleStage:
    """Replaces whatever Blender holds by a camera and a grey sky."""

    def __init__(self, folder: Path, size: tuple[int, int] = (64, 48)) -> None:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.scene = bpy.context.scene
        self.file = folder / "picture.png"
        self.scene.render.engine = "CYCLES"
        self.scene.cycles.samples = 4
        self.scene.cycles.use_denoising = False
        self.scene.render.resolution_x, self.scene.render.resolution_y = size
        self.scene.render.filepath = str(self.file)
        self.scene.render.film_transparent = True
        self.scene.view_settings.view_transform = "Standard"
        self.scene.world = bpy.data.worlds.new("sky")
        sky = next(node for node in self.scene.world.node_tree.nodes if node.type == "BACKGROUND")
        sky.inputs["Color"].default_value = (0.8, 0.8, 0.8, 1.0)
        camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
        self.scene.collection.objects.link(camera)
        self.scene.camera = camera

    def aim(self, direction: tuple[float, float, float], at: tuple[float, float, float], distance: float) -> None:
        """Look at the point `at` from `distance` metres in the direction given."""
        camera = self.scene.camera
        camera.location = Vector(at) + Vector(direction).normalized() * distance
        camera.rotation_euler = (Vector(at) - camera.location).to_track_quat("-Z", "Y").to_euler()
        camera.data.angle = math.radians(30.0)

    def show(self, thing: bpy.types.Object, material: bpy.types.Material) -> Picture:
        """(H, W, 4) display-encoded RGBA, 0 to 1, of `thing` in `material`."""
        thing.data.materials.clear()
        thing.data.materials.append(material)
        return self.render()

    def render(self) -> Picture:
        """(H, W, 4) display-encoded RGBA, 0 to 1."""
        bpy.ops.render.render(write_still=True)
        with Image.open(self.file) as image:
            return np.asarray(image.convert("RGBA"), np.float64) / 255.0

    def add(self, mesh: bpy.types.Mesh) -> bpy.types.Object:
        """Link a new object with `mesh`."""
        thing = bpy.data.objects.new("thing", mesh)
        self.scene.collection.objects.link(thing)
        return thing


def mean_color(picture: Picture) -> npt.NDArray[np.float64]:
    """Mean RGB of the pixels that the object fills."""
    return picture[picture[..., 3] > 0.99][:, :3].mean(axis=0)


def difference(a: Picture, b: Picture) -> float:
    """Mean absolute difference, 0 to 1."""
    return float(np.abs(a - b).mean())
