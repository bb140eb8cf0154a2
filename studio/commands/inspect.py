"""`studio inspect` and `studio` itself: the app."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.errors import BadInput, StudioError
from studio.opening import open_source
from studio.output import graphics_option
from widgets.graphics import Probe

if TYPE_CHECKING:
    from engine.dataset.source import FrameSource
    from studio.frames import FrameCache


@click.command()
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--index", type=click.IntRange(min=0), metavar="I", help="Begin with this frame instead of the first.")
@click.option("--overlay", metavar="NAMES", help="Overlays shown at first: `masks,boxes`, or none.")
@click.option("--filter", "query", metavar="QUERY", default="", help="Begin with these frames: `azimuth>90 class=cup`.")
@click.option("--sort", "order", metavar="NAME", default="", help="Begin in the order of a value: `-area`.")
@click.option("--coco", metavar="FILE", type=click.Path(path_type=Path), help="DIR holds the pictures of a COCO file.")
@click.option(
    "--predictions",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Show a COCO file of results beside the truth, the worst frames first.",
)
@click.option("--ascii", "characters", is_flag=True, help="Pictures of characters instead of half blocks.")
@graphics_option
def command(
    directory: Path | None,
    index: int | None,
    overlay: str | None,
    query: str,
    order: str,
    coco: Path | None,
    predictions: Path | None,
    characters: bool,
    graphics: str | None,
) -> None:
    """Browse a dataset's frames and annotations; `?` there shows the keys.

    DIR is the folder of a dataset, also of one that is still being rendered; with --coco, that of anybody's pictures.
    Without it, asks for one.
    """
    if directory is None:
        if coco is not None or predictions is not None:
            raise BadInput("--coco and --predictions need a folder: name the one of the dataset or of the pictures.")
        open_app(characters=characters, start="inspect", graphics=graphics)
        return
    if predictions is not None and not predictions.is_file():
        raise BadInput(f"{predictions} is no file; name a COCO file of results.")
    dataset = open_source(directory, coco)
    _need_terminal("`studio show` prints frames, and `studio show --json` their records, without one")
    probe = _asked(graphics)
    from studio.overlays import parse_overlays

    overlays = parse_overlays(overlay) if overlay is not None else None
    first = _FirstFrame(dataset, index)
    with _quick_imports():
        from studio.app import StudioApp
        from studio.browser import DEFAULT_OVERLAYS, Browser
        from studio.indexing import Narrowing
        from studio.recent import remember
        from studio.settings import load_settings

    settings = load_settings()
    remember(directory, dataset.name, coco)
    browser = Browser(index=index, overlays=DEFAULT_OVERLAYS if overlays is None else overlays)
    browser.narrowing = Narrowing(query, order)
    cache = first.cache()
    cache.predictions_file = predictions
    StudioApp(
        dataset,
        cache,
        browser,
        characters=characters,
        settings=settings,
        readonly=_readonly(),
        graphics=probe.graphics(graphics or settings.graphics),
        driver=probe.typed.driver(),
    ).run()


def open_app(
    *, characters: bool = False, start: str = "", graphics: str | None = None, recipe: Path | None = None
) -> None:
    """Open the app at one of its screens, or at the one of last time; the Recipe screen has `recipe` then."""
    _need_terminal("`studio --help` lists the commands that work without one")
    probe = _asked(graphics)
    with _quick_imports():
        from studio.app import StudioApp
        from studio.settings import load_settings

    settings = load_settings()
    app = StudioApp(
        characters=characters,
        start=start,
        settings=settings,
        readonly=_readonly(),
        graphics=probe.graphics(graphics or settings.graphics),
        driver=probe.typed.driver(),
    )
    if recipe is not None:
        app.keep("recipe", app.recall("recipe") | {"file": str(recipe)})
    app.run()


def _asked(graphics: str | None) -> Probe:
    """The question how the terminal shows pictures, which it answers while libraries load."""
    return click.get_current_context().with_resource(Probe(graphics))


def _readonly() -> bool:
    """Whether the program was started with --readonly."""
    context = click.get_current_context(silent=True)
    return bool(context is not None and (context.find_root().obj or {}).get("readonly"))


@contextmanager
def _quick_imports() -> Iterator[None]:
    """Load libraries without looking for garbage in between: it saves a tenth of a second, and what they make stays."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _need_terminal(otherwise: str) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise BadInput(f"The app needs a terminal, and this is none: {otherwise}.")
    term = os.environ.get("TERM", "")
    if term in ("dumb", "unknown"):
        raise BadInput(
            f"The app needs a terminal that can move its cursor, and TERM={term} says this one cannot: {otherwise}."
        )


class _FirstFrame:
    """Reads the frame that will be shown first, in a thread, while the screen's libraries load."""

    def __init__(self, dataset: FrameSource, index: int | None) -> None:
        self._dataset = dataset
        self._index = index
        self._cache: FrameCache | None = None
        self._problem: StudioError | None = None
        self._thread = threading.Thread(target=self._read, name="first-frame", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        from studio.frames import FrameCache

        self._cache = FrameCache(self._dataset)
        try:
            self._cache.indexer.prepare()
            indices = self._dataset.refresh()
        except StudioError as error:
            self._problem = error
            return
        if self._index is not None and indices and self._index not in indices:
            nearest = min(indices, key=lambda other: abs(other - (self._index or 0)))
            self._problem = BadInput(f"{self._dataset.root} has no frame {self._index}; the nearest is {nearest}.")
        elif indices:
            self._cache.load(indices[0] if self._index is None else self._index)

    def cache(self) -> FrameCache:
        """The cache that holds the frame; raises what went wrong."""
        self._thread.join()
        if self._problem is not None:
            raise self._problem
        assert self._cache is not None
        return self._cache
