"""Which frames are wanted, and in which order, as people type it: `azimuth>90 class=cup area<500`, `-area`.

A query is words with spaces between, all of which must hold. `NAME OP VALUE` compares (`=`, `!=`, `<`, `<=`, `>`, `>=`;
`~` for "contains"); NAME is a column of the index (`engine.dataset.columns`), `class`, `problem`, or a value drawn from
the recipe by its path or the end of it (`camera.azimuth`, `azimuth`). Conditions on instances must hold for one and the
same instance. A word alone is a class, or a part of a problem or of a drawn text; `truncated`, `occluded`, `unseen` and
`problem` stand for conditions. `!` before a word or a condition asks for frames in which it holds nowhere.
"""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.dataset.columns import INSTANCE_COLUMNS, Columns
from engine.errors import BadInput

type Booleans = npt.NDArray[np.bool_]
type Compare = Callable[[npt.NDArray[np.float64], float], Booleans]

_TERM = re.compile(r"(?P<name>[^=!<>~\s]+?)(?P<op>!=|<=|>=|=|<|>|~)(?P<value>.+)")
_OPERATORS: dict[str, Compare] = {
    "=": lambda values, number: np.isclose(values, number, rtol=1e-6, atol=1e-9),
    "!=": lambda values, number: ~np.isclose(values, number, rtol=1e-6, atol=1e-9) & ~np.isnan(values),
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS: dict[str, tuple[str, str, str]] = {
    "truncated": ("truncation", ">", "0"),
    "occluded": ("visibility", "<", "1"),
    "unseen": ("area", "=", "0"),
}
"""Words that stand for a condition."""


class QueryError(BadInput):
    """A query or an order that means nothing for the dataset at hand."""


@dataclass(frozen=True, slots=True)
class _Condition:
    """Where it holds: in frames (N,) or in instances (M,)."""

    of_instances: bool
    where: Booleans


def matching(columns: Columns, query: str) -> Booleans:
    """(N,): the frames for which a query holds; raises QueryError for one that means nothing."""
    wanted = np.ones(len(columns), np.bool_)
    instances: Booleans | None = None
    for word in query.split():
        negated = word.startswith("!") and len(word) > 1
        condition = _condition(columns, word[1:] if negated else word)
        if negated:
            wanted &= ~_in_frames(columns, condition)
        elif condition.of_instances:
            instances = condition.where if instances is None else instances & condition.where
        else:
            wanted &= condition.where
    if instances is not None:
        wanted &= _in_frames(columns, _Condition(True, instances))
    return wanted


def _in_frames(columns: Columns, condition: _Condition) -> Booleans:
    if not condition.of_instances:
        return condition.where
    found = np.zeros(len(columns), np.bool_)
    found[columns.owner[condition.where]] = True
    return found


def _condition(columns: Columns, word: str) -> _Condition:
    term = _TERM.fullmatch(word)
    if term is None:
        return _bare(columns, word)
    name, op, value = term["name"], term["op"], term["value"]
    if name in ("class", "problem"):
        texts = columns.classes if name == "class" else columns.problems
        return _Condition(name == "class", texts.where(_text_tests(texts.words, op, value)))
    if name in INSTANCE_COLUMNS:
        return _Condition(True, _OPERATORS[_numeric(op, name)](columns.instances[name], _number(value, name)))
    if name in columns.frames:
        return _Condition(False, _OPERATORS[_numeric(op, name)](columns.frames[name], _number(value, name)))
    return _Condition(False, _drawn(columns, name, op, value))


def _bare(columns: Columns, word: str) -> _Condition:
    if word in _WORDS:
        return _condition(columns, "".join(_WORDS[word]))
    if word == "problem":
        return _Condition(False, columns.problems.where([bool(text) for text in columns.problems.words]))
    if any(word.lower() == name.lower() for name in columns.classes.words):
        return _Condition(True, columns.classes.where(_text_tests(columns.classes.words, "=", word)))
    anywhere = columns.problems.where(_text_tests(columns.problems.words, "~", word))
    for texts in columns.words.values():
        anywhere = anywhere | texts.where(_text_tests(texts.words, "~", word))
    owned = _Condition(True, columns.classes.where(_text_tests(columns.classes.words, "~", word)))
    return _Condition(False, anywhere | _in_frames(columns, owned))


def _text_tests(words: Sequence[str], op: str, value: str) -> list[bool]:
    """For each text whether the comparison holds; case does not matter."""
    lowered = value.lower()
    match op:
        case "=":
            return [word.lower() == lowered for word in words]
        case "!=":
            return [word.lower() != lowered for word in words]
        case "~":
            return [lowered in word.lower() for word in words]
    raise QueryError(f"A text is compared by =, != or ~ (contains), not by '{op}'.")


def _drawn(columns: Columns, name: str, op: str, value: str) -> Booleans:
    """Frames in which a drawn value compares so; of values drawn for several objects, any."""
    numbers = [path for path in columns.drawn if is_named(path, name)]
    texts = [path for path in columns.words if is_named(path, name)]
    if not numbers and not texts:
        raise QueryError(_unknown(columns, name))
    found = np.zeros(len(columns), np.bool_)
    for path in texts:
        tests = [
            bool(word) and test
            for word, test in zip(
                columns.words[path].words, _text_tests(columns.words[path].words, op, value), strict=True
            )
        ]
        found |= columns.words[path].where(tests)
    for path in numbers:
        found |= _OPERATORS[_numeric(op, name)](columns.drawn[path], _number(value, name))
    return found


def is_named(path: str, name: str) -> bool:
    """Whether a name is the path of a drawn value, or the end of it; the numbers of objects may be left out."""
    plain = re.sub(r"\[\d+\]", "", path)
    return any(name == full or full.endswith("." + name) for full in (path, plain))


def _numeric(op: str, name: str) -> str:
    if op not in _OPERATORS:
        raise QueryError(f"'{name}' is a number: it is compared by =, !=, <, <=, > or >=, not by '{op}'.")
    return op


def _number(text: str, name: str) -> float:
    try:
        return float(text.removesuffix("°"))
    except ValueError:
        raise QueryError(f"'{name}' is a number, and '{text}' is none.") from None


def names_of(columns: Columns) -> list[str]:
    """Every name that a query may compare, those of the index first."""
    paths = [re.sub(r"\[\d+\]", "", path) for path in [*columns.drawn, *columns.words]]
    return list(dict.fromkeys(["class", "problem", *INSTANCE_COLUMNS, *columns.frames, *paths]))


def _unknown(columns: Columns, name: str) -> str:
    names = names_of(columns)
    ends = [path.rpartition(".")[2] for path in names]
    near = difflib.get_close_matches(name, dict.fromkeys([*names, *ends]), n=1)
    hint = f" Did you mean '{near[0]}'?" if near else " `area`, `class`, `distance` and all drawn values have one."
    return f"Nothing is named '{name}'.{hint}"


def ordered(columns: Columns, order: str) -> npt.NDArray[np.intp]:
    """(N,) rows in the order of a name, `-` before it for descending; frames without a value last.

    Of an instance's number the smallest in the frame counts, descending the largest. Raises QueryError.
    """
    name = order.strip()
    descending = name.startswith("-")
    name = name.lstrip("-+")
    if not name or name == "index":
        rows = np.arange(len(columns))
        return rows[::-1] if descending else rows
    keys = _keys(columns, name, descending)
    # NaN, which sorts last, must stay last the other way round.
    return np.argsort(-keys if descending else keys, kind="stable")


def _keys(columns: Columns, name: str, descending: bool) -> npt.NDArray[np.float64]:
    if name in INSTANCE_COLUMNS:
        return _per_frame(columns, columns.instances[name], descending)
    if name in columns.frames:
        return columns.frames[name]
    if name in ("class", "problem"):
        texts = columns.classes if name == "class" else columns.problems
        ranks = {word: float(place) for place, word in enumerate(sorted(texts.words))} | {"": np.nan}
        values = np.array([*(ranks[word] for word in texts.words), np.nan])[texts.codes]
        return _per_frame(columns, values, descending) if name == "class" else values
    paths = [path for path in columns.drawn if is_named(path, name)]
    if paths:
        stacked = np.vstack([columns.drawn[path] for path in paths])
        filled = np.where(np.isnan(stacked), -np.inf if descending else np.inf, stacked)
        best = filled.max(axis=0) if descending else filled.min(axis=0)
        return np.where(np.isfinite(best), best, np.nan)
    for path, texts in columns.words.items():
        if is_named(path, name):
            ranks = {word: float(place) for place, word in enumerate(sorted(texts.words))} | {"": np.nan}
            return np.array([*(ranks[word] for word in texts.words), np.nan])[texts.codes]
    raise QueryError(_unknown(columns, name))


def _per_frame(columns: Columns, values: npt.NDArray[np.float64], largest: bool) -> npt.NDArray[np.float64]:
    """(N,): the smallest, or largest, of the instances' numbers; NaN where a frame has none."""
    known = ~np.isnan(values)
    best = np.full(len(columns), -np.inf if largest else np.inf)
    (np.maximum if largest else np.minimum).at(best, columns.owner[known], values[known])
    return np.where(np.isfinite(best), best, np.nan)
