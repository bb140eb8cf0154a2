"""Draw a frame until it shows the object it is about; every draw that does not is counted, by its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import msgspec
import numpy as np

from engine.annotate.drop import placed_prop, settled
from engine.annotate.inside import is_camera_inside, is_object_inside
from engine.annotate.scene_contact import PlacedSoup, reaches_into
from engine.annotate.visibility import Body, Opaque, PlacedBody, visible_fraction
from engine.errors import RenderError
from engine.frame.catalog import Catalog
from engine.frame.draw import draw
from engine.frame.draw_place import Unplaced
from engine.frame.soup import Soup
from engine.frame.spec import FloatArray, FrameSpec, ModelShape, PropSpec
from engine.frame.stereo import eyes
from engine.frame.trouble import HIDDEN, INSIDE, UNCOVERED, UNPLACED, UNSETTLED, in_words
from engine.physics.settle import Unsettled
from engine.recipe.distributions import Constant
from engine.recipe.model import Recipe
from engine.recipe.motion import Motion
from engine.recipe.output import Visibility
from engine.shapes.build import build

_DISC_CORNERS = 64

_MOST_JUDGED = 9
"""Frames of a sequence in which its object must be seen."""

_MOST_KEPT = 16
"""Sequences that are remembered; a worker renders few at a time."""


def draw_visible(
    recipe: Recipe,
    catalog: Catalog,
    bodies: Sequence[Body],
    seed: int,
    index: int,
    redrawn: Mapping[str, int] | None = None,
    judged: Judged | None = None,
) -> FrameSpec:
    """The first attempt at frame `index` in which things lie still, the camera is in nothing solid, and it sees enough
    of what it looks at.

    A frame of a sequence is drawn again with all of it: an attempt counts if each of the sequence's `judged_frames` is
    good. `bodies` are the meshes of `catalog.models`, then those of `catalog.distractors`, in that order. `redrawn`
    counts the attempts that were thrown away before, by their reason. A function of its arguments alone: `judged` holds
    what earlier calls with the same recipe, catalog and bodies found out about sequences, and is added to.

    Raises:
        RenderError: no attempt among `recipe.visibility.tries` shows `recipe.visibility.least` of its object.
    """
    models = len(catalog.models)
    thrown = Counter(redrawn or {})
    before = thrown.total()
    best = 0.0
    undone: list[Unsettled | Unplaced] = []

    def attempted(index: int, attempt: int) -> FrameSpec:
        return draw(recipe, catalog, seed, index, attempt, lambda things: settled(things, bodies, models))

    sequence = (seed, index - index % recipe.motion.frames, before)
    if judged is not None and (good := judged.get(sequence)) is not None:
        with suppress(Unsettled, Unplaced):
            return msgspec.structs.replace(attempted(index, good.attempt), redrawn=good.redrawn)
    for attempt in range(before, before + recipe.visibility.tries):
        least, trouble = 1.0, ""
        try:
            for number in judged_frames(recipe.motion, index):
                spec = attempted(number, attempt)
                soup = None if spec.scene is None else catalog.scenes[spec.scene.number].soup
                if soup is not None and reaches_into(spec, soup, bodies, models):
                    raise _Inside("things reached into what stood round them")
                view = _View.of(spec, bodies, models, soup)
                least = min(least, view.target_fraction())
                if trouble := view.trouble(least, recipe.visibility):
                    break
            else:
                whole = spec if spec.index == index else attempted(index, attempt)
                whole = msgspec.structs.replace(whole, redrawn=dict(thrown))
                if judged is not None and recipe.motion.frames > 1:
                    judged.keep(sequence, whole)
                return whole
        except (Unsettled, Unplaced) as error:
            thrown[_reason(error)] += 1
            undone.append(error)
            continue
        best = max(best, least)
        thrown[trouble] += 1
    raise RenderError(_in_vain(recipe, index, thrown - Counter(redrawn or {}), best, undone))


class Judged(dict[tuple[int, int, int], FrameSpec]):
    """One frame of each sequence that was found good: by its seed, its first frame and the attempts thrown away before.
    The other frames of these need not be judged again, which takes nine draws."""

    def keep(self, sequence: tuple[int, int, int], frame: FrameSpec) -> None:
        """Keep a sequence, and the latest others."""
        while len(self) >= _MOST_KEPT:
            del self[next(iter(self))]
        self[sequence] = frame


class _Inside(Unsettled):
    """Things reach into what stands round them."""


def _reason(error: Unsettled | Unplaced) -> str:
    if isinstance(error, _Inside):
        return INSIDE
    return UNPLACED if isinstance(error, Unplaced) else UNSETTLED


def _in_vain(recipe: Recipe, index: int, thrown: Counter[str], best: float, undone: Sequence[Exception]) -> str:
    limits = recipe.visibility
    if len(undone) == limits.tries and isinstance(undone[-1], Unplaced):
        return (
            f"Frame {index}: in none of {limits.tries} draws did the scene have room (the last time {undone[-1]}). "
            "Lower the objects' count, their scale, distractors.count or scene.clearance, widen scene.lowest to "
            "scene.highest, or check scene.scale and scene.up."
        )
    if len(undone) == limits.tries:
        return (
            f"Frame {index}: in none of {limits.tries} draws did what was dropped come to rest (the last time "
            f"{undone[-1]}). Lower the objects' count or distractors.count, or raise placement.spread."
        )
    if thrown[UNCOVERED] > thrown[HIDDEN]:
        return (
            f"Frame {index}: none of {limits.tries} draws hides its object enough ({in_words(thrown)}). Raise "
            "visibility.most, the objects' count or distractors.count."
        )
    return (
        f"Frame {index}: none of {limits.tries} draws shows {limits.least:.0%} of its object (the best showed "
        f"{best:.0%}; {in_words(thrown)}). Lower visibility.least, or change camera.elevation (the ground hides what "
        "is seen from below), camera.fill, camera.look_at_jitter or the objects' count."
    )


def judged_frames(motion: Motion, index: int) -> list[int]:
    """The frames that stand for the sequence of frame `index`: its first, its last, and some at even steps between."""
    start = index - index % motion.frames
    steps = min(motion.frames, _MOST_JUDGED)
    if steps == 1 or motion.moves == Constant("none"):
        return [start]
    return [start + round(i * (motion.frames - 1) / (steps - 1)) for i in range(steps)]


def target_fraction(spec: FrameSpec, bodies: Sequence[Body], models: int, soup: Soup | None = None) -> float:
    """Share of the looked-at object that is in the picture and hidden neither by others nor by the ground.

    `bodies` are the meshes of the recipe's objects, which are `models`, then those of its models of distractors; `soup`
    is the scene that they are in, if any.
    """
    return _View.of(spec, bodies, models, soup).target_fraction()


@dataclass(frozen=True, slots=True)
class _View:
    """The bodies of a frame as its camera sees them."""

    spec: FrameSpec
    objects: dict[int, PlacedBody]
    """By instance id."""
    props: tuple[PlacedBody, ...]
    """Those that may be before the object looked at, or round the camera."""
    scene: PlacedSoup | None

    @classmethod
    def of(cls, spec: FrameSpec, bodies: Sequence[Body], models: int, soup: Soup | None) -> _View:
        objects = {it.instance_id: PlacedBody.of(it, bodies) for it in spec.objects}
        sight = np.vstack([objects[spec.camera.target_instance_id].camera_points(np.eye(4)), eyes(spec)])
        props = (prop for prop in spec.props if _may_hide(prop, sight, bodies[models:]))
        scene = None
        if spec.scene is not None and soup is not None:
            scene = PlacedSoup(soup, np.array(spec.scene.T_world_scene))
        return cls(spec, objects, tuple(placed_prop(prop, bodies, models) for prop in props), scene)

    def trouble(self, fraction: float, limits: Visibility) -> str:
        """Why the draw is no good; empty where it is."""
        if is_camera_inside(self.spec, [*self.objects.values(), *self.props]):
            return INSIDE
        if is_object_inside(self.spec, list(self.objects.values())):
            return INSIDE
        if fraction < limits.least:
            return HIDDEN
        return UNCOVERED if fraction > limits.most else ""

    def target_fraction(self) -> float:
        """See the function of this name."""
        target = self.objects[self.spec.camera.target_instance_id]
        others: list[Opaque] = [thing for thing in self.objects.values() if thing is not target]
        others += self.props
        if self.scene is not None:
            others.append(self.scene)
        if self.spec.ground is not None:
            others.append(PlacedBody(_disc(self.spec.ground.radius), np.eye(4)))
        return visible_fraction(self.spec.camera, target, others)


def _may_hide(prop: PropSpec, sight: FloatArray, models: Sequence[Body]) -> bool:
    """Whether a prop's box touches that of the eye and the object's corners, `sight` (N, 3): all rays are in there. A
    room has dozens of things, and the tree of each takes a while."""
    shape = prop.shape
    points = models[shape.number].hull if isinstance(shape, ModelShape) else build(shape.kind, shape.traits).vertices
    T = np.array(prop.T_world_model)  # noqa: N806 - a transform
    placed = points * prop.scale @ T[:3, :3].T + T[:3, 3]
    return bool(((placed.min(axis=0) <= sight.max(axis=0)) & (placed.max(axis=0) >= sight.min(axis=0))).all())


def _disc(radius: float) -> Body:
    """The table top, just under z = 0 so that it does not hide the very feet of what stands on it."""
    turns = np.linspace(0, 2 * np.pi, _DISC_CORNERS, endpoint=False)
    rim = np.column_stack([np.cos(turns), np.sin(turns), np.zeros(_DISC_CORNERS)]) * radius
    sunk = np.vstack([rim, np.zeros((1, 3))]) - [0, 0, 1e-3 * radius]
    corners = np.arange(_DISC_CORNERS)
    fan = np.column_stack([corners, np.roll(corners, -1), np.full(_DISC_CORNERS, _DISC_CORNERS)])
    return Body(sunk.astype(np.float32), fan.astype(np.int32), sunk)
