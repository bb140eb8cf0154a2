"""Browse a dataset: a picture with overlays, the objects in it, the values it was drawn from; live while it grows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from textual import on
from textual.binding import BindingType
from textual.widgets import Input

from engine.annotate.overlay_names import OVERLAYS
from engine.dataset.read import Dataset
from studio.actions import bindings
from studio.browser import DEFAULT_OVERLAYS, SOURCES
from studio.indexing import Narrowing
from studio.opening import coco_of
from studio.screens.common import StatusLine
from studio.screens.inspect_panes import ValuesTable, nothing_to_draw, overlays_of, reaches_beyond
from studio.screens.prediction_table import PredictionTable
from studio.screens.question_screen import QuestionScreen
from widgets.image_view import ImageView
from widgets.row_table import RowTable

if TYPE_CHECKING:
    from studio.screens.statistics import StatisticsScreen


@runtime_checkable
class Remembers(Protocol):
    """An app that keeps what a screen asks it to."""

    def recall(self, name: str) -> dict[str, Any]:
        """What was kept under a name."""

    def keep(self, name: str, values: dict[str, Any]) -> None:
        """Keep plain values under a name."""


class InspectScreen(QuestionScreen):
    """What a user can do with the frames of a dataset: go, look, select, filter."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("inspect")]
    SCOPES: ClassVar[tuple[str, ...]] = ("inspect", "table", "app")
    _statistics: StatisticsScreen | None = None
    _chose_list = False
    """Whether the user went back to the list of datasets."""

    # What is there again after a restart

    def on_mount(self) -> None:
        kept = self.app.recall("inspect") if isinstance(self.app, Remembers) else {}
        overlays = kept.get("overlays")
        if self.browser.overlays == DEFAULT_OVERLAYS and isinstance(overlays, list):
            self.browser.overlays = frozenset(name for name in overlays if name in OVERLAYS)
        if kept.items() >= self._place.items() and self._is_fresh():
            self.browser.index = kept["index"] if isinstance(kept.get("index"), int) else None
            self.browser.narrowing = Narrowing(str(kept.get("query", "")), str(kept.get("order", "")))
            self._recall_view(kept)

    def _recall_view(self, kept: Mapping[str, Any]) -> None:
        """Look at the frames as they were looked at."""
        if self.browser.source == "color" and kept.get("source") in SOURCES:
            self.browser.source = kept["source"]
        self.set_class(kept.get("wide") is True, "-picture-only")
        if kept.get("grid") is True:
            self.call_after_refresh(self.action_grid)

    @property
    def _place(self) -> dict[str, str]:
        """Where the dataset lies."""
        coco = coco_of(self.dataset)
        return {
            "dataset": str(self.dataset.root.absolute()),
            "coco": str(coco.absolute()) if coco is not None else "",
        }

    def _is_fresh(self) -> bool:
        """Whether nobody asked for a frame, a filter or predictions."""
        no_predictions = self.cache.predictions_file is None
        return self.browser.index is None and not self.narrowing.is_on and no_predictions

    def on_unmount(self) -> None:
        if not isinstance(self.app, Remembers):
            return
        kept = {
            **self._place,
            "overlays": sorted(self.browser.overlays),
            "open": not self._chose_list,
            "source": self.browser.source,
            "wide": self.has_class("-picture-only"),
            "grid": self.shows_grid,
        }
        narrowing = {"query": self.narrowing.query, "order": self.narrowing.order} if self.evaluation is None else {}
        self.app.keep("inspect", {**kept, **narrowing, "index": self.browser.index})

    # Selecting an object

    def select(self, instance_id: int | None, predicted: int | None = None) -> None:
        """Make one instance stand out, and a prediction by its number: left out, the one that hit the instance."""
        predictions = self.frame.predictions if self.frame is not None and instance_id is not None else ()
        hits = (item.instance_id for item in predictions if item.match == instance_id)
        self.browser.selected = instance_id
        self.browser.predicted = predicted if predicted is not None else next(hits, None)
        self.show_selection()
        self.draw()

    @on(RowTable.Moved, "#instances")
    def _row_moved(self, event: RowTable.Moved) -> None:
        self.select(None if event.key is None else int(event.key))

    @on(RowTable.Moved, "#predictions")
    def _prediction_moved(self, event: RowTable.Moved) -> None:
        found = self.query_one(PredictionTable).finding(event.key)
        self.select(found.instance, found.predicted)

    @on(RowTable.Moved, "#values")
    def _value_moved(self, event: RowTable.Moved) -> None:
        value = self.query_one(ValuesTable).value(event.key)
        if value is not None:
            self.query_one(StatusLine).update(value.explain())

    @on(ImageView.Clicked)
    def _picture_clicked(self, event: ImageView.Clicked) -> None:
        if self.frame is not None and self.frame.ids is not None:
            height, width = self.frame.ids.shape
            left, top, across, down = self.shown_region or (0, 0, width, height)
            self.select(self._instance_at(left + event.x * across, top + event.y * down))

    def _instance_at(self, u: float, v: float) -> int | None:
        """The instance whose mask covers a point, counted from the corner; else the smallest box without a mask."""
        assert self.frame is not None
        assert self.frame.ids is not None
        height, width = self.frame.ids.shape
        found = int(self.frame.ids[min(int(v), height - 1), min(int(u), width - 1)])
        if found or self.frame.record is None:
            return found or None
        boxes = [
            item
            for item in self.frame.record.instances
            if item.mask is None and item.bbox is not None and _inside(item.bbox, u, v)
        ]
        return min(boxes, key=lambda item: item.area).instance_id if boxes else None

    # Actions (their keys are in studio/actions.py)

    def action_step(self, by: int) -> None:
        self.browser.step(by)
        self.moved()

    def action_first(self) -> None:
        self.action_step(-len(self.browser.indices))

    def action_last(self) -> None:
        self.action_step(len(self.browser.indices))

    def action_follow(self) -> None:
        self.browser.follow()
        self.moved()

    def action_overlay(self, name: str) -> None:
        self.browser.toggle(name)
        if self.frame is not None and self.frame.record is not None and name not in overlays_of(self.frame):
            self.notify(nothing_to_draw(name, self.frame, predicted=self.cache.predictions_file is not None))
        elif name == "amodal_boxes" and self.browser.overlays >= {name, "boxes"} and not reaches_beyond(self.frame):
            self.notify("In this frame the boxes of whole objects are those of what is seen.")
        self.moved()

    def action_overlays(self) -> None:
        self.browser.toggle_all()
        self.moved()

    def action_source(self) -> None:
        record = self.frame.record if self.frame else None
        if record is not None and not self.browser.next_source(list(record.passes)):
            self.notify("This dataset stores no passes to look at; `render.passes` of its recipe asks for them.")
        self.moved()

    def action_instance(self, by: int) -> None:
        record = self.frame.record if self.frame else None
        ids = [item.instance_id for item in record.instances] if record else []
        self.select(self.browser.next_instance(ids, by))

    def action_zoom(self, steps: int) -> None:
        if self.shows_grid:
            self.zoom_grid(steps)
        elif steps:
            self.browser.zoom_by(steps)
        else:
            self.browser.reset_zoom()
        self.moved()

    def action_pan(self, right: int, down: int) -> None:
        self.browser.pan(right, down)
        self.moved()

    def action_statistics(self) -> None:
        from studio.screens.statistics import StatisticsScreen

        if self.columns is None:
            self.notify("The index is being made; statistics come with it.")
            return
        filtered = self.narrowing.text()
        self._statistics = StatisticsScreen(self.dataset, self.columns, self._chosen, filtered, self.evaluation)
        self.app.push_screen(self._statistics)

    @property
    def _chosen(self) -> set[int] | None:
        """The frames that the filter leaves; None for all."""
        return set(self.browser.indices) if self.browser.narrowed else None

    def refresh_columns(self, *, is_first: bool = False) -> None:
        """Let the statistics know of new frames, too."""
        super().refresh_columns(is_first=is_first)
        if self._statistics is not None and self._statistics.is_attached and self.columns is not None:
            self._statistics.recount(self.columns, self._chosen)

    def action_recipe(self) -> None:
        record = self.frame.own if self.frame is not None else None
        open_in_recipe = getattr(self.app, "open_in_recipe", None)
        if record is not None and open_in_recipe is not None and isinstance(self.dataset, Dataset):
            manifest = self.dataset.manifest
            open_in_recipe(manifest.recipe, manifest.seed, record.index, manifest.assets, record.spec)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Questions are not asked while something is typed; Recipe is offered where it can take the frame."""
        if action in ("goto", "filter", "sort", "values"):
            return not isinstance(self.focused, Input)
        if action == "close":
            return self.can_leave
        if action == "recipe":
            return hasattr(self.app, "open_in_recipe") and isinstance(self.dataset, Dataset)
        return super().check_action(action, parameters)

    def action_wide(self) -> None:
        self.toggle_class("-picture-only")
        self.show_titles()
        self.focus_pictures()

    def action_reload(self) -> None:
        self.cache.forget()
        self.forget_pictures()
        self.shown = None
        self.find_frames()

    async def action_leave(self) -> None:
        values = self.query_one(ValuesTable)
        if self.has_class("-picture-only"):
            self.action_wide()
        elif self.shows_grid:
            await self.action_grid()
        elif self.browser.selected is not None or self.browser.predicted is not None:
            self.select(None)
        elif values.words:
            values.filter("")
        elif self.narrowing.is_on:
            self.narrow(Narrowing())

    def action_close(self) -> None:
        self._chose_list = True
        self.dismiss()


def _inside(box: tuple[float, float, float, float], u: float, v: float) -> bool:
    return box[0] <= u < box[0] + box[2] and box[1] <= v < box[1] + box[3]
