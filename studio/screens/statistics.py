"""Statistics of the frames that are gone through, as charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from rich.styled import Styled
from rich.table import Table
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from engine.dataset.columns import Columns, take
from engine.dataset.source import FrameSource
from engine.dataset.stats import Histogram, Statistics, brightness_of, statistics_of
from studio.actions import bindings
from studio.footer import KeyFooter
from studio.screens.common import SizedScreen, TitleBar, too_small_notice
from studio.stats_text import Chart, charts_of, filled, predictions_chart, summary_line
from studio.tabs import TabBar

if TYPE_CHECKING:
    from engine.export.evaluate import Evaluation

CHART_COLUMNS = 56
"""The least width of a chart; as many as fit stand side by side."""

REMEASURE = 1.2
"""Pictures are read again for their brightness when there are so many times as many frames as then."""

GAP = 3
"""Characters between them."""


class StatisticsScreen(SizedScreen):
    """Charts of what the index knows; brightness, for which pictures must be read, comes after."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("statistics")]
    SCOPES: ClassVar[tuple[str, ...]] = ("statistics", "app")
    AUTO_FOCUS = "#charts"
    CSS_PATH = "../styles/inspect.tcss"

    class Counted(Message):
        """A thread has counted."""

        def __init__(self, found: Statistics, indices: Sequence[int]) -> None:
            super().__init__()
            self.found, self.indices = found, indices

    class Measured(Message):
        """A thread has read pictures."""

        def __init__(self, brightness: Histogram, pictures: int) -> None:
            super().__init__()
            self.brightness, self.pictures = brightness, pictures

    def __init__(
        self,
        source: FrameSource,
        columns: Columns,
        chosen: set[int] | None = None,
        filter: str = "",
        evaluation: Evaluation | None = None,
    ) -> None:
        """Of all frames, or of those `chosen` by what `filter` says; with what an `evaluation` found of predictions."""
        super().__init__()
        self._evaluation = evaluation
        self._source, self._columns, self._chosen, self._filter = source, columns, chosen, filter
        self.found: Statistics | None = None
        self._measured = 0
        """Frames there were when their brightness was last asked for."""
        self._measuring = False

    def compose(self) -> ComposeResult:
        yield TabBar("inspect")
        yield TitleBar(id="title", classes="content")
        with VerticalScroll(id="charts", classes="content"):
            yield Static("Counting …", id="chart-text")
        yield KeyFooter()
        yield too_small_notice()

    def on_mount(self) -> None:
        self._count()

    def recount(self, columns: Columns, chosen: set[int] | None) -> None:
        """There are other frames now, or more is known of them."""
        self._columns, self._chosen = columns, chosen
        self._count()

    @work(thread=True, exclusive=True, group="statistics", exit_on_error=False)
    def _count(self) -> None:
        columns = self._columns
        if self._chosen is not None:
            columns = take(columns, np.array([index in self._chosen for index in columns.indices], np.bool_))
        self.post_message(self.Counted(statistics_of(columns), columns.indices))

    @work(thread=True, group="brightness", exit_on_error=False)
    def _measure(self, indices: Sequence[int]) -> None:
        worker = get_current_worker()
        self.post_message(self.Measured(*brightness_of(self._source, indices, lambda: worker.is_cancelled)))

    def on_statistics_screen_counted(self, event: Counted) -> None:
        before, self.found = self.found, event.found
        if before is not None:
            self.found.brightness, self.found.brightness_sample = before.brightness, before.brightness_sample
        self._show()
        if len(event.indices) >= max(self._measured * REMEASURE, 1) and not self._measuring:
            self._measured, self._measuring = len(event.indices), True
            self._measure(event.indices)

    def on_statistics_screen_measured(self, event: Measured) -> None:
        self._measuring = False
        if self.found is not None:
            self.found.brightness, self.found.brightness_sample = event.brightness, event.pictures
            self._show()

    def sized(self, width: int, height: int) -> None:
        self._show()

    def _show(self) -> None:
        title = Text.assemble((self._source.name or self._source.root.name, "bold"), "  statistics", end="")
        self.query_one(TitleBar).show(title, Text(self._filter, end=""))
        if self.found is None:
            return
        found, evaluation = self.found, self._evaluation
        width = max(self.app.size.width - 4, 20)
        across = max(width // CHART_COLUMNS, 1)
        each = (width - GAP * (across - 1)) // across
        plain = self.app.no_color or bool(getattr(self.app, "characters", False))
        accent = self.app.theme_variables["accent"]

        def charts(taller: int) -> list[Chart]:
            known = charts_of(found, each, accent, plain=plain, taller=taller)
            return [predictions_chart(evaluation), *known] if evaluation is not None else known

        grid = Table.grid(padding=(0, GAP), collapse_padding=True)
        for _ in range(across):
            grid.add_column(width=each)
        columns = filled(charts, across, self.query_one("#charts").content_size.height - 1)
        grid.add_row(*(_below_each_other(column) for column in columns))
        whole = Table.grid()
        whole.add_row(Text(summary_line(found)))
        whole.add_row(grid)
        text = self.query_one("#chart-text", Static)
        text.update(Styled(whole, text.rich_style))

    def action_scroll(self, by: int) -> None:
        self.query_one("#charts").scroll_relative(y=by * 3, animate=False)

    def action_page(self, by: int) -> None:
        charts = self.query_one("#charts")
        charts.scroll_relative(y=by * charts.content_size.height, animate=False)

    def action_close(self) -> None:
        self.dismiss()


def _below_each_other(charts: list[Chart]) -> Text:
    return Text("\n").join(Text.assemble("\n", (heading, "bold"), "\n", chart) for heading, chart in charts)
