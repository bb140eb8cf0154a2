"""Physics: things come to rest on each other, not in each other, and always in the same way."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys

import numpy as np
import pytest

from engine.frame.placement import uniform_rotation
from engine.frame.rng import Stream
from engine.physics.settle import Fence, FixedBox, RigidBody, Unsettled, settle
from engine.shapes.build import build

CORNERS = np.array([[x, y, z] for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])


def at(x: float, y: float, z: float, rotation: np.ndarray | None = None) -> np.ndarray:
    T = np.eye(4)
    T[:3, 3] = x, y, z
    if rotation is not None:
        T[:3, :3] = rotation
    return T


def block(half: float, T: np.ndarray, *, fixed: bool = False) -> RigidBody:
    return RigidBody((CORNERS * half,), T, fixed=fixed)


def heap(scale: float = 1.0) -> list[RigidBody]:
    """Blocks, bowls and fruit that fall on one another, turned in all ways."""
    stream = Stream(5, 0, 0, "heap")
    bodies = []
    for i, kind in enumerate(("box", "bowl", "fruit", "box", "can", "fruit")):
        shape = build(kind, tuple(stream.uniform() for _ in range(6)))
        turn = uniform_rotation(stream.uniform(), stream.uniform(), stream.uniform())
        T = at(0.02 * (i % 2) * scale, 0.01 * i * scale, (0.15 + 0.2 * i) * scale, turn)
        bodies.append(RigidBody(shape.pieces, T, scale))
    return bodies


def digest() -> str:
    return hashlib.blake2b(b"".join(pose.tobytes() for pose in settle(heap()))).hexdigest()


@pytest.fixture(scope="module")
def rested() -> list[np.ndarray]:
    return settle(heap())


def test_the_same_bodies_fall_the_same_way_to_the_bit_whatever_fell_before(rested: list[np.ndarray]) -> None:
    settle([block(0.03, at(0, 0, 0.2))])
    assert [pose.tobytes() for pose in settle(heap())] == [pose.tobytes() for pose in rested]


def test_another_process_finds_the_same(rested: list[np.ndarray]) -> None:
    code = "from tests.physics.test_settle import digest; print(digest())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == hashlib.blake2b(b"".join(pose.tobytes() for pose in rested)).hexdigest()


def test_at_rest_nothing_floats_and_nothing_is_in_the_ground(rested: list[np.ndarray]) -> None:
    lowest = []
    for body, T in zip(heap(), rested, strict=True):
        assert np.allclose(T[:3, :3] @ T[:3, :3].T, np.eye(3), atol=1e-12)
        lowest.append((np.concatenate(body.pieces) @ T[:3, :3].T + T[:3, 3])[:, 2].min())
    assert min(lowest) > -1e-3
    assert sorted(lowest)[1] < 1e-3  # several lie on the ground itself


def test_a_block_lies_flat_and_another_on_top_of_it() -> None:
    low, high = settle([block(0.03, at(0, 0, 0.04)), block(0.02, at(0.002, 0.003, 0.09))])
    assert low[2, 3] == pytest.approx(0.03, abs=2e-4)
    assert high[2, 3] == pytest.approx(0.08, abs=4e-4)
    assert low[:3, :3] == pytest.approx(np.eye(3), abs=5e-3)


@pytest.mark.parametrize("scale", [0.01, 300.0])
def test_tiny_and_huge_things_fall_alike(scale: float, rested: list[np.ndarray]) -> None:
    for T, usual in zip(settle(heap(scale)), rested, strict=True):
        assert np.allclose(T[:3, 3] / scale, usual[:3, 3], atol=0.03)
        assert math.isfinite(T.sum())


def test_a_bowl_holds_what_falls_into_it() -> None:
    bowl = build("bowl", (0.9, 0.9, 0.5, 0.5, 0.5, 0.5))
    rim = bowl.vertices[:, 2].max()
    vessel, ball = settle([RigidBody(bowl.pieces, at(0, 0, 0.002)), block(0.012, at(0.01, 0.0, rim + 0.05))])
    offset = ball[:3, 3] - vessel[:3, 3]
    assert math.hypot(*offset[:2]) < 0.06
    assert 0.01 < offset[2] < rim


def test_what_misses_the_box_is_told() -> None:
    box = RigidBody(build("open box", (0.2, 0.2, 0.05, 0.004)).pieces, np.eye(4), fixed=True)
    with pytest.raises(Unsettled, match="beside"):
        settle([block(0.03, at(0, 0, 0.1)), block(0.03, at(0.4, 0, 0.1)), box], Fence(0.1, 0.1))


def test_fixed_things_stay_and_things_inside_each_other_are_told() -> None:
    shelf = block(0.05, at(0, 0, 0.05), fixed=True)
    _, stays = settle([block(0.02, at(0, 0, 0.14)), shelf])
    assert np.array_equal(stays, at(0, 0, 0.05))
    # A bar between two fixed blocks that leave it less room than it needs.
    jaws = [block(0.05, at(side * 0.0679, 0, 0.05), fixed=True) for side in (-1, 1)]
    with pytest.raises(Unsettled):
        settle([block(0.02, at(0, 0, 0.05)), *jaws])


def test_things_rest_on_the_boxes_that_are_there_and_fall_where_there_are_none() -> None:
    slope = math.radians(1.5)
    turn = np.array([[1, 0, 0], [0, math.cos(slope), -math.sin(slope)], [0, math.sin(slope), math.cos(slope)]])
    table = FixedBox(at(0, 0, -0.025, turn), np.array([0.2, 0.2, 0.025]))
    wall = FixedBox(at(0.15, 0, 0.1), np.array([0.02, 0.2, 0.1]))
    stands, leans = settle([block(0.03, at(-0.1, 0, 0.05)), block(0.03, at(0.09, 0.0, 0.04))], support=[table, wall])
    assert stands[2, 3] == pytest.approx(0.03, abs=2e-3)
    assert stands[:3, 2] == pytest.approx(turn[:, 2], abs=2e-3)
    assert leans[0, 3] <= 0.13 - 0.03 + 1e-3
    with pytest.raises(Unsettled, match="fell from what they were to stand on"):
        settle([block(0.03, at(-0.22, 0, 0.05))], support=[table])
