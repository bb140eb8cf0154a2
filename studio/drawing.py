"""Fulfils wishes for pictures: reads the frame, scales it, draws its overlays. Runs in a thread; never raises."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from engine.annotate.overlay import Region
from studio.browser import Wish
from studio.frames import Frame, FrameCache
from studio.pictures import draw_fine, draw_for_cells, zoomed_region
from widgets.cell_grid import CellText, fit
from widgets.still import Fine


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A wish come true, as far as the frame's files allow."""

    wish: Wish
    frame: Frame
    picture: npt.NDArray[np.uint8] | None = None
    """(2 * rows, columns, 3); None where `frame.problem` says why there is none."""
    texts: tuple[CellText, ...] = ()
    region: Region | None = None
    """The part of the frame that is shown; None for all of it."""
    fine: Fine | None = None
    """Draws the same at other sizes."""
    native: tuple[int, int] | None = None
    """Width and height in pixels of what is shown of the frame."""


def draw_wish(cache: FrameCache, wish: Wish, *, characters: bool = False) -> Drawn:
    """Read a frame and draw it as wished; `characters` where the picture will be made of those."""
    frame = cache.load(wish.index, wish.source)
    if frame.record is None or frame.picture is None or frame.ids is None:
        return Drawn(wish, frame)
    whole = (frame.record.width, frame.record.height)
    region: Region | None = None
    size = fit(whole, wish.columns, wish.rows)
    if wish.zoom > 1:
        region, size = zoomed_region(whole, (wish.columns, wish.rows), wish.zoom, wish.centre)
    try:
        picture, texts = draw_for_cells(
            frame.picture, frame.record, frame.ids, wish.overlays, size, wish.selected, region=region,
            skeletons=frame.skeletons, predictions=frame.predictions, predicted=wish.predicted, characters=characters,
        )  # fmt: skip
    except Exception as error:  # annotations that make no sense must not end the program
        problem = f"Frame {wish.index} cannot be drawn ({type(error).__name__}: {error})."
        return Drawn(wish, replace(frame, picture=None, problem=problem))
    fine = partial(
        draw_fine, frame.picture, frame.record, frame.ids, wish.overlays, wish.selected, region, frame.skeletons,
        frame.predictions, wish.predicted,
    )  # fmt: skip
    return Drawn(wish, frame, picture, tuple(texts), region, fine, (region[2], region[3]) if region else whole)
