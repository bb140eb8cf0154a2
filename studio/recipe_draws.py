"""Frames of a recipe by the preview's renderer, for commands that wait for them."""

from __future__ import annotations

import queue
from collections.abc import Callable

from engine.errors import RenderError
from engine.recipe.load import recipe_to_plain
from engine.recipe.model import Recipe
from studio import preview
from studio.frames import Frame
from studio.preview_types import Engine, PreviewPicture, PreviewRequest, PreviewState


def render_draws(
    recipe: Recipe,
    seed: int,
    indices: tuple[int, ...],
    width: int,
    samples: int,
    *,
    engine: Engine = "auto",
    heard: Callable[[PreviewPicture], None] = lambda _picture: None,
) -> list[PreviewPicture]:
    """All pictures as they come, rough ones and their refinements; a frame's last one has `last` set.

    Args:
        width: of a picture, pixels; its height follows from the recipe's resolution.
        samples: per pixel, of a frame's last picture.
        heard: called with each picture, from another thread.

    Raises:
        RenderError: a frame cannot be rendered; the preview's sentence.
    """
    pictures: list[PreviewPicture] = []
    ends: queue.SimpleQueue[PreviewState] = queue.SimpleQueue()

    def take(picture: PreviewPicture) -> None:
        pictures.append(picture)
        heard(picture)

    def listen(state: PreviewState) -> None:
        if state.kind in ("failed", "gone") or (state.kind == "ready" and state.request_id):
            ends.put(state)

    across, down = recipe.render.resolution
    session = preview.PreviewSession(take, listen)
    try:
        plain = recipe_to_plain(recipe)
        height = max(round(width * down / across), 1)
        session.ask(PreviewRequest(plain, recipe.name, seed, indices, width, height, samples, engine))
        end = ends.get()
    finally:
        session.close()
    if end.kind != "ready":
        raise RenderError(end.text)
    return pictures


def frame_of(picture: PreviewPicture) -> Frame:
    """A picture as a frame of a dataset, to be drawn with its annotations."""
    return Frame(picture.index, picture.record, picture.rgb, picture.instance_id, skeletons=picture.skeletons)
