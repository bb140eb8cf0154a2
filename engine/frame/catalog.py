"""What drawing must know of the assets: which file is meant, how large it is, whether it brings its own materials."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from engine.frame.draws import Draws
from engine.frame.landmarks import NO_LANDMARKS, Landmarks, Vector3
from engine.frame.soup import Soup
from engine.frame.spec import UNSTRETCHED, AssetRef, FrameSpec, ObjectSpec
from engine.frame.surfaces import Surfaces


@dataclass(frozen=True)
class ModelFacts:
    """One model, as measured when it was imported."""

    ref: AssetRef
    hull: npt.NDArray[np.float64]
    """(N, 3) corners of the convex hull in the model frame, metres, before the recipe's scale; N >= 1."""
    has_materials: bool
    is_cup: bool = False
    slots: int = 1
    """Material slots of its mesh."""
    slot_parts: tuple[str, ...] = ()
    """The named part that each slot belongs to, empty for none, where the slots were made for the parts."""
    uv_metres: float = 0.0
    """Metres that one unit of its UV map spans, in the mean and before the recipe's scale; 0: it has no UV map."""
    landmarks: Landmarks = NO_LANDMARKS

    def stretched(self, factors: Vector3) -> ModelFacts:
        """The facts of the model with these factors on its size along its axes. What a unit of its UV map spans then
        depends on the direction; in the mean it grows with the cube root of the volume."""
        if factors == UNSTRETCHED:
            return self
        return replace(self, hull=self.hull * factors, uv_metres=self.uv_metres * math.prod(factors) ** (1 / 3))

    @cached_property
    def bounds(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Least and greatest corner of the axis-aligned box, each (3,), metres, before the recipe's scale."""
        return self.hull.min(axis=0), self.hull.max(axis=0)

    @cached_property
    def centre(self) -> npt.NDArray[np.float64]:
        """(3,) centre of the axis-aligned box, metres, before the recipe's scale."""
        low, high = self.bounds
        return (low + high) / 2

    @cached_property
    def radius(self) -> float:
        """Radius of the sphere about `centre` that holds the model, metres, before the recipe's scale."""
        return float(np.linalg.norm(self.hull - self.centre, axis=1).max())


@dataclass(frozen=True, slots=True)
class HdriFacts:
    """One HDRI, as measured when it was loaded."""

    ref: AssetRef
    mean_luminance: float
    """Mean over all directions, scene-linear; above 0."""
    light: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Mean over all directions of luminance times direction (unit vectors, world frame, before `rotation`)."""


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """One photograph, as measured when it was looked at."""

    ref: AssetRef
    width: int
    height: int
    cells: npt.NDArray[np.float64]
    """(rows, columns, 3) mean linear Rec.709 of the cells of a grid over all of it, row 0 at the top."""


@dataclass(frozen=True, slots=True)
class LampFacts:
    """A lamp of a scene, as far as one must know where light comes from."""

    position: tuple[float, float, float]
    """In the scene's frame, metres; of a sun the direction to it, as a unit vector."""
    irradiance: float
    """At a distance of 1 m; of a sun anywhere."""
    is_sun: bool = False


@dataclass(frozen=True)
class SceneFacts:
    """One scene, as found when it was loaded. Its frame is the file's, z up, in metres, after the recipe's scale."""

    ref: AssetRef
    soup: Soup
    surfaces: Surfaces
    lamps: tuple[LampFacts, ...] = ()
    has_sky: bool = False
    """Whether the file brings surroundings of its own."""


type Randomizer = Callable[[FrameSpec, Draws], FrameSpec]
"""A pure function of the drawn frame and its streams."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """The assets of one recipe."""

    models: tuple[ModelFacts, ...]
    """One for each of the recipe's `objects`, in that order."""
    hdris: tuple[HdriFacts, ...]
    """Every HDRI that may be drawn, sorted by name, without repeats."""
    photos: tuple[PhotoFacts, ...] = ()
    """Every photograph that may be drawn, likewise."""
    texture_sets: Mapping[str, tuple[AssetRef, ...]] = field(default_factory=dict)
    """The sets of PBR pictures that may be drawn, by the key path of the list that names them."""
    distractors: tuple[ModelFacts, ...] = ()
    """The models that distractors may be, in the order of their files."""
    scenes: tuple[SceneFacts, ...] = ()
    """The scenes that things may stand in, in the order of their files."""
    randomizers: tuple[Randomizer, ...] = ()
    """What the recipe's plug-ins do to a drawn frame, one after the other."""

    def facts_of(self, instance: ObjectSpec) -> ModelFacts:
        """Those of an instance's model, with its proportions; `scale` comes on top."""
        return self.models[instance.recipe_object].stretched(instance.stretch)
