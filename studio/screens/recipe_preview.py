"""The live picture of a recipe: a draw or a sheet of them, beside the file's version or the full render."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from studio.preview_types import PreviewPicture, PreviewRequest, PreviewState
from studio.screens.recipe_view import Part, View
from studio.units import seconds
from widgets.border_titles import entitle
from widgets.cell_grid import CellText, fit
from widgets.image_view import ImageView

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from studio.estimate import Measured
    from studio.preview import PreviewSession

SHEETS = (1, 4, 9, 16)
OVERLAYS = {"none": frozenset[str](), "boxes": frozenset({"boxes", "names"}), "masks": frozenset({"boxes", "masks"})}
GAP = 1
"""Columns between tiles; half as many rows."""

LEAST, MOST = 64, 640
"""Columns of pixels that are asked for, whatever the room."""

SAMPLES = 16
"""Samples up to which a picture is refined, where the recipe has so many."""

PART_TITLES = {"edited": "here", "saved": "file", "full": "full quality"}


class PreviewView(ImageView):
    """Asks a session for what a `View` needs, part after part, and draws what comes."""

    def __init__(self, make_session: Callable[[PreviewView], PreviewSession], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.can_focus = False
        self._make_session = make_session
        self._session: PreviewSession | None = None
        self._view: View | None = None
        self._asked: dict[int, Part] = {}
        self._under_way = 0
        self._laid_out: tuple[Any, ...] = ()
        """What the picture on the screen was put together for."""
        self._complete: set[Part] = set()
        self._pictures: dict[tuple[Part, int], PreviewPicture] = {}
        self._timed: list[PreviewPicture] = []
        """The pictures of the newest request of the first frame, as they came."""
        self.state: PreviewState | None = None
        self.overlay = "none"
        self.background = (20, 22, 26)
        self.border_title = "Preview"

    # Asking

    def look_at(self, view: View) -> None:
        """Show this; what is under way for something else is given up."""
        before, self._view = self._view, view
        self._forget_what_changed(before, view)
        if before is not None and self._wanted(before) == self._wanted(view) and not self._missing():
            self.draw()
            return
        self._ask(self._missing() or "edited")
        if self._laid_out != self._layout(view):  # else the picture on the screen stays until a newer one comes
            self.draw()
        self.show_titles()

    def _forget_what_changed(self, before: View | None, view: View) -> None:
        """Old pictures of the edited recipe stay until new ones come; those of another file or frame do not."""
        same_frame = before is not None and (before.seed, before.index) == (view.seed, view.index)
        same_full = same_frame and before is not None and before.drawn == view.drawn
        if not same_frame or before is None or before.saved != view.saved:
            self._drop("saved")
        if not same_full:
            self._drop("full")
        if not same_full or before is None or (before.engine, before.indices) != (view.engine, view.indices):
            self._complete.discard("edited")
        wanted = set(view.indices)
        self._pictures = {key: value for key, value in self._pictures.items() if same_frame and key[1] in wanted}

    def _drop(self, part: Part) -> None:
        self._complete.discard(part)
        for key in [key for key in self._pictures if key[0] == part]:
            del self._pictures[key]

    @staticmethod
    def _wanted(view: View) -> tuple[Any, ...]:
        return view.drawn, view.seed, view.indices, view.engine, view.parts

    def _missing(self) -> Part | None:
        assert self._view is not None
        return next((part for part in self._view.parts if part not in self._complete), None)

    def _ask(self, part: Part) -> None:
        view = self._view
        assert view is not None
        if self._session is None:
            self._session = self._make_session(self)
        recipe = view.saved if part == "saved" and view.saved is not None else view.recipe
        width, height = self._asked_size(view)
        number = self._session.ask(
            PreviewRequest(
                recipe,
                view.name,
                view.seed,
                view.indices,
                width,
                height,
                # Never finer than the frames will be: a full render would look like a step back.
                min(SAMPLES, recipe["render"]["samples"]),
                engine=view.engine,
                full=part == "full",
            )
        )
        self._asked = {number: part, **{n: p for n, p in self._asked.items() if n > number - 8}}
        self._under_way = number

    def _asked_size(self, view: View) -> tuple[int, int]:
        """Pixels of a picture: as many as are shown, twice as many across so that half blocks are sharp."""
        columns, rows = self._tile_room(view)
        width, _ = fit((round(1000 * view.aspect()), 1000), columns, rows)
        width = min(max(2 * width, LEAST), MOST)
        return width, max(round(width / view.aspect()), 1)

    def ask_again(self) -> None:
        """Render what is seen once more, after a failure say."""
        if self._view is not None:
            self._complete.clear()
            self._ask("edited")

    def close(self) -> None:
        """End the session."""
        if self._session is not None:
            self._session.close(timeout=0.5)
            self._session = None

    # Hearing

    def take(self, picture: PreviewPicture) -> None:
        """A picture came."""
        part = self._asked.get(picture.request_id)
        if part is None or self._view is None or picture.index not in self._view.indices:
            return
        if part not in self._view.parts:
            return
        self._pictures[part, picture.index] = picture
        if picture.index == self._view.index and part != "saved":
            self._timed = [one for one in self._timed if one.request_id == picture.request_id] + [picture]
        self.draw()

    def take_state(self, state: PreviewState) -> None:
        """The session does something else."""
        self.state = state
        if state.kind in ("ready", "failed") and state.request_id == self._under_way and self._view is not None:
            part = self._asked.get(state.request_id, "edited")
            self._complete.add(part)
            following = self._missing()
            if following is not None and state.kind == "ready":
                self._ask(following)
        if state.kind in ("failed", "gone") and not self._pictures:
            self.show_message(state.text)
        elif not self._pictures and self.picture is None:
            self.show_message(_sentence(state.text))
        self.show_titles()

    def say(self, text: str) -> None:
        """Show a text where there is no picture yet."""
        if self.picture is None:
            self.show_message(text)

    @property
    def newest_request(self) -> int:
        """The number of what was asked for last; 0 before the first."""
        return self._under_way

    @property
    def is_busy(self) -> bool:
        """Whether a picture is under way."""
        return self.state is not None and self.state.kind in ("starting", "rendering")

    @property
    def newest(self) -> PreviewPicture | None:
        """The picture of the first frame, if there is one."""
        return self._pictures.get(("edited", self._view.index)) if self._view is not None else None

    @property
    def full_picture(self) -> PreviewPicture | None:
        """The full render of the frame, if it was made."""
        picture = self._pictures.get(("full", self._view.index)) if self._view is not None else None
        return picture if picture is not None and picture.last else None

    @property
    def measured(self) -> Measured | None:
        """What is known of the time that the recipe's frames take; EEVEE's pictures say nothing of that."""
        from studio.estimate import measured_from

        return measured_from([picture for picture in self._timed if picture.engine == "cycles"])

    # Drawing

    def _grid(self, view: View) -> tuple[int, int]:
        """Columns and rows of tiles: those with which they are largest."""
        count = len(view.parts) * len(view.indices)

        def size(grid: tuple[int, int]) -> tuple[int, int]:
            across, down = grid
            return fit((round(1000 * view.aspect()), 1000), *self._room_in(grid))[0], -abs(across - down)

        return max(((across, math.ceil(count / across)) for across in range(1, count + 1)), key=size)

    def _tile_room(self, view: View) -> tuple[int, int]:
        return self._room_in(self._grid(view))

    def _room_in(self, grid: tuple[int, int]) -> tuple[int, int]:
        (across, down), (width, height) = grid, self.content_size
        return max((width - GAP * (across - 1)) // across, 4), max((height - (down - 1)) // down, 2)

    def _layout(self, view: View) -> tuple[Any, ...]:
        return view.parts, view.indices, view.aspect(), self.content_size

    def draw(self) -> None:
        """Put the pictures that there are on the screen."""
        view = self._view
        if view is None or not self._pictures or self.content_size.width < 8 or self.content_size.height < 4:
            return
        self._laid_out = self._layout(view)
        keys: list[tuple[Part, int]] = [(part, index) for part in view.parts for index in view.indices]
        if not any(key in self._pictures for key in keys):
            return  # the picture before stays until one comes
        if len(keys) == 1:
            found = self._pictures[keys[0]]
            picture, texts = self._drawn(found, self._tile_room(view))
            self.show_picture(picture, texts, partial(self._fine, found), found.rgb.shape[1::-1])
        else:
            self._draw_sheet(view, keys)
        self.show_titles()

    def _drawn(self, picture: PreviewPicture, room: tuple[int, int]) -> tuple[npt.NDArray[np.uint8], list[CellText]]:
        from studio.pictures import draw_for_cells  # with the first picture: drawing needs much
        from widgets.cells import scale_to

        height, width = picture.rgb.shape[:2]
        size = fit((width, height), *room)
        if self.overlay == "none":
            return scale_to(picture.rgb, size), []
        drawn = picture.rgb, picture.record, picture.instance_id
        return draw_for_cells(*drawn, OVERLAYS[self.overlay], size, characters=self.characters)

    def _fine(self, picture: PreviewPicture, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
        """One picture at any size, without its texts."""
        from engine.annotate.geometry import NO_SKELETONS
        from studio.pictures import draw_fine
        from widgets.cells import scale_to

        if self.overlay == "none":
            return scale_to(picture.rgb, size)
        overlays = OVERLAYS[self.overlay]
        return draw_fine(
            picture.rgb, picture.record, picture.instance_id, overlays, None, None, NO_SKELETONS, (), None, size
        )

    def _draw_sheet(self, view: View, keys: Sequence[tuple[Part, int]]) -> None:
        import numpy as np

        from widgets.cells import scale_to

        across, down = self._grid(view)
        columns, rows = self._tile_room(view)
        width, height = fit((round(1000 * view.aspect()), 1000), columns, rows)
        tile_rows = height // 2
        # All of the room, so that it is shown pixel by pixel and texts stay where they belong.
        room = self.content_size
        sheet = np.empty((2 * room.height, room.width, 3), np.uint8)
        sheet[:] = self.background
        start_x = (room.width - across * (width + GAP) + GAP) // 2
        start_y = (room.height - down * (tile_rows + 1) + 1) // 2
        texts: list[CellText] = []
        for number, key in enumerate(keys):
            left, top = start_x + number % across * (width + GAP), start_y + number // across * (tile_rows + 1)
            picture = self._pictures.get(key)
            if picture is not None:
                tile, own = self._drawn(picture, (width, tile_rows))
                tile = scale_to(tile, (width, height))
                sheet[2 * top : 2 * top + height, left : left + width] = tile
                texts += [replace(text, column=text.column + left, row=text.row + top) for text in own]
            else:
                sheet[2 * top : 2 * top + height, left : left + width] = [c + 14 for c in self.background]
            label = PART_TITLES[key[0]] if len(view.parts) > 1 else str(key[1])
            texts.append(CellText(left, top + tile_rows - 1, f" {label} ", (220, 222, 226), (30, 33, 39)))
        self.show_picture(sheet, texts)

    def show_titles(self) -> None:
        """Which draw it is, what rendered it, and how long that took."""
        view, state = self._view, self.state
        if view is None:
            return
        last = view.index + view.tiles - 1
        frames = f"frame {view.index}" if len(view.indices) == 1 else f"frames {view.index} to {last}"
        entitle(self, f"{frames} · seed {view.seed}", self.progress_text(state))

    def progress_text(self, state: PreviewState | None) -> str:
        """The engine, its device, the samples so far, the time; or what is being waited for."""
        if state is not None and state.kind in ("failed", "gone", "starting"):
            return "failed" if state.kind != "starting" else _sentence(state.text)
        part = self._asked.get(self._under_way, "edited")
        if part == "full" and state is not None and state.samples and "full" not in self._complete:
            return f"full quality: {state.samples_done} of {state.samples} samples"
        picture = self.newest
        if picture is None:
            return _sentence(state.text) if state is not None and state.text != "ready" else ""
        name = {"eevee": "EEVEE", "cycles": "Cycles"}[picture.engine]
        done = f"{picture.samples} of {picture.samples_total}" if not picture.last else str(picture.samples)
        full = self.full_picture
        if self._view is not None and self._view.full and full is not None:
            return self._fitting(f"full: {full.samples} samples", seconds(full.seconds), full.device)
        return self._fitting(f"{name} · {done} samples", seconds(picture.seconds), picture.device)

    def _fitting(self, *parts: str) -> str:
        """The parts in one line; the last ones are left out where there is no room."""
        room = self.content_size.width - 4
        kept = next((count for count in range(len(parts), 1, -1) if len(" · ".join(parts[:count])) <= room), 1)
        return " · ".join(parts[:kept])


def _sentence(text: str) -> str:
    return f"{text} …" if text and not text.endswith((".", "…")) else text
