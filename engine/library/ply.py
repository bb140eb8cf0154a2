"""PLY files: structure, completeness, and the texture coordinates per face corner that scanners write."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import AssetError
from engine.library.files import MODEL_LIST, mislabelled, no_faces, not_finite, read_bytes, truncated

_HEADER_LIMIT = 1 << 20
_END = re.compile(rb"\nend_header\r?\n|\rend_header\r")
_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8",
}  # fmt: skip
_ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": "="}
_TEXTURE = re.compile(r"^comment\s+TextureFile\s+(.+?)\s*$", re.MULTILINE)
_NOT_A_NUMBER = re.compile(rb"(?:nan|inf)", re.IGNORECASE)


class _Broken(Exception):
    """The data end before the header's counts are met, or a list has an impossible length."""


@dataclass(slots=True)
class _Property:
    name: str
    dtype: str
    """numpy type of the value, or of a list's items."""

    length_dtype: str | None = None
    """numpy type of a list's length; None for a single value."""


@dataclass(slots=True)
class _Element:
    name: str
    count: int
    properties: list[_Property] = field(default_factory=list)


@dataclass(slots=True)
class PlyHeader:
    """What a PLY file announces."""

    order: str
    """numpy's byte order character: "<" or ">" for binary files, "=" for text."""

    elements: list[_Element]
    texture: str | None
    """The picture named by a `comment TextureFile`, as MeshLab writes it."""

    data_start: int
    """Offset of the first byte behind the header."""

    def count(self, name: str) -> int:
        """How many of the element `name` there are; 0 when the file has none."""
        return next((max(e.count, 0) for e in self.elements if e.name == name), 0)


def read_ply_header(path: Path) -> PlyHeader:
    """Read the header. Raises AssetError when the file is no PLY or its header is damaged."""
    head = read_bytes(path, _HEADER_LIMIT)
    if not head.startswith((b"ply\n", b"ply\r")):
        raise mislabelled(path, head[:4096], MODEL_LIST)
    end = _END.search(head)
    if end is None:
        raise truncated(path)
    text = head[: end.start()].decode("utf-8", "replace")
    try:
        order, elements = _parse_header(text)
    except (KeyError, IndexError, ValueError):
        raise AssetError(f"{path}: the PLY header is damaged; export the file again.") from None
    texture = _TEXTURE.search(text)
    return PlyHeader(order, elements, texture[1] if texture else None, end.end())


def _parse_header(text: str) -> tuple[str, list[_Element]]:
    order = ""
    elements: list[_Element] = []
    for words in (line.split() for line in text.splitlines()):
        if words[:1] == ["format"]:
            order = _ORDERS[words[1]]
        elif words[:1] == ["element"]:
            elements.append(_Element(words[1], int(words[2])))
        elif words[:2] == ["property", "list"]:
            elements[-1].properties.append(_Property(words[4], _TYPES[words[3]], _TYPES[words[2]]))
        elif words[:1] == ["property"]:
            elements[-1].properties.append(_Property(words[2], _TYPES[words[1]]))
    if not order:
        raise ValueError("no format")
    return order, elements


def check_ply(path: Path) -> None:
    """Raise AssetError unless the file is a whole PLY with faces and finite vertex positions.

    Blender's importer reads beyond the end of a truncated file and turns NaN into 0.
    """
    header = read_ply_header(path)
    if header.count("vertex") == 0:
        raise AssetError(f"{path}: the PLY file has no vertices; export it again.")
    if header.count("face") == 0 and header.count("tristrips") == 0:
        raise no_faces(path)
    data = read_bytes(path)
    try:
        finite = _text_is_finite(data, header) if header.order == "=" else _binary_is_finite(data, header)
    except _Broken:
        raise truncated(path) from None
    if not finite:
        raise not_finite(path)


def _text_is_finite(data: bytes, header: PlyHeader) -> bool:
    """Whether the x, y and z of the vertices are numbers; raises `_Broken` when lines are missing."""
    lines = data[header.data_start :].splitlines()
    if len(lines) < sum(max(e.count, 0) for e in header.elements):
        raise _Broken
    start = 0
    for element in header.elements:
        if element.name == "vertex":
            columns = [i for i, p in enumerate(element.properties) if p.name in ("x", "y", "z")]
            suspects = (line for line in lines[start : start + element.count] if _NOT_A_NUMBER.search(line))
            return not any(_NOT_A_NUMBER.search(b" ".join(_pick(line.split(), columns))) for line in suspects)
        start += max(element.count, 0)
    return True


