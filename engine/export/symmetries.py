"""The symmetries that were noted for a dataset's models, as BOP's `models_info.json` has them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from engine.dataset.read import Dataset
from engine.frame.spec import FloatArray
from engine.library.assets import Notes
from engine.library.notes import SIDECAR_NAME, personal_file, read_notes
from engine.library.symmetry import Symmetry


def symmetries_of(dataset: Dataset, number: int, factors: FloatArray) -> dict[str, Any]:
    """The entries `symmetries_discrete` and `symmetries_continuous` of the recipe's object `number`, millimetres, where
    its model is (3,) `factors` as large along its axes.

    The notes are those beside the model's file as it is now, or the user's own; without any there is nothing. Raises
    AssetError for notes that cannot be read.
    """
    discrete: list[list[float]] = []
    continuous: list[dict[str, Any]] = []
    for symmetry in kept(_noted(dataset, number), factors):
        axis = np.array(symmetry.axis) / np.linalg.norm(symmetry.axis)
        offset = np.array(symmetry.offset) * 1000.0 * factors
        if symmetry.fold == 0:
            continuous.append({"axis": axis.tolist(), "offset": offset.tolist()})
        angles = [2 * np.pi * step / symmetry.fold for step in range(1, symmetry.fold)]
        discrete += [_turn(axis, angle, offset).ravel().tolist() for angle in angles]
    found: dict[str, Any] = {}
    if discrete:
        found["symmetries_discrete"] = discrete
    if continuous:
        found["symmetries_continuous"] = continuous
    return found


def kept(symmetries: Iterable[Symmetry], factors: FloatArray) -> list[Symmetry]:
    """What is left of symmetries when a model is made (3,) `factors` as large along its axes.

    With S the diagonal matrix of the factors, a turn R becomes S R inv(S), which is a turn as well just where R
    commutes with S². About an axis that is an eigenvector of S, as x, y and z are, half a turn does; all other turns do
    if S is the same in every direction across it, and else none. About any other axis, none does.
    """
    squares = np.diag(factors**2)
    left = []
    for symmetry in symmetries:
        axis = np.array(symmetry.axis) / np.linalg.norm(symmetry.axis)
        own, across = np.outer(axis, axis), np.eye(3) - np.outer(axis, axis)
        along = axis @ squares @ axis
        if _same(squares, along * own + (np.trace(squares) - along) / 2 * across):
            left.append(symmetry)
        elif symmetry.fold % 2 == 0 and _same(squares @ axis, along * axis):
            left.append(msgspec.structs.replace(symmetry, fold=2))
    return left


def _same(left: FloatArray, right: FloatArray) -> bool:
    return bool(np.abs(left - right).max() <= 1e-9 * np.abs(right).max())


def _noted(dataset: Dataset, number: int) -> tuple[Symmetry, ...]:
    role = f"objects[{number}].model"
    asset = next((entry for entry in dataset.manifest.assets if entry.role == role), None)
    if asset is None:
        return ()
    path = Path(asset.path)
    own = read_notes(personal_file())
    noted = own.get(asset.path) or own.get(f"builtin:{asset.name}")
    if noted is None and asset.path:
        noted = read_notes(path.parent / SIDECAR_NAME).get(path.name)
    return (noted or Notes()).symmetry


def _turn(axis: FloatArray, angle: float, offset: FloatArray) -> FloatArray:
    """A rotation about an axis through a point, (4, 4): Rodrigues' formula."""
    x, y, z = axis
    across = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    R = np.eye(3) + np.sin(angle) * across + (1 - np.cos(angle)) * across @ across  # noqa: N806
    T = np.eye(4)  # noqa: N806
    T[:3, :3], T[:3, 3] = R, offset - R @ offset
    return T
