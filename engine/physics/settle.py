"""Let rigid bodies fall until they lie still, the same way to the bit whenever the same bodies are given.

Each call makes a world of its own, steps it by a fixed time on one thread, and keeps nothing. Lengths are brought to
those of things on a table first, so that tiny and huge models fall alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

type FloatArray = npt.NDArray[np.float64]

STEP = 0.0025
"""Seconds."""

LONGEST = 4.0
"""Seconds after which bodies that still move are given up."""

DEEPEST = 1e-3
"""Metres that two bodies may reach into each other at rest, where the usual one is no larger than a cup; more in
proportion where it is, and less where the smaller one is tiny: see `DEEPEST_SHARE`."""

DEEPEST_SHARE = 0.02
"""The same as a share of the radius of the smaller one."""

_USUAL_RADIUS = 0.06
"""The median body's, in the world of the simulation, metres."""
_WINDOW = 0.1
"""Seconds over which a body's motion is looked at: contacts shake a little, which is no motion."""
_STILL = 2e-3
"""Mean metres a second, at a body's surface, below which it counts as still."""
_STILL_WINDOWS = 3
_FALLEN = -1.5
"""Height at which a body is on its way down for good, in the world of the simulation."""
_DRAG, _LATE_DRAG, _LATE = 2.5, 30.0, 1.5
"""Share of its speed that a body loses in a second, as if in thick air, so that what falls does not spring out of a
box; later, after so many seconds, more of it: what rolls and rocks then comes to rest."""
_WALL = 0.05
_DENSITY = 400.0
_CONTACT = {
    "condim": 6,
    "friction": [0.55, 0.004, 0.0012],
    "solref": [0.005, 1.0],
    "solimp": [0.95, 0.99, 0.001, 0.5, 2.0],
}


class Unsettled(Exception):
    """Bodies did not come to rest as they should; the text says how: a clause without a full stop."""


@dataclass(frozen=True, slots=True, eq=False)
class RigidBody:
    """Something solid, as convex pieces in its own frame."""

    pieces: tuple[FloatArray, ...]
    """Points (P, 3), metres, of which each convex hull is solid."""
    T_world_body: FloatArray
    """(4, 4), rigid: where it is let go, or stands."""
    scale: float = 1.0
    fixed: bool = False

    @property
    def radius(self) -> float:
        """Of the smallest ball about the middle of its box that holds it, metres."""
        points = np.concatenate(self.pieces) * self.scale
        low, high = points.min(axis=0), points.max(axis=0)
        return float(np.linalg.norm(points - (low + high) / 2, axis=1).max())


@dataclass(frozen=True, slots=True)
class Fence:
    """An upright box without top or bottom, about the z axis, that nothing leaves while it falls."""

    half_x: float
    """Metres."""
    half_y: float


@dataclass(frozen=True, slots=True, eq=False)
class FixedBox:
    """A box that stands still."""

    T_world_box: FloatArray
    """(4, 4), rigid: of its middle."""
    half: FloatArray
    """(3,) half of its sides, metres."""


def settle(
    bodies: Sequence[RigidBody], fence: Fence | None = None, support: Sequence[FixedBox] | None = None
) -> list[FloatArray]:
    """Poses (4, 4) at rest of bodies let go where they are; those of fixed ones as they were.

    They fall onto the boxes of `support`, or onto the plane z = 0 where there is none.

    The fence is taken away once the bodies lie still, and they must lie still without it, too.

    Raises:
        Unsettled: some still move after a while, reach into each other, or have left the fence.
    """
    unit = float(np.median([body.radius for body in bodies if not body.fixed])) / _USUAL_RADIUS
    world = _World(bodies, fence, unit, support)
    world.rest()
    if fence is not None:
        world.remove_fence()
        world.rest()
    world.check(fence)
    return world.poses()


