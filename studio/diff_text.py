"""The outcome of comparing two datasets, in lines for people: the sum of it first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from engine.annotate.record import Rle
from engine.dataset.diff import DETAILED
from engine.dataset.differing import ABSENT, Differing, shown
from studio.units import digits, grouped

if TYPE_CHECKING:
    from engine.dataset.diff import DatasetDiff, FieldDifference
    from engine.dataset.diff_pixels import PixelDifference

MOST = 20
"""Lines of a kind that are printed."""


def lines(left: Path, right: Path, found: DatasetDiff, apart: Sequence[PixelDifference] | None) -> Iterator[str]:
    """What was found, line by line."""
    if found.same and not apart:
        yield f"The same: {count(found.common, 'frame')}{'' if apart is None else ', pixels too'}."
    else:
        yield f"A {left} and B {right} differ: {'; '.join(_sums(found, apart or ()))}."
    yield from _block("Made from", [_pair(one) for one in found.made_from])
    yield from _block("Of no effect on pixels", [_pair(one) for one in found.notes])
    frames = [("only in A", found.only_left), ("only in B", found.only_right)]
    yield from _block("Frames", [f"{where}: {ranges(indices)}" for where, indices in frames if indices])
    hashes = [f"{_picture(name)}: {ranges(indices)}" for name, indices in found.files.items()]
    yield from _block("Frames whose pixels differ, by their hashes", hashes)
    yield from _block("Pixels", [_measure(one) for one in _farthest(apart or ())])
    yield from _block("Fields of records", [_field(path, known) for path, known in found.fields.items()])
    if found.undetailed:
        yield f"  {count(found.undetailed, 'frame')} more than the first {grouped(DETAILED)} were not taken apart."
    yield from _block("Not readable", [f"frame {index}: {text}" for index, text in found.unreadable.items()])


def _sums(found: DatasetDiff, apart: Sequence[PixelDifference]) -> Iterator[str]:
    if found.made_from:
        yield count(len(found.made_from), "setting")
    for where, indices in (("A", found.only_left), ("B", found.only_right)):
        if indices:
            yield f"{count(len(indices), 'frame')} only in {where}"
    for name, indices in found.files.items():
        yield f"{_picture(name)} of {_of_common(len(indices), found)}"
    if apart:
        yield f"files of {_of_common(len({one.frame for one in apart}), found)}, as read"
    if found.records:
        yield f"records of {_of_common(len(found.records), found)}"
    if found.unreadable:
        yield f"{count(len(found.unreadable), 'frame')} not readable"


def _of_common(number: int, found: DatasetDiff) -> str:
    return f"{grouped(number)} of {grouped(found.common)} common frames"


def count(number: int, thing: str) -> str:
    """`1 frame`, `2 frames`"""
    return f"{grouped(number)} {thing}" if number == 1 else f"{grouped(number)} {thing}s"


def _picture(name: str) -> str:
    return "pictures" if name == "image" else f"'{name}'"


def _block(title: str, items: Sequence[str]) -> Iterator[str]:
    if not items:
        return
    yield ""
    yield f"{title}:"
    for item in items[:MOST]:
        yield f"  {item}"
    if len(items) > MOST:
        yield f"  and {grouped(len(items) - MOST)} more; --json has all"


def _pair(one: Differing) -> str:
    return f"{one.path}: {_value(one.left)} in A, {_value(one.right)} in B"


def _value(value: object) -> str:
    if isinstance(value, Rle):
        return f"a mask of {value.size[1]} x {value.size[0]}"
    if isinstance(value, float):
        return f"{value:.6g}"
    return "nothing" if value is ABSENT else shown(value)


def _field(path: str, known: FieldDifference) -> str:
    text = f"{path}: {count(len(known.frames), 'frame')}"
    one = known.example
    if one is None or (one.left is ABSENT and one.right is ABSENT):
        return f"{text} ({ranges(known.frames)})"
    if isinstance(one.left, Rle) and known.largest is not None:
        return f"{text}, at most {count(int(known.largest), 'pixel')} (frame {known.example_frame}: {one.path})"
    most = f", at most {digits(known.largest)}" if known.largest is not None else ""
    return f"{text}{most} (frame {known.example_frame}: {_pair(one)})"


def _farthest(apart: Sequence[PixelDifference]) -> list[PixelDifference]:
    return sorted(apart, key=lambda one: (not one.problem, -one.mean))


def _measure(one: PixelDifference) -> str:
    what = f"frame {one.frame}, {'picture' if one.name == 'image' else one.name}"
    if one.problem:
        return f"{what}: {one.problem}"
    share = f"{one.share:.2%} of the pixels differ"
    return f"{what}: {share}, by {digits(one.largest)} at most and {digits(one.mean)} in the mean"


def ranges(indices: Sequence[int], most: int = 8) -> str:
    """Ascending numbers as `0-99, 120`, cut after so many parts."""
    breaks = [place + 1 for place, (one, other) in enumerate(pairwise(indices)) if other != one + 1]
    parts = []
    for start, end in zip([0, *breaks], [*breaks, len(indices)], strict=True):
        first, last = indices[start], indices[end - 1]
        parts.append(str(first) if first == last else f"{first}-{last}")
    return ", ".join(parts[:most]) + (", ..." if len(parts) > most else "")
