"""Plug-ins without Blender: permission, loading, options, errors that name file and line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click.testing
import msgspec
import pytest

from engine.dataset.manifest import AssetEntry, ClassEntry, Storage, make_manifest
from engine.errors import AssetError, RecipeError, RenderError
from engine.frame.catalog import Catalog
from engine.frame.draw import draw
from engine.frame.spec import FrameSpec
from engine.frame.spread import varying
from engine.library.precheck import check_assets
from engine.plugins.plugin import load_plugins, with_assets
from engine.plugins.trust import is_trusted, trust
from engine.recipe.load import recipe_from_plain, recipe_to_plain
from engine.recipe.model import Recipe
from studio.cli import group
from tests.frame.catalogs import catalog

DIMMER = """
import msgspec
OPTIONS = {"dim": (0.5, 1.0), "kind": ["soft", "hard"], "skies": ""}

def randomize(spec, draws):
    draws.text("kind")
    world = msgspec.structs.replace(spec.world, strength=spec.world.strength * draws.number("dim"))
    return msgspec.structs.replace(spec, world=world)

def assets(options):
    return {"surroundings.hdris": [options["skies"]]} if options["skies"] else {}
"""


@pytest.fixture
def dimmer(tmp_path: Path) -> Path:
    path = tmp_path / "dimmer.py"
    path.write_text(DIMMER)
    trust(path)
    return path


def recipe_with(path: Path | str, **options: Any) -> Recipe:
    return recipe_from_plain({"plugins": [{"module": str(path), "options": options}]}, "t")


def drawn(recipe: Recipe, index: int = 0) -> FrameSpec:
    assets = catalog()
    randomizers = tuple(plugin.randomize for plugin in load_plugins(recipe))
    return draw(recipe, Catalog(assets.models, assets.hdris, randomizers=randomizers), 3, index)


def test_a_file_runs_only_once_it_was_allowed(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "mine.py"
    path.parent.mkdir()
    path.write_text("raise SystemExit('it ran')")
    recipe = recipe_with(path)
    for refuses in (load_plugins, check_assets):
        with pytest.raises(AssetError, match=rf"{path}: .* code that would run as you.*`studio plugins trust {path}`"):
            refuses(recipe)
    runner = click.testing.CliRunner()
    assert runner.invoke(group, ["plugins", "trust", str(path.parent)]).exit_code == 0
    assert is_trusted(path)
    assert not is_trusted(tmp_path / "folder-2" / "mine.py")
    told = json.loads(runner.invoke(group, ["plugins", "ls", "--json"]).stdout)
    assert told == {"installed": {}, "trusted": [str(path.parent)]}
    assert runner.invoke(group, ["plugins", "distrust", str(path.parent)]).exit_code == 0
    assert not is_trusted(path)


def test_it_changes_frames_by_named_streams_and_shifts_nothing_else(dimmer: Path) -> None:
    without = draw(recipe_from_plain({}, "t"), catalog(), 3, 0)
    spec = drawn(recipe_with(dimmer))
    dim = spec.drawn["plugins[0].options.dim"]
    assert isinstance(dim, float)
    assert 0.5 < dim < 1
    assert spec.world.strength == without.world.strength * dim
    same = msgspec.structs.replace(spec, world=without.world, drawn=without.drawn)
    assert same == without
    assert drawn(recipe_with(dimmer)) == spec
    assert {drawn(recipe_with(dimmer), i).drawn["plugins[0].options.kind"] for i in range(12)} == {"soft", "hard"}


def test_options_may_be_distributions_and_are_part_of_the_recipe(dimmer: Path) -> None:
    recipe = recipe_with(dimmer, dim={"uniform": [0.1, 0.2]}, kind={"choice": ["hard"]})
    assert 0.1 < float(drawn(recipe).drawn["plugins[0].options.dim"]) < 0.2
    assert recipe_from_plain(recipe_to_plain(recipe), "t") == recipe
    assert "plugins[0].options.dim" in [path for path, _, _ in varying(recipe)]
    with pytest.raises(AssetError, match=r"plugins\[0\]\.options\.dimm: dimmer\.py has no such option; it has: dim, k"):
        load_plugins(recipe_with(dimmer, dimm=1))
    with pytest.raises(RecipeError, match=r"plugins\[0\]\.options\.dim\.uniform: .* range \[2, 1\] is empty"):
        recipe_with(dimmer, dim={"uniform": [2, 1]})
    with pytest.raises(RecipeError, match=r"plugins\[0\]\.module: there is no file"):
        recipe_with("./no.py")
    with pytest.raises(AssetError, match=r"there is no plug-in 'fog'; none is installed"):
        load_plugins(recipe_with("fog"))


def test_it_is_a_source_of_assets(dimmer: Path) -> None:
    recipe = recipe_with(dimmer, skies="skies")
    extended = with_assets(recipe, load_plugins(recipe))
    assert extended.surroundings.hdris == ("builtin", str(dimmer.parent / "skies"))


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("x = 1\ny = z\n", r"bad\.py, line 2: the plug-in cannot be loaded \(NameError: name 'z' is not defined\)"),
        ("def f(:\n", r"bad\.py, line 1: the plug-in cannot be loaded \(SyntaxError"),
    ],
)
def test_what_cannot_be_loaded_is_told_with_file_and_line(tmp_path: Path, source: str, wanted: str) -> None:
    path = tmp_path / "bad.py"
    path.write_text(source)
    trust(path)
    with pytest.raises(AssetError, match=wanted):
        load_plugins(recipe_with(path))


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("    return 1 / 0", r"Frame 0: .*bad\.py, line 2: .*`randomize` \(ZeroDivisionError: division by zero\)"),
        ("    return None", r"Frame 0: .*bad\.py: .*it returns NoneType, not the FrameSpec"),
        ("    return draws.number('x')", r"bad\.py, line 2: .*KeyError: 'x'"),
    ],
)
def test_what_fails_in_a_frame_is_told_with_file_and_line(tmp_path: Path, body: str, wanted: str) -> None:
    path = tmp_path / "bad.py"
    path.write_text(f"def randomize(spec, draws):\n{body}\n")
    trust(path)
    with pytest.raises(RenderError, match=wanted):
        drawn(recipe_with(path))


def test_its_code_decides_the_fingerprint_and_its_place_does_not(dimmer: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / "dimmer.py"
    moved.parent.mkdir()
    moved.write_text(DIMMER)
    trust(moved)

    def fingerprint(path: Path) -> str:
        recipe = recipe_with(path)
        assets = [AssetEntry(f"{p.place}.module", p.name, str(p.path), p.content_hash) for p in load_plugins(recipe)]
        storage = Storage((64, 48), "png", 92, ())
        plain, classes = recipe_to_plain(recipe), [ClassEntry(1, "cup")]
        return make_manifest(
            name="t", recipe=plain, seed=0, classes=classes, assets=assets, storage=storage, blender_version="5"
        ).fingerprint

    before = fingerprint(dimmer)
    assert fingerprint(moved) == before
    moved.write_text(DIMMER + "\n# changed\n")
    assert fingerprint(moved) != before


def test_an_installed_one_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dimmer_plugin.py").write_text(DIMMER)
    info = tmp_path / "dimmer_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: dimmer-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[dataset_studio.plugins]\ndimmer = dimmer_plugin\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "plugins[0].options.dim" in drawn(recipe_with("dimmer")).drawn
