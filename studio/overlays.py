"""The names of overlays as people type them on the command line."""

from __future__ import annotations

import difflib

import click

from engine.annotate.overlay_names import OVERLAYS

OPTION_HELP = f"What to draw over the picture: {','.join(OVERLAYS[:-1])}, all or none."


def parse_overlays(text: str) -> frozenset[str]:
    """The overlays in a list like `masks,boxes`; raises click.BadParameter for a name that is none of them."""
    words = [word for word in text.replace(",", " ").lower().split() if word != "none"]
    chosen: set[str] = set()
    for word in words:
        if word == "all":
            chosen.update(OVERLAYS)
        elif word in OVERLAYS:
            chosen.add(word)
        else:
            near = difflib.get_close_matches(word, [*OVERLAYS, "all", "none"], n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.BadParameter(f"There is no overlay '{word}'; there are {', '.join(OVERLAYS)}, all, none.{hint}")
    return frozenset(chosen)
