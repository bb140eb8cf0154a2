"""The Recipe screen: every setting of a recipe with the control that suits it, and beside it what it looks like."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from engine.errors import RecipeError
from studio.actions import bindings
from studio.footer import KeyFooter
from studio.recipe_parameters import item_title, list_of, subjects
from studio.screens.common import StatusLine, TitleBar, too_small_notice
from studio.screens.recipe_panel import ControlPanel, SubjectBar
from studio.screens.recipe_preview import OVERLAYS, SHEETS, PreviewView
from studio.screens.recipe_queueing import RecipeQueueing
from studio.tabs import TabBar
from widgets.prompt_bar import PromptBar

if TYPE_CHECKING:
    from studio.library_recipe import Uses

ENGINES = ("auto", "eevee", "cycles")
LAYOUTS = ("both", "picture", "settings")
LARGEST_SEED = 2**31
FIND_SECONDS = 0.12
"""Without a letter, until settings are looked for."""


class RecipeScreen(RecipeQueueing):
    """What a user can do with a recipe. The state behind it is in `RecipeEditing`."""

    CSS_PATH = "../styles/recipe.tcss"
    # Its controls come later: until then keys are the screen's and the app's, not the closed prompt's.
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("recipe")]
    SCOPES: ClassVar[tuple[str, ...]] = ("recipe", "app")

    def compose(self) -> ComposeResult:
        yield TabBar("recipe")
        yield TitleBar(id="title", classes="content")
        yield SubjectBar(id="subjects")
        with Container(id="recipe-body", classes="content"):
            yield ControlPanel(id="controls")
            yield PreviewView(self.make_session, id="preview")
        yield PromptBar()
        yield StatusLine(id="status", classes="content", markup=False)
        yield KeyFooter()
        yield too_small_notice()

    # Going from setting to setting

    def action_step(self, by: int) -> None:
        self.panel.step(by)

    async def action_subject(self, by: int) -> None:
        names = subjects()
        at = names.index(self.memory.subject) if self.memory.subject in names else 0
        await self.show_subject(names[(at + by) % len(names)])

    @on(SubjectBar.Chosen)
    async def _subject_clicked(self, event: SubjectBar.Chosen) -> None:
        await self.show_subject(event.subject)

    def action_find(self) -> None:
        self.query_one(PromptBar).ask("find", "find a setting", self.words, "Enter keeps it, Esc clears it")

    # Changing

    @on(ControlPanel.Edited)
    async def _edited(self, event: ControlPanel.Edited) -> None:
        path = event.parameter.path
        if event.plain is None:
            self.session.reset(path)
        else:
            self.session.change(path, event.plain)
        await self.changed()

    @work
    @on(ControlPanel.Picking)
    async def _pick(self, event: ControlPanel.Picking) -> None:
        from studio.screens.asset_picker import AssetPicker
        from studio.screens.recipe_controls import assets_of

        parameter, assets = event.parameter, assets_of(event.parameter)
        if assets is None:
            return
        kind, many = assets
        value = self.session.document.get(parameter.path)
        value = parameter.default if value is None else value
        named = list(map(str, value)) if isinstance(value, list) else [str(value)]
        picker = AssetPicker(kind, named, many, folder=self.session.file.parent, waits=lambda: self.preview.is_busy)
        chosen = await self.app.push_screen_wait(picker)
        if chosen:
            self.session.change(parameter.path, chosen if many else chosen[0])
            await self.changed()

    async def action_reset(self) -> None:
        path = self.panel.focused_path
        if path:
            self.session.reset(path)
            await self.changed()

    async def action_choices(self) -> None:
        from studio.screens.recipe_controls import as_choices

        path = self.panel.focused_path
        parameter = self.panel.parameters.get(path)
        plain = as_choices(self.session.document.get(path), parameter) if parameter is not None else None
        if plain is None:
            self.notify("Only numbers that may vary can be ranges or choices.", severity="warning")
            return
        self.session.change(path, plain)
        await self.changed()

    async def action_undo(self) -> None:
        if self.session.undo():
            await self.changed()
        else:
            self.notify("There is nothing to undo.")

    async def action_redo(self) -> None:
        if self.session.redo():
            await self.changed()
        else:
            self.notify("There is nothing to do again.")

    async def action_revert(self) -> None:
        if not self.session.is_modified:
            self.notify("Nothing differs from the file.")
            return
        try:
            self.session.revert()
        except RecipeError as error:  # the file broke, and these changes were kept
            self.notify(str(error), severity="error", markup=False)
            return
        await self.changed()
        self.notify("This is the file again; u brings your changes back.")

    async def action_add_object(self) -> None:
        first = self.session.add_item(list_of(self.memory.subject) or "objects")
        await self.changed()
        await self.show_subject(self.subject_of(first), focus=first)

    async def action_remove_object(self) -> None:
        name, bracket, rest = self.panel.focused_path.partition("[")
        if not bracket:
            self.notify("Go to a setting of an object, a light or another thing that there can be several of first.")
            return
        index, title = int(rest.partition("]")[0]), item_title(name)
        if not self.session.remove_item(name, index):
            self.notify(f"One {title} has to stay.")
            return
        await self.changed()
        left = len(self.session.document.get(name) or ())
        self.panel.focus_path(f"{name}[{min(index, left - 1)}].{rest.partition('].')[2]}")
        self.notify(f"{title.capitalize()} {index + 1} is taken out; {self.key_of('recipe.undo')} brings it back.")

    async def use_assets(self, uses: Uses) -> None:
        """Take assets of the library into the recipe, in the place of those that are there."""
        settings = dict(uses.settings)
        if "ground.textures" in settings and self.session.document.get("ground.kind") == "none":
            settings["ground.kind"] = "table"
        self.session.use(uses.objects, settings)
        await self.changed()

    # The preview

    def action_frame(self, by: int) -> None:
        self.memory.index = max(self.memory.index + by * self.memory.tiles, 0)
        self.look()

    def action_dice(self) -> None:
        if self.memory.locked:
            self.memory.index = secrets.randbelow(100_000)
        else:
            self.memory.seed = secrets.randbelow(LARGEST_SEED)
        self.look()

    def action_lock(self) -> None:
        self.memory.locked = not self.memory.locked
        self.show_title()

    def action_seed(self) -> None:
        start = f"{self.memory.seed} #{self.memory.index}"
        self.query_one(PromptBar).ask("seed", "seed #frame", start, "like 7, or 7 #12, or #12", selected=True)

    def action_sheet(self) -> None:
        self.memory.tiles = SHEETS[(SHEETS.index(self.memory.tiles) + 1) % len(SHEETS)]
        self.comparing = self.full = False
        self._show_pictures()

    def action_compare(self) -> None:
        self.comparing, self.full = not self.comparing, False
        if self.comparing and not self.session.is_modified:
            self.notify("Nothing differs from the file yet: both pictures are the same.")
        self._show_pictures()

    def action_overlay(self) -> None:
        names = list(OVERLAYS)
        self.memory.overlay = names[(names.index(self.memory.overlay) + 1) % len(names)]
        self.preview.overlay = self.memory.overlay
        self.preview.draw()
        self.show_title()

    def action_engine(self) -> None:
        self.memory.engine = ENGINES[(ENGINES.index(self.memory.engine) + 1) % len(ENGINES)]
        chosen = {"auto": "with what is faster here", "eevee": "with EEVEE", "cycles": "with Cycles"}
        self.notify(f"The preview renders {chosen[self.memory.engine]}.")
        self.look()

    def action_full(self) -> None:
        self.full, self.comparing = True, False
        self._show_pictures()

    def _show_pictures(self) -> None:
        """One picture or several: a small terminal gives them more room."""
        self.settings_too = False
        self.lay_out()

    def action_wide(self) -> None:
        self.memory.layout = LAYOUTS[(LAYOUTS.index(self.layout_shown) + 1) % len(LAYOUTS)]
        self.settings_too = True
        self.lay_out()

    async def action_leave(self) -> None:
        if self.full or self.comparing:
            self.full = self.comparing = False
            self._show_pictures()
        elif self.words:
            await self.find("")
        elif self.layout_shown != "both":
            self.memory.layout, self.settings_too = "both", True
            self.lay_out()

    # Questions asked on the line above the footer

    @on(PromptBar.Typed)
    def _typed(self, event: PromptBar.Typed) -> None:
        if event.question == "find":
            self._find_soon(event.text)

    @work(exclusive=True, group="find")
    async def _find_soon(self, words: str) -> None:
        """Not with each letter: making the controls of what is found takes a moment."""
        await asyncio.sleep(FIND_SECONDS)
        await self.find(words)

    async def _find_now(self, words: str) -> str:
        self.workers.cancel_group(self, "find")
        await self.find(words)
        return ""

    @on(PromptBar.Cancelled)
    async def _cancelled(self, event: PromptBar.Cancelled) -> None:
        if event.question == "find":
            await self._find_now("")
        self.panel.focus_path(self.memory.focus)

    @on(PromptBar.Answered)
    async def _answered(self, event: PromptBar.Answered) -> None:
        answers: dict[str, Callable[[str], Any]] = {
            "find": self._find_now, "seed": self._take_seed, "save as": self.take_name,
        }  # fmt: skip
        if problem := await answers[event.question](event.text.strip()):
            event.bar.note(problem, wrong=True)
            return
        event.bar.close()
        self.panel.focus_path(self.memory.focus)

    async def _take_seed(self, text: str) -> str:
        seed, mark, index = text.partition("#")
        seed, index = seed.strip(), index.strip()
        if not (seed.isdecimal() or (mark and not seed)) or (mark and not index.isdecimal()):
            return "a seed and a frame are whole numbers, like 7 #12"
        self.memory.seed = int(seed) if seed else self.memory.seed
        self.memory.index = int(index) if mark else self.memory.index
        self.look()
        return ""
