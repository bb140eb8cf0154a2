"""The mug is a sound solid of the measures asked for, with a usable texture space."""

from __future__ import annotations

import math

import bpy
import numpy as np
import numpy.typing as npt
import pytest
import trimesh

from engine.blender.cup import REGION_ATTRIBUTE, CupShape, Region, cup_mesh, cup_quads
from engine.blender.subdivide import QuadMesh, subdivide
from engine.errors import BadInput

SHAPES = [
    CupShape(),
    CupShape(height=0.075, radius=0.044, wall=0.005),
    CupShape(height=0.12, radius=0.034, wall=0.003, handle_reach=0.036, handle_width=0.012, subdivisions=2),
]


def solid(quads: QuadMesh) -> trimesh.Trimesh:
    triangles = np.concatenate([quads.faces[:, [0, 1, 2]], quads.faces[:, [0, 2, 3]]])
    return trimesh.Trimesh(quads.vertices, triangles, process=False)


def corner_uv(mesh: bpy.types.Mesh) -> npt.NDArray[np.float32]:
    uv = np.empty(len(mesh.loops) * 2, np.float32)
    mesh.uv_layers[0].uv.foreach_get("vector", uv)
    return uv.reshape(-1, 4, 2)


@pytest.fixture
def mesh() -> bpy.types.Mesh:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return cup_mesh("mug")


def test_the_mesh_is_one_closed_manifold_of_smooth_quads(mesh: bpy.types.Mesh) -> None:
    assert mesh.name == "mug"
    assert 2_000 <= len(mesh.polygons) <= 12_000
    assert all(polygon.use_smooth and polygon.loop_total == 4 for polygon in mesh.polygons)
    assert not mesh.validate(), "Blender had to repair the mesh"
    import bmesh  # exists only once bpy is loaded

    work = bmesh.new()
    work.from_mesh(mesh)
    assert all(edge.is_manifold and edge.is_contiguous for edge in work.edges)
    assert work.calc_volume(signed=True) > 0.0
    seen = {work.verts[:][0]}
    stack = list(seen)
    while stack:
        for edge in stack.pop().link_edges:
            fresh = set(edge.verts) - seen
            seen |= fresh
            stack += fresh
    assert len(seen) == len(work.verts), "the mesh has more than one piece"
    work.free()


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_watertight_with_one_handle(shape: CupShape) -> None:
    body = solid(cup_quads(shape))
    assert body.is_watertight
    assert body.is_winding_consistent
    assert body.volume > 0.0
    assert body.euler_number == 0, "a mug is a torus: exactly one handle"


@pytest.mark.parametrize("shape", SHAPES)
def test_it_has_the_measures_asked_for(shape: CupShape) -> None:
    low, high = solid(cup_quads(shape)).bounds
    assert low[2] == 0.0
    assert high[2] == pytest.approx(shape.height)
    assert (low[0], low[1], high[1]) == pytest.approx((-shape.radius, -shape.radius, shape.radius), rel=4e-3)
    handle = shape.radius + shape.handle_reach + shape.handle_thickness / 2.0
    assert high[0] == pytest.approx(handle, rel=0.05)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_wall_has_the_thickness_asked_for(shape: CupShape) -> None:
    """Rays from the axis outwards, away from the handle, cross the inner and then the outer wall."""
    body = solid(cup_quads(shape))
    angles = np.radians(np.arange(40.0, 320.0, 7.0))
    directions = np.stack([np.cos(angles), np.sin(angles), np.zeros_like(angles)], axis=1)
    for part in (0.3, 0.5, 0.8):
        origins = np.tile([0.0, 0.0, part * shape.height], (len(angles), 1))
        hits, rays, _ = body.ray.intersects_location(origins, directions)
        radii = np.linalg.norm(hits[:, :2], axis=1)
        for ray in range(len(angles)):
            inner, outer = sorted(radii[rays == ray])
            assert outer == pytest.approx(shape.radius, rel=4e-3)
            assert outer - inner == pytest.approx(shape.wall, rel=0.05)


def test_a_finger_fits_through_the_handle_and_the_base_is_recessed() -> None:
    shape = CupShape()
    body = solid(cup_quads(shape))
    assert not body.ray.intersects_any([[shape.radius + 0.012, -0.1, 0.048]], [[0.0, 1.0, 0.0]])[0]
    up, _, _ = body.ray.intersects_location([[0.0, 0.0, -0.1]], [[0.0, 0.0, 1.0]])
    base, floor = sorted(up[:, 2])
    assert 0.001 < base < 0.005, "the base ring stands proud of the base"
    assert 0.002 < floor - base < 0.008


