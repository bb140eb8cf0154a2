"""`studio report`: a dataset as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from studio.output import emit_json, json_option

if TYPE_CHECKING:
    from engine.dataset.columns import Columns
    from engine.dataset.read import Dataset
    from engine.export.coco_view import CocoView
    from engine.report.contents import About

FRAMES = 200
"""Frames that are shown unless `--frames` says otherwise."""

SIDE = 400
"""Pixels of the longer side of their pictures."""

FILE_NAME = "report.html"


@click.command(short_help="Write a dataset's pictures, statistics and problems into one HTML page.")
@click.argument("dataset", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="The page; DIR/report.html without it.")
@click.option(
    "--frames", default=FRAMES, show_default=True, type=click.IntRange(0, 5000), help="Frames to show, at most."
)
@click.option("--seed", type=click.IntRange(min=0), metavar="S", help="Draw them by a seed, not evenly by number.")
@click.option(
    "--side", default=SIDE, show_default=True, type=click.IntRange(64, 2048), help="Pixels of pictures' sides."
)
@click.option("--filter", "query", metavar="QUERY", default="", help="Only these frames: `azimuth>90 class=cup`.")
@click.option("--check-all", is_flag=True, help="Read back all frames, not only those shown.")
@click.option("--coco", metavar="FILE", type=click.Path(path_type=Path), help="DIR holds the pictures of a COCO file.")
@json_option
def command(
    dataset: Path,
    out: Path | None,
    frames: int,
    seed: int | None,
    side: int,
    query: str,
    check_all: bool,
    coco: Path | None,
    as_json: bool,
) -> None:
    """Write a page about the dataset in DIR: a gallery with overlays and filters, statistics, and problems.

    The page is one file that loads nothing: it can be mailed, and opened in any browser. Statistics are of all frames.
    Of many frames, only some are shown, spread evenly or drawn by --seed, and those are read back as `studio validate`
    does; --check-all reads back all.
    """
    from engine.dataset.stats import brightness_of, statistics_of
    from engine.report.contents import chosen, contents
    from engine.report.findings import findings
    from engine.report.page import page, refuse_target, write_page
    from studio.commands.stats import opened
    from studio.counting import counted
    from studio.units import unit_of

    target = out or dataset / FILE_NAME
    source, columns = opened(dataset, coco)
    refuse_target(target)
    if query:
        from engine.dataset.columns import take
        from engine.dataset.query import matching

        columns = take(columns, matching(columns, query))
    shown = chosen(columns.indices, frames, seed)
    checked = columns.indices if check_all else shown
    with counted("Checking", len(checked)) as progress:
        found = findings(source, columns, checked, progress)
    statistics = statistics_of(columns)
    statistics.brightness, statistics.brightness_sample = brightness_of(source, columns.indices)
    units = {path: unit_of(path) for path in statistics.drawn.numbers}
    about = _about(source, columns, dataset, query)
    with counted("Drawing", len(shown)) as progress:
        made = contents(source, about, statistics, found, shown, units, seed=seed, side=side, progress=progress)
    size = write_page(target, page(made))
    problems = len(found.frames) + len(found.others)
    if as_json:
        emit_json(
            {
                "report": str(target),
                "bytes": size,
                "frames": statistics.frames,
                "shown": [frame["index"] for frame in made["frames"]],
                "checked": found.checked,
                "problems": problems,
            }
        )
        return
    some = f"{len(shown)} of {statistics.frames:,}" if len(shown) < statistics.frames else f"all {len(shown)}"
    told = f", {problems:,} problem{'s' * (problems != 1)}" if problems else ""
    click.echo(f"Wrote {target} ({size / 1e6:.1f} MB): {some} frames shown, {found.checked:,} checked{told}.")


def _about(source: Dataset | CocoView, columns: Columns, folder: Path, query: str) -> About:
    from engine.dataset.read import Dataset
    from engine.report.contents import About
    from studio.units import grouped

    seen = int((columns.instances["area"] > 0).sum())
    kinds: list[str] = []
    facts = {"Frames": grouped(len(columns)), "Instances": grouped(seen)}
    if isinstance(source, Dataset):
        manifest = source.manifest
        width, height = manifest.storage.resolution
        kinds = [
            str(entry.get("class") or Path(str(entry.get("model"))).stem)
            for entry in manifest.recipe.get("objects", ())
        ]
        facts |= {
            "Classes": str(len(manifest.classes)),
            "Picture": f"{width} × {height} px, {manifest.storage.image.upper()}",
            "Passes": ", ".join(manifest.storage.passes) or "none",
            "Seed": str(manifest.seed),
            "Made with": f"Studio {manifest.versions.studio}, Blender {manifest.versions.blender}",
            "Begun": manifest.created_at[:16].replace("T", " ") + " UTC",
        }
    else:
        facts |= {"Classes": str(len(source.categories)), "Annotations": source.file.name}
    return About(title=source.name, folder=str(folder.absolute()), facts=facts, kinds=kinds, query=query)
