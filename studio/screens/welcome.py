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
            self._open_again(kept["dataset"])

    @work(group="again")
    async def _open_again(self, path: str) -> None:
        """Open the dataset that was open when the program ended, if it is still there."""
        import asyncio

        from engine.dataset.read import Dataset

        try:
            await asyncio.to_thread(Dataset.open, Path(path))  # a folder that does not answer must not hold the keys
        except StudioError:
            return
        if self.app.screen is self and not self.query_one(PromptBar).is_open:
            self._open(path)

    def on_screen_resume(self) -> None:
        """Coming back from a dataset, the list has changed."""
        self.find()

    @work(thread=True, exclusive=True, exit_on_error=False)
    def find(self) -> None:
        """Look for datasets."""
        self.post_message(self.Found(recent_datasets(), datasets_below(Path.cwd())))

    @on(Found)
    def _show(self, event: Found) -> None:
        rows: list[Row] = []
        known = {entry.path for entry in event.recent}
        if event.recent:
            rows.append(Row("recent", ("recently opened",), heading=True))
        rows += [
            Row(entry.path, (f" {entry.name}", folder_text(entry.path), _ago(entry.opened_at)))
            for entry in event.recent
        ]
        here = [path for path in event.here if str(path.resolve()) not in known]
        if here:
            rows.append(Row("here", ("in this folder",), heading=True))
        rows += [Row(str(path.resolve()), (f" {path.name}", folder_text(str(path.resolve())), "")) for path in here]
        table = self.query_one("#datasets", RowTable)
        table.set_rows(rows, empty="No datasets yet: `studio demo` makes one, and : opens one by its path.")
        if table.cursor is None and rows:
            table.cursor = next(row.key for row in rows if not row.heading)

    @on(RowTable.Chosen)
    def _chosen(self, event: RowTable.Chosen) -> None:
        problem = self._open(event.key)
        if problem:
            self.notify(problem, severity="error")

    def _open(self, path: str) -> str:
        """Open a dataset; returns what is wrong, if anything is."""
        try:
            cast("StudioApp", self.app).open_dataset(Path(path).expanduser())
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
        problem = self._open(path) if path else "type the path of a folder"
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
