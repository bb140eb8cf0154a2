"""Dialogs of the Recipe screen: open a recipe, and queue frames."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Input, Label, Static

from studio.actions import bindings
from studio.estimate import Estimate
from studio.queue_folder import Held
from studio.queueing import Wish
from studio.screens.common import Table
from widgets.row_table import Column, Row, RowTable

LOOK_SECONDS = 0.15
"""Without a letter, until the folder that was typed is looked into."""


class Dialog[T](ModalScreen[T | None]):
    """A box in the middle of the screen; Escape closes it, and nothing is changed."""

    # A question may stay open while something is looked up on another screen.
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("dialog"),
        *(replace(key, action=f"app.{key.action}") for key in bindings("app") if key.action.startswith("show(")),
    ]
    SCOPES: ClassVar[tuple[str, ...]] = ("dialog", "app")
    TITLE = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as box:
            box.border_title = self.TITLE
            box.border_subtitle = "Esc closes"
            yield from self.content()

    def content(self) -> ComposeResult:
        """The widgets in the box; none where a dialog does not say otherwise."""
        yield from ()

    def action_cancel(self) -> None:
        self.dismiss(None)


class OpenDialog(Dialog[Path]):
    """Presets, recipes of late, recipes in the current folder; or a path to be typed."""

    TITLE = "Open a recipe"

    def __init__(self, recent: Sequence[Path], drafts: set[str]) -> None:
        super().__init__()
        self._recent, self._drafts = recent, drafts

    def content(self) -> ComposeResult:
        yield Input(placeholder="type a part of a name, or the path of a .toml file", id="open-path", compact=True)
        yield Table([Column("recipe", flexible=True), Column("", "left", priority=1)], titles=False, id="open-files")
        yield Label("", id="dialog-note", markup=False)

    def on_mount(self) -> None:
        self._files = self._found()
        self._fill("")

    def _found(self) -> list[tuple[str, list[Path]]]:
        """Groups of files; none is named twice."""
        import presets

        seen: set[Path] = set()
        groups: list[tuple[str, list[Path]]] = []
        here = sorted(Path.cwd().glob("*.toml"))
        recipes = [path for path in here if path.name not in ("pyproject.toml", "settings.toml")]
        candidates = [
            ("presets", [presets.find(name) for name in presets.names()]),
            ("of late", [path for path in self._recent if path.is_file()]),
            ("in this folder", [path.resolve() for path in recipes[:200]]),
        ]
        for title, files in candidates:
            own = [path for path in files if path.resolve() not in seen]
            seen.update(path.resolve() for path in own)
            groups.append((title, own))
        return groups

    def _fill(self, words: str) -> None:
        from studio.jobs_text import folder_text

        rows: list[Row] = []
        for title, files in self._files:
            kept = [path for path in files if all(word in str(path).lower() for word in words.lower().split())]
            if kept:
                rows.append(Row(f"group {title}", (title,), heading=True))
            for path in kept:
                note = "unsaved changes" if str(path) in self._drafts else ""
                name = path.stem if title == "presets" else folder_text(str(path))
                rows.append(Row(str(path), (f" {name}", note)))
        table = self.query_one("#open-files", Table)
        table.set_rows(rows, empty="no recipe is called so; Enter opens what you typed as a path")
        first = next((row.key for row in rows if not row.heading), None)
        if table.cursor is None:
            table.cursor = first

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._fill("" if "/" in event.value else event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        table = self.query_one("#open-files", Table)
        path = Path(text).expanduser()
        if text and ("/" in text or text.endswith(".toml")) and path.is_file():
            self.dismiss(path.resolve())
        elif table.cursor is not None:
            self.dismiss(Path(table.cursor))
        else:
            self.query_one("#dialog-note", Label).update(f"There is no file {text}.")

    @on(RowTable.Chosen)
    def _chosen(self, event: RowTable.Chosen) -> None:
        self.dismiss(Path(event.key))

    def on_key(self, event: object) -> None:
        """Up and down in the input move the cursor of the list."""
        key = getattr(event, "key", "")
        table = self.query_one("#open-files", Table)
        if isinstance(self.focused, Input) and key in ("up", "down"):
            (table.action_cursor_up if key == "up" else table.action_cursor_down)()


@dataclass(frozen=True, slots=True)
class QueueDefaults:
    """What the dialog begins with."""

    name: str
    seed: int
    folder: Path
    look_into: Callable[[Wish], Held]
    """What a wish's folder holds already; called in a thread."""


