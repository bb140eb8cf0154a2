"""`studio stats`: what a dataset holds, in numbers and charts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from studio.opening import open_source
from studio.output import emit_json, json_option

if TYPE_CHECKING:
    from engine.dataset.columns import Columns
    from engine.dataset.read import Dataset
    from engine.export.coco_view import CocoView


@click.command(short_help="Count instances, sizes, places, views and brightness of a dataset.")
@click.argument("dataset", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--coco", metavar="FILE", type=click.Path(path_type=Path), help="DIR holds the pictures of a COCO file.")
@click.option("--filter", "query", metavar="QUERY", default="", help="Only these frames: `azimuth>90 class=cup`.")
@json_option
def command(dataset: Path, coco: Path | None, query: str, as_json: bool) -> None:
    """Show statistics of the dataset in DIR: instances by class, box sizes, where boxes lie, views, brightness, and how
    the values drawn from the recipe spread.

    The first time, all records are read; after that only new ones. Brightness is that of a sample of pictures.
    """
    import msgspec

    from engine.dataset.stats import brightness_of, statistics_of

    source, columns = opened(dataset, coco)
    if query:
        from engine.dataset.columns import take
        from engine.dataset.query import matching

        columns = take(columns, matching(columns, query))
    found = statistics_of(columns)
    found.brightness, found.brightness_sample = brightness_of(source, columns.indices)
    if as_json:
        emit_json({"dataset": str(dataset), **msgspec.to_builtins(found)})
        return
    from rich.console import Console

    from studio.stats_text import charts_of, drawn_chart, summary_line

    console = Console(highlight=False)
    console.print(f"{dataset}: {summary_line(found)}")
    plain = (console.encoding or "").lower() not in ("utf-8", "utf8")
    width = min(console.width, 80)
    charts = charts_of(found, width, "cyan", plain=plain)
    if found.drawn.numbers or found.drawn.texts:
        charts.append(drawn_chart(found.drawn, width, plain=plain))
    for title, chart in charts:
        console.print(f"\n[bold]{title}[/bold]")
        console.print(chart)


def opened(folder: Path, coco: Path | None) -> tuple[Dataset | CocoView, Columns]:
    """A dataset of ours, or of a COCO file, with all its columns; raises DatasetError."""
    from engine.dataset.read import Dataset

    source = open_source(folder, coco)
    if not isinstance(source, Dataset):
        return source, source.columns()
    from engine.dataset.index import DatasetIndex
    from studio.counting import counted

    index = DatasetIndex.of(source)
    index.tell_dataset()
    with counted("Indexing", len(source)) as progress:
        index.update(progress)
    return source, index.columns
