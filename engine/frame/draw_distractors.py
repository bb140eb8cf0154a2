"""Draw the things without a label: what they are, how large, how turned, what they look like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.frame.catalog import Catalog
from engine.frame.draws import Draws
from engine.frame.geometry import FloatArray, rotation_about
from engine.frame.looks_spec import Look
from engine.frame.placement import uniform_rotation
from engine.frame.posture import Posture
from engine.frame.prop_looks import draw_model_look, draw_paint, draw_prop_look
from engine.frame.spec import Matrix4, ModelShape, ProceduralShape, PropSpec
from engine.recipe.distractors import Distractors
from engine.shapes.build import TRAITS, build

CUP_RADIUS = 0.084
"""Of the ball that holds the built-in cup, metres: our own shapes have the sizes that things have beside such a cup."""


@dataclass(frozen=True, slots=True)
class Distractor:
    """One that has no place yet."""

    shape: ProceduralShape | ModelShape
    posture: Posture
    look: Look

    def at(self, pose: Matrix4) -> PropSpec:
        """It, in its place."""
        return PropSpec(self.shape, pose, self.posture.scale, self.look)


def draw_distractors(
    distractors: Distractors, catalog: Catalog, object_radius: float, draws: Draws, *, any_way: bool
) -> list[Distractor]:
    """`object_radius` is that of the usual object in the frame, metres; `any_way` turns them in any direction."""
    count = draws.integer("distractors.count", distractors.count)
    if not distractors.kinds and not catalog.distractors:
        return []
    unit = object_radius / CUP_RADIUS if distractors.relative else 1.0
    return [_draw_one(distractors, catalog, unit, f"distractors[{n}]", draws, any_way) for n in range(count)]


def _draw_one(
    distractors: Distractors, catalog: Catalog, unit: float, name: str, draws: Draws, any_way: bool
) -> Distractor:
    kinds = distractors.kinds
    chosen = draws.pick(f"{name}.kind", len(kinds) + len(catalog.distractors))
    scale = draws.number(f"{name}.scale", distractors.scale)
    looks = draws.stream(f"{name}.look")
    rotation = _rotation(name, draws, any_way)
    if chosen >= len(kinds):
        number = chosen - len(kinds)
        facts = catalog.distractors[number]
        draws.values[f"{name}.kind"] = facts.ref.name
        if distractors.relative:
            scale *= unit * CUP_RADIUS / max(facts.radius, 1e-9)
        look = draw_model_look(looks) if facts.has_materials else draw_paint(looks)
        return Distractor(ModelShape(facts.ref, number), Posture(rotation, scale, facts.hull), look)
    kind = draws.values[f"{name}.kind"] = kinds[chosen]
    stream = draws.stream(f"{name}.traits")
    traits = tuple(stream.uniform() for _ in range(TRAITS))
    posture = Posture(rotation, scale * unit, build(kind, traits).vertices)
    return Distractor(ProceduralShape(kind, traits), posture, draw_prop_look(kind, traits, looks))


def _rotation(name: str, draws: Draws, any_way: bool) -> FloatArray:
    turn = draws.stream(f"{name}.rotation")
    if any_way:
        return uniform_rotation(turn.uniform(), turn.uniform(), turn.uniform())
    return rotation_about(np.array([0.0, 0.0, 1.0]), 360 * turn.uniform())


def reach(props: tuple[PropSpec, ...], catalog: Catalog) -> float:
    """Greatest distance from the world's vertical axis to a point of one of them, metres; 0 where there are none."""
    return max((_reach(prop, catalog) for prop in props), default=0.0)


def points_of_prop(prop: PropSpec, catalog: Catalog) -> FloatArray:
    """The corners of its hull, or of more, in the world: (N, 3), metres."""
    T = np.array(prop.T_world_model)  # noqa: N806 - a transform
    points: FloatArray = hull_of(prop, catalog) @ T[:3, :3].T * prop.scale + T[:3, 3]
    return points


def _reach(prop: PropSpec, catalog: Catalog) -> float:
    return float(np.linalg.norm(points_of_prop(prop, catalog)[:, :2], axis=1).max())


def hull_of(prop: PropSpec, catalog: Catalog) -> FloatArray:
    """Points (N, 3) whose convex hull holds it, metres, in its own frame and before its scale."""
    shape = prop.shape
    if isinstance(shape, ModelShape):
        return catalog.distractors[shape.number].hull
    return build(shape.kind, shape.traits).vertices
