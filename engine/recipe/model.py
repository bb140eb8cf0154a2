"""A recipe: what may vary in a dataset, and how. Immutable; a preset is a recipe file.

Angles are in degrees and lengths in metres. A field that may vary holds a distribution; see `distributions`.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.backdrop import Backdrop
from engine.recipe.camera import Camera
from engine.recipe.distractors import Distractors
from engine.recipe.fields import section, section_list, text
from engine.recipe.ground import Ground
from engine.recipe.lights import Light
from engine.recipe.motion import Motion
from engine.recipe.objects import ObjectRecipe
from engine.recipe.output import Exposure, Render, Visibility
from engine.recipe.placement import Placement
from engine.recipe.plugins import PluginRecipe
from engine.recipe.room import Room
from engine.recipe.scene import Scene
from engine.recipe.sensor import Sensor
from engine.recipe.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that decides what a dataset looks like, but for the seed and the number of frames."""

    name: str = text("", "name of the recipe; the file's name when empty")
    description: str = text("", "one line on what the recipe is for")
    objects: tuple[ObjectRecipe, ...] = section_list(ObjectRecipe, "what is to be labelled")
    placement: Placement = section(Placement, "where the objects are")
    distractors: Distractors = section(Distractors, "what is among them without a label")
    ground: Ground = section(Ground, "what they stand on")
    room: Room = section(Room, "a room round them")
    scene: Scene = section(Scene, "a scene from a file round them")
    camera: Camera = section(Camera, "the view")
    motion: Motion = section(Motion, "frames that follow each other, and what moves in them")
    surroundings: Surroundings = section(Surroundings, "background and light")
    backdrop: Backdrop = section(Backdrop, "a photograph behind it all")
    lights: tuple[Light, ...] = section_list(Light, "lights beside the surroundings", optional=True)
    sensor: Sensor = section(Sensor, "what lens, sensor and file do to the picture")
    visibility: Visibility = section(Visibility, "what every frame must show")
    exposure: Exposure = section(Exposure, "how bright every picture must be")
    plugins: tuple[PluginRecipe, ...] = section_list(PluginRecipe, "code of your own", optional=True)
    render: Render = section(Render, "how frames are rendered and stored")
