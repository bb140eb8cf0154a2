"""Draw what the objects stand on."""

from __future__ import annotations

import colorsys

import numpy as np

from engine.frame.catalog import ModelFacts
from engine.frame.draw_surface import draw_set, draw_wear
from engine.frame.draws import Draws
from engine.frame.looks_spec import AssetRef, GroundSpec, Rgb
from engine.frame.palettes import natural
from engine.frame.rng import Stream
from engine.frame.spec import ObjectSpec
from engine.recipe.ground import Ground
from engine.recipe.materials import PBR


def draw_ground(
    ground: Ground,
    objects: tuple[ObjectSpec, ...],
    facts: list[ModelFacts],
    sets: tuple[AssetRef, ...],
    draws: Draws,
    props_reach: float = 0.0,
) -> GroundSpec | None:
    """`facts` are those of `objects`, `sets` what `ground.textures` means, `props_reach` how far from the world's
    vertical axis things without a label are, metres."""
    kind = draws.text("ground.kind", ground.kind)
    extent = draws.number("ground.extent", ground.extent)
    color = draws.color("ground", ground.hue, ground.saturation, ground.value)
    finish = draws.text("ground.finish", ground.finish)
    roughness = draws.number("ground.roughness", ground.roughness)
    if kind == "none":
        return None
    second = _kindred(color, draws.stream("ground.second_color"))
    if ground.natural:
        color, second, roughness = natural(finish, draws.stream("ground.palette"))
    return GroundSpec(
        radius=extent
        * max(props_reach, *(_reach(instance, model) for instance, model in zip(objects, facts, strict=True))),
        finish=finish,
        base_color=color,
        second_color=second,
        roughness=roughness,
        seed=draws.stream("ground.seed").uniform(),
        scale=draws.number("ground.scale", ground.scale),
        textures=draw_set(sets, "ground.textures", draws) if finish == PBR else None,
        texture_size=draws.number("ground.texture_size", ground.texture_size) if finish == PBR else 1.0,
        wear=draw_wear(ground.wear, "ground.wear", draws),
    )


def _kindred(color: Rgb, stream: Stream) -> Rgb:
    """A lighter or darker shade of nearly the same hue, as grain, veins and threads have."""
    hue, saturation, value = colorsys.rgb_to_hsv(*color)
    shade = 0.45 + 0.35 * stream.uniform()
    darker = value * shade if value > 0.35 else value + (1 - value) * (1 - shade)
    return colorsys.hsv_to_rgb(
        (hue + 0.08 * (stream.uniform() - 0.5)) % 1, min(1.0, saturation * (0.6 + 0.6 * stream.uniform())), darker
    )


def _reach(instance: ObjectSpec, facts: ModelFacts) -> float:
    """Greatest distance from the world's vertical axis to a point of the instance, metres."""
    T = np.array(instance.T_world_model)  # noqa: N806
    points = facts.hull @ T[:3, :3].T * instance.scale + T[:3, 3]
    return float(np.linalg.norm(points[:, :2], axis=1).max())
