"""The Library: models, HDRIs, textures and backdrops as pictures, with what is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Footer, Input

from engine.errors import StudioError
from engine.library.assets import KINDS, Asset
from engine.library.folders import add_folder, library_folders, remove_folder
from engine.library.scan import Scan, scan
from engine.thumbnails.facts import BrokenFacts, Facts, Thumbnail
from engine.thumbnails.maker import ThumbnailMaker, Wish
from studio.actions import bindings
from studio.library_pictures import Picture, PictureShelf, decode
from studio.library_recipe import recipe_lines, usable
from studio.library_text import placeholder, short, subtitle
from studio.library_view import LibraryView, is_wrong
from studio.library_watch import LibraryWatch
from studio.screens.common import SizedScreen, StatusLine, too_small_notice
from studio.screens.library_notes import NoteQuestions
from studio.screens.library_parts import AssetGrid, DetailPane, KindBar
from studio.tabs import TabBar
from widgets.prompt_bar import PromptBar
from widgets.thumbnail_grid import GridItem, ThumbnailGrid

if TYPE_CHECKING:
    from studio.app import StudioApp

QUESTIONS = ("filter", "tags", "class", "scale", "add_folder", "remove_folder")
TICK_SECONDS = 1.0
ROOMY_COLUMNS = 110
"""Width of the terminal from which on pictures are larger at first."""


class LibraryScreen(NoteQuestions, SizedScreen):
    """What there is to make datasets of."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("library")]
    CSS_PATH = "../styles/library.tcss"
    AUTO_FOCUS = "#grid"
    SCOPES: ClassVar[tuple[str, ...]] = ("library", "grid", "app")

    class Scanned(Message):
        """A thread has looked into the folders."""

        def __init__(self, found: Scan, folders: Sequence[Path]) -> None:
            super().__init__()
            self.found, self.folders = found, tuple(folders)

    class Arrived(Message):
        """A thumbnail came."""

        def __init__(self, wish: Wish, facts: Facts, pictures: tuple[Picture, ...]) -> None:
            super().__init__()
            self.wish, self.facts, self.pictures = wish, facts, pictures

    def __init__(self, maker: ThumbnailMaker | None = None) -> None:
        """`maker` is for tests; otherwise one is made that reports to this screen."""
        super().__init__()
        self.view = LibraryView()
        self.shelf = PictureShelf()
        self.maker = maker
        self.folders: tuple[Path, ...] = ()
        self.problems: tuple[str, ...] = ()
        self._by_key: dict[str, Asset] = {}
        self._in_view: tuple[str, ...] = ()
        self._turn = 0
        self._wants_turn = False
        self._scanned = False
        self._watch: LibraryWatch | None = None
        self._recalled_cursor: str | None = None

    def compose(self) -> ComposeResult:
        yield TabBar("library")
        yield KindBar(id="kinds", classes="content", markup=False)
        with Horizontal(id="library-body", classes="content"):
            yield AssetGrid(self.shelf.first, id="grid")
            yield DetailPane()
        yield StatusLine(id="status", classes="content", markup=False)
        yield Footer(classes="content", show_command_palette=False)
        yield too_small_notice()

    @property
    def grid(self) -> AssetGrid:
        """The grid of pictures."""
        return self.query_one(AssetGrid)

    @property
    def readonly(self) -> bool:
        """Whether nothing may be changed."""
        return bool(getattr(self.app, "readonly", False))

    def on_mount(self) -> None:
        self.grid.characters = getattr(self.app, "characters", False)
        self.grid.colorless = self.app.no_color
        self._recall()
        if self.maker is None:
            self.maker = ThumbnailMaker(self._report)
        self.maker.start()
        self.set_interval(TICK_SECONDS, self._say)
        # Not in `compose`: an input cannot be mounted before the app has its first screen, and costs time there.
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.mount(PromptBar(id="prompt"), after="#status")
        self.look()

    def on_unmount(self) -> None:
        if self._watch is not None:
            self._watch.stop()
        if self.maker is not None:
            self.maker.close()

    def on_screen_suspend(self) -> None:
        """Another screen has come: what it waits for goes first."""
        if self.maker is not None:
            self.maker.pause()

    def on_screen_resume(self) -> None:
        """Go on."""
        if self.maker is not None:
            self.maker.resume()

    def sized(self, width: int, height: int) -> None:
        self._show_kinds()

    # Looking into the folders

    @work(thread=True, exclusive=True, group="scan", exit_on_error=False)
    def look(self) -> None:
        """Look into the folders."""
        try:
            folders = library_folders()
            found = scan(folders)
        except StudioError as error:
            folders, found = [], scan([])
            found = Scan(found.assets, (str(error), *found.problems))
        self.post_message(self.Scanned(found, folders))

    @on(Scanned)
    def _take(self, event: Scanned) -> None:
        first, self._scanned = not self._scanned, True
        if self._watch is None or event.folders != self.folders:
            self._follow(event.folders)
        self.problems = event.found.problems
        if first or event.found.assets != self.view.assets:
            self.view.assets = event.found.assets
            self._by_key = {asset.key: asset for asset in event.found.assets}
            changed = self.shelf.drop_changed(event.found.assets)
            for key in changed:
                self.grid.picture_changed(key)
            kept = [key for key in self.grid.marked if key in self._by_key]
            self.fill()
            self.grid.set_marked(kept)
            if first and self._recalled_cursor is not None:
                self.grid.cursor = self._recalled_cursor
            self._ask()
        self._say()

    def _follow(self, folders: tuple[Path, ...]) -> None:
        if self._watch is not None:
            self._watch.stop()
        self.folders = folders
        self._watch = LibraryWatch(folders, self._folder_changed)
        self._watch.start()

    def _folder_changed(self) -> None:
        self.app.call_from_thread(self.look)

    def fill(self) -> None:
        """Show what is wanted of what there is."""
        facts = self.shelf.facts
        items = [self._item(asset) for asset in self.view.shown(facts)]
        empty = (
            "Nothing contains this: Esc clears the filter." if self.view.text else "None of this kind: o adds a folder."
        )
        self.grid.set_items(items, empty=empty if self._scanned else "Looking …")
        self._show_kinds()
        self.show_detail()

    def _item(self, asset: Asset) -> GridItem:
        facts = self.shelf.facts.get(asset.key)
        return GridItem(asset.key, asset.name, subtitle(asset, facts), placeholder(asset, facts), wrong=is_wrong(facts))

    def _show_kinds(self) -> None:
        if self.is_mounted:
            self.query_one(KindBar).show(self.view, len(self.grid.items), len(self.grid.marked))

    def _say(self) -> None:
        """The line above the footer: what is wrong, or what is being done."""
        waiting = self.maker.waiting if self.maker is not None else 0
        where = f"{len(self.folders)} folder{'s' * (len(self.folders) != 1)}" if self.folders else "no folder yet"
        text = (
            f"{len(self.view.assets):,} assets, {where}: o adds one" if self._scanned else "Looking into the folders …"
        )
        if self.problems:
            text = f"! {self.problems[0]}" + (f" (and {len(self.problems) - 1} more)" if self.problems[1:] else "")
        elif waiting:
            text = f"Making pictures: {waiting:,} to go"
        self.query_one(StatusLine).update(text)
        self.keep_state()

    # Pictures

    def _report(self, wish: Wish, thumbnail: Thumbnail) -> None:
        """Called by the maker's threads."""
        facts: Facts = thumbnail.facts
        try:
            pictures = decode(thumbnail)
        except (OSError, ValueError, SyntaxError):
            pictures, facts = (), BrokenFacts("its picture in the cache is damaged; r makes it anew.", lasting=False)
        self.post_message(self.Arrived(wish, facts, pictures))

    @on(Arrived)
    def _put(self, event: Arrived) -> None:
        asset = self._by_key.get(event.wish.asset.key)
        if asset is None or Wish(asset, event.wish.turntable).name != event.wish.name:
            return
        is_new = self.shelf.facts.get(asset.key) != event.facts
        self.shelf.put(event.wish, event.facts, event.pictures)
        if is_new and not event.wish.turntable:
            self.grid.change_item(self._item(asset))
        self.grid.picture_changed(asset.key)
        if asset.key == self.grid.cursor:
            self.show_detail()

    @on(ThumbnailGrid.InView)
    def _came_into_view(self, event: ThumbnailGrid.InView) -> None:
        self._in_view = event.keys
        self._ask()

    def _ask(self) -> None:
        """Ask for what is to be seen and has not come: the selected asset first."""
        if self.maker is None:
            return
        keys = dict.fromkeys([*([self.grid.cursor] if self.grid.cursor else []), *self._in_view])
        wishes = [Wish(asset) for asset in map(self._by_key.get, keys) if asset is not None and self.shelf.lacks(asset)]
        selected = self.selected
        if self._wants_turn and selected is not None and self._can_turn(selected):
            wishes.insert(0, Wish(selected, turntable=True))
        self.maker.want(wishes)

    def _can_turn(self, asset: Asset) -> bool:
        broken = isinstance(self.shelf.facts.get(asset.key), BrokenFacts)
        return asset.kind == "model" and not broken and self.shelf.lacks(asset, turntable=True)

    # The selected asset

    @property
    def selected(self) -> Asset | None:
        """The asset under the cursor."""
        return self._by_key.get(self.grid.cursor) if self.grid.cursor is not None else None

    @property
    def chosen(self) -> list[Asset]:
        """What is marked, or else what is under the cursor."""
        marked = [self._by_key[key] for key in self.grid.marked if key in self._by_key]
        return marked or ([self.selected] if self.selected is not None else [])

    @on(ThumbnailGrid.Selected)
    def _selected(self) -> None:
        self._turn, self._wants_turn = 0, False
        self.show_detail()
        self._ask()

    def show_detail(self) -> None:
        """Show the selected asset in the pane."""
        asset = self.selected
        key = asset.key if asset is not None else ""
        views = self.shelf.pictures(key, turntable=True) or self.shelf.pictures(key)
        self.query_one(DetailPane).show(asset, self.shelf.facts.get(key), views, self._turn)

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
        keys = [item.key for item in self.grid.items]
        self.grid.set_marked(() if set(keys) <= set(self.grid.marked) else [*self.grid.marked, *keys])

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
            self._wants_turn = True
            self._ask()
        self.show_detail()

    def action_wide(self) -> None:
        self.toggle_class("-wide")

    def action_zoom(self, by: int) -> None:
        self.grid.zoom += by

    def action_reload(self) -> None:
        for key, facts in list(self.shelf.facts.items()):
            if isinstance(facts, BrokenFacts):
                self.shelf.forget(key)
                self.grid.picture_changed(key)
        self.fill()
        self._ask()
        self.look()

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
        if text:
            self.app.copy_to_clipboard(text)
            self.notify("The lines for a recipe are copied.")
        else:
            self._no_place()

    async def action_send(self) -> None:
        assets = usable(self.chosen)
        if not assets:
            self._no_place()
            return
        broken = [asset for asset in assets if isinstance(self.shelf.facts.get(asset.key), BrokenFacts)]
        if broken:
            self.notify(f"{broken[0].name} is broken and cannot be rendered.", severity="warning", markup=False)
            return
        from studio.recipe_entry import send_to_recipe

        # Going to another screen waits for this one: not within its own action.
        self.app.run_worker(send_to_recipe(cast("StudioApp", self.app), assets), exclusive=True, group="send")

    def _no_place(self) -> None:
        if self.chosen:
            self.notify("Recipes have no setting for textures and backdrops.", severity="warning")

    # Questions asked on the line above the footer

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No question is asked while something is typed."""
        if action in QUESTIONS:
            return not isinstance(self.focused, Input)
        return super().check_action(action, parameters)

    def action_filter(self) -> None:
        self.query_one(PromptBar).ask("filter", "filter", self.view.text, "Enter keeps it, Esc clears it")

    def action_add_folder(self) -> None:
        self.query_one(PromptBar).ask("add", "add folder", "", "of models, HDRIs, textures")

    def action_remove_folder(self) -> None:
        asset = self.selected
        if asset is None or asset.is_builtin:
            self.notify("Built-in assets are in no folder.", severity="warning")
            return
        self.query_one(PromptBar).ask("remove", f"take {short(Path(asset.root))} out? y", "", "its files stay")

    @on(PromptBar.Typed)
    def _typed(self, event: PromptBar.Typed) -> None:
        if event.question == "filter":
            self.view.text = event.text
            self.fill()

    @on(PromptBar.Cancelled)
    def _cancelled(self, event: PromptBar.Cancelled) -> None:
        if event.question == "filter":
            self.view.text = ""
            self.fill()

    @on(PromptBar.Answered)
    def _answered(self, event: PromptBar.Answered) -> None:
        problem = self._answer(event.question, event.text.strip())
        if problem:
            event.bar.note(problem, wrong=True)
            return
        event.bar.close()

    def _answer(self, question: str, text: str) -> str:
        """Do what was asked for; returns what is wrong, if anything is."""
        try:
            match question:
                case "add":
                    folder = add_folder(text) if text else None
                    if folder is not None:
                        self.notify(f"{short(folder)} is in the library.", markup=False)
                        self.look()
                case "remove" if text.lower() in ("y", "yes") and self.selected is not None:
                    folder = remove_folder(self.selected.root)
                    self.notify(f"{short(folder)} is no longer in the library.", markup=False)
                    self.look()
                case "tags" | "class" | "scale":
                    self.answer_note(question, text)
        except StudioError as error:
            return str(error)
        return ""

    # What is kept between runs

    def _recall(self) -> None:
        recall: Any = getattr(self.app, "recall", None)
        kept = recall("library") if recall is not None else {}
        self.view.from_plain(kept)
        zoom = kept.get("zoom")
        self.grid.zoom = zoom if isinstance(zoom, int) else 1 + (self.app.size.width >= ROOMY_COLUMNS)
        self.set_class(kept.get("wide") is True, "-wide")
        cursor = kept.get("cursor")
        self._recalled_cursor = cursor if isinstance(cursor, str) else None

    def keep_state(self) -> None:
        """Hand the app what is to be there after a restart."""
        keep: Any = getattr(self.app, "keep", None)
        if keep is not None and self._scanned:
            keep(
                "library",
                {**self.view.to_plain(), "zoom": self.grid.zoom, "cursor": self.grid.cursor,
                 "wide": self.has_class("-wide")},
            )  # fmt: skip