def test_the_surface_bends_smoothly_everywhere() -> None:
    """No crease: faces that share an edge differ by little, also in the handle's fillets."""
    angles = np.degrees(solid(cup_quads(CupShape(subdivisions=3))).face_adjacency_angles)
    assert angles.max() < 25.0
    assert np.percentile(angles, 99.0) < 12.0


@pytest.mark.parametrize("shape", SHAPES)
def test_texture_space_is_in_range_and_not_mirrored(shape: CupShape) -> None:
    uv = cup_quads(shape).uv
    assert uv.min() >= 0.0
    assert uv.max() <= 1.0
    after = np.roll(uv, -1, axis=1)
    area = (uv[..., 0] * after[..., 1] - after[..., 0] * uv[..., 1]).sum(axis=1) / 2.0
    assert (area > 0.0).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_no_two_faces_share_texture_space(shape: CupShape) -> None:
    """Each texel is covered by the centre of at most one face's area: rasterise the faces and count."""
    size = 1024
    uv = cup_quads(shape).uv * size
    count = np.zeros((size, size), np.int32)
    for quad in uv:
        low, high = np.ceil(quad.min(axis=0) - 0.5).astype(int), np.floor(quad.max(axis=0) - 0.5).astype(int)
        x, y = np.meshgrid(np.arange(low[0], high[0] + 1) + 0.5, np.arange(low[1], high[1] + 1) + 0.5)
        inside = np.ones(x.shape, bool)
        for start, end in zip(quad, np.roll(quad, -1, axis=0), strict=True):
            inside &= (end[0] - start[0]) * (y - start[1]) - (end[1] - start[1]) * (x - start[0]) > 1e-6
        count[low[1] : high[1] + 1, low[0] : high[0] + 1] += inside
    assert count.max() == 1
    assert count.sum() > 0.6 * size * size, "most of the texture should be used"


def test_the_print_wraps_once_round_the_body_with_its_seam_at_the_handle(mesh: bpy.types.Mesh) -> None:
    uv, radius = corner_uv(mesh), CupShape().radius
    region = np.empty(len(mesh.polygons), np.int32)
    mesh.attributes[REGION_ATTRIBUTE].data.foreach_get("value", region)
    assert set(region.tolist()) == {int(part) for part in Region}
    positions = np.array([vertex.co for vertex in mesh.vertices])
    corners = positions[np.array([polygon.vertices[:] for polygon in mesh.polygons])]
    straight = (region == Region.BODY) & (np.hypot(corners[..., 0], corners[..., 1]) < radius * 1.01).all(axis=1)
    straight &= (corners[..., 2] > 0.02).all(axis=1) & (corners[..., 2] < 0.08).all(axis=1)
    angle = np.arctan2(corners[straight, :, 1], corners[straight, :, 0]) / (2.0 * math.pi)
    off = np.abs(uv[straight, :, 0] - angle)
    assert np.minimum(off, np.abs(off - 1.0)).max() < 0.01
    width, height = np.ptp(uv[straight, :, 0], axis=1), np.ptp(uv[straight, :, 1], axis=1)
    assert (width < 0.03).all(), "a face spans the seam"
    real = np.ptp(corners[straight, :, 2], axis=1) / (2.0 * math.pi * radius)
    assert np.median(height / real) == pytest.approx(1.0, abs=0.1), "the print would be stretched"


def test_the_same_shape_gives_the_same_bits(mesh: bpy.types.Mesh) -> None:
    again = cup_mesh("again")
    first, second = (np.array([vertex.co for vertex in each.vertices]) for each in (mesh, again))
    assert np.array_equal(first, second)
    assert np.array_equal(corner_uv(mesh), corner_uv(again))


@pytest.mark.parametrize(
    "wrong",
    [
        {"wall": 0.03},
        {"height": -1.0},
        {"radius": math.nan},
        {"subdivisions": 7},
        {"handle_width": 0.03},
        {"handle_reach": 0.5},
    ],
)
def test_measures_that_make_no_mug_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadInput, match=r"\.$"):
        CupShape(**wrong)  # type: ignore[arg-type]


def test_an_open_mesh_is_not_subdivided() -> None:
    square = QuadMesh(
        np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]),
        np.array([[0, 1, 2, 3]]),
        np.zeros((1, 4, 2)),
        np.zeros(1, np.int64),
    )
    with pytest.raises(ValueError, match="not closed"):
        subdivide(square, 1)
