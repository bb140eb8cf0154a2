"""Depth, normals, positions, object coordinates and masks of rendered frames against rays through the models' files.

Only instances whose models are files are looked at; what hides them may be anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.annotate.masks import decode_mask
from engine.annotate.record import FrameRecord, InstanceRecord
from engine.dataset.validate import validate_dataset
from tests.proof.clutter import HEIGHT, WIDTH, Clutter
from tests.proof.rays import Hits, cast, off_edges


@dataclass(frozen=True)
class Seen:
    """One instance in one frame, as it was rendered and as rays have it."""

    record: FrameRecord
    instance: InstanceRecord
    ids: npt.NDArray[np.uint16]
    hits: Hits

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        return self.ids == self.instance.instance_id

    @property
    def inner(self) -> npt.NDArray[np.bool_]:
        return self.mask & off_edges(self.ids) & self.hits.covered


@pytest.fixture(scope="module")
def seen(clutter: Clutter) -> list[Seen]:
    return list(_instances(clutter))


def _instances(clutter: Clutter) -> Iterator[Seen]:
    meshes = {name: clutter.mesh(name) for name in ("bracket.stl", "ring.ply")}
    for record in clutter.dataset.iter_records():
        ids = clutter.dataset.instance_map(record.index)
        for instance in record.instances:
            if instance.model in meshes:
                yield Seen(record, instance, ids, cast(record, instance, meshes[instance.model]))


def of_pass(clutter: Clutter, name: str, item: Seen) -> npt.NDArray[Any]:
    return clutter.dataset.float_pass(item.record.index, name)


def test_the_dataset_is_sound(clutter: Clutter) -> None:
    assert validate_dataset(clutter.dataset).problems == []


def test_depths_are_those_of_rays_at_pixel_centres(clutter: Clutter, seen: list[Seen]) -> None:
    errors = {}
    for name in ("depth", "distance"):
        found = []
        for item in seen:
            expected = item.hits.depth
            if name == "distance":
                v, u = np.mgrid[0:HEIGHT, 0:WIDTH]
                rays = (
                    np.stack([u, v, np.ones((HEIGHT, WIDTH))], -1)
                    @ np.linalg.inv(np.array(item.record.cam_K).reshape(3, 3)).T
                )
                expected = expected * np.linalg.norm(rays, axis=2)
            inner = item.inner
            found.append(np.abs(of_pass(clutter, name, item)[inner] - expected[inner]) / expected[inner])
        errors[name] = np.concatenate(found)
    for error in errors.values():
        assert error.size > 3000
        assert np.median(error) < 1e-5
        assert (error < 1e-4).mean() >= 0.99


def test_positions_are_the_points_that_rays_meet(clutter: Clutter, seen: list[Seen]) -> None:
    for item in seen:
        R, t = np.array(item.instance.cam_R_m2c).reshape(3, 3), np.array(item.instance.cam_t_m2c)
        R_w2c, t_w2c = np.array(item.record.cam_R_w2c).reshape(3, 3), np.array(item.record.cam_t_w2c)
        inner = item.inner
        in_world = (item.hits.point[inner] @ R.T + t - t_w2c) @ R_w2c
        error = np.linalg.norm(of_pass(clutter, "position", item)[inner] - in_world, axis=1)
        assert (error < 1e-4).mean() >= 0.99 if inner.sum() > 200 else True


def test_normals_are_those_of_the_geometry(clutter: Clutter, seen: list[Seen]) -> None:
    """The bracket is flat-faced; the ring is shaded smoothly, so its triangles' normals differ by up to their bend."""
    degrees: dict[str, list[npt.NDArray[np.float64]]] = {"bracket.stl": [], "ring.ply": []}
    for item in seen:
        inner = item.inner
        normal = of_pass(clutter, "normal", item)[inner].astype(np.float64)
        cosine = np.einsum("ij,ij->i", normal, item.hits.normal[inner])
        degrees[item.instance.model].append(np.degrees(np.arccos(cosine.clip(-1, 1))))
        turned = normal @ np.array(item.record.cam_R_w2c).reshape(3, 3)
        assert np.allclose(of_pass(clutter, "normal_world", item)[inner], turned, atol=1e-5)
    assert np.median(np.concatenate(degrees["bracket.stl"])) < 0.1
    assert np.median(np.concatenate(degrees["ring.ply"])) < 5


def test_smooth_normals_are_those_of_the_true_surface(clutter: Clutter, seen: list[Seen]) -> None:
    """A torus has a normal at each of its points: away from the circle in its middle."""
    degrees = []
    for item in seen:
        if item.instance.model == "ring.ply":
            inner = item.inner
            points = item.hits.point[inner]
            flat = points * [1, 1, 0]
            ring = flat / np.linalg.norm(flat, axis=1, keepdims=True) * 0.03
            outwards = points - ring
            outwards = outwards / np.linalg.norm(outwards, axis=1, keepdims=True)
            normal = of_pass(clutter, "normal", item)[inner] @ np.array(item.instance.cam_R_m2c).reshape(3, 3)
            degrees.append(np.degrees(np.arccos(np.einsum("ij,ij->i", normal, outwards).clip(-1, 1))))
    assert np.median(np.concatenate(degrees)) < 1