class _World:
    """One simulation, in lengths of `unit` metres."""

    def __init__(
        self, bodies: Sequence[RigidBody], fence: Fence | None, unit: float, support: Sequence[FixedBox] | None
    ) -> None:
        import mujoco  # takes a second

        self._mujoco = mujoco
        self._bodies = bodies
        self._unit = unit
        spec = mujoco.MjSpec()
        spec.option.timestep = STEP
        spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
        spec.option.iterations = 30
        if support is None:
            self._add_plane(spec)
        for box in support or ():
            self._add_box(spec, box)
        self._fence = [] if fence is None else self._add_fence(spec, fence)
        for number, body in enumerate(bodies):
            self._add(spec, number, body)
        self._model = spec.compile()
        self._data = mujoco.MjData(self._model)
        self._free = [number for number, body in enumerate(bodies) if not body.fixed]
        self._radii = np.array([bodies[number].radius / unit for number in self._free])

    def _add_plane(self, spec: Any) -> None:
        spec.worldbody.add_geom(type=self._mujoco.mjtGeom.mjGEOM_PLANE, size=[0, 0, 1], **_CONTACT)

    def _add_box(self, spec: Any, box: FixedBox) -> None:
        T = box.T_world_box  # noqa: N806 - a transform
        spec.worldbody.add_geom(
            type=self._mujoco.mjtGeom.mjGEOM_BOX,
            pos=T[:3, 3] / self._unit,
            quat=_quaternion(T[:3, :3]),
            size=box.half / self._unit,
            **_CONTACT,
        )

    def _add_fence(self, spec: Any, fence: Fence) -> list[str]:
        x, y = fence.half_x / self._unit, fence.half_y / self._unit
        height = 50 * _USUAL_RADIUS
        sides = [(x + _WALL, 0.0, _WALL, y + 2 * _WALL), (-x - _WALL, 0.0, _WALL, y + 2 * _WALL)]
        sides += [(0.0, y + _WALL, x + 2 * _WALL, _WALL), (0.0, -y - _WALL, x + 2 * _WALL, _WALL)]
        for number, (at_x, at_y, half_x, half_y) in enumerate(sides):
            spec.worldbody.add_geom(
                name=f"fence {number}",
                type=self._mujoco.mjtGeom.mjGEOM_BOX,
                pos=[at_x, at_y, height],
                size=[half_x, half_y, height],
                **{**_CONTACT, "friction": [0.0, 0.0, 0.0]},
            )
        return [f"fence {number}" for number in range(len(sides))]

    def _add(self, spec: Any, number: int, body: RigidBody) -> None:
        T = body.T_world_body  # noqa: N806 - a transform
        frame = spec.worldbody.add_body(name=f"body {number}", pos=T[:3, 3] / self._unit, quat=_quaternion(T[:3, :3]))
        if not body.fixed:
            frame.add_freejoint()
        for part, points in enumerate(body.pieces):
            name = f"piece {number} {part}"
            mesh = spec.add_mesh(name=name, inertia=self._mujoco.mjtMeshInertia.mjMESH_INERTIA_CONVEX)
            mesh.uservert = (points * body.scale / self._unit).ravel()
            frame.add_geom(type=self._mujoco.mjtGeom.mjGEOM_MESH, meshname=name, density=_DENSITY, **_CONTACT)

    def remove_fence(self) -> None:
        """Let bodies pass where it was."""
        for name in self._fence:
            geom = self._model.geom(name)
            geom.contype, geom.conaffinity = 0, 0

    def rest(self) -> None:
        """Step until all have been still for a while. Raises Unsettled."""
        still = 0
        before = self._data.qpos.reshape(-1, 7).copy()
        for window in range(round(LONGEST / _WINDOW)):
            drag = _DRAG if window * _WINDOW < _LATE else _LATE_DRAG
            for _ in range(round(_WINDOW / STEP)):
                self._mujoco.mj_step(self._model, self._data)
                self._data.qvel *= np.exp(-drag * STEP)
            now = self._data.qpos.reshape(-1, 7).copy()
            if now[:, 2].min() < _FALLEN:
                raise Unsettled("things fell from what they were to stand on")
            moved = np.linalg.norm(now[:, :3] - before[:, :3], axis=1)
            # Half of a small turn is the difference of two quaternions.
            turned = 2 * np.linalg.norm(now[:, 3:] - before[:, 3:], axis=1) * self._radii
            before = now
            still = still + 1 if (moved + turned).max() < _STILL * _WINDOW else 0
            if still >= _STILL_WINDOWS:
                return
        raise Unsettled(f"things still moved {LONGEST:g} s after they were let go")

    def check(self, fence: Fence | None) -> None:
        """Raise Unsettled where bodies at rest are inside each other, or out of the fence."""
        self._mujoco.mj_forward(self._model, self._data)
        contacts = self._data.contact
        owners = self._model.geom_bodyid[contacts.geom]
        for depth, pair in zip(-contacts.dist * self._unit, owners, strict=True):
            allowed = min(
                DEEPEST * max(1.0, self._unit), DEEPEST_SHARE * min(self._radius_of(int(owner)) for owner in pair)
            )
            if depth > allowed:
                raise Unsettled(f"things reached {depth * 1000:.2g} mm into each other")
        if fence is not None:
            for pose in (self.poses()[number] for number in self._free):
                if abs(pose[0, 3]) > fence.half_x or abs(pose[1, 3]) > fence.half_y:
                    raise Unsettled("things fell beside what they were dropped into")

    def _radius_of(self, owner: int) -> float:
        """Metres; the plane's is endless."""
        return self._bodies[owner - 1].radius if owner else np.inf

    def poses(self) -> list[FloatArray]:
        """Where the bodies are now."""
        result = []
        for number, body in enumerate(self._bodies):
            T = np.array(body.T_world_body, np.float64)  # noqa: N806
            if not body.fixed:
                state = self._data.body(f"body {number}")
                T[:3, :3] = _rotation(state.xquat)
                T[:3, 3] = state.xpos * self._unit
            result.append(T)
        return result


def _quaternion(rotation: FloatArray) -> FloatArray:
    """(w, x, y, z) of a rotation (3, 3), by the largest of the four (Shepperd's method)."""
    r = rotation
    squares = np.array(
        [
            1 + r[0, 0] + r[1, 1] + r[2, 2],
            1 + r[0, 0] - r[1, 1] - r[2, 2],
            1 - r[0, 0] + r[1, 1] - r[2, 2],
            1 - r[0, 0] - r[1, 1] + r[2, 2],
        ]
    )
    twists = [r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]]
    sums = {(1, 2): r[0, 1] + r[1, 0], (1, 3): r[0, 2] + r[2, 0], (2, 3): r[1, 2] + r[2, 1]}
    largest = int(squares.argmax())
    q = np.empty(4)
    for i in range(4):
        if i == largest:
            q[i] = squares[i]
        elif 0 in (i, largest):
            q[i] = twists[max(i, largest) - 1]
        else:
            q[i] = sums[min(i, largest), max(i, largest)]
    return q / np.linalg.norm(q)


def _rotation(q: FloatArray) -> FloatArray:
    w, x, y, z = q / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
