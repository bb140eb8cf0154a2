"""Convex pieces of meshes: they hold the surface, leave vessels hollow, and are kept on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import paths
from engine.physics import pieces
from engine.physics.pieces import convex_pieces
from engine.shapes.build import build

BOWL = build("bowl", (0.5, 0.9, 0.9, 0.5, 0.5, 0.5))
VERTICES, TRIANGLES = BOWL.vertices.astype(np.float32), BOWL.triangles()


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts the meshes that were cut."""
    calls: list[int] = []
    real = pieces._cut
    monkeypatch.setattr(pieces, "_cut", lambda *mesh: calls.append(1) or real(*mesh))
    monkeypatch.setattr(pieces, "_RESOLUTION", 8000)
    return calls


def test_pieces_hold_the_surface_but_not_the_hollow_and_are_cut_only_once(cut: list[int]) -> None:
    found = convex_pieces(VERTICES, TRIANGLES)
    assert 4 < len(found) <= pieces.MOST_PIECES
    assert np.min([pieces._outside(piece, BOWL.vertices) for piece in found], axis=0).max() < 5e-4
    high = BOWL.vertices[:, 2].max()
    hollow = np.array([[0.0, 0.0, 0.5 * high], [0.02, 0.0, 0.7 * high], [0.0, -0.03, 0.9 * high]])
    assert np.min([pieces._outside(piece, hollow) for piece in found], axis=0).min() > 0.003
    again = convex_pieces(VERTICES, TRIANGLES)
    assert [piece.tobytes() for piece in again] == [piece.tobytes() for piece in found]
    assert cut == [1]


def test_a_convex_mesh_is_one_piece() -> None:
    can = build("box", (0.5, 0.5, 0.5, 0.9, 0.5, 0.5)).pieces[0]
    packet = build("box", (0.5, 0.5, 0.5, 0.9, 0.5, 0.5))
    count = len(can)
    body = [polygon for polygon in packet.polygons if max(polygon) < count]
    triangles = np.array([(p[0], p[i], p[i + 1]) for p in body for i in range(1, len(p) - 1)], np.int32)
    (whole,) = convex_pieces(can.astype(np.float32), triangles)
    assert np.ptp(whole, axis=0) == pytest.approx(np.ptp(can, axis=0), rel=1e-5)


def test_a_sheet_gets_a_thickness(cut: list[int]) -> None:
    corners = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    (plate,) = convex_pieces(corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32))
    assert np.ptp(plate, axis=0) == pytest.approx([1, 1, 0.01])
    assert cut == [1]


def test_a_damaged_file_is_made_anew(cut: list[int]) -> None:
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 1]], np.float32)
    triangles = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
    (found,) = convex_pieces(corners, triangles)
    (file,) = (paths.cache_dir() / "pieces").iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert np.array_equal(convex_pieces(corners, triangles)[0], found)
    assert cut == [1, 1]


def test_a_cache_that_cannot_be_written_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "no folder"))
    (tmp_path / "no folder").write_text("a file")
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    assert len(convex_pieces(corners, np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32))) == 1