def test_object_coordinates_are_points_of_the_model(clutter: Clutter, seen: list[Seen]) -> None:
    compared = 0
    for item in seen:
        low, high = np.array(item.instance.bounds_min), np.array(item.instance.bounds_max)
        diagonal = np.linalg.norm(high - low)
        nocs = of_pass(clutter, "nocs", item)
        in_model = (nocs[item.inner] - 0.5) * diagonal + (low + high) / 2
        error = np.linalg.norm(in_model - item.hits.point[item.inner], axis=1)
        assert (error < 1e-4).mean() >= 0.99 if item.inner.sum() > 200 else True
        compared += int(item.inner.sum())
        assert not nocs[item.ids == 0].any()
    assert compared > 3000


def test_object_coordinates_carry_one_frame_into_another(clutter: Clutter, seen: list[Seen]) -> None:
    """Pixels of one frame are put where another camera sees the same points of the model: there, in the other frame,
    the same object coordinates are found, unless something hides them."""
    found = []
    for model in ("bracket.stl", "ring.ply"):
        largest: dict[int, Seen] = {}
        for item in sorted(seen, key=lambda item: int(item.inner.sum())):
            if item.instance.model == model:
                largest[item.record.index] = item
        found += [_carried(clutter, first, second) for first, second in permutations(largest.values(), 2)]
    errors = np.concatenate(found)
    assert errors.size > 200
    assert np.median(errors) < 0.02
    assert (errors < 0.05).mean() > 0.9


def _carried(clutter: Clutter, first: Seen, second: Seen) -> npt.NDArray[np.float64]:
    """Distances between the object coordinates of one frame and those found where they are in the other."""
    low, high = np.array(first.instance.bounds_min), np.array(first.instance.bounds_max)
    nocs = of_pass(clutter, "nocs", first)[first.inner].astype(np.float64)
    points = (nocs - 0.5) * np.linalg.norm(high - low) + (low + high) / 2
    in_camera = points @ np.array(second.instance.cam_R_m2c).reshape(3, 3).T + second.instance.cam_t_m2c
    u, v, w = np.array(second.record.cam_K).reshape(3, 3) @ in_camera.T
    column, row = np.rint(u / w).astype(int), np.rint(v / w).astype(int)
    inside = (w > 0) & (column >= 0) & (column < WIDTH) & (row >= 0) & (row < HEIGHT)
    nocs, column, row, w = nocs[inside], column[inside], row[inside], w[inside]
    depth = of_pass(clutter, "depth", second)[row, column]
    same = second.inner[row, column] & (np.abs(depth - w) < 0.002)
    there = of_pass(clutter, "nocs", second)[row[same], column[same]]
    return np.asarray(np.linalg.norm(nocs[same] - there, axis=1))


def test_visible_masks_are_what_rays_meet_first(seen: list[Seen]) -> None:
    """Where an instance is seen its file is met; where rays meet it and it is not seen, something nearer is."""
    wrong = total = 0
    for item in seen:
        wrong += int((item.mask & ~item.hits.covered).sum())
        total += int(item.mask.sum())
    assert total > 4000
    assert wrong / total < 0.001


def test_amodal_masks_are_what_each_file_shows_alone(seen: list[Seen]) -> None:
    compared = 0
    for item in seen:
        if item.instance.amodal_mask is None:
            assert item.hits.covered.sum() <= 2
            continue
        amodal = decode_mask(item.instance.amodal_mask)
        assert (amodal ^ item.hits.covered).sum() <= max(2, 0.002 * amodal.sum())
        compared += int(amodal.sum())
        assert item.instance.visibility == pytest.approx(item.mask.sum() / item.hits.covered.sum(), abs=0.02)
    assert compared > 5000


def test_oriented_boxes_hold_the_masks(seen: list[Seen]) -> None:
    for item in seen:
        if item.instance.obb is None:
            assert item.instance.area == 0
            continue
        x, y, width, height, angle = item.instance.obb
        v, u = np.nonzero(item.mask)
        turn = np.radians(angle)
        du, dv = u + 0.5 - x, v + 0.5 - y
        assert np.abs(du * np.cos(turn) + dv * np.sin(turn)).max() < width / 2
        assert np.abs(dv * np.cos(turn) - du * np.sin(turn)).max() < height / 2
        assert item.instance.bbox is not None
        assert width * height <= item.instance.bbox[2] * item.instance.bbox[3] * (1 + 1e-9)


def test_coverage_is_as_much_as_the_masks_and_reaches_as_far_as_the_blur(clutter: Clutter, seen: list[Seen]) -> None:
    soft = 0
    for item in seen:
        ranks = of_pass(clutter, "coverage", item)
        share = (ranks[:, 1] * (ranks[:, 0] == item.instance.instance_id)).sum(axis=0) / 65535
        if item.instance.visibility == 1 and item.instance.truncation == 0:
            assert share.sum() == pytest.approx(item.mask.sum(), rel=0.1)
        soft += int(((share > 0) & (share < 1)).sum())
        assert share[item.inner].mean() > 0.5 if item.inner.sum() > 200 else True
    assert soft > 500
