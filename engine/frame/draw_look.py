"""Draw what an object's surface looks like."""

from __future__ import annotations

import colorsys
from typing import Literal, cast

from engine.frame.catalog import ModelFacts
from engine.frame.draw_surface import draw_set, draw_wear
from engine.frame.draws import Draws
from engine.frame.looks_spec import AssetRef, CupLook, JitterLook, Look, PaintLook, Rgb, SlotLooks, SurfaceLook, Wear
from engine.frame.palettes import Palette, natural
from engine.frame.rng import Stream
from engine.recipe.distributions import Constant
from engine.recipe.materials import PBR
from engine.recipe.objects import OWN, ObjectRecipe

type PatternName = Literal["stripes", "dots", "checks", "waves", "speckled", "two-tone", "band"]

type LookName = Literal["bare", "colored", "textured", "imperfect"]

type OneLook = CupLook | PaintLook | JitterLook | SurfaceLook


def draw_look(
    item: ObjectRecipe, facts: ModelFacts, sets: tuple[AssetRef, ...], name: str, draws: Draws, scale: float
) -> Look:
    """The look of an instance, its parameters named `{name}.paint.hue` and so on. `sets` are what the recipe's
    `textures` of its object mean."""
    uv_metres = facts.uv_metres * scale if item.surface.mapping == "uv" else 0.0
    wear = draw_wear(item.wear, f"{name}.wear", draws, uv_metres)
    if item.material == Constant(OWN):
        return _own_look(item, facts, wear, name, draws)

    def look_of(where: str) -> OneLook:
        material = draws.text(f"{where}.material", item.material)
        if material == OWN:
            return _own_look(item, facts, wear, name, draws)
        return _surface_look(item, material, sets, uv_metres, wear, where, draws)

    if item.slots == "parts":
        own = _own_look(item, facts, wear, name, draws)
        of_parts = {part: look_of(f"{name}.parts.{part}") if part else own for part in facts.slot_parts}
        return SlotLooks(tuple(of_parts[part] for part in facts.slot_parts))
    if item.slots == "all" or facts.slots == 1:
        return look_of(name)
    return SlotLooks(
        tuple(
            _own_look(item, facts, wear, name, draws)
            if item.slots == "some" and draws.stream(f"{name}.slots[{slot}].kept").uniform() < 0.5
            else look_of(f"{name}.slots[{slot}]")
            for slot in range(facts.slots)
        )
    )


def _surface_look(
    item: ObjectRecipe,
    material: str,
    sets: tuple[AssetRef, ...],
    uv_metres: float,
    wear: Wear | None,
    name: str,
    draws: Draws,
) -> SurfaceLook:
    base, second, roughness = _palette(item, material, name, draws)
    is_set = material == PBR
    return SurfaceLook(
        material=material,
        base_color=base,
        second_color=second,
        roughness=roughness,
        seed=draws.stream(f"{name}.surface.seed").uniform(),
        scale=draws.number(f"{name}.surface.scale", item.surface.scale),
        uv_metres=uv_metres,
        textures=draw_set(sets, f"{name}.textures", draws) if is_set else None,
        texture_size=draws.number(f"{name}.surface.texture_size", item.surface.texture_size) if is_set else 1.0,
        wear=wear,
    )


def _palette(item: ObjectRecipe, material: str, name: str, draws: Draws) -> Palette:
    if item.surface.natural:
        return natural(material, draws.stream(f"{name}.surface.palette"))
    paint = item.paint
    color = draws.color(f"{name}.paint", paint.hue, paint.saturation, paint.value)
    second = _contrasting(color, draws.stream(f"{name}.second_color"))
    return color, second, draws.number(f"{name}.paint.roughness", paint.roughness)


def _own_look(item: ObjectRecipe, facts: ModelFacts, wear: Wear | None, name: str, draws: Draws) -> OneLook:
    if facts.has_materials:
        jitter = item.jitter
        return JitterLook(
            hue_shift=draws.number(f"{name}.jitter.hue_shift", jitter.hue_shift),
            saturation=draws.number(f"{name}.jitter.saturation", jitter.saturation),
            value=draws.number(f"{name}.jitter.value", jitter.value),
            roughness_shift=draws.number(f"{name}.jitter.roughness_shift", jitter.roughness_shift),
            wear=wear,
            metallic_shift=0.0
            if jitter.metallic_shift == Constant(0.0)
            else draws.number(f"{name}.jitter.metallic_shift", jitter.metallic_shift),
        )
    paint = item.paint
    color = draws.color(f"{name}.paint", paint.hue, paint.saturation, paint.value)
    roughness = draws.number(f"{name}.paint.roughness", paint.roughness)
    metallic = draws.number(f"{name}.paint.metallic", paint.metallic)
    if not facts.is_cup:
        return PaintLook(base_color=color, roughness=roughness, metallic=metallic, wear=wear)
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
        wear=wear,
    )


def _contrasting(color: Rgb, stream: Stream) -> Rgb:
    """A colour whose brightness differs clearly from `color`'s, so that a print can be seen on it."""
    luma = 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2]
    share = stream.uniform()
    value = 0.08 + 0.3 * share if luma > 0.45 else 0.7 + 0.27 * share
    return colorsys.hsv_to_rgb(stream.uniform(), 0.75 * stream.uniform(), value)
