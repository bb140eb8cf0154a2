"""Makes docs/gallery/NAME.jpg, a contact sheet of every preset, and docs/gallery.md, the page that shows them.

    python docs/make_gallery.py [NAME ...] [--count 24] [--seed 1] [--keep FOLDER] [--page-only]

Each preset is rendered by the program itself, as it ships but for its size: 160x120 at 16 samples. With --keep the
frames stay in a folder, one for each preset, and those that are there already are not rendered again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

import presets  # noqa: E402
from engine.dataset.read import Dataset  # noqa: E402
from engine.recipe.load import load_recipe  # noqa: E402

GALLERY = REPOSITORY / "docs" / "gallery"
PAGE = REPOSITORY / "docs" / "gallery.md"
COLUMNS = 6
TILE = (160, 120)
SMALL = ("render.resolution=[160, 120]", "render.samples=16")


def render(name: str, root: Path, count: int, seed: int) -> None:
    """Render the first frames of a preset."""
    settings = [part for setting in SMALL for part in ("--set", setting)]
    command = [sys.executable, "-m", "studio", "render", name, *settings]
    command += ["--count", str(count), "--seed", str(seed), "--out", str(root)]
    subprocess.run(command, check=True, cwd=REPOSITORY)


def contact_sheet(root: Path, count: int) -> Image.Image:
    """The frames 0 … count - 1 of a dataset, row by row."""
    dataset = Dataset.open(root)
    sheet = Image.new("RGB", (COLUMNS * TILE[0], -(-count // COLUMNS) * TILE[1]))
    for index in range(count):
        tile = Image.fromarray(dataset.image(index)).resize(TILE, Image.Resampling.LANCZOS)
        sheet.paste(tile, (index % COLUMNS * TILE[0], index // COLUMNS * TILE[1]))
    return sheet


def page() -> str:
    """The page in Markdown: each preset with its description and its sheet."""
    parts = [
        "# Gallery",
        "",
        "The first frames of every preset, as it ships but for its size: 160x120 at 16 samples.",
        "`python docs/make_gallery.py` makes this page and its pictures.",
    ]
    for name in (name for name in presets.names() if (GALLERY / f"{name}.jpg").exists()):
        description = load_recipe(presets.find(name)).description
        parts += ["", f"## {name}", "", f"{description}: `studio render {name} --count 100 --out {name}`", ""]
        parts += [f"![Frames of the preset `{name}`](gallery/{name}.jpg)"]
    return "\n".join(parts) + "\n"


def main() -> None:
    """Make the sheets that are asked for, and the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="presets; all when left out")
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("--page-only", action="store_true")
    options = parser.parse_args()
    GALLERY.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        for name in [] if options.page_only else options.names or presets.names():
            render(name, folder / name, options.count, options.seed)
            path = GALLERY / f"{name}.jpg"
            contact_sheet(folder / name, options.count).save(path, quality=82, optimize=True)
            print(f"{path.relative_to(REPOSITORY)}: {path.stat().st_size / 1000:.0f} kB", flush=True)
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
