"""docs/gallery.md shows the presets' contact sheets, which are small."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from PIL import Image

import presets

DOCS = Path(__file__).parent.parent / "docs"


def test_the_page_is_up_to_date() -> None:
    page = runpy.run_path(str(DOCS / "make_gallery.py"))["page"]
    assert (DOCS / "gallery.md").read_text() == page(), "run `python docs/make_gallery.py --page-only`"


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_has_a_sheet(name: str) -> None:
    path = DOCS / "gallery" / f"{name}.jpg"
    assert Image.open(path).size == (960, 480), f"`python docs/make_gallery.py {name}` makes it"
    assert path.stat().st_size < 110_000
