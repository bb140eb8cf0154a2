"""The BOP exports: what bop_toolkit computes of them, models, symmetries, and what BOP cannot hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import trimesh

from engine.dataset import layout
from engine.dataset.manifest import encode_manifest
from engine.dataset.models import model_path, read_model
from engine.dataset.read import Dataset
from engine.errors import AssetError, BadInput, DatasetError
from engine.export import output
from engine.export.base import make_exporter
from engine.export.bop_models import diameter, vertex_normals
from engine.export.run import export
from engine.export.symmetries import kept
from engine.frame.geometry import rotation_about
from engine.frame.lens import Lens
from engine.library.notes import SIDECAR_NAME, read_notes
from engine.library.symmetry import Symmetry
from tests.export.bop_agreement import assert_agrees
from tests.export.odd_datasets import make_fixed_balls, with_records
from tests.factory import make_dataset, make_old


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "sync_file_system", lambda folder: None)


@pytest.fixture(scope="module")
def balls(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_fixed_balls(tmp_path_factory.mktemp("balls") / "d", range(2))


def models_info(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((root / "models/models_info.json").read_text())
    return found


def test_bop_toolkit_computes_the_same_of_poses_depth_and_models(balls: Dataset, tmp_path: Path) -> None:
    """The balls are exact and their meshes are not: outlines differ by less than a pixel."""
    export(make_exporter("bop", {}), balls, tmp_path)
    assert assert_agrees(tmp_path / "train_pbr/000000", edge=0.04) == 8


def test_models_are_in_millimetres_with_their_diameter(balls: Dataset, tmp_path: Path) -> None:
    export(make_exporter("bop", {}), balls, tmp_path)
    infos = models_info(tmp_path)
    assert list(infos) == ["1", "2"]
    for number, info in infos.items():
        mesh = trimesh.load(tmp_path / f"models/obj_{int(number):06d}.ply", process=False)
        low, high = mesh.bounds
        assert [info["min_x"], info["min_y"], info["min_z"]] == pytest.approx(low, abs=1e-3)
        assert [info["size_x"], info["size_y"], info["size_z"]] == pytest.approx(high - low, abs=1e-3)
        assert info["diameter"] == pytest.approx(80.0, abs=1e-3)
        assert "symmetries_discrete" not in info
    assert json.loads((tmp_path / "camera.json").read_text())["depth_scale"] == 0.1


def test_normals_point_out_of_a_ball() -> None:
    ball = trimesh.creation.icosphere(subdivisions=3)
    found = vertex_normals(np.asarray(ball.vertices), np.asarray(ball.faces, np.int32))
    assert ((found * ball.vertices).sum(axis=1) > 0.999).all()


@pytest.mark.parametrize("count", [2, 500, 5000])
def test_the_diameter_is_that_of_all_pairs(count: int) -> None:
    numbers = np.sin(np.arange(3 * count) * 12.9898) * 43758.5453
    points = (numbers - np.floor(numbers)).reshape(-1, 3) * (3, 1, 0.5)
    far = max(float(np.linalg.norm(points - point, axis=1).max()) for point in points)
    assert diameter(points) == pytest.approx(far, rel=1e-12)


def test_symmetries_that_were_noted_are_told_in_millimetres(tmp_path: Path) -> None:
    dataset = make_fixed_balls(tmp_path / "d", [0])
    assets = [
        msgspec.structs.replace(entry, path=str(tmp_path / f"{entry.name}.obj")) for entry in dataset.manifest.assets
    ]
    manifest = msgspec.structs.replace(dataset.manifest, assets=tuple(assets))
    (tmp_path / "d" / layout.MANIFEST_NAME).write_bytes(encode_manifest(manifest))
    (tmp_path / SIDECAR_NAME).write_text(
        '["ball.obj"]\nsymmetry = [{ axis = "z" }, { axis = [2, 0, 0], fold = 3, offset = [0, 0, 0.5] }]\n'
    )
    export(make_exporter("bop", {}), Dataset.open(tmp_path / "d"), tmp_path / "o")
    info = models_info(tmp_path / "o")["1"]
    assert info["symmetries_continuous"] == [{"axis": [0.0, 0.0, 1.0], "offset": [0.0, 0.0, 0.0]}]
    turns = [np.array(turn).reshape(4, 4) for turn in info["symmetries_discrete"]]
    assert len(turns) == 2
    for turn in turns:
        assert np.allclose(np.linalg.matrix_power(turn, 3), np.eye(4), atol=1e-9)
        assert np.allclose(turn @ (7.0, 0, 20, 1), (7.0, 0, 20, 1)), (
            "the axis stays where it is: 0.5 m at a scale of 0.04"
        )


TILTED = (0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("axis", "fold", "factors", "left"),
    [
        ((0, 0, 1), 0, (2, 2, 0.5), 0),
        ((0, 0, 1), 0, (2, 1, 1), 2),
        ((0, 0, 1), 4, (2, 1, 1), 2),
        ((0, 0, 1), 3, (2, 1, 1), None),
        ((0, 0, 1), 3, (2, 2, 1), 3),
        (TILTED, 0, (2, 1, 1), 2),
        (TILTED, 2, (1, 2, 1), None),
        (TILTED, 6, (2, 2, 2), 6),
    ],
)
def test_a_stretch_leaves_the_symmetries_that_are_turns_afterwards(
    axis: tuple[float, float, float], fold: int, factors: tuple[float, float, float], left: int | None
) -> None:
    found = kept([Symmetry(axis, fold)], np.array(factors, float))
    assert [symmetry.fold for symmetry in found] == ([] if left is None else [left])

    def stays_a_turn(angle: float) -> bool:
        R = rotation_about(np.array(axis) / np.linalg.norm(axis), angle)
        moved = np.diag(factors) @ R @ np.linalg.inv(np.diag(factors))
        return np.allclose(moved @ moved.T, np.eye(3))

    every = fold or 360
    for step in range(1, every):
        is_kept = left is not None and (left == 0 or step * left % every == 0)
        assert stays_a_turn(360 * step / every) is is_kept


@pytest.mark.parametrize(
    ("note", "complaint"),
    [
        ('"w"', "symmetry: "),
        ('[{ axis = "z", fold = 1 }]', "Expected `int` >= 2"),
        ("[{ axis = [0, 0, 0] }]", "has no direction"),
        ('[{ axis = "z", angle = 3 }]', "unknown field `angle`"),
    ],
)
def test_notes_on_symmetry_that_mean_nothing_are_said(tmp_path: Path, note: str, complaint: str) -> None:
    file = tmp_path / SIDECAR_NAME
    file.write_text(f'["a.obj"]\nsymmetry = {note}\n')
    with pytest.raises(AssetError, match=complaint):
        read_notes(file)


def test_what_bop_cannot_hold_is_refused(balls: Dataset, tmp_path: Path) -> None:
    exporter = make_exporter("bop", {})
    varied = make_dataset(tmp_path / "varied", 1)
    with pytest.raises(BadInput, match=r"that of objects\[0\] varies|that of objects\[1\] varies"):
        export(exporter, make_dataset(tmp_path / "varied", 1, start=1), tmp_path / "a")
    assert not (tmp_path / "a").exists()
    lens = Lens("brown_conrady", (0.1, 0.0, 0.0, 0.0, 0.0))
    bent = msgspec.structs.replace(balls.record(0), cam_lens=lens)
    with pytest.raises(BadInput, match="BOP knows no distorted lenses, and frame 0 was seen through one"):
        export(exporter, with_records(tmp_path / "bent", balls, [bent]), tmp_path / "b")
    make_old(varied.root, 0)
    with pytest.raises(BadInput, match=r"Frame 0 of .* has no amodal masks: it was rendered by an earlier version"):
        export(exporter, with_records(tmp_path / "old", varied, [varied.record(0)]), tmp_path / "c")


def test_a_dataset_without_meshes_is_exported_without_models_and_that_is_said(balls: Dataset, tmp_path: Path) -> None:
    bare = with_records(tmp_path / "d", balls, [])
    result = export(make_exporter("bop", {}), bare, tmp_path / "o")
    assert "keeps no meshes of its models" in result.notes[0]
    assert not (tmp_path / "o/models").exists()


def test_a_damaged_mesh_is_found_out(tmp_path: Path) -> None:
    dataset = make_fixed_balls(tmp_path / "d", [])
    path = tmp_path / "d" / model_path(0)
    mesh = read_model(dataset.root, 0)
    assert mesh is not None
    assert np.allclose(np.linalg.norm(mesh.vertices, axis=1), 1, atol=1e-6)
    data = bytearray(path.read_bytes())
    data[-400] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(DatasetError, match=r"000.ply is damaged; remove it"):
        read_model(dataset.root, 0)
