"""The table top is a sound slab under z = 0, and its finishes look different."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
import trimesh

from engine.blender.ground import ground_object
from engine.frame.looks_spec import GroundSpec
from tests.blender.little_stage import LittleStage, Picture, difference

FINISHES = ("plain", "wood", "stone", "fabric")


def spec(**changes: Any) -> GroundSpec:
    values: dict[str, Any] = {
        "radius": 0.3,
        "finish": "wood",
        "base_color": (0.6, 0.45, 0.3),
        "second_color": (0.2, 0.15, 0.3),
        "roughness": 0.4,
        "seed": 0.2,
    }
    return GroundSpec(**(values | changes))


@pytest.fixture
def stage(tmp_path: Path) -> LittleStage:
    stage = LittleStage(tmp_path)
    stage.aim((0.3, -1.0, 0.9), (0.0, 0.0, 0.0), 0.9)
    return stage


def picture(stage: LittleStage, of: GroundSpec) -> Picture:
    ground = ground_object(of)
    stage.scene.collection.objects.link(ground)
    result = stage.render()
    bpy.data.objects.remove(ground)
    return result


@pytest.mark.parametrize("radius", [0.02, 0.3, 5.0])
def test_the_slab_is_closed_and_lies_below_zero(stage: LittleStage, radius: float) -> None:
    ground = ground_object(spec(radius=radius), name="table")
    assert (ground.name, len(ground.users_collection)) == ("table", 0)
    mesh = ground.data
    assert not mesh.validate(), "Blender had to repair the mesh"
    mesh.calc_loop_triangles()
    points = np.array([vertex.co for vertex in mesh.vertices])
    triangles = np.array([triangle.vertices for triangle in mesh.loop_triangles])
    body = trimesh.Trimesh(points, triangles, process=False)
    assert body.is_watertight
    assert body.is_winding_consistent
    assert body.volume > 0.0
    assert points[:, 2].max() == 0.0
    assert 0.0 < -points[:, 2].min() <= 0.1 * radius + 1e-6
    assert np.hypot(points[:, 0], points[:, 1]).max() == pytest.approx(radius, rel=1e-5)
    assert mesh.polygons[0].normal[:] == pytest.approx((0.0, 0.0, 1.0), abs=1e-6)


def test_the_top_reaches_under_everything_and_its_edge_is_round(stage: LittleStage) -> None:
    mesh = ground_object(spec()).data
    flat = [vertex.co for vertex in mesh.vertices if vertex.co.z == 0.0]
    assert max(point.xy.length for point in flat) > 0.95 * 0.3
    angles = [
        mesh.polygons[a].normal.angle(mesh.polygons[b].normal)
        for a, b in itertools.pairwise(range(1, len(mesh.polygons) - 1, 128))
    ]
    assert max(angles) < 0.35, "no sharp edge in the profile"


def test_each_finish_looks_different(stage: LittleStage) -> None:
    pictures = [picture(stage, spec(finish=finish)) for finish in FINISHES]
    pictures.append(picture(stage, spec(finish="stone", seed=0.7)))
    assert all(difference(a, b) > 0.005 for a, b in itertools.combinations(pictures, 2))


@pytest.mark.parametrize("finish", FINISHES)
def test_the_bits_repeat_and_the_seed_moves_the_pattern(stage: LittleStage, finish: str) -> None:
    first, again, moved = (picture(stage, spec(finish=finish, seed=seed)) for seed in (0.2, 0.2, 0.31))
    assert np.array_equal(first, again)
    if finish != "plain":
        assert difference(first, moved) > 1e-3


@pytest.mark.parametrize("finish", FINISHES)
def test_the_base_colour_rules(stage: LittleStage, finish: str) -> None:
    red = picture(stage, spec(finish=finish, base_color=(0.8, 0.1, 0.1), second_color=(0.4, 0.05, 0.05)))
    means = red[red[..., 3] > 0.99].mean(axis=0)
    assert means[0] > 1.4 * means[1]
