"""A recipe file being edited: one setting after the other is changed, and comments, order and layout stay."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Item, Table

from engine.errors import RecipeError
from engine.recipe.load import recipe_in_folder
from engine.recipe.model import Recipe

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


class RecipeDocument:
    """The text of a recipe and what it says. It may be wrong for a while: only `recipe` minds."""

    def __init__(self, text: str, name: str, folder: Path) -> None:
        """`name` is the file's in errors; paths in the recipe are relative to `folder`.

        Raises:
            RecipeError: the text is no TOML.
        """
        self.name, self.folder = name, folder
        self._document = _parsed(text, name)
        self._read = text
        self._text: str | None = text
        self._plain: dict[str, Any] | None = None

    @property
    def text(self) -> str:
        """The file's content."""
        if self._text is None:
            text = tomlkit.dumps(self._document)
            self._text = text if text == self._read else text.strip("\n") + "\n"
        return self._text

    def plain(self) -> dict[str, Any]:
        """What is written, as dicts, lists, numbers and texts; a copy."""
        return copy.deepcopy(self._unwrapped())

    def _unwrapped(self) -> dict[str, Any]:
        if self._plain is None:
            self._plain = self._document.unwrap()
        return self._plain

    def _forget(self) -> None:
        """The document changed: what was made of it holds no longer."""
        self._text = self._plain = None

    def recipe(self) -> Recipe:
        """What the document says.

        Raises:
            RecipeError: a setting is wrong; a `FieldError` names its path.
        """
        return recipe_in_folder(self._unwrapped(), self.name, self.folder)

    def get(self, path: str) -> Any:
        """The plain value at a path like `camera.fill` or `objects[0].count`; None where nothing is written."""
        here: Any = self._unwrapped()
        for step in steps_of(path):
            if isinstance(step, int):
                if not isinstance(here, list) or step >= len(here):
                    return None
                here = here[step]
            elif isinstance(here, Mapping) and step in here:
                here = here[step]
            else:
                return None
        return copy.deepcopy(here)

    def set(self, path: str, value: Any) -> None:
        """Write a plain value at a path; tables that are missing on the way are made."""
        *way, last = steps_of(path)
        self._forget()
        try:
            table, fresh = self._walk(way)
        except (TypeError, IndexError):
            table, fresh = None, False
        if not isinstance(table, Mapping):
            raise RecipeError(f"{path}: this leads into something that is no table of settings.")
        table[last] = toml_item(value)  # type: ignore[index]  # tables of tomlkit are mutable, and keep comments
        if fresh:
            table.add(tomlkit.nl())  # type: ignore[attr-defined]  # a blank line before what follows
            self._reread()

    def remove(self, path: str) -> None:
        """Take a setting out, so that its default holds; nothing happens where it is not written."""
        *way, last = steps_of(path)
        self._forget()
        here: Any = self._document
        for step in way:
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                return
        if isinstance(here, list) and isinstance(last, int) and last < len(here):
            del here[last]
        elif isinstance(here, Mapping) and last in here:
            del here[last]  # type: ignore[attr-defined]  # tables of tomlkit are mutable

    def add_item(self, name: str, plain: Mapping[str, Any], meant: int = 0) -> int:
        """Append one more table to the list `name`, like `[[objects]]`; its index.

        Where the list is not written, the `meant` tables that hold without it are written first.
        """
        self._forget()
        items = self._document.get(name)
        if not isinstance(items, AoT):
            written = self.get(name)
            items = tomlkit.aot()
            for item in written if isinstance(written, list) else [{}] * meant:
                items.append(_table(item))
            self._document[name] = items
        items.append(_table(plain))
        items[-1].add(tomlkit.nl())
        count = len(items)
        self._reread()
        return count - 1

    def _reread(self) -> None:
        """Let tomlkit see blank lines as parsed ones, before which it puts new settings."""
        self._forget()
        self._document = _parsed(self.text, self.name)

    def _walk(self, way: Sequence[str | int]) -> tuple[Any, bool]:
        """What is at the end of a way, and whether it had to be made."""
        here: Any = self._document
        made = False
        for step, following in zip(way, [*way, ""][1:], strict=True):
            if isinstance(step, int):
                while isinstance(here, AoT) and step >= len(here):
                    here.append(tomlkit.table())
                    made = True
                here = here[step]
                continue
            if step not in here:
                made = True
                if here is self._document and not tomlkit.dumps(here).endswith("\n\n"):
                    here.add(tomlkit.nl())
                here[step] = tomlkit.aot() if isinstance(following, int) else tomlkit.table()
            here = here[step]
        return here, made


def _table(plain: Mapping[str, Any]) -> Table:
    table = tomlkit.table()
    for key, value in plain.items():
        table[key] = toml_item(value)
    return table


def _parsed(text: str, name: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise RecipeError(f"{name}: this is not valid TOML: {error}.") from None


def toml_item(value: Any) -> Item:
    """Plain data as TOML on one line, laid out as in the presets."""
    return cast("Item", tomlkit.parse(f"value = {_written(value)}\n").item("value"))


def _written(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case Mapping():
            return "{ " + ", ".join(f"{key} = {_written(inner)}" for key, inner in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(map(_written, value)) + "]"
        case str():
            return tomlkit.string(value).as_string()
        case float() if value == int(value) and abs(value) < 1e15:
            return str(int(value))
        case _:
            return repr(value)


@lru_cache(1024)
def steps_of(path: str) -> tuple[str | int, ...]:
    """`objects[0].paint.hue` as `("objects", 0, "paint", "hue")`."""
    return tuple(int(number) if number else name for name, number in _STEP.findall(path))
