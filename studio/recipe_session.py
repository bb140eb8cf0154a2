"""The recipe being edited: its document, its history, the file that it came from. Nothing typed is ever lost."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.errors import RecipeError
from engine.files import reason, write_atomically
from engine.recipe.document import RecipeDocument
from engine.recipe.model import Recipe
from engine.recipe.output import QUALITY, QUALITY_SETTINGS

type FileState = Literal["same", "changed", "gone"]

type Trouble = Literal["", "gone", "unreadable", "broken", "changed"]
"""What keeps a file and the changes made to it here apart, until somebody does something about it."""

HISTORY = 500
"""Steps that can be undone."""

TOGETHER = 1.0
"""Seconds within which changes of one setting are one step."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Changes of a file that were not saved."""

    base: str
    """The file's content that they began with."""
    text: str


class RecipeSession:
    """One recipe file and the changes made to it."""

    def __init__(self, file: Path, draft: Draft | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Open a file; with a draft, take up the changes in it again.

        Raises:
            RecipeError: the file cannot be read or is no TOML, and there is no draft.
        """
        self.file = file
        self._clock = clock
        self._undo: list[str] = []
        self._redo: list[str] = []
        self._last_change = ("", -TOGETHER)
        if draft is None:
            self.base = read_recipe(file)
            self.document = RecipeDocument(self.base, file.name, file.parent)
        else:
            self.base = draft.base
            self.document = RecipeDocument(draft.text, file.name, file.parent)
        self._saved = self._document_or_empty(self.base)

    def _document_or_empty(self, text: str) -> RecipeDocument:
        try:
            return RecipeDocument(text, self.file.name, self.file.parent)
        except RecipeError:
            return RecipeDocument("", self.file.name, self.file.parent)

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.file.stem

    @property
    def is_preset(self) -> bool:
        """Whether it ships with the program: such a file is never written."""
        import presets

        return self.file.parent.resolve() == Path(presets.__file__).parent.resolve()

    @property
    def text(self) -> str:
        """What would be saved."""
        return self.document.text

    @property
    def is_modified(self) -> bool:
        """Whether there are changes that were not saved."""
        return self.text != self.base

    @property
    def draft(self) -> Draft | None:
        """The changes that were not saved."""
        return Draft(self.base, self.text) if self.is_modified else None

    # Reading

    def recipe(self) -> Recipe:
        """What the document says now; raises RecipeError where that is wrong."""
        return self.document.recipe()

    def saved_recipe(self) -> Recipe:
        """What the file said when it was last read or written; raises RecipeError where that is wrong."""
        return self._saved.recipe()

    def objects(self) -> int:
        """How many kinds of object there are."""
        written = self.document.get("objects")
        return max(len(written), 1) if isinstance(written, list) else 1

    def lists(self) -> dict[str, int]:
        """How many items the other lists of tables have, like `lights`."""
        from engine.recipe.schema import lists

        written = {name: self.document.get(name) for name in lists() if name != "objects"}
        return {name: len(value) for name, value in written.items() if isinstance(value, list)}

    def quality(self) -> str:
        """What is written as `render.quality`, be it one that there is or not; an empty text where nothing is."""
        written = self.document.get(QUALITY)
        return written if isinstance(written, str) else ""

    def is_changed(self, path: str) -> bool:
        """Whether a setting differs from the file's."""
        return bool(self.document.get(path) != self._saved.get(path))

    def saved_value(self, path: str) -> Any:
        """The plain value of a setting in the file; None where it is not written there."""
        return self._saved.get(path)

    def diff(self, other: str | None = None) -> list[str]:
        """Lines of a unified diff from the file (or another text) to what is edited."""
        before = self.base if other is None else other
        return list(
            difflib.unified_diff(
                before.splitlines(), self.text.splitlines(), f"{self.file.name} (file)", f"{self.file.name} (here)",
                lineterm="",
            )
        )  # fmt: skip

    # Changing

    def change(self, path: str, value: Any) -> None:
        """Write a plain value; changes of one setting in quick succession are undone together. What a quality stands
        for is no longer written once another one is chosen."""

        def write() -> None:
            for name in QUALITY_SETTINGS if path == QUALITY else ():
                self.document.remove(f"render.{name}")
            self.document.set(path, value)

        self._step(path, write)

    def reset(self, path: str) -> None:
        """Take a setting out of the file, so that its default holds."""
        self._step(f"reset {path}", lambda: self.document.remove(path))

    def add_item(self, name: str) -> str:
        """Add one more table to a list like `objects` or `lights`; the path of its first setting."""
        from engine.recipe.schema import lists, settings

        first = next(setting for setting in settings() if setting.path.startswith(f"{name}[i]."))
        key = first.path.partition("].")[2]
        self._step("", lambda: self.document.add_item(name, {key: first.default}, lists()[name]))
        return f"{name}[{len(self.document.get(name)) - 1}].{key}"

    def remove_item(self, name: str, index: int) -> bool:
        """Take a table out of a list; False where the recipe needs it."""
        from engine.recipe.schema import lists

        if len(self.document.get(name) or ()) <= lists()[name]:
            return False
        self._step("", lambda: self.document.remove(f"{name}[{index}]"))
        return True

    def use(self, objects: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]) -> None:
        """Let the recipe have these objects, if any, and these values of settings, by path; undone as one."""

        def use() -> None:
            if objects:
                self._use_objects(objects)
            for path, value in settings.items():
                self.document.set(path, value)

        self._step("", use)

    def _use_objects(self, tables: Sequence[Mapping[str, Any]]) -> None:
        """Objects that are there take the values over, others come and go."""
        for index in range(self.objects() - 1, len(tables) - 1, -1):
            self.document.remove(f"objects[{index}]")
        for index, table in enumerate(tables):
            if index < self.objects():
                for key, value in table.items():
                    self.document.set(f"objects[{index}].{key}", value)
            else:
                self.document.add_item("objects", table, 1)

    def revert(self) -> None:
        """Go back to what the file says; that can be undone."""
        self.replace(self.base)

    def replace(self, text: str) -> None:
        """Put another text in the place of all; that can be undone. Raises RecipeError where it is no TOML."""
        document = RecipeDocument(text, self.file.name, self.file.parent)

        def put() -> None:
            self.document = document

        self._step("", put)

    def _step(self, what: str, act: Callable[[], object]) -> None:
        before = self.text
        act()
        if self.text == before:
            return
        last, moment = self._last_change
        if not (what and what == last and self._clock() - moment < TOGETHER and self._undo):
            self._undo = [*self._undo[-HISTORY:], before]
        self._last_change = (what, self._clock())
        self._redo = []

    def undo(self) -> bool:
        """Take the last step back; False where there is none."""
        return self._travel(self._undo, self._redo)

    def redo(self) -> bool:
        """Take the last step that was undone again; False where there is none."""
        return self._travel(self._redo, self._undo)

    def _travel(self, source: list[str], target: list[str]) -> bool:
        if not source:
            return False
        target.append(self.text)
        self.document = RecipeDocument(source.pop(), self.file.name, self.file.parent)
        self._last_change = ("", -TOGETHER)
        return True

    # The file

    def file_state(self) -> FileState:
        """Whether the file is still what it was when it was last read or written."""
        try:
            return "same" if read_recipe(self.file) == self.base else "changed"
        except RecipeError:
            return "gone"

    def trouble(self) -> Trouble:
        """What is wrong with the file on disk; `changed` where it and what is edited here have both changed."""
        if self.is_preset:
            return ""
        try:
            text = read_recipe(self.file)
        except RecipeError:
            return "unreadable" if self.file.exists() else "gone" if self.base else ""
        try:
            RecipeDocument(text, self.file.name, self.file.parent)
        except RecipeError:
            return "broken"
        return "changed" if text != self.base and self.is_modified else ""

    def text_on_disk(self) -> str:
        """The file's content now, whatever it is; what it was where it cannot be read."""
        try:
            return self.file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return self.base

    def save(self) -> None:
        """Write the file; raises RecipeError where that fails. Whether somebody else changed it was asked before."""
        text = self.text
        write_recipe(self.file, text)
        self._is_saved(text)

    def save_as(self, file: Path) -> None:
        """Write another file and go on with it; its models and HDRIs stay the same ones.

        Raises:
            RecipeError: it exists or cannot be written, or the models cannot be named because a setting is wrong.
        """
        from engine.recipe.edit import name_assets_from

        if file.suffix != ".toml":
            raise RecipeError(f"{file.name}: a recipe's file name ends in .toml; try {file.name}.toml.")
        if file.exists():
            raise RecipeError(f"{file.name}: there is a file of this name already; choose another.")
        document = RecipeDocument(self.text, self.file.name, self.file.parent)
        if file.parent.resolve() != self.file.parent.resolve():
            name_assets_from(document, self.recipe(), file.parent.resolve())
        write_recipe(file, document.text)
        self.file = file
        self.document = RecipeDocument(document.text, file.name, file.parent)
        self._is_saved(document.text)

    def take_file(self) -> None:
        """Go on with what the file says now; what was edited can be had back by undo.

        Raises:
            RecipeError: it cannot be read or is no TOML; nothing has changed then.
        """
        text = read_recipe(self.file)
        self.replace(text)
        self._is_saved(text)

    def keep_mine(self) -> None:
        """Go on with what is edited though the file changed: from now on it differs from the file's new content."""
        self._is_saved(read_recipe(self.file))

    def _is_saved(self, text: str) -> None:
        self.base = text
        self._saved = self._document_or_empty(text)


def read_recipe(file: Path) -> str:
    """The text of a recipe file; raises RecipeError where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise RecipeError(f"{file}: the file cannot be read: {reason(error)}.") from None
    except UnicodeDecodeError:
        raise RecipeError(f"{file}: the file is no text in UTF-8; a recipe is a .toml file.") from None


def write_recipe(file: Path, text: str) -> None:
    """Write a recipe file, whole or not at all; raises RecipeError where it cannot be written."""
    try:
        write_atomically(file, text.encode())
    except OSError as error:
        raise RecipeError(f"{file}: the file cannot be written: {reason(error)}.") from None
