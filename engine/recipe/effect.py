"""Settings that have an effect only where another one says so, like the colours of a ground that there may not be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ABSENT = "absent"
"""Stands in a condition for a setting that is left out."""

_CLAUSE = re.compile(r"(\w+) (=|!=) (.+)")


@dataclass(frozen=True, slots=True)
class Condition:
    """What another setting must be able to yield."""

    path: str
    """Key path of the other setting; `objects[i]` is the same object's."""
    values: tuple[str, ...]
    among: bool
    """Whether it must be one of `values`, or something else than those."""

    def holds(self, value: Any) -> bool:
        """Whether a plain value (a constant, a distribution's table, or None) can yield what is wanted."""
        if isinstance(value, dict) and "choice" in value:
            weights = value.get("weights") or [1] * len(value["choice"])
            return any(self._takes(item) for item, weight in zip(value["choice"], weights, strict=False) if weight)
        if isinstance(value, dict):  # a range holds more than a few values
            return not self.among or any(_number(text) is not None for text in self.values)
        return self._takes(value)

    def _takes(self, value: Any) -> bool:
        number = None if isinstance(value, str | bool) else value
        found = any(_number(text) == number if number is not None else text == _word(value) for text in self.values)
        return found == self.among


def conditions(applies: str, prefix: str) -> tuple[Condition, ...]:
    """Parse `look = textured | imperfect and model = cup`; its names are those behind `prefix`, like `objects[i].`.

    Raises:
        ValueError: it is written in another way.
    """
    found = []
    for clause in applies.split(" and ") if applies else []:
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            raise ValueError(f"{clause!r} is not written as `name = value | value` or `name != value`")
        found.append(Condition(prefix + match[1], tuple(match[3].split(" | ")), match[2] == "="))
    return tuple(found)


def why_no_effect(path: str, wanted: tuple[Condition, ...], value: Callable[[str], Any]) -> str:
    """Why the setting at `path` changes nothing now, like `ground.kind is none`; an empty text where it may.

    `value` has the plain value of any setting, its default included; None where it is left out.
    """
    index = re.search(r"\[(\d+)\]", path)
    for condition in wanted:
        other = condition.path.replace("[i]", index[0]) if index else condition.path
        now = value(other)
        if not condition.holds(now):
            return f"{other} is {_shown(now)}"
    return ""


def _shown(value: Any) -> str:
    if isinstance(value, dict) and "choice" in value:
        return " or ".join(map(_word, value["choice"]))
    return "a range" if isinstance(value, dict) else "not set" if value is None else _word(value)


def _word(value: Any) -> str:
    if value is None:
        return ABSENT
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
