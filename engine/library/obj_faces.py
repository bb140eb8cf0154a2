"""Whether the faces of a Wavefront OBJ name vertices that exist; the importer leaves out silently those that do not.

All numbers of all face lines are read with numpy, since a large model has tens of millions of them. What looks wrong
that way is read again word by word before it is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

CHUNK_BYTES = 1 << 24

_INDENT = re.compile(rb"(?:(?<=\n)|\A)[ \t]+")
_WORD = re.compile(rb"[-+]?\d+")
_MOST_DIGITS = 18
"""What an int64 holds for certain; longer numbers are cut off there, and still larger than any count of vertices."""

type Bytes = npt.NDArray[np.uint8]
type Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BadFace:
    """A face that names a vertex which is not there."""

    line: int
    """Counted from 1."""
    index: int
    """As written: counted from 1, or backwards from -1."""
    vertices: int
    """How many there are up to that line."""

    def __str__(self) -> str:
        if self.index == 0:
            return f"the face in line {self.line} names vertex 0, but vertices are counted from 1"
        some = {0: "no vertex comes", 1: "only 1 vertex comes"}.get(
            self.vertices, f"only {self.vertices} vertices come"
        )
        return f"the face in line {self.line} names vertex {self.index}, but {some} before it"


def bad_face(path: Path, chunk_bytes: int = CHUNK_BYTES) -> BadFace | None:
    """The first face of the file that names a vertex which is not among those before it, or None.

    The file is read in pieces of about `chunk_bytes`. Raises OSError.
    """
    lines = vertices = 0
    for chunk in _chunks(path, chunk_bytes):
        # Without indents, a line's first two bytes tell what it is. The number of lines stays.
        indented = chunk.startswith((b" ", b"\t")) or b"\n " in chunk or b"\n\t" in chunk
        data = np.frombuffer(_INDENT.sub(b"", chunk) if indented else chunk, np.uint8)
        starts = np.concatenate(([0], np.flatnonzero(data == ord("\n"))[:-1] + 1))
        known = vertices + np.cumsum(_begins_with(data, starts, "v"))
        for line in _suspects(data, starts, _begins_with(data, starts, "f"), known):
            end = starts[line + 1] if line + 1 < len(starts) else len(data)
            for index in _indices(data[starts[line] : end].tobytes()):
                if not 0 < (index if index > 0 else -index) <= known[line]:
                    return BadFace(lines + int(line) + 1, index, int(known[line]))
        lines, vertices = lines + len(starts), int(known[-1])
    return None


def _chunks(path: Path, size: int) -> Iterator[bytes]:
    """The file in pieces that end with a line; a line feed is added where the last line has none."""
    with path.open("rb") as stream:
        while chunk := stream.read(size):
            chunk += stream.readline()
            yield chunk if chunk.endswith(b"\n") else chunk + b"\n"


def _begins_with(data: Bytes, starts: Integers, letter: str) -> npt.NDArray[np.bool_]:
    """Which lines are a statement of one letter. The last byte of `data` is a line feed, so there is always a next."""
    second = data[np.minimum(starts + 1, len(data) - 1)]
    found: npt.NDArray[np.bool_] = (data[starts] == ord(letter)) & ((second == ord(" ")) | (second == ord("\t")))
    return found


def _suspects(data: Bytes, starts: Integers, is_face: npt.NDArray[np.bool_], known: Integers) -> npt.NDArray[np.intp]:
    """The face lines on which a word begins with a number beyond the vertices `known` there, in order."""
    blank = (data == ord(" ")) | (data == ord("\t"))
    words = np.flatnonzero(blank[:-1] & ~blank[1:]) + 1
    lines = np.searchsorted(starts, words, side="right") - 1
    on_face = is_face[lines]
    words, lines = words[on_face], lines[on_face]
    at = words + ((data[words] == ord("-")) | (data[words] == ord("+")))
    values, digits = _numbers(data, at)
    wrong = digits & ((values == 0) | (values > known[lines]))
    return np.unique(lines[wrong])


def _numbers(data: Bytes, at: Integers) -> tuple[Integers, npt.NDArray[np.bool_]]:
    """The decimal numbers (N,) that begin at `at` (N,), and whether there is a digit at all."""
    values = np.zeros(len(at), np.int64)
    has_digit = np.zeros(len(at), np.bool_)
    going = np.arange(len(at))
    for place in range(_MOST_DIGITS):
        digit = data[np.minimum(at[going] + place, len(data) - 1)] - np.uint8(ord("0"))
        is_digit = digit < 10
        going, digit = going[is_digit], digit[is_digit]
        if not len(going):
            break
        values[going] = values[going] * 10 + digit
        has_digit[going] = True
    return values, has_digit


def _indices(line: bytes) -> Iterator[int]:
    """The vertex indices of a face line: the number that each word after the first begins with, up to a comment."""
    for word in line.partition(b"#")[0].split()[1:]:
        if number := _WORD.match(word):
            yield int(number[0])
