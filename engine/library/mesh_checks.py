"""Structure checks of the simple mesh formats: Wavefront OBJ and STL."""

from __future__ import annotations

import mmap
import re
import struct
from pathlib import Path

from engine.errors import AssetError
from engine.library.files import (
    MODEL_LIST,
    looks_binary,
    mislabelled,
    no_faces,
    not_finite,
    read_bytes,
    truncated,
)
from engine.library.obj_faces import bad_face

_HEAD = 4096
_OBJ_VERTEX = re.compile(rb"\n[ \t]*v[ \t]")
_HUGE = rb"\+?0*(?:39|[4-9]\d|[1-9]\d\d)"
_NOT_FINITE_HINTS = tuple(
    re.compile(hint)
    # One pattern for each first letter: a literal start makes the search ten times as fast as a set of letters.
    for hint in (rb"n[aA][nN]", rb"N[aA][nN]", rb"i[nN][fF]", rb"I[nN][fF]", rb"e" + _HUGE, rb"E" + _HUGE)
)
_OBJ_NOT_FINITE = re.compile(
    rb"[ \t]*v(?=[ \t])[^#]*[ \t][-+]?(?:[nN][aA][nN]|[iI][nN][fF]|[0-9.]+[eE]" + _HUGE + rb")"
)
"""A vertex with NaN, infinity, or a number beyond single precision: the importer would read it as 0."""
_OBJ_FACE = re.compile(rb"\n[ \t]*f[ \t]")
_STL_COUNT = struct.Struct("<80sI")
_STL_TRIANGLE_BYTES = 50


def check_obj(path: Path) -> None:
    """Raise AssetError unless the file is text in Wavefront syntax, with finite vertices and faces between them."""
    head = read_bytes(path, _HEAD)
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        has_vertex, has_face = bool(_OBJ_VERTEX.search(data)), bool(_OBJ_FACE.search(data))
        finite = _is_finite(data)
    if looks_binary(head) or not (has_vertex or has_face):
        raise mislabelled(path, head, MODEL_LIST)
    if not has_vertex or not has_face:
        raise no_faces(path)
    if not finite:
        raise not_finite(path)
    bad = bad_face(path)
    if bad is not None:
        raise AssetError(f"{path}: {bad}; export the model again.")


def _is_finite(data: mmap.mmap) -> bool:
    """Whether every vertex line of an .obj holds numbers that single precision can hold."""
    for hint in _NOT_FINITE_HINTS:
        for match in hint.finditer(data):
            start = data.rfind(b"\n", 0, match.start()) + 1
            if _OBJ_NOT_FINITE.match(data, start, match.end()):
                return False
    return True


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
