"""Choosing assets of the library for a setting of a recipe, by their pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from engine.library.assets import CUP_KEY, Asset, Kind
from engine.thumbnails.facts import BrokenFacts
from studio.actions import bindings
from studio.asset_choice import AssetChoice
from studio.library_recipe import one_of_each_set
from studio.library_text import one_line
from studio.library_view import TITLES, Catalog
from studio.screens.library_grid import AssetGrid
from widgets.prompt_bar import PromptBar
from widgets.thumbnail_grid import ThumbnailGrid


class PickerGrid(AssetGrid):
    """Assets of one kind; the cup once, since a recipe says its look elsewhere, and one picture of each texture."""

    def __init__(self, kind: Kind, waits: Callable[[], bool]) -> None:
        super().__init__(waits, id="picker-grid")
        self.view.kind = kind

    def catalog_of(self, assets: Sequence[Asset]) -> Catalog:
        kept = [asset for asset in assets if asset.kind == self.view.kind]
        if self.view.kind == "texture":
            return Catalog(one_of_each_set(kept))
        cups = [asset for asset in kept if asset.key.startswith(CUP_KEY)]
        return Catalog([asset for asset in kept if asset not in cups[1:]])

    @property
    def empty_text(self) -> str:
        if not self.scanned:
            return "Looking …"
        if self.view.text:
            return "Nothing contains this: Esc clears the filter."
        kind = "pictures named like wood_diff_1k.jpg" if self.view.kind == "texture" else TITLES[self.view.kind].lower()
        return f"No {kind} yet: add a folder on the Library screen."


class AssetPicker(ModalScreen[list[str] | None]):
    """Shows the library's assets of a kind. Dismissed with what the setting is to name, or None for no change.

    An entry of the setting that stands for several assets, like a folder, stays while all of them are chosen; with
    `many`, entries that the library does not know stay too.
    """

    CSS_PATH = "../styles/library.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("picker")]
    SCOPES: ClassVar[tuple[str, ...]] = ("picker", "grid", "app")
    AUTO_FOCUS = "#picker-grid"

    def __init__(
        self,
        kind: Kind,
        chosen: Sequence[str] = (),
        many: bool = False,
        *,
        folder: Path | None = None,
        waits: Callable[[], bool] = lambda: False,
    ) -> None:
        """Made for one setting.

        Args:
            kind: what is offered.
            chosen: what the setting names now: paths, `cup`, `builtin:NAME`, and for HDRIs folders and `builtin`.
            many: whether several may be chosen; then they are marked.
            folder: where relative paths begin; the current folder when left out.
            waits: whether a preview waits for the processor: meanwhile no pictures are made.
        """
        super().__init__()
        self.grid = PickerGrid(kind, waits)
        self.grid.wanted = lambda: self._choice.keys
        self._kind, self._entries, self._many = kind, tuple(chosen), many
        self._folder = folder or Path.cwd()
        self._touched = False

    def compose(self) -> ComposeResult:
        with Vertical(id="picker") as box:
            box.border_title = f"{TITLES[self._kind]} of the library"
            yield self.grid
            yield Static(id="picker-note", markup=False)
            yield PromptBar()

    def on_mount(self) -> None:
        self.grid.look()
        self._say()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < 100 or event.size.height < 30, "-small")

    @property
    def _choice(self) -> AssetChoice:
        return AssetChoice(self._entries, self.grid.view.catalog.by_key, self._folder)

    # What the grid tells

    @on(AssetGrid.Looked)
    def _looked(self) -> None:
        """What is chosen already is marked, until the user has marked something."""
        keys = self._choice.keys
        if keys and not self._touched:
            self.grid.set_marked(keys)
            self._touched = self.grid.scanned or not self._choice.others
        self._say()

    @on(AssetGrid.Filled)
    @on(AssetGrid.Arrived)
    @on(ThumbnailGrid.Selected)
    @on(ThumbnailGrid.Marked)
    def _say(self) -> None:
        """Below the grid: what is under the cursor; on the frame: what can be done."""
        asset = self.grid.selected
        facts = self.grid.shelf.facts.get(asset.key) if asset is not None else None
        note = one_line(asset, facts) if asset is not None else ""
        self.query_one("#picker-note", Static).update(Text(note, no_wrap=True, overflow="ellipsis"))
        marked = f"{len(self.grid.marked)} marked · Space marks · " if self._many else ""
        text = f"/{self.grid.view.text} · " if self.grid.view.text else "/ filters · "
        self.query_one("#picker", Vertical).border_subtitle = f"{marked}{text}Enter takes · Esc closes"

    # Actions (their keys are in studio/keymap/library.py)

    def action_take(self) -> None:
        """Be dismissed with what is marked, or else with what is under the cursor."""
        chosen = self.grid.chosen if self._many else [self.grid.selected] if self.grid.selected else []
        broken = [asset for asset in chosen if isinstance(self.grid.shelf.facts.get(asset.key), BrokenFacts)]
        if broken:
            self.notify(f"{broken[0].name} is broken and cannot be rendered.", severity="warning", markup=False)
        elif chosen:
            keys = [asset.key for asset in chosen]
            entries = self._choice.entries(keys)
            self.dismiss(entries if self._many else [entry for entry in entries if entry not in self._choice.others])

    @on(ThumbnailGrid.Activated)
    def _activated(self) -> None:
        self.action_take()

    def action_mark(self) -> None:
        if self._many:
            self._touched = True
            self.grid.action_mark()

    def action_mark_all(self) -> None:
        if self._many:
            self._touched = True
            self.grid.mark_all()

    def action_sort(self) -> None:
        self.grid.view.next_sort()
        self.grid.fill()

    def action_zoom(self, by: int) -> None:
        self.grid.zoom += by

    def action_leave(self) -> None:
        if self.grid.view.text:
            self._filter("")
        else:
            self.dismiss(None)

    def action_filter(self) -> None:
        self.query_one(PromptBar).ask("filter", "filter", self.grid.view.text, "Enter keeps it, Esc clears it")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The filter is not opened while it is typed."""
        if action == "filter":
            return not isinstance(self.focused, Input)
        return super().check_action(action, parameters)

    def _filter(self, text: str) -> None:
        self.grid.view.text = text
        self.grid.fill()
        self._say()

    @on(PromptBar.Typed)
    def _typed(self, event: PromptBar.Typed) -> None:
        self._filter(event.text)

    @on(PromptBar.Cancelled)
    def _cancelled(self) -> None:
        self._filter("")

    @on(PromptBar.Answered)
    def _answered(self, event: PromptBar.Answered) -> None:
        event.bar.close()
