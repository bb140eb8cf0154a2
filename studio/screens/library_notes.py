"""Asking for the class, scale and tags of assets on the Library screen, and keeping the answers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
from textual.screen import Screen

from engine.errors import AssetError
from engine.library.assets import Asset, Notes
from engine.library.notes import clean_tags, save_notes
from widgets.prompt_bar import PromptBar

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.screens.library_grid import AssetGrid


class NoteQuestions(Screen[None]):
    """For a screen with a PromptBar that has `chosen` assets and can `look` again."""

    if TYPE_CHECKING:
        grid: AssetGrid

        @property
        def chosen(self) -> list[Asset]: ...

    def action_tags(self) -> None:
        assets = self.chosen
        if not assets:
            return
        shared = set.intersection(*(set(asset.notes.tags) for asset in assets))
        start = ", ".join(sorted(shared)) + (", " if shared else "")
        self.query_one(PromptBar).ask("tags", self._label("tags", assets), start, "with commas; -tag takes one away")

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
        try:
            self._change(assets, lambda asset: "texture" if asset.kind == "backdrop" else "backdrop", "kind")
        except (AssetError, OSError) as error:
            self.notify(str(error), severity="error", markup=False)

    def answer_note(self, question: str, text: str) -> None:
        """Keep what was typed for the chosen assets.

        Raises:
            AssetError: it is not what belongs there, or a file of notes is not valid.
            StorageError: it cannot be written.
        """
        if question == "tags":
            words = [word.strip() for word in text.split(",")]
            away = set(clean_tags([word[1:] for word in words if word.startswith("-")]))
            new = clean_tags([word for word in words if not word.startswith("-")])
            assets = self.chosen
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
        changes: dict[str, tuple[Asset, Notes]] = {}
        for asset in assets:
            notes = msgspec.structs.replace(asset.notes, **{field: value(asset)})
            if notes != asset.notes:
                changes[asset.key] = (asset, notes)
        if changes:
            files = save_notes(changes)
            names = ", ".join(str(file) for file in files[:2])
            self.notify(f"Kept for {len(changes)} in {names}.", markup=False)
            self.grid.look()

    def _models(self) -> list[Asset]:
        models = [asset for asset in self.chosen if asset.kind == "model"]
        if not models and self.chosen:
            self.notify("Only models have a class and a scale.", severity="warning")
        return models

    @staticmethod
    def _label(what: str, assets: list[Asset]) -> str:
        return f"{what} of {assets[0].name}" if len(assets) == 1 else f"{what} of {len(assets)} assets"


def _factor(text: str) -> float:
    """The scale that was typed. Raises AssetError."""
    try:
        factor = float(text.replace(",", ".").lstrip("×x* ")) if text else 1.0
    except ValueError:
        factor = math.nan
    if not (math.isfinite(factor) and factor > 0):
        raise AssetError(f"“{text}” is no scale; type a number above 0, like 0.01.")
    return factor
