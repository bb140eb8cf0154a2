"""Structure checks of the simple mesh formats: Wavefront OBJ, PLY, STL."""

from __future__ import annotations

import mmap
import re
import struct
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import AssetError
from engine.library.files import MODEL_LIST, looks_binary, mislabelled, read_bytes

_HEAD = 4096
_PLY_HEADER_LIMIT = 1 << 20
_OBJ_VERTEX = re.compile(rb"^[ \t]*v[ \t]", re.MULTILINE)
_OBJ_FACE = re.compile(rb"^[ \t]*f[ \t]", re.MULTILINE)
_STL_COUNT = struct.Struct("<80sI")
_STL_TRIANGLE_BYTES = 50
_PLY_BYTES = {
    "char": 1, "uchar": 1, "int8": 1, "uint8": 1, "short": 2, "ushort": 2, "int16": 2, "uint16": 2,
    "int": 4, "uint": 4, "int32": 4, "uint32": 4, "float": 4, "float32": 4, "double": 8, "float64": 8,
}  # fmt: skip


def check_obj(path: Path) -> None:
    """Raise AssetError unless the file is text with vertices and faces in Wavefront syntax."""
    head = read_bytes(path, _HEAD)
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        has_vertex, has_face = bool(_OBJ_VERTEX.search(data)), bool(_OBJ_FACE.search(data))
    if looks_binary(head) or not (has_vertex or has_face):
        raise mislabelled(path, head, MODEL_LIST)
    if not has_vertex or not has_face:
        raise no_faces(path)


def check_stl(path: Path) -> None:
    """Raise AssetError unless the file is a whole STL, binary or text, with at least one facet."""
    head = read_bytes(path, _HEAD)
    size = path.stat().st_size
    count = _STL_COUNT.unpack_from(head)[1] if len(head) >= _STL_COUNT.size else None
    if count is not None and size == _STL_COUNT.size + count * _STL_TRIANGLE_BYTES:
        if count == 0:
            raise no_faces(path)
    elif head.lstrip()[:5].lower() == b"solid" and not looks_binary(head):
        _check_text_stl(path)
    else:
        _check_binary_stl(path, head, count, size)


def _check_text_stl(path: Path) -> None:
    data = read_bytes(path).lower()
    if b"facet" not in data:
        raise no_faces(path)
    if b"endsolid" not in data[-1024:]:
        raise truncated(path)


def _check_binary_stl(path: Path, head: bytes, count: int | None, size: int) -> None:
    """A binary STL has no signature: a recognised other format, or text, is mislabelled; else its length decides."""
    error = mislabelled(path, head, MODEL_LIST)
    if count is None or "unknown binary" not in str(error):
        raise error
    if size < _STL_COUNT.size + count * _STL_TRIANGLE_BYTES:
        raise truncated(path)


@dataclass(slots=True)
class _Element:
    """One element of a PLY header."""

    name: str
    count: int
    scalar_bytes: int = 0
    list_bytes: list[int] = field(default_factory=list)
    """Bytes of the length field of each list property."""


def check_ply(path: Path) -> None:
    """Raise AssetError unless the file is a PLY with faces whose data are as long as its header says at least."""
    head = read_bytes(path, _PLY_HEADER_LIMIT)
    if not head.startswith((b"ply\n", b"ply\r")):
        raise mislabelled(path, head[:_HEAD], MODEL_LIST)
    end = re.search(rb"\nend_header\r?\n|\rend_header\r", head)
    if end is None:
        raise truncated(path)
    try:
        kind, elements = _read_ply_header(head[: end.start()].decode("ascii", "replace"))
    except (KeyError, IndexError, ValueError):
        raise AssetError(f"{path}: the PLY header is damaged; export the file again.") from None
    counts = {element.name: element.count for element in elements}
    if counts.get("vertex", 0) <= 0:
        raise AssetError(f"{path}: the PLY file has no vertices; export it again.")
    if counts.get("face", 0) <= 0 and counts.get("tristrips", 0) <= 0:
        raise no_faces(path)
    if kind.startswith("binary") and path.stat().st_size < end.end() + _ply_minimum(elements):
        raise truncated(path)


def _read_ply_header(text: str) -> tuple[str, list[_Element]]:
    kind = ""
    elements: list[_Element] = []
    for words in (line.split() for line in text.splitlines()):
        if words[:1] == ["format"]:
            kind = words[1]
        elif words[:1] == ["element"]:
            elements.append(_Element(words[1], int(words[2])))
        elif words[:2] == ["property", "list"]:
            elements[-1].list_bytes.append(_PLY_BYTES[words[2]])
        elif words[:1] == ["property"]:
            elements[-1].scalar_bytes += _PLY_BYTES[words[1]]
    if kind not in ("ascii", "binary_little_endian", "binary_big_endian"):
        raise ValueError(kind)
    return kind, elements


def _ply_minimum(elements: list[_Element]) -> int:
    """The fewest bytes the data can take: every list empty."""
    return sum(max(e.count, 0) * (e.scalar_bytes + sum(e.list_bytes)) for e in elements)


def no_faces(path: Path) -> AssetError:
    """The error for a file of points or lines only."""
    return AssetError(f"{path}: the model has no faces (points or lines only); export a surface mesh.")


def truncated(path: Path) -> AssetError:
    """The error for a file that ends too early."""
    return AssetError(f"{path}: the file is truncated; copy or download it again.")
