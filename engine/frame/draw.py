"""Draw a FrameSpec: a pure function of (recipe, catalog, seed, index, attempt). The only room with randomness.

Every parameter draws from a stream of its own, named by its path in the recipe, so that adding one does not change the
values of the others.
"""

from __future__ import annotations

import colorsys
import math
from typing import Literal, cast

import numpy as np

from engine.frame.catalog import Catalog, ModelFacts
from engine.frame.geometry import FloatArray, as_matrix4, direction, distance_to_fill, look_at, rigid, standing_rotation
from engine.frame.looks_spec import CupLook, GroundSpec, JitterLook, Look, PaintLook, Rgb
from engine.frame.placement import Footprint, place
from engine.frame.rng import Stream
from engine.frame.spec import CameraSpec, FrameSpec, ObjectSpec, WorldSpec
from engine.recipe.distributions import Distribution, integer_quantile
from engine.recipe.model import Camera, Ground, ObjectRecipe, Recipe, Surroundings

LEVEL_LUMINANCE = 0.9
"""Mean luminance that HDRIs are brought to: white things then come out bright, but not burnt, at 0 EV."""

type PatternName = Literal["stripes", "dots", "checks", "waves", "speckled", "two-tone", "band"]
type FinishName = Literal["plain", "wood", "stone", "fabric"]
type LookName = Literal["bare", "colored", "textured", "imperfect"]


class Draws:
    """Draws the parameters of one attempt at one frame, and remembers what was drawn under which name."""

    def __init__(self, seed: int, index: int, attempt: int) -> None:
        self._identity = (seed, index, attempt)
        self.values: dict[str, float | str] = {}

    def stream(self, name: str) -> Stream:
        """A fresh stream for something that is no parameter of the recipe."""
        return Stream(*self._identity, name)

    def number(self, name: str, distribution: Distribution) -> float:
        """Draw a number and note it."""
        value = float(distribution.quantile(self.stream(name).uniform()))
        self.values[name] = value
        return value

    def integer(self, name: str, distribution: Distribution) -> int:
        """Draw a whole number and note it."""
        value = integer_quantile(distribution, self.stream(name).uniform())
        self.values[name] = value
        return value

    def text(self, name: str, distribution: Distribution) -> str:
        """Draw a text and note it."""
        value = str(distribution.quantile(self.stream(name).uniform()))
        self.values[name] = value
        return value

    def pick(self, name: str, count: int) -> int:
        """One of 0 … count - 1, all equally likely."""
        return math.floor(self.stream(name).uniform() * count)

    def color(self, name: str, hue: Distribution, saturation: Distribution, value: Distribution) -> Rgb:
        """Draw an sRGB colour by hue (degrees), saturation and value."""
        h = self.number(f"{name}.hue", hue)
        s = self.number(f"{name}.saturation", saturation)
        v = self.number(f"{name}.value", value)
        return colorsys.hsv_to_rgb(h / 360 % 1, s, v)


def draw(recipe: Recipe, catalog: Catalog, seed: int, index: int, attempt: int = 0) -> FrameSpec:
    """Draw attempt `attempt` at frame `index` of `seed`."""
    draws = Draws(seed, index, attempt)
    objects = _draw_objects(recipe, catalog, draws)
    facts = [catalog.models[instance.recipe_object] for instance in objects]
    return FrameSpec(
        index=index,
        seed=seed,
        attempt=attempt,
        objects=objects,
        camera=_draw_camera(recipe.camera, recipe.render.resolution, objects, facts, draws),
        world=_draw_world(recipe.surroundings, catalog, draws),
        ground=_draw_ground(recipe.ground, objects, facts, draws),
        samples=recipe.render.samples,
        cycles_seed=math.floor(draws.stream("render.seed").uniform() * 2**31),
        denoise=recipe.render.denoise,
        max_bounces=recipe.render.max_bounces,
        view=recipe.render.view,
        exposure=draws.number("camera.exposure", recipe.camera.exposure),
        drawn=draws.values,
    )


def _draw_objects(recipe: Recipe, catalog: Catalog, draws: Draws) -> tuple[ObjectSpec, ...]:
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


