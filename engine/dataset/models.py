"""The meshes of a dataset's labelled objects, kept beside its frames: `models/000.ply` for the recipe's first object.

They are what 6D pose benchmarks need besides the poses. A file is written once, atomically, by whichever worker stores
a frame first; it holds the object before the recipe's scale, in metres, in the frame that poses refer to. A comment in
its header has the hash of the mesh, so that a damaged file is found out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from engine.errors import DatasetError, StorageError
from engine.files import make_folder, reason, write_atomically

MODELS_NAME = "models"

_NAME = re.compile(r"\d{3,}\.ply")
_HEADER = re.compile(
    rb"ply\nformat binary_little_endian 1\.0\ncomment mesh (?P<hash>[0-9a-f]{32})\nelement vertex (?P<vertices>\d+)\n"
    rb"property float x\nproperty float y\nproperty float z\nelement face (?P<faces>\d+)\n"
    rb"property list uchar int vertex_indices\nend_header\n"
)
_FACE = np.dtype([("count", "u1"), ("corners", "<i4", 3)])


class Mesh(Protocol):
    """What is stored of a model; `engine.annotate.visibility.Body` is one."""

    @property
    def vertices(self) -> npt.NDArray[np.float32]:
        """(N, 3) metres."""

    @property
    def triangles(self) -> npt.NDArray[np.int32]:
        """(M, 3) indices into `vertices`."""


@dataclass(frozen=True, slots=True)
class StoredMesh:
    """A mesh that was read."""

    vertices: npt.NDArray[np.float32]
    triangles: npt.NDArray[np.int32]


def model_path(number: int) -> str:
    """The mesh of the recipe's object `number`, counted from 0, relative to the dataset's folder."""
    return f"{MODELS_NAME}/{number:03d}.ply"


def publish_models(root: Path, meshes: Sequence[Mesh]) -> None:
    """Store the meshes of the recipe's objects, in their order, as far as they are not there; raises StorageError."""
    for number, mesh in enumerate(meshes):
        path = root / model_path(number)
        if path.exists():
            continue
        try:
            make_folder(path.parent)
            write_atomically(path, _encoded(mesh))
        except OSError as error:
            raise StorageError(f"{path} could not be written: {reason(error)}; the frame is not stored.") from error


def model_files(root: Path, without: Container[str] = ()) -> dict[str, bytes]:
    """The stored meshes by their paths below `root`, for `publish_received_models`. Raises OSError."""
    return {name: (root / name).read_bytes() for name in sorted(stored_models(root)) if name not in without}


def publish_received_models(root: Path, files: Mapping[str, bytes]) -> None:
    """Store meshes that another machine has stored and sent, as far as they are not there.

    Raises StorageError where the disk fails, and where they are not whole and undamaged meshes.
    """
    for name, data in files.items():
        folder, _, own = name.partition("/")
        if folder != MODELS_NAME or not _NAME.fullmatch(own) or _decoded(data) is None:
            raise StorageError(f"{root}: the mesh {name} arrived damaged; the frame is tried again.")
        path = root / name
        if path.exists():
            continue
        try:
            make_folder(path.parent)
            write_atomically(path, data)
        except OSError as error:
            raise StorageError(f"{path} could not be written: {reason(error)}; the frame is not stored.") from error


def stored_models(root: Path) -> set[str]:
    """The paths of the meshes that are stored, below `root`."""
    return {f"{MODELS_NAME}/{path.name}" for path in (root / MODELS_NAME).glob("*.ply")}


def remove_models(root: Path) -> None:
    """Remove all stored meshes, for a dataset that is deleted; raises OSError."""
    for path in (root / MODELS_NAME).glob("*.ply"):
        if _NAME.fullmatch(path.name):
            path.unlink()


def read_model(root: Path, number: int) -> StoredMesh | None:
    """A stored mesh; None where the dataset has none, as those of earlier versions. Raises DatasetError."""
    path = root / model_path(number)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {reason(error)}.") from error
    mesh = _decoded(data)
    if mesh is None:
        raise DatasetError(
            f"{path} is damaged; remove it, and it is written again with the next frame that is rendered."
        )
    return mesh


def _decoded(data: bytes) -> StoredMesh | None:
    """The mesh in a file; None where it is damaged."""
    head = _HEADER.match(data)
    if head is not None:
        vertices, faces = int(head["vertices"]), int(head["faces"])
        split = head.end() + 12 * vertices
        if len(data) == split + _FACE.itemsize * faces:
            points = np.frombuffer(data, "<f4", 3 * vertices, head.end()).reshape(-1, 3)
            corners = np.frombuffer(data, _FACE, faces, split)["corners"]
            mesh = StoredMesh(points.astype(np.float32), corners.astype(np.int32))
            if _hash(mesh) == head["hash"].decode():
                return mesh
    return None


def _encoded(mesh: Mesh) -> bytes:
    lines = [
        "ply", "format binary_little_endian 1.0", f"comment mesh {_hash(mesh)}", f"element vertex {len(mesh.vertices)}",
        "property float x", "property float y", "property float z", f"element face {len(mesh.triangles)}",
        "property list uchar int vertex_indices", "end_header",
    ]  # fmt: skip
    faces = np.zeros(len(mesh.triangles), _FACE)
    faces["count"], faces["corners"] = 3, mesh.triangles
    return "".join(f"{line}\n" for line in lines).encode() + mesh.vertices.astype("<f4").tobytes() + faces.tobytes()


def _hash(mesh: Mesh) -> str:
    digest = hashlib.blake2b(mesh.vertices.astype("<f4").tobytes(), digest_size=16)
    digest.update(mesh.triangles.astype("<i4").tobytes())
    return digest.hexdigest()
