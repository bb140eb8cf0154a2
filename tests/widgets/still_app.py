"""An app with one picture, for tests in a pseudo-terminal: `still_app.py WAY`. `n` shows another, `m` a dialog."""

from __future__ import annotations

import sys

import numpy as np
from textual.app import App, ComposeResult
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Static

from tests.widgets.test_cells import gradient
from widgets.cell_grid import CellText
from widgets.graphics import Graphics
from widgets.image_view import ImageView
from widgets.pictures_app import PicturesApp

CELL = (5, 10)


def picture(number: int, size: tuple[int, int]) -> np.ndarray:
    """(height, width, 3): few enough colours for a sixel palette."""
    return gradient(*size)[..., [2 - number % 3] * 3]


class Dialog(ModalScreen[None]):
    """Something in front."""

    BINDINGS = [("escape", "dismiss")]  # noqa: RUF012
    CSS = "Dialog { align: center middle; } Container { width: 20; height: 5; background: #303030; }"

    def compose(self) -> ComposeResult:
        yield Container(Static("a dialog"))


class StillApp(PicturesApp, App[None]):
    """Shows picture 0."""

    CSS = "ImageView { border: round white; } Static { height: 1; }"
    BINDINGS = [("n", "next"), ("m", "dialog"), ("q", "quit")]  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.graphics = Graphics(sys.argv[1], CELL)  # type: ignore[arg-type]
        self.number = 0

    def compose(self) -> ComposeResult:
        yield ImageView()
        yield Static("ready")

    def on_ready(self) -> None:
        self.show()

    def on_image_view_resized(self) -> None:
        self.show()

    def show(self) -> None:
        number, view = self.number, self.query_one(ImageView)
        size = view.picture_size(38, 36)
        view.show_picture(
            picture(number, size),
            [CellText(2, 1, "cup", (0, 0, 0), (230, 159, 0))],
            fine=lambda size: picture(number, size),
            native=(190, 180),
        )

    def action_next(self) -> None:
        self.number += 1
        self.show()

    def action_dialog(self) -> None:
        self.push_screen(Dialog())


if __name__ == "__main__":
    StillApp().run()