def _pick(words: list[bytes], columns: list[int]) -> list[bytes]:
    return [words[i] for i in columns if i < len(words)]


def _binary_is_finite(data: bytes, header: PlyHeader) -> bool:
    """Whether the x, y and z of the vertices are finite; raises `_Broken` when the data end early."""
    at, finite = header.data_start, True
    for element in header.elements:
        rows, at = _rows(data, at, element, header.order)
        if element.name == "vertex" and rows is not None:
            finite = all(np.isfinite(rows[axis]).all() for axis in "xyz" if axis in (rows.dtype.names or ()))
    return finite


def _rows(data: bytes, at: int, element: _Element, order: str) -> tuple[npt.NDArray[Any] | None, int]:
    """The rows of an element as a structured array, and the offset behind them.

    The array is None where the rows differ in length, as faces with three and four corners do.
    """
    if element.count <= 0:
        return None, at
    dtype = _row_dtype(data, at, element, order)
    end = at + element.count * dtype.itemsize
    if end <= len(data):
        rows = np.frombuffer(data, dtype, element.count, at)
        lengths = [f"{p.name} length" for p in element.properties if p.length_dtype]
        if all((rows[name] == rows[name][0]).all() for name in lengths):
            return rows, end
    elif all(p.length_dtype is None for p in element.properties):
        raise _Broken
    return None, _walk(data, at, element, order)


def _row_dtype(data: bytes, at: int, element: _Element, order: str) -> np.dtype[Any]:
    """The layout of the first row; lists become sub-arrays, with their length in a field of its own."""
    fields: list[tuple[Any, ...]] = []
    for p in element.properties:
        if p.length_dtype is None:
            fields.append((p.name, order + p.dtype))
            at += np.dtype(p.dtype).itemsize
        else:
            length = _length(data, at, order + p.length_dtype)
            fields += [(f"{p.name} length", order + p.length_dtype), (p.name, order + p.dtype, (length,))]
            at += np.dtype(p.length_dtype).itemsize + length * np.dtype(p.dtype).itemsize
    try:
        return np.dtype(fields)
    except ValueError:
        raise _Broken from None  # Two properties of one name, or a list longer than memory.


def _length(data: bytes, at: int, dtype: str) -> int:
    size = np.dtype(dtype).itemsize
    if at + size > len(data) or dtype[1] == "f":
        raise _Broken
    length = int.from_bytes(data[at : at + size], "little" if dtype[0] == "<" else "big", signed=dtype[1] == "i")
    if length < 0 or at + size + length > len(data):
        raise _Broken
    return length


def _walk(data: bytes, at: int, element: _Element, order: str) -> int:
    """The offset behind an element whose rows differ in length."""
    sizes = [
        (np.dtype(p.dtype).itemsize, order + p.length_dtype if p.length_dtype else None) for p in element.properties
    ]
    for _ in range(element.count):
        for size, length_dtype in sizes:
            if length_dtype is None:
                at += size
            else:
                at += np.dtype(length_dtype).itemsize + size * _length(data, at, length_dtype)
        if at > len(data):
            raise _Broken
    return at


def corner_uvs(path: Path) -> npt.NDArray[np.float32] | None:
    """Texture coordinates of each corner of each triangle, (faces, 3, 2), v up; None where the file has none.

    Read from the list property `texcoord` of the faces of binary files made of triangles. Raises AssetError for a
    file that `check_ply` refuses.
    """
    header = read_ply_header(path)
    if header.order == "=":
        return None
    data, at = read_bytes(path), header.data_start
    try:
        for element in header.elements:
            rows, at = _rows(data, at, element, header.order)
            if element.name == "face":
                if rows is None or "texcoord" not in (rows.dtype.names or ()) or rows["texcoord"].shape[1] != 6:
                    return None
                return rows["texcoord"].reshape(-1, 3, 2).astype(np.float32)
    except _Broken:
        raise truncated(path) from None
    return None
