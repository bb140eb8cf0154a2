"""`key.path=VALUE`: one setting of a recipe given on the command line."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import RecipeError

_STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*)((?:\[\d+\])*)")


@dataclass(frozen=True, slots=True)
class Override:
    """A setting's path and its new value, as plain data."""

    path: str
    steps: tuple[str | int, ...]
    value: Any

    @classmethod
    def parse(cls, text: str) -> Override:
        """Read `key.path=VALUE`. VALUE is TOML; what is no TOML is taken as a text, so that paths need no quotes.

        Raises:
            RecipeError: there is no `=`, or the path is malformed.
        """
        path, equals, value = text.partition("=")
        path = path.strip()
        if not equals:
            raise RecipeError(f"--set {text}: found no '='; write it as KEY.PATH=VALUE, like render.samples=16.")
        return cls(path, _steps(path, text), _value(value.strip()))

    def covers(self, path: str) -> bool:
        """Whether this override sets what is at `path`: the field itself, or one that holds it."""
        return _is_within(path, self.path)

    def touches(self, path: str) -> bool:
        """Whether this override sets what is at `path`, or a part of it."""
        return _is_within(path, self.path) or _is_within(self.path, path)


def _is_within(path: str, whole: str) -> bool:
    return path == whole or path.startswith((f"{whole}.", f"{whole}["))


def _steps(path: str, text: str) -> tuple[str | int, ...]:
    steps: list[str | int] = []
    for part in path.split("."):
        match = _STEP.fullmatch(part)
        if match is None:
            raise RecipeError(f"--set {text}: '{path}' is no key path; write it like camera.fill or objects[0].model.")
        steps.append(match[1])
        steps.extend(int(number) for number in re.findall(r"\d+", match[2]))
    return tuple(steps)


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def apply_overrides(plain: dict[str, Any], overrides: Sequence[Override]) -> None:
    """Set the overrides in `plain`, in order, making tables and list items as needed.

    Raises:
        RecipeError: a step leads into something that is no table or list, or beyond the end of a list.
    """
    for override in overrides:
        _set(plain, override)


def _set(plain: dict[str, Any], override: Override) -> None:
    here: Any = plain
    for step, following in zip(override.steps, (*override.steps[1:], None), strict=True):
        if following is None:
            _enter(here, step, override, copy.deepcopy(override.value), replace=True)
        else:
            here = _enter(here, step, override, [] if isinstance(following, int) else {})


def _enter(here: Any, step: str | int, override: Override, fresh: Any, *, replace: bool = False) -> Any:
    if isinstance(step, int):
        if not isinstance(here, list) or step > len(here):
            count = len(here) if isinstance(here, list) else 0
            raise RecipeError(f"--set {override.path}: there is no item [{step}]; there are {count}, counted from [0].")
        if step == len(here):
            here.append(fresh)
        elif replace:
            here[step] = fresh
        return here[step]
    if not isinstance(here, dict):
        raise RecipeError(f"--set {override.path}: '{step}' leads nowhere, what is before it is no table.")
    if replace or step not in here:
        here[step] = fresh
    return here[step]
