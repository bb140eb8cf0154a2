"""Parts of the Library screen: the line of kinds, and the pane beside the grid."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from engine.library.assets import KINDS, Asset
from engine.thumbnails.facts import BrokenFacts, Facts
from studio.library_pictures import Picture
from studio.library_text import chips_text, details
from studio.library_view import LibraryView
from widgets.border_titles import entitle
from widgets.image_view import ImageView

BALL_ROWS = 34
"""Rows of the pane from which on an HDRI's chrome ball has a place of its own below the panorama."""


ROOMY_COLUMNS = 100
"""Width of the terminal from which on the line of kinds is written out."""


class KindBar(Static):
    """The kinds of assets with their counts, the order, and the filter. Each can be clicked."""

    def show(self, view: LibraryView, shown: int, marked: int) -> None:
        """Show what a view has been told to show."""
        brief = self.app.size.width < ROOMY_COLUMNS
        chips = []
        for kind in (None, *KINDS):
            text = chips_text(kind, view.count(kind), current=kind == view.kind, brief=brief)
            style = "$accent bold" if kind == view.kind else "$foreground-muted"
            chips.append(Content(text).stylize(style).stylize(f"@click=screen.only_kind('{kind or ''}')"))
        order = Content.assemble(
            ("" if brief else "sort ", "$foreground-muted"), f"{view.sort} {'↑' if view.reversed else '↓'}"
        ).stylize("@click=screen.sort()")
        parts = [Content("").join(chips), order]
        if view.text:
            parts.append(Content.assemble(("/", "$accent"), view.text, (f" {shown:,} found", "$foreground-muted")))
        if marked:
            parts.append(Content.assemble((f"● {marked:,} marked", "$warning")))
        self.update(Content("  ").join(parts))


class DetailPane(Vertical):
    """The selected asset: a larger picture, and all that is known of it."""

    def __init__(self) -> None:
        super().__init__(id="detail")
        self._views: tuple[Picture, ...] = ()
        self._is_hdri = False

    def compose(self) -> ComposeResult:
        yield ImageView(id="large")
        yield ImageView(id="ball")
        with VerticalScroll(id="facts-scroll", can_focus=False):
            yield Static(id="facts", markup=False)

    def on_mount(self) -> None:
        for view in self.query(ImageView):
            view.can_focus = False
            view.characters = getattr(self.app, "characters", False)
            view.colorless = self.app.no_color

    def on_resize(self) -> None:
        self._show_ball()

    def show(self, asset: Asset | None, facts: Facts | None, views: Sequence[Picture], at: int) -> None:
        """Show an asset from its view number `at`; `views` are those that there are so far."""
        entitle(self, asset.name if asset is not None else "", _other_views(asset, len(views), at))
        self.query_one("#facts", Static).update(details(asset, facts) if asset is not None else "")
        self._is_hdri = asset is not None and asset.kind == "hdri"
        self._views = tuple(views)
        self._show_ball()
        large = self.query_one("#large", ImageView)
        if self._views:
            self._show_picture(large, self._views[at % len(self._views)])
        else:
            large.show_message(_instead(asset, facts))

    def _show_ball(self) -> None:
        """Where there is room, the chrome ball stands below the panorama."""
        ball = self.query_one("#ball", ImageView)
        wanted = self._is_hdri and len(self._views) == 2 and self.content_size.height >= BALL_ROWS
        ball.display = wanted
        if wanted:
            self._show_picture(ball, self._views[1])

    @staticmethod
    def _show_picture(view: ImageView, picture: Picture) -> None:
        import numpy as np

        if view.picture is None or not np.array_equal(view.picture, picture):
            view.show_picture(picture)


def _other_views(asset: Asset | None, count: int, at: int) -> str:
    """Which of the views is shown, and how to come to the others."""
    if asset is None or not count or asset.kind not in ("model", "hdri"):
        return ""
    if asset.kind == "hdri":
        return "v: the panorama" if at % count else "v: the chrome ball"
    if count == 1:
        return "turning …" if at else "v turns it"
    return f"v turns it · {at % count + 1} of {count}"


def _instead(asset: Asset | None, facts: Facts | None) -> Text:
    if asset is None:
        return Text("")
    if isinstance(facts, BrokenFacts):
        return Text("✗ It cannot be used.", "bold")
    return Text("The picture is being made …" if facts is None else "…", "dim")
