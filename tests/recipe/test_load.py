"""Recipes from TOML: what is accepted, and errors that name file, key path, finding and remedy."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import presets
from engine.errors import RecipeError
from engine.recipe.distributions import Choice, Constant, LogUniform, Normal, Uniform
from engine.recipe.edit import copy_recipe
from engine.recipe.load import load_recipe, recipe_from_plain, recipe_to_plain
from engine.recipe.model import Recipe


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write_recipe(text: str) -> Path:
        path = tmp_path / "mug.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_recipe


def test_a_recipe_may_have_no_lights_or_an_empty_list_of_them(write: Any) -> None:
    assert load_recipe(write("")).lights == load_recipe(write("lights = []")).lights == ()
    assert len(load_recipe(write("[[lights]]\n[[lights]]\nkind = 'sun'")).lights) == 2


def test_an_empty_file_is_a_recipe_with_all_defaults(write: Any) -> None:
    recipe = load_recipe(write(""))
    assert recipe == Recipe(name="mug")


def test_every_kind_of_distribution_is_read(write: Any) -> None:
    recipe = load_recipe(
        write("""
        [camera]
        fill = 0.5
        elevation = { uniform = [5, 60] }
        distance = { log_uniform = [0.2, 2] }
        focal_length = { normal = [50, 10], min = 24, max = 85 }
        roll = { choice = [0, 90], weights = [3, 1] }
        """)
    )
    camera = recipe.camera
    assert camera.fill == Constant(0.5)
    assert camera.elevation == Uniform(5, 60)
    assert camera.distance == LogUniform(0.2, 2)
    assert camera.focal_length == Normal(50, 10, 24, 85)
    assert camera.roll == Choice((0, 90), (3, 1))


def test_a_normal_distribution_without_ends_respects_the_fields_bounds(write: Any) -> None:
    recipe = load_recipe(write("[[objects]]\npaint = { roughness = { normal = [0.1, 0.2] } }"))
    assert recipe.objects[0].paint.roughness == Normal(0.1, 0.2, 0.0, 0.9)


BAD = {
    "[camera]\nfil = 1": ("camera.fil", "Did you mean 'fill'?"),
    "[camera]\nfill = 'x'": ("camera.fill", "found the text 'x'"),
    "[camera]\nfill = true": ("camera.fill", "found true"),
    "[camera]\nfill = nan": ("camera.fill", "finite"),
    "[camera]\nfill = [1, 2]": ("camera.fill", "uniform = [low, high]"),
    "[camera]\nfill = { uniform = [0.9, 0.1] }": ("camera.fill.uniform", "empty"),
    "[camera]\nfill = { uniform = [0.1] }": ("camera.fill.uniform", "two numbers"),
    "[camera]\nfill = { uniform = [0.1, 99] }": ("camera.fill.uniform", "0.001 to 10"),
    "[camera]\nfill = { unifrom = [0.1, 1] }": ("camera.fill", "Did you mean 'uniform'?"),
    "[camera]\nfill = { uniform = [0.1, 1], weights = [1] }": ("camera.fill.weights", "no such setting"),
    "[camera]\nfill = { log_uniform = [0.1, 1], uniform = [0.1, 1] }": ("camera.fill", "one of"),
    "[camera]\nelevation = { log_uniform = [0, 1] }": ("camera.elevation.log_uniform", "above 0"),
    "[camera]\nelevation = { normal = [0, 0] }": ("camera.elevation.normal", "above 0"),
    "[camera]\nelevation = { normal = [0, 1], min = 5, max = 4 }": ("camera.elevation", "min must be below max"),
    "[[objects]]\ncount = 1.5": ("objects[0].count", "whole number"),
    "[[objects]]\ncount = { uniform = [1, 2.5] }": ("objects[0].count.uniform", "whole number"),
    "[[objects]]\nlook = 'txtured'": ("objects[0].look", "Did you mean 'textured'?"),
    "[[objects]]\nlook = { uniform = [0, 1] }": ("objects[0].look", "choice"),
    "[[objects]]\nlook = { choice = ['bare', 'colored'], weights = [1] }": ("objects[0].look.weights", "2 numbers"),
    "[[objects]]\nlook = { choice = ['bare'], weights = [0] }": ("objects[0].look.weights", "not all 0"),
    "[[objects]]\nlook = { choice = [] }": ("objects[0].look.choice", "at least one"),
    "[[objects]]\ncount = 0": ("objects[0].count", "at least 1"),
    "[[objects]]\ncount = { uniform = [0, 3] }": ("objects[0].count", "without any object"),
    "objects = [" + "{ count = 1000 }, " * 66 + "]": ("objects", "65535"),
    "objects = []": ("objects", "one or more"),
    "objects = 3": ("objects", "one or more"),
    "[[objects]]\nmodel = 'cupp'": ("objects[0].model", "Did you mean 'cup'?"),
    "[[objects]]\nmodel = ''": ("objects[0].model", "empty"),
    "[surroundings]\nhdris = []": ("surroundings.hdris", "at least one"),
    "[surroundings]\nhdris = ['none.exr']": ("surroundings.hdris[0]", "there is no file"),
    "[surroundings]\nhdris = 3": ("surroundings.hdris", "list of texts"),
    "[backdrop]\nphotos = ['none.jpg']": ("backdrop.photos[0]", "there is no file"),
    "[scene]\nfiles = []": ("scene.files", "`demo`"),
    "[scene]\nfiles = ['kitchen.blend']": ("scene.files[0]", "there is no file"),
    "[scene]\nlights = 'hdri'": ("scene.lights", "own, surroundings, both"),
    "lights = 3": ("lights", "one or more"),
    "[[lights]]\nkind = 'spott'": ("lights[0].kind", "Did you mean 'spot'?"),
    "[[lights]]\ntemperature = 500": ("lights[0].temperature", "1667 to 25000"),
    "[render]\nresolution = [640]": ("render.resolution", "[width, height]"),
    "[render]\nresolution = [640, 480.5]": ("render.resolution", "whole pixels"),
    "[render]\nresolution = [640, 4]": ("render.resolution", "8 to 8192"),
    "[render]\nsamples = 0": ("render.samples", "1 to 65536"),
    "[render]\ndenoise = 1": ("render.denoise", "true or false"),
    "[render]\npasses = ['depht']": ("render.passes[0]", "Did you mean 'depth'?"),
    "camera = 3": ("camera", "a table"),
    "x = ": ("mug.toml", "not valid TOML"),
}


@pytest.mark.parametrize("text", BAD, ids=[text.replace("\n", " ") for text in BAD])
def test_an_error_names_file_key_path_and_remedy(write: Any, text: str) -> None:
    with pytest.raises(RecipeError) as caught:
        load_recipe(write(text))
    for part in ("mug.toml", *BAD[text]):
        assert part in str(caught.value)


def test_a_missing_file_a_folder_and_a_binary_file_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "image.toml").write_bytes(b"\x89PNG\xff\xfe")
    for name, part in {"none.toml": "no such file", ".": "folder", "image.toml": "UTF-8"}.items():
        with pytest.raises(RecipeError, match=part):
            load_recipe(tmp_path / name)


def test_overrides_change_any_setting_and_paths_need_no_quotes(write: Any, tmp_path: Path) -> None:
    model = tmp_path / "my cup.obj"
    model.touch()
    recipe = load_recipe(
        write("[render]\nsamples = 8\n[[objects]]\nclass = 'mug'"),
        [
            "render.samples=16",
            "render.resolution=[64, 48]",
            f"objects[0].model={model}",
            "objects[0].class=beaker",
            "objects[1].model=cup",
            "camera.fill={ uniform = [0.2, 0.3] }",
            "render.denoise = false",
        ],
    )
    assert recipe.render.samples == 16
    assert recipe.render.resolution == (64, 48)
    assert [item.model for item in recipe.objects] == [str(model), "cup"]
    assert recipe.objects[0].class_name == "beaker"
    assert recipe.camera.fill == Uniform(0.2, 0.3)
    assert recipe.render.denoise is False


@pytest.mark.parametrize(
    ("override", "part"),
    [
        ("render.samples", "no '='"),
        ("render.sampels=3", "Did you mean 'samples'?"),
        ("render.samples=many", "found the text 'many'"),
        ("objects[3].model=cup", "there are 1"),
        ("render[0]=3", "there are 0"),
        ("name.x=3", "leads nowhere"),
        ("3x=3", "no key path"),
    ],
)
def test_a_wrong_override_is_named(write: Any, override: str, part: str) -> None:
    with pytest.raises(RecipeError) as caught:
        load_recipe(write("name = 'a'\n[[objects]]\n[render]\n"), [override])
    assert "--set" in str(caught.value)
    assert part in str(caught.value)


TWO_KINDS = "[[objects]]\ncount = 0\n[[objects]]\n[camera]\nfill = { uniform = [0.3, 0.5] }\n"


@pytest.mark.parametrize(
    ("overrides", "start"),
    [
        (["rendr.x=1"], "--set rendr.x: rendr: there is no such setting"),
        (["render.x.y=1", "render.samples=3"], "--set render.x.y: render.x: there is no such setting"),
        (["render=3"], "--set render: found 3"),
        (["render.samples=3", "render.samples=many"], "--set render.samples: found the text"),
        (["camera.fill.normal=[1, 2]"], "--set camera.fill.normal: camera.fill: found uniform, normal"),
        (["camera.fill.uniform=[2, 1]"], "--set camera.fill.uniform: the range"),
        (["camera={ fil = 1 }"], "--set camera.fil: there is no such setting"),
        (["objects[1].count=0", "render.samples=3"], "--set objects[1].count: objects: a frame could come out"),
        (["objects=[{ count = 1 }]", "objects[0].count=x", "name=a"], "--set objects[0].count: found the text 'x'"),
    ],
)
def test_the_override_is_blamed_and_not_the_file(write: Any, overrides: list[str], start: str) -> None:
    with pytest.raises(RecipeError) as caught:
        load_recipe(write(TWO_KINDS), overrides)
    assert str(caught.value).startswith(start)


def test_the_file_is_blamed_for_its_own_faults_whatever_is_overridden(write: Any) -> None:
    with pytest.raises(RecipeError) as caught:
        load_recipe(
            write("[camera]\nfill = 'x'\n[render]\nsamples = 'y'\n"), ["camera.fill=0.5", "render.denoise=true"]
        )
    assert str(caught.value).startswith("mug.toml: render.samples: found the text 'y'")


def test_paths_in_a_file_are_relative_to_it(write: Any, tmp_path: Path) -> None:
    (tmp_path / "duck.glb").touch()
    assert load_recipe(write("[[objects]]\nmodel = 'duck.glb'")).objects[0].model == str(tmp_path / "duck.glb")


@pytest.mark.parametrize("name", presets.names())
def test_a_preset_reads_back_from_plain_data(name: str) -> None:
    recipe = load_recipe(presets.find(name))
    assert recipe_from_plain(recipe_to_plain(recipe), name) == recipe


plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["uniform", "choice", "weights", "normal", "fill", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(["objects", "camera", "render", "name", "surroundings", "zzz"]), plain_values))
def test_whatever_stands_in_a_recipe_only_recipe_errors_come_out(plain: dict[str, Any]) -> None:
    with contextlib.suppress(RecipeError):
        recipe_from_plain(plain, "fuzz")


def test_a_copy_keeps_comments_and_takes_changes(tmp_path: Path) -> None:
    copy = tmp_path / "mine.toml"
    copy_recipe(presets.find("basic"), copy, ["camera.fill=0.5"])
    text = copy.read_text(encoding="utf-8")
    assert "# share of the picture's shorter side" in text
    assert tomlkit.parse(text)["camera"]["fill"] == 0.5
    with pytest.raises(RecipeError, match="already"):
        copy_recipe(presets.find("basic"), copy)
    with pytest.raises(RecipeError, match=r"\.toml"):
        copy_recipe(presets.find("basic"), tmp_path / "mine")
    with pytest.raises(RecipeError, match="cannot be written"):
        copy_recipe(presets.find("basic"), tmp_path / "none" / "mine.toml")


NAMES_FILES = """
[[objects]]
model = "models/duck.glb"  # inside
[[objects]]
model = "../spot.blend#Spot"  # outside
[[objects]]
model = "./cup"  # a file
[[objects]]
model = "cup"  # a word
[[objects]]
model = "./~duck"  # nobody's home folder
[surroundings]
hdris = [
    "builtin:city",  # one
    "../skies",
]
"""


@pytest.mark.parametrize(
    ("folder", "names"),
    [
        ("a", ["models/duck.glb", "ROOT/spot.blend#Spot", "./cup", "cup", "ROOT/a/~duck", "ROOT/skies"]),
        ("b", ["ROOT/a/models/duck.glb", "ROOT/spot.blend#Spot", "ROOT/a/cup", "cup", "ROOT/a/~duck", "ROOT/skies"]),
        (".", ["a/models/duck.glb", "spot.blend#Spot", "a/cup", "cup", "a/~duck", "./skies"]),
    ],
)
def test_a_copy_elsewhere_names_the_same_files(tmp_path: Path, folder: str, names: list[str]) -> None:
    for made in ("a/models", "b", "skies"):
        (tmp_path / made).mkdir(parents=True)
    for file in ("a/models/duck.glb", "spot.blend", "a/cup", "a/~duck", "skies/sun.exr"):
        (tmp_path / file).touch()
    origin, copy = tmp_path / "a" / "origin.toml", tmp_path / folder / "copy.toml"
    origin.write_text(NAMES_FILES)
    copy_recipe(origin, copy)
    text = copy.read_text()
    plain = tomlkit.parse(text).unwrap()
    found = [item["model"] for item in plain["objects"]] + plain["surroundings"]["hdris"][1:]
    assert found == [name.replace("ROOT", str(tmp_path)) for name in names]
    assert 'models/duck.glb"  # inside' in text
    first, second = load_recipe(origin), load_recipe(copy)
    assert first.objects == second.objects
    assert first.surroundings == second.surroundings


def test_an_unknown_preset_is_named_with_a_near_miss() -> None:
    with pytest.raises(RecipeError, match="Did you mean 'basic'"):
        presets.find("basci")
