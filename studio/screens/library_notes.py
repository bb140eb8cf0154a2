"""Asking for the class, scale and tags of assets on the Library screen, and keeping the answers."""

from __future__ import annotations

import math
import threading
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from textual import on, work
from textual.screen import Screen

from engine.errors import AssetError, StudioError
from engine.library.assets import Asset, Notes
from engine.library.notes import clean_tags, notes_place, personal_file, save_notes
from studio.library_notes import Changes, changed, is_scale
from studio.library_text import short
from studio.screens.library_grid import AssetGrid
from widgets.prompt_bar import PromptBar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class NoteQuestions(Screen[None]):
    """For a screen with a PromptBar that has `chosen` assets and can `look` again."""

    _keeping = threading.Lock()
    """One writes at a time: notes are read, changed and written."""

    def __init__(self) -> None:
        super().__init__()
        self._unsaved: dict[str, Notes] = {}

    if TYPE_CHECKING:
        grid: AssetGrid

        @property
        def readonly(self) -> bool: ...

        @property
        def chosen(self) -> list[Asset]: ...

    def action_tags(self) -> None:
        assets = self._as_noted(self.chosen)
        if not assets:
            return
        shared = set.intersection(*(set(asset.notes.tags) for asset in assets))
        start = ", ".join(sorted(shared)) + (", " if shared else "")
        note = f"with commas; -tag takes one away; {kept_in(assets)}"
        self.query_one(PromptBar).ask("tags", self._label("tags", assets), start, note)

    def action_class(self) -> None:
        assets = self._models()
        if assets:
            names = {asset.notes.class_name for asset in assets}
            start = names.pop() if len(names) == 1 else ""
            self.query_one(PromptBar).ask("class", self._label("class", assets), start, "empty: the file's name")

    def action_scale(self) -> None:
        assets = self._models()
        if assets:
            scales = {asset.notes.scale for asset in assets}
            start = f"{scales.pop():g}" if len(scales) == 1 else ""
            note = "1: as in the file; 0.01: its numbers are cm"
            self.query_one(PromptBar).ask("scale", self._label("scale", assets), start, note)

    def action_backdrop(self) -> None:
        assets = [asset for asset in self.chosen if asset.kind in ("texture", "backdrop")]
        if not assets:
            self.notify("Only pictures can be backdrops; models and HDRIs cannot.", severity="warning")
            return
        self._change(assets, lambda asset: "texture" if asset.kind == "backdrop" else "backdrop", "kind")

    def answer_note(self, question: str, text: str) -> None:
        """Keep what was typed for the chosen assets.

        Raises:
            AssetError: it is not what belongs there.
        """
        if question == "tags":
            words = [word.strip() for word in text.split(",")]
            away = set(clean_tags([word[1:] for word in words if word.startswith("-")]))
            new = clean_tags([word for word in words if not word.startswith("-")])
            assets = self._as_noted(self.chosen)
            shared = set.intersection(*(set(asset.notes.tags) for asset in assets)) if assets else set()
            # What all had and is no longer there was deleted by hand.
            away |= shared - set(new)
            self._change(assets, lambda asset: clean_tags([*({*asset.notes.tags, *new} - away)]), "tags")
        elif question == "class":
            self._change(self._models(), lambda _: text, "class_name")
        elif question == "scale":
            factor = _factor(text)
            self._change(self._models(), lambda _: factor, "scale")

    def _change(self, assets: list[Asset], value: Callable[[Asset], object], field: str) -> None:
        """Keep it in a thread: files with notes on thousands of assets take a while."""
        changes = changed(self._as_noted(assets), field, value)
        if changes and not self.readonly:
            self._unsaved |= {key: notes for key, (_, notes) in changes.items()}
            self._keep(changes)

    @work(thread=True, group="notes", exit_on_error=False)
    def _keep(self, changes: Changes) -> None:
        tell = partial(self.app.call_from_thread, self.notify, markup=False)
        with self._keeping:
            try:
                files = save_notes(changes)
            except (StudioError, OSError) as error:
                tell(str(error), severity="error")
                self.app.call_from_thread(self._forget_unsaved, changes)
                return
        names = ", ".join(str(file) for file in files[:2]) + (f" and {len(files) - 2} more" if files[2:] else "")
        tell(f"Kept for {len(changes):,} in {names}.")
        self.app.call_from_thread(self.grid.look)

    def _as_noted(self, assets: list[Asset]) -> list[Asset]:
        """With notes that were given a moment ago, and that no look into the folders has found yet."""
        return [msgspec.structs.replace(item, notes=self._unsaved.get(item.key, item.notes)) for item in assets]

    def _forget_unsaved(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._unsaved.pop(key, None)

    @on(AssetGrid.Looked)
    def _found_notes(self) -> None:
        """What was found is no longer unsaved."""
        by_key = self.grid.view.catalog.by_key
        found = [key for key, notes in self._unsaved.items() if key not in by_key or by_key[key].notes == notes]
        self._forget_unsaved(found)

    def _models(self) -> list[Asset]:
        models = [asset for asset in self._as_noted(self.chosen) if asset.kind == "model"]
        if not models and self.chosen:
            self.notify("Only models have a class and a scale.", severity="warning")
        return models

    @staticmethod
    def _label(what: str, assets: list[Asset]) -> str:
        return f"{what} of {assets[0].name}" if len(assets) == 1 else f"{what} of {len(assets)} assets"


def kept_in(assets: list[Asset]) -> str:
    """In which file notes on these assets are kept, and why where that is not the one beside them."""
    files = {notes_place(asset)[0] for asset in assets}
    if len(files) > 1:
        return f"kept in {len(files)} files, such as {short(min(files))}"
    refused = personal_file() in files and not all(asset.is_builtin for asset in assets)
    return f"{'the folder cannot be written, ' * refused}kept in {short(min(files))}"


def _factor(text: str) -> float:
    """The scale that was typed. Raises AssetError."""
    try:
        factor = float(text.replace(",", ".").lstrip("×x* ")) if text else 1.0
    except ValueError:
        factor = math.nan
    if not is_scale(factor):
        raise AssetError(f"“{text}” is no scale; type a number above 0, like 0.01.")
    return factor
