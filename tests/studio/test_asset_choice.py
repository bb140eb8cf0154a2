"""What a recipe's setting names, as assets of the library, and back again."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.library.assets import Asset, Kind
from studio.asset_choice import AssetChoice

FOLDER = Path("/work")


def asset(key: str, kind: Kind = "hdri") -> Asset:
    return Asset(key, kind, Path(key).name, "builtin" if key.startswith("builtin") else "/data", key)


HDRIS = {key: asset(key) for key in ("builtin:city", "builtin:forest", "/data/a.hdr", "/data/b.exr", "/work/c.hdr")}
MODELS = {key: asset(key, "model") for key in ("builtin:cup/bare", "/data/mug.obj")}


@pytest.mark.parametrize(
    ("entries", "keys"),
    [
        (["builtin:city"], ("builtin:city",)),
        (["builtin"], ("builtin:city", "builtin:forest")),
        (["/data"], ("/data/a.hdr", "/data/b.exr")),
        (["c.hdr", "../data/b.exr"], ("/work/c.hdr", "/data/b.exr")),
        (["/elsewhere/x.hdr", "/dat"], ()),
    ],
)
def test_entries_name_assets(entries: list[str], keys: tuple[str, ...]) -> None:
    assert AssetChoice(entries, HDRIS, FOLDER).keys == keys


@pytest.mark.parametrize(
    ("before", "keys", "after"),
    [
        (["builtin"], ("builtin:city", "builtin:forest"), ["builtin"]),
        (["builtin"], ("builtin:forest",), ["builtin:forest"]),
        (["builtin"], ("builtin:city", "builtin:forest", "/data/a.hdr"), ["builtin", "/data/a.hdr"]),
        (["/data", "c.hdr"], ("/data/b.exr", "/work/c.hdr"), ["c.hdr", "/data/b.exr"]),
        (["/elsewhere/x.hdr"], ("builtin:city",), ["/elsewhere/x.hdr", "builtin:city"]),
        ([], (), []),
    ],
    ids=["all of a group", "one of a group", "more than a group", "relative stays", "unknown stays", "nothing"],
)
def test_chosen_assets_are_named(before: list[str], keys: tuple[str, ...], after: list[str]) -> None:
    assert AssetChoice(before, HDRIS, FOLDER).entries(keys) == after


def test_the_cup_is_one_model() -> None:
    choice = AssetChoice(["cup"], MODELS, FOLDER)
    assert choice.keys == ("builtin:cup/bare",)
    assert choice.entries(choice.keys) == ["cup"]
    assert choice.entries(("/data/mug.obj",)) == ["/data/mug.obj"]
    assert AssetChoice([], MODELS, FOLDER).entries(("builtin:cup/bare",)) == ["cup"]