def _kindred(color: Rgb, stream: Stream) -> Rgb:
    """A lighter or darker shade of nearly the same hue, as grain, veins and threads have."""
    hue, saturation, value = colorsys.rgb_to_hsv(*color)
    shade = 0.45 + 0.35 * stream.uniform()
    darker = value * shade if value > 0.35 else value + (1 - value) * (1 - shade)
    return colorsys.hsv_to_rgb(
        (hue + 0.08 * (stream.uniform() - 0.5)) % 1, min(1.0, saturation * (0.6 + 0.6 * stream.uniform())), darker
    )


def _draw_camera(
    camera: Camera, resolution: tuple[int, int], objects: tuple[ObjectSpec, ...], facts: list[ModelFacts], draws: Draws
) -> CameraSpec:
    width, height = resolution
    chosen = draws.pick("camera.target", len(objects))
    target, model = objects[chosen], facts[chosen]
    T_world_model = np.array(target.T_world_model)  # noqa: N806 - the frames' names
    centre = T_world_model[:3, :3] @ (model.centre * target.scale) + T_world_model[:3, 3]
    radius = max(model.radius * target.scale, 1e-9)

    focal_length = draws.number("camera.focal_length", camera.focal_length)
    if camera.distance is not None:
        distance = draws.number("camera.distance", camera.distance)
    else:
        half_side = camera.sensor_width / 2 * min(1.0, height / width)
        fill = draws.number("camera.fill", camera.fill)
        distance = distance_to_fill(radius, fill, math.atan(half_side / focal_length))
    azimuth = draws.number("camera.azimuth", camera.azimuth)
    eye = centre + distance * direction(azimuth, draws.number("camera.elevation", camera.elevation))
    off = draws.number("camera.look_at_jitter", camera.look_at_jitter) * radius
    aim = centre + off * _random_direction(draws.stream("camera.look_at_direction"))
    T_world_camera = look_at(eye, aim, draws.number("camera.roll", camera.roll))  # noqa: N806
    return CameraSpec(
        width=width,
        height=height,
        focal_length_mm=focal_length,
        sensor_width_mm=camera.sensor_width,
        T_world_camera=as_matrix4(T_world_camera),
        f_stop=draws.number("camera.f_stop", camera.f_stop),
        focus_distance=max(float((centre - eye) @ T_world_camera[:3, 2]), 1e-3 * distance),
        target_instance_id=target.instance_id,
    )


def _random_direction(stream: Stream) -> FloatArray:
    z = 2 * stream.uniform() - 1
    return direction(stream.uniform() * 360, math.degrees(math.asin(z)))


def _draw_world(surroundings: Surroundings, catalog: Catalog, draws: Draws) -> WorldSpec:
    hdri = catalog.hdris[draws.pick("surroundings.hdris", len(catalog.hdris))]
    draws.values["surroundings.hdri"] = hdri.ref.name
    level = LEVEL_LUMINANCE / hdri.mean_luminance if surroundings.level else 1.0
    hue = draws.number("surroundings.tint_hue", surroundings.tint_hue)
    tint = draws.number("surroundings.tint", surroundings.tint)
    return WorldSpec(
        hdri=hdri.ref,
        rotation=draws.number("surroundings.rotation", surroundings.rotation),
        strength=level * draws.number("surroundings.strength", surroundings.strength),
        tint=colorsys.hsv_to_rgb(hue / 360 % 1, tint, 1.0),
    )


def _draw_ground(
    ground: Ground, objects: tuple[ObjectSpec, ...], facts: list[ModelFacts], draws: Draws
) -> GroundSpec | None:
    kind = draws.text("ground.kind", ground.kind)
    extent = draws.number("ground.extent", ground.extent)
    color = draws.color("ground", ground.hue, ground.saturation, ground.value)
    finish = draws.text("ground.finish", ground.finish)
    roughness = draws.number("ground.roughness", ground.roughness)
    if kind == "none":
        return None
    return GroundSpec(
        radius=extent * max(_reach(instance, model) for instance, model in zip(objects, facts, strict=True)),
        finish=cast("FinishName", finish),
        base_color=color,
        second_color=_kindred(color, draws.stream("ground.second_color")),
        roughness=roughness,
        seed=draws.stream("ground.seed").uniform(),
    )


def _reach(instance: ObjectSpec, facts: ModelFacts) -> float:
    """Greatest distance from the world's vertical axis to a point of the instance, metres."""
    T = np.array(instance.T_world_model)  # noqa: N806
    points = facts.hull @ T[:3, :3].T * instance.scale + T[:3, 3]
    return float(np.linalg.norm(points[:, :2], axis=1).max())
