"""The Library: models, HDRIs, textures and backdrops as pictures, with what is known of each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from engine.library.assets import KINDS, Asset
from engine.thumbnails.facts import BrokenFacts
from studio.actions import bindings
from studio.footer import KeyFooter
from studio.library_recipe import nameless, recipe_lines
from studio.library_view import LibraryView
from studio.screens.common import SizedScreen, StatusLine, too_small_notice
from studio.screens.library_grid import AssetGrid
from studio.screens.library_parts import DetailPane, KindBar
from studio.screens.library_questions import LibraryQuestions
from studio.tabs import TabBar
from studio.watching import Watch, watch_assets
from widgets.prompt_bar import PromptBar
from widgets.thumbnail_grid import ThumbnailGrid

if TYPE_CHECKING:
    from studio.app import StudioApp

TICK_SECONDS = 1.0
ROOMY_COLUMNS = 110
"""Width of the terminal from which on pictures are larger at first."""


def preview_is_busy(app: App[Any]) -> bool:
    """Whether the Recipe screen's preview is at work, though it may not be seen."""
    try:
        stack = app.get_screen_stack("recipe")
    except KeyError:  # it has not been gone to
        return False
    return any(getattr(view, "is_busy", False) for screen in stack for view in screen.query("PreviewView"))


