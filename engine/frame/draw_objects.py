"""Draw what stands in a frame: which objects, their poses, their looks."""

from __future__ import annotations

import colorsys
from typing import Literal, cast

import numpy as np

from engine.frame.catalog import Catalog, ModelFacts
from engine.frame.draws import Draws
from engine.frame.geometry import FloatArray, as_matrix4, rigid, standing_rotation
from engine.frame.looks_spec import CupLook, JitterLook, Look, PaintLook, Rgb
from engine.frame.placement import Footprint, place
from engine.frame.rng import Stream
from engine.frame.spec import ObjectSpec
from engine.recipe.model import Recipe
from engine.recipe.objects import ObjectRecipe

type PatternName = Literal["stripes", "dots", "checks", "waves", "speckled", "two-tone", "band"]

type LookName = Literal["bare", "colored", "textured", "imperfect"]


def draw_objects(recipe: Recipe, catalog: Catalog, draws: Draws) -> tuple[ObjectSpec, ...]:
    kinds = [
        (kind, number)
        for kind, item in enumerate(recipe.objects)
        for number in range(draws.integer(f"objects[{kind}].count", item.count))
    ]
    poses = [
        _draw_pose(recipe.objects[kind], catalog.models[kind], f"objects[{kind}][{n}]", draws) for kind, n in kinds
    ]
    spread = draws.number("placement.spread", recipe.placement.spread)
    spots = place([pose.footprint for pose in poses], spread, recipe.placement.gap, draws.stream("placement.spots"))
    return tuple(
        ObjectSpec(
            instance_id=i + 1,
            class_name=class_name(recipe.objects[kind], catalog.models[kind]),
            recipe_object=kind,
            model=catalog.models[kind].ref,
            T_world_model=as_matrix4(rigid(pose.rotation, pose.resting_at(spot))),
            scale=pose.scale,
            look=_draw_look(recipe.objects[kind], catalog.models[kind], f"objects[{kind}][{n}]", draws),
        )
        for i, ((kind, n), pose, spot) in enumerate(zip(kinds, poses, spots, strict=True))
    )


def class_names(recipe: Recipe, catalog: Catalog) -> tuple[str, ...]:
    """The classes of a recipe's labels, in the order of its objects, without repeats."""
    names = (class_name(item, facts) for item, facts in zip(recipe.objects, catalog.models, strict=True))
    return tuple(dict.fromkeys(names))


def class_name(item: ObjectRecipe, facts: ModelFacts) -> str:
    """The class of the labels: the recipe's, or the model's name."""
    return item.class_name or facts.ref.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]


class _Pose:
    """Rotation and scale of an instance, and what follows from them for standing on z = 0."""

    def __init__(self, rotation: FloatArray, scale: float, facts: ModelFacts) -> None:
        self.rotation = rotation
        self.scale = scale
        corners = facts.hull @ rotation.T * scale
        low, high = corners.min(axis=0), corners.max(axis=0)
        self._axis = (low[:2] + high[:2]) / 2
        self._foot = float(low[2])
        self.footprint = Footprint(radius=float(np.linalg.norm(corners[:, :2] - self._axis, axis=1).max()))

    def resting_at(self, spot: tuple[float, float]) -> FloatArray:
        """Translation (3,) that puts the footprint's centre over `spot` and the lowest point on z = 0."""
        return np.array([spot[0] - self._axis[0], spot[1] - self._axis[1], -self._foot])


def _draw_pose(item: ObjectRecipe, facts: ModelFacts, name: str, draws: Draws) -> _Pose:
    rotation = standing_rotation(
        draws.number(f"{name}.yaw", item.yaw),
        draws.number(f"{name}.tilt", item.tilt),
        draws.stream(f"{name}.tilt_direction").uniform() * 360,
    )
    return _Pose(rotation, draws.number(f"{name}.scale", item.scale), facts)


def _draw_look(item: ObjectRecipe, facts: ModelFacts, name: str, draws: Draws) -> Look:
    if facts.has_materials:
        jitter = item.jitter
        return JitterLook(
            hue_shift=draws.number(f"{name}.jitter.hue_shift", jitter.hue_shift),
            saturation=draws.number(f"{name}.jitter.saturation", jitter.saturation),
            value=draws.number(f"{name}.jitter.value", jitter.value),
            roughness_shift=draws.number(f"{name}.jitter.roughness_shift", jitter.roughness_shift),
        )
    paint = item.paint
    color = draws.color(f"{name}.paint", paint.hue, paint.saturation, paint.value)
    roughness = draws.number(f"{name}.paint.roughness", paint.roughness)
    metallic = draws.number(f"{name}.paint.metallic", paint.metallic)
    if not facts.is_cup:
        return PaintLook(base_color=color, roughness=roughness, metallic=metallic)
    return CupLook(
        look=cast("LookName", draws.text(f"{name}.look", item.look)),
        base_color=color,
        second_color=_contrasting(color, draws.stream(f"{name}.second_color")),
        roughness=roughness,
        metallic=metallic,
        pattern=cast("PatternName", draws.text(f"{name}.pattern", item.pattern)),
        pattern_scale=2 ** (2 * draws.stream(f"{name}.pattern_scale").uniform() - 1),
        pattern_seed=draws.stream(f"{name}.pattern_seed").uniform(),
        bump=draws.stream(f"{name}.bump").uniform(),
        imperfection=draws.number(f"{name}.imperfection", item.imperfection),
        imperfection_seed=draws.stream(f"{name}.imperfection_seed").uniform(),
    )


def _contrasting(color: Rgb, stream: Stream) -> Rgb:
    """A colour whose brightness differs clearly from `color`'s, so that a print can be seen on it."""
    luma = 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2]
    share = stream.uniform()
    value = 0.08 + 0.3 * share if luma > 0.45 else 0.7 + 0.27 * share
    return colorsys.hsv_to_rgb(stream.uniform(), 0.75 * stream.uniform(), value)
