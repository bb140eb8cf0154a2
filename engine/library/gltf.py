"""Reading the structure of glTF 2.0 files (.glb, .gltf), without decoding their meshes."""

from __future__ import annotations

import base64
import binascii
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from engine.errors import AssetError
from engine.library.files import MODEL_LIST, is_file, mislabelled, not_finite, read_bytes

_HEADER = struct.Struct("<4sII")
_CHUNK = struct.Struct("<I4s")
_FLOAT = 5126
_VEC3_BYTES = 12
_SUPPORTED_REMEDY = "decode it beforehand, for instance with `gltf-transform copy IN OUT` or by a new export without"
UNDECODABLE = {
    "KHR_draco_mesh_compression": f"Draco mesh compression; {_SUPPORTED_REMEDY} compression",
    "EXT_meshopt_compression": f"meshopt compression; {_SUPPORTED_REMEDY} compression",
    "KHR_meshopt_compression": f"meshopt compression; {_SUPPORTED_REMEDY} compression",
    "KHR_texture_basisu": "Basis Universal textures; export it again with PNG or JPEG textures",
}
"""Extensions whose data the importer cannot decode, each with what it is and the remedy."""


@dataclass(frozen=True, slots=True)
class GltfFile:
    """The JSON part of a glTF file and the binary chunk of a .glb."""

    path: Path
    document: dict[str, Any]
    binary: bytes | None
    """The BIN chunk of a .glb; None for a .gltf and for a .glb without one."""


def read_gltf(path: Path) -> GltfFile:
    """Read a .glb or .gltf; checks magic, version, lengths and JSON. Raises AssetError."""
    data = read_bytes(path)
    if path.suffix.lower() == ".glb":
        text, binary = _split_glb(path, data)
    else:
        text, binary = data, None
        if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            raise mislabelled(path, data[:4096], MODEL_LIST)
    try:
        document = json.loads(text.decode("utf-8-sig").rstrip("\x00 \t\r\n"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise AssetError(f"{path}: its glTF JSON is damaged or truncated; export or download it again.") from None
    asset = document.get("asset") if isinstance(document, dict) else None
    if not isinstance(asset, dict):
        raise AssetError(f"{path}: it has no glTF 'asset' entry, so it is no glTF file; export it again.")
    if not str(asset.get("version", "")).startswith("2"):
        raise AssetError(f"{path}: it is glTF version {asset.get('version')}; export it again as glTF 2.0.")
    return GltfFile(path, document, binary)


def _split_glb(path: Path, data: bytes) -> tuple[bytes, bytes | None]:
    """The JSON and BIN chunks of a .glb."""
    if not data.startswith(b"glTF"):
        raise mislabelled(path, data[:4096], MODEL_LIST)
    if len(data) < _HEADER.size:
        raise _truncated(path, _HEADER.size, len(data))
    _, version, length = _HEADER.unpack_from(data)
    if version != 2:
        raise AssetError(f"{path}: it is binary glTF version {version}; export it again as glTF 2.0.")
    if length > len(data):
        raise _truncated(path, length, len(data))
    chunks: dict[bytes, bytes] = {}
    at = _HEADER.size
    while at + _CHUNK.size <= length:
        size, kind = _CHUNK.unpack_from(data, at)
        at += _CHUNK.size
        if at + size > len(data):
            raise _truncated(path, at + size, len(data))
        chunks.setdefault(kind, data[at : at + size])
        at += size
    if b"JSON" not in chunks:
        raise AssetError(f"{path}: the binary glTF has no JSON chunk; export or download it again.")
    return chunks[b"JSON"], chunks.get(b"BIN\x00")


def _truncated(path: Path, announced: int, present: int) -> AssetError:
    return AssetError(
        f"{path}: the file is truncated (its header announces {announced} bytes, {present} are there); "
        "copy or download it again."
    )


def entries(document: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The objects of the top-level array `key`; whatever is not an object there is left out."""
    value = document.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def external_uris(document: dict[str, Any], key: str) -> list[str]:
    """The URIs of `buffers` or `images` that point at other files, percent-decoded, in file order."""
    uris = (item.get("uri") for item in entries(document, key))
    return [unquote(uri) for uri in uris if isinstance(uri, str) and uri and not uri.startswith("data:")]


def check_gltf(path: Path) -> None:
    """Raise AssetError where the importer would fail or, worse, silently repair: see `UNDECODABLE`, buffers, NaN."""
    gltf = read_gltf(path)
    required = gltf.document.get("extensionsRequired")
    for name in required if isinstance(required, list) else ():
        if isinstance(name, str) and name in UNDECODABLE:
            raise AssetError(f"{path}: it requires {name}, that is {UNDECODABLE[name]}.")
    for uri in external_uris(gltf.document, "buffers"):
        if not is_file(path.parent / uri):
            raise AssetError(f"{path}: its buffer '{uri}' is missing; put that file beside it.")
    _check_positions(gltf)


def _check_positions(gltf: GltfFile) -> None:
    """Refuse missing meshes, and vertex positions that are outside their buffer or not finite."""
    primitives = [p for mesh in entries(gltf.document, "meshes") for p in entries(mesh, "primitives")]
    if not primitives:
        raise AssetError(f"{gltf.path}: the glTF file holds no mesh; export the model together with its meshes.")
    accessors = {p["attributes"]["POSITION"] for p in primitives if _has_position(p)}
    buffers: dict[int, bytes] = {}
    for index in sorted(accessors):
        values = _positions(gltf, index, buffers)
        if values is not None and not np.isfinite(values).all():
            raise not_finite(gltf.path)


def _has_position(primitive: dict[str, Any]) -> bool:
    attributes = primitive.get("attributes")
    return isinstance(attributes, dict) and type(attributes.get("POSITION")) is int


def _positions(gltf: GltfFile, index: int, buffers: dict[int, bytes]) -> np.ndarray[Any, Any] | None:
    """The (N, 3) float32 positions of an accessor; None where they are stored otherwise (sparse, quantised)."""
    try:
        accessor = gltf.document["accessors"][index]
        if accessor["componentType"] != _FLOAT or accessor["type"] != "VEC3" or "bufferView" not in accessor:
            return None
        view = gltf.document["bufferViews"][accessor["bufferView"]]
        number = view["buffer"]
        if number not in buffers:
            buffers[number] = _buffer(gltf, number)
        if not buffers[number]:
            raise ValueError("no data")  # numpy would take an empty buffer for one of unknown length.
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        return np.ndarray(
            (accessor["count"], 3), "<f4", buffers[number], start, (view.get("byteStride", _VEC3_BYTES), 4)
        )
    except (KeyError, IndexError, TypeError, ValueError, OverflowError, AttributeError, binascii.Error):
        raise AssetError(
            f"{gltf.path}: its vertex data lies outside its buffers (the file is damaged); export it again."
        ) from None


def _buffer(gltf: GltfFile, number: int) -> bytes:
    uri = gltf.document["buffers"][number].get("uri")
    if uri is None:
        return gltf.binary or b""
    if uri.startswith("data:"):
        return base64.b64decode(uri.partition(",")[2])
    return read_bytes(gltf.path.parent / unquote(uri))
