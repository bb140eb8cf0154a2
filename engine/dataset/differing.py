"""Where two values of plain data differ: dicts, lists, texts, numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

_LONGEST = 60


class _Absent:
    """The type of ABSENT."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()
"""Stands for a value that one side does not have."""


@dataclass(frozen=True, slots=True)
class Differing:
    """One place at which two values differ."""

    path: str
    """`render.samples`, `objects[0].class`"""
    left: Any
    right: Any


def differing(path: str, left: Any, right: Any) -> Iterator[Differing]:
    """Every place at which two values differ, below `path`; lists of unlike lengths differ as a whole."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in dict.fromkeys([*left, *right]):
            inner = f"{path}.{key}" if path else str(key)
            yield from differing(inner, left.get(key, ABSENT), right.get(key, ABSENT))
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for number, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from differing(f"{path}[{number}]", one, other)
    elif left != right:
        yield Differing(path, left, right)


def shown(value: Any) -> str:
    """A value as JSON, cut where it is long."""
    if value is ABSENT:
        return "absent"
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
