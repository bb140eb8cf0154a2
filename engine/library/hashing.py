"""Content hashes of assets: the same hash means the same pixels, wherever the file lies."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Protocol

from engine.errors import AssetError
from engine.library.dependencies import dependencies
from engine.library.files import is_file, reason, require_file, split_model_path

_CHUNK = 1 << 20


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


def content_hash(path: str | os.PathLike[str]) -> str:
    """BLAKE2b-128 of an asset, as 32 hexadecimal digits.

    Covers the file and what it refers to: for .obj its material libraries and their textures, for .gltf and .glb the
    external buffers and images, for .ply the picture it names. A changed or vanished texture changes the hash, moving
    the whole folder does not. .fbx, .usd*, .blend and images count as the file itself: textures that such a file
    refers to by path are not covered, so pack them. For `file.blend#Name` the name is part of the hash.

    Raises AssetError, naming the file, when it or a file it refers to exists but cannot be read.
    """
    file, name = split_model_path(path)
    require_file(file, "asset")
    digest = hashlib.blake2b(digest_size=16)
    _add_file(digest, "", file)
    for reference, target in sorted(dependencies(file)):
        if is_file(target):
            _add_file(digest, reference, target)
        else:
            digest.update(_label("missing", reference))
    if name is not None:
        digest.update(_label("name", name))
    return digest.hexdigest()


def model_hash(path: str | os.PathLike[str], up: str) -> str:
    """The content hash of a model as records and manifests have it: a file read with another up axis is another mesh.

    `up` is the recipe's: `auto`, or an axis, which then stands behind the hash. Raises AssetError as `content_hash`.
    """
    return content_hash(path) + ("" if up == "auto" else f"-up{up}")


def _label(kind: str, text: str) -> bytes:
    """A length-prefixed field, so that two neighbouring fields cannot be read as one."""
    data = text.encode("utf-8", "surrogatepass")
    return f"{kind}:{len(data)}:".encode() + data


def _add_file(digest: _Hash, reference: str, path: Path) -> None:
    try:
        with path.open("rb") as stream:
            digest.update(_label("file", reference) + f":{os.fstat(stream.fileno()).st_size}:".encode())
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except PermissionError:
        raise AssetError(f"{path}: no permission to read the file; change its permissions.") from None
    except (OSError, ValueError) as error:
        raise AssetError(f"{path}: the file cannot be read ({reason(error)}); check the disk.") from None