class QueueDialog(Dialog[Wish]):
    """How many frames, of which seed, into which folder, how urgent; and what that will take."""

    TITLE = "Put frames into the queue"

    def __init__(self, defaults: QueueDefaults, estimate: Estimate | None) -> None:
        super().__init__()
        self._defaults, self._estimate = defaults, estimate

    def content(self) -> ComposeResult:
        values = {
            "count": ("frames", "100"),
            "folder": ("folder", str(self._defaults.folder)),
            "seed": ("seed", str(self._defaults.seed)),
            "start": ("first frame", "0"),
            "priority": ("priority", "0"),
        }
        yield Static(f"recipe {self._defaults.name}, as it is on the screen", classes="faint", markup=False)
        for name, (label, value) in values.items():
            with Horizontal(classes="field"):
                yield Label(label, markup=False)
                yield Input(value, id=f"queue-{name}", compact=True, select_on_focus=True)
        yield Label("", id="queue-estimate", markup=False)
        yield Label("", id="dialog-note", markup=False)
        with Horizontal(id="answers"):
            yield Button("Add to the queue", id="answer-add", compact=True)
            yield Button("Cancel", id="answer-cancel", compact=True)

    def on_mount(self) -> None:
        self.query_one("#queue-count", Input).focus()
        self._show_estimate()

    def _text(self, name: str) -> str:
        return self.query_one(f"#queue-{name}", Input).value.strip()

    def _wish(self) -> Wish | str:
        """What was typed, or a sentence on what is wrong with it."""
        numbers: dict[str, int] = {}
        for name, label, least in (
            ("count", "The number of frames", 1), ("seed", "The seed", 0), ("start", "The first frame", 0),
            ("priority", "The priority", -(2**63)),
        ):  # fmt: skip
            text = self._text(name).replace(",", "").replace("_", "")
            try:
                numbers[name] = int(text)
            except ValueError:
                return f"{label} is a whole number; {text or 'nothing'} is none."
            if not least <= numbers[name] < 2**63:
                return f"{label} must be {least} or more, and below 2^63."
        if not self._text("folder"):
            return "A folder is needed for the frames."
        folder = Path(self._text("folder")).expanduser().absolute()
        return Wish(numbers["count"], numbers["seed"], numbers["start"], folder, numbers["priority"])

    @on(Input.Changed)
    def _show_estimate(self) -> None:
        wish = self._wish()
        self.workers.cancel_group(self, "folder")
        self.query_one("#dialog-note", Label).update(wish if isinstance(wish, str) else "")
        if isinstance(wish, str):
            self.query_one("#queue-estimate", Label).update("")
            return
        self._show_frames(wish, wish.count)
        self._look_into(wish)

    @work(exclusive=True, group="folder")
    async def _look_into(self, wish: Wish) -> None:
        """Say what is in the folder; not with each letter, as listing it takes time."""
        await asyncio.sleep(LOOK_SECONDS)
        held = await asyncio.to_thread(self._defaults.look_into, wish)
        if not self.query("#dialog-note"):
            return  # the dialog was closed meanwhile
        note = f"{wish.folder.name} {held.text}" if held.text else ""
        self.query_one("#dialog-note", Label).update(note)
        self._show_frames(wish, held.new)

    def _show_frames(self, wish: Wish, new: int) -> None:
        """What the frames that are not there yet will take."""
        line = self.query_one("#queue-estimate", Label)
        if not new:
            line.update("nothing is left to render")
        elif self._estimate is None:
            line.update("no estimate yet: the preview has not shown enough; a full render tells")
        else:
            line.update(self._estimate.text(new, wish.folder))

    @on(Input.Submitted)
    @on(Button.Pressed, "#answer-add")
    def _add(self) -> None:
        wish = self._wish()
        if not isinstance(wish, str):
            self.dismiss(wish)

    @on(Button.Pressed, "#answer-cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    def on_key(self, event: object) -> None:
        """Up and down go from field to field."""
        key = getattr(event, "key", "")
        if key in ("down", "up") and isinstance(self.focused, Widget):
            (self.focus_next if key == "down" else self.focus_previous)()
