"""The first screen without a dataset: those used lately, and those in the current folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from engine.errors import StudioError
from studio.actions import bindings
from studio.footer import KeyFooter
from studio.jobs_text import folder_text
from studio.opening import open_source
from studio.recent import RecentDataset, datasets_below, recent_datasets
from studio.screens.common import SizedScreen, Table, too_small_notice
from studio.tabs import TabBar
from widgets.path_completion import complete_folder
from widgets.prompt_bar import PromptBar
from widgets.row_table import Column, Row, RowTable

if TYPE_CHECKING:
    from studio.app import StudioApp

HINT = "`studio demo` renders a small labelled dataset of a cup and shows it."


class WelcomeScreen(SizedScreen):
    """Opens a dataset."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("welcome")]
    AUTO_FOCUS = "#datasets"
    SCOPES: ClassVar[tuple[str, ...]] = ("welcome", "table", "app")

    _places: dict[str, tuple[Path, Path | None]]
    """The datasets of the table by the keys of their rows: folder, and COCO file."""

    class Found(Message):
        """A thread has looked for datasets."""

        def __init__(self, recent: list[RecentDataset], here: list[Path]) -> None:
            super().__init__()
            self.recent, self.here = recent, here

    def compose(self) -> ComposeResult:
        yield TabBar("inspect")
        with Vertical(id="welcome", classes="content"):
            yield Static(self._greeting(), markup=False)
            columns = [
                Column("name", share=0.5),
                Column("folder", flexible=True),
                Column("opened", "right", priority=1),
            ]
            table = Table(columns, titles=False, id="datasets")
            table.border_title = "Datasets"
            yield table
        yield PromptBar(id="prompt")
        yield KeyFooter()
        yield too_small_notice()

    def _greeting(self) -> Text:
        return Text.assemble(("Dataset Studio\n", "bold"), "Labelled images of your own 3D objects.\n\n", (HINT, "dim"))

    def on_mount(self) -> None:
        kept = cast("StudioApp", self.app).recall("inspect")
        if kept.get("open") is True and isinstance(kept.get("dataset"), str):
            coco = kept.get("coco")
            self._open_again(Path(kept["dataset"]), Path(coco) if isinstance(coco, str) and coco else None)

    @work(group="again")
    async def _open_again(self, path: Path, coco: Path | None) -> None:
        """Open the dataset that was open when the program ended, if it is still there."""
        import asyncio

        try:
            await asyncio.to_thread(open_source, path, coco)  # a folder that does not answer must not hold the keys
        except StudioError:
            return
        if self.app.screen is self and not self.query_one(PromptBar).is_open:
            self._open(path, coco)

    def on_screen_resume(self) -> None:
        """Coming back from a dataset, the list has changed."""
        self.find()

    @work(thread=True, exclusive=True, exit_on_error=False)
    def find(self) -> None:
        """Look for datasets."""
        self.post_message(self.Found(recent_datasets(), datasets_below(Path.cwd())))

    @on(Found)
    def _show(self, event: Found) -> None:
        ours = {entry.path for entry in event.recent if not entry.coco}
        here = [path for path in event.here if str(path.resolve()) not in ours]
        rows: list[Row] = []
        self._places = {}
        for heading, group in (
            ("recently opened", [self._recent_row(entry) for entry in event.recent]),
            ("in this folder", [self._row(path.name, path.resolve()) for path in here]),
        ):
            rows += [Row(heading, (heading,), heading=True), *group] if group else []
        table = self.query_one("#datasets", RowTable)
        table.set_rows(rows, empty="No datasets yet: `studio demo` makes one, and : opens one by its path.")
        if table.cursor is None and rows:
            table.cursor = next(row.key for row in rows if not row.heading)

    def _recent_row(self, entry: RecentDataset) -> Row:
        coco = Path(entry.coco) if entry.coco else None
        return self._row(entry.name, Path(entry.path), coco, _ago(entry.opened_at))

    def _row(self, name: str, folder: Path, coco: Path | None = None, opened: str = "") -> Row:
        """A row for a dataset of ours, or the pictures of a COCO file; it can be opened by its key."""
        key = str(folder) if coco is None else f"{folder} {coco}"
        self._places[key] = (folder, coco)
        return Row(key, (f" {name}" if coco is None else f" {name} (COCO)", folder_text(str(folder)), opened))

    @on(RowTable.Chosen)
    def _chosen(self, event: RowTable.Chosen) -> None:
        problem = self._open(*self._places[event.key])
        if problem:
            self.notify(problem, severity="error")

    def _open(self, path: Path, coco: Path | None = None) -> str:
        """Open a dataset; returns what is wrong, if anything is."""
        try:
            cast("StudioApp", self.app).open_dataset(path, coco)
        except StudioError as error:
            return str(error)
        return ""

    def action_path(self) -> None:
        self.query_one(PromptBar).ask("path", "folder", note="of a dataset", complete=complete_folder)

    def action_reload(self) -> None:
        self.find()

    @on(PromptBar.Answered)
    def _answered(self, event: PromptBar.Answered) -> None:
        path = event.text.strip()
        problem = self._open(Path(path).expanduser()) if path else "type the path of a folder"
        if problem:
            event.bar.note(problem, wrong=True)
        else:
            event.bar.close()

    @on(PromptBar.Cancelled)
    def _cancelled(self) -> None:
        self.query_one("#datasets").focus()


def _ago(moment: float) -> str:
    """How long ago, in the unit that suits it."""
    passed = datetime.now(UTC).timestamp() - moment
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if passed >= size:
            return f"{int(passed // size)} {unit} ago"
    return "just now"