class LibraryScreen(LibraryQuestions, SizedScreen):
    """What there is to make datasets of."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("library")]
    CSS_PATH = "../styles/library.tcss"
    AUTO_FOCUS = "#grid"
    SCOPES: ClassVar[tuple[str, ...]] = ("library", "grid", "app")

    def __init__(self) -> None:
        super().__init__()
        self.grid = AssetGrid(self._should_wait, id="grid")
        self._turn = 0
        self._watch: Watch | None = None
        self._followed: tuple[Path, ...] = ()

    def compose(self) -> ComposeResult:
        yield TabBar("library")
        yield KindBar(id="kinds", classes="content", markup=False)
        with Horizontal(id="library-body", classes="content"):
            yield self.grid
            yield DetailPane()
        yield StatusLine(id="status", classes="content", markup=False)
        yield KeyFooter()
        yield too_small_notice()

    @property
    def view(self) -> LibraryView:
        """Which assets are wanted."""
        return self.grid.view

    @property
    def readonly(self) -> bool:
        """Whether nothing may be changed."""
        return bool(getattr(self.app, "readonly", False))

    def on_mount(self) -> None:
        self._recall()
        self.set_interval(TICK_SECONDS, self._say)
        # Not in `compose`: an input cannot be mounted before the app has its first screen, and costs time there.
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.mount(PromptBar(id="prompt"), after="#status")
        self.grid.look()

    def on_unmount(self) -> None:
        if self._watch is not None:
            self._watch.stop()

    def _should_wait(self) -> bool:
        """Whether the processor is wanted elsewhere: another screen is shown, or a preview is still being rendered."""
        return not self.is_current or preview_is_busy(self.app)

    def on_screen_suspend(self) -> None:
        """Another screen has come."""
        self.grid.give_way()

    def on_screen_resume(self) -> None:
        """Go on."""
        self.grid.give_way()

    def sized(self, width: int, height: int) -> None:
        self._show_kinds()

    # What the grid tells

    @on(AssetGrid.Looked)
    def _looked(self, event: AssetGrid.Looked) -> None:
        if event.whole:
            self._follow()
        self.show_detail()
        self._say()

    def _follow(self) -> None:
        """Hear of changes in the folders."""
        folders = self.grid.folders
        if self._watch is not None:
            if folders == self._followed:
                return
            self._watch.stop()
        self._followed = folders
        self._watch = watch_assets(folders, self._folder_changed)
        self._watch.start()

    def _folder_changed(self) -> None:
        self.app.call_from_thread(self.grid.look)

    @on(AssetGrid.Filled)
    def _filled(self) -> None:
        self._show_kinds()
        self.show_detail()

    @on(AssetGrid.Arrived)
    def _arrived(self, event: AssetGrid.Arrived) -> None:
        if event.key == self.grid.cursor:
            self.show_detail()

    def fill(self) -> None:
        """Show what is wanted now."""
        self.grid.fill()
        self._show_kinds()

    def _show_kinds(self) -> None:
        if self.is_mounted:
            self.query_one(KindBar).show(self.view, len(self.grid.keys), len(self.grid.marked))

    def _say(self) -> None:
        """The line above the footer: what is wrong, or what is being done."""
        grid, waiting = self.grid, self.grid.maker.waiting
        where = f"{len(grid.folders)} folder{'s' * (len(grid.folders) != 1)}" if grid.folders else "no folder yet"
        count = f"{len(self.view.catalog.assets):,} assets"
        if not grid.scanned:
            text = f"Looking into the folders: {count} so far" if grid.keys else "Looking into the folders …"
        elif grid.problems:
            text = f"! {grid.problems[0]}" + (f" (and {len(grid.problems) - 1} more)" if grid.problems[1:] else "")
        elif waiting:
            text = f"Making pictures: {waiting:,} to go"
        else:
            text = f"{count}, {where}" + ("" if self.readonly else ": o adds one")
        self.query_one(StatusLine).update(text)
        self.keep_state()

    # The selected asset

    @property
    def selected(self) -> Asset | None:
        """The asset under the cursor."""
        return self.grid.selected

    @property
    def chosen(self) -> list[Asset]:
        """What is marked, or else what is under the cursor."""
        return self.grid.chosen

    @on(ThumbnailGrid.Selected)
    def _selected(self) -> None:
        self._turn = 0
        self.show_detail()

    def show_detail(self) -> None:
        """Show the selected asset in the pane."""
        asset, shelf = self.selected, self.grid.shelf
        key = asset.key if asset is not None else ""
        views = shelf.pictures(key, turntable=True) or shelf.pictures(key)
        self.query_one(DetailPane).show(asset, shelf.facts.get(key), views, self._turn)

    @on(ThumbnailGrid.Marked)
    def _marked(self) -> None:
        self._show_kinds()

    @on(ThumbnailGrid.Activated)
    async def _activated(self) -> None:
        await self.run_action("send")

    # Actions (their keys are in studio/keymap/library.py)

    def action_mark(self) -> None:
        self.grid.action_mark()

    def action_mark_all(self) -> None:
        self.grid.mark_all()

    def action_kind(self, by: int) -> None:
        self.view.next_kind(by)
        self.fill()

    def action_only_kind(self, kind: str) -> None:
        self.view.kind = next((known for known in KINDS if known == kind), None)
        self.fill()

    def action_sort(self) -> None:
        self.view.next_sort()
        self.fill()

    def action_reverse(self) -> None:
        self.view.reversed = not self.view.reversed
        self.fill()

    def action_view(self, by: int) -> None:
        asset = self.selected
        if asset is None:
            return
        self._turn += by
        if asset.kind == "model":
            self.grid.turntable = True
            self.grid.ask()
        self.show_detail()

    def action_wide(self) -> None:
        self.toggle_class("-wide")

    def action_zoom(self, by: int) -> None:
        self.grid.zoom += by

    def action_reload(self) -> None:
        self.grid.try_broken_again()
        self.grid.look()

    def action_leave(self) -> None:
        if self.has_class("-wide"):
            self.action_wide()
        elif self.view.text:
            self.view.text = ""
            self.fill()
        elif self.grid.marked:
            self.grid.set_marked(())

    def action_copy(self) -> None:
        text = recipe_lines(self.chosen)
        self._say_nameless()
        if text:
            self.app.copy_to_clipboard(text)
            self.notify("The lines for a recipe are copied.")

    async def action_send(self) -> None:
        left_out = self._say_nameless()
        assets = [asset for asset in self.chosen if asset not in left_out]
        if not assets:
            return
        broken = [asset for asset in assets if isinstance(self.grid.shelf.facts.get(asset.key), BrokenFacts)]
        if broken:
            self.notify(f"{broken[0].name} is broken and cannot be rendered.", severity="warning", markup=False)
            return
        from studio.recipe_entry import send_to_recipe

        # Going to another screen waits for this one: not within its own action.
        self.app.run_worker(send_to_recipe(cast("StudioApp", self.app), assets), exclusive=True, group="send")

    def _say_nameless(self) -> list[Asset]:
        """Say which of the chosen textures no recipe can use, and return them."""
        found = nameless(self.chosen)
        if found:
            others = f" and {len(found) - 1} more" if found[1:] else ""
            self.notify(
                f"{found[0].name}{others}: the name does not say which map of a material this is, as wood_diff_1k.jpg "
                "does; b makes it a backdrop.",
                severity="warning", markup=False,
            )  # fmt: skip
        return found

    # What is kept between runs

    def _recall(self) -> None:
        recall: Any = getattr(self.app, "recall", None)
        kept = recall("library") if recall is not None else {}
        self.view.from_plain(kept)
        zoom = kept.get("zoom")
        self.grid.zoom = zoom if isinstance(zoom, int) else 1 + (self.app.size.width >= ROOMY_COLUMNS)
        self.set_class(kept.get("wide") is True, "-wide")
        cursor = kept.get("cursor")
        if isinstance(cursor, str):
            self.grid.wanted = lambda: (cursor,)

    def keep_state(self) -> None:
        """Hand the app what is to be there after a restart."""
        keep: Any = getattr(self.app, "keep", None)
        if keep is not None and self.grid.scanned:
            keep(
                "library",
                {**self.view.to_plain(), "zoom": self.grid.zoom, "cursor": self.grid.cursor,
                 "wide": self.has_class("-wide")},
            )  # fmt: skip
