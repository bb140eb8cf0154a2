from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

import presets
from engine.dataset.manifest import Manifest, differences, encode_manifest, fingerprint_of, read_manifest
from engine.errors import DatasetError
from engine.recipe.load import load_recipe, recipe_to_plain
from tests.factory import make_test_manifest


def changed(manifest: Manifest, **values: Any) -> Manifest:
    other = msgspec.structs.replace(manifest, **values)
    return msgspec.structs.replace(other, fingerprint=fingerprint_of(other))


def with_recipe(manifest: Manifest, path: list[Any], value: Any) -> Manifest:
    recipe: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(manifest.recipe))
    inner: Any = recipe
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed(manifest, recipe=recipe)


def test_a_manifest_survives_the_disk(tmp_path: Path) -> None:
    manifest = make_test_manifest()
    (tmp_path / "dataset.json").write_bytes(encode_manifest(manifest))
    assert read_manifest(tmp_path) == manifest


def test_classes_count_from_one() -> None:
    manifest = make_test_manifest()
    assert [(entry.id, entry.name) for entry in manifest.classes] == [(1, "cup"), (2, "bowl")]
    assert manifest.class_id("bowl") == 2
    assert manifest.class_id("fork") is None


def test_what_decides_pixels_changes_the_fingerprint_and_is_named() -> None:
    stored = make_test_manifest()
    asset = msgspec.structs.replace(stored.assets[1], content_hash="another")
    others = {
        "objects[1].count (1 there, 2 now)": with_recipe(stored, ["objects", 1, "count"], 2),
        "surroundings.strength.uniform[0] (0.6 there, 0.5 now)": with_recipe(
            stored, ["surroundings", "strength", "uniform", 0], 0.5
        ),
        "render.denoise (absent there, true now)": with_recipe(stored, ["render", "denoise"], True),
        "seed (0 there, 1 now)": changed(stored, seed=1),
        'Blender version ("5.2.3" there, "5.2.4" now)': changed(
            stored, versions=msgspec.structs.replace(stored.versions, blender="5.2.4")
        ),
        f"objects[1].model ({asset.name} is not the same as it was: the file, or the version of this program, "
        "has changed)": changed(stored, assets=(stored.assets[0], asset, *stored.assets[2:])),
    }
    for text, other in others.items():
        assert differences(stored, other) == [text]
        assert other.fingerprint != stored.fingerprint


def test_settings_that_came_after_a_dataset_are_at_their_defaults_in_it() -> None:
    """A program that learns new settings goes on with the datasets that it has begun."""
    plain = recipe_to_plain(load_recipe(presets.find("basic")))
    now = changed(make_test_manifest(), recipe=msgspec.json.decode(msgspec.json.encode(plain)))
    without = {key: value for key, value in now.recipe["render"].items() if key != "jpeg_quality"}
    older = with_recipe(now, ["render"], without)
    assert differences(older, now) == []
    assert differences(older, with_recipe(now, ["render", "jpeg_quality"], 12)) != []
    assert differences(with_recipe(now, ["unheard"], 1), now) == ["unheard (1 there, absent now)"], "it cannot be read"


def test_what_decides_no_pixels_does_not() -> None:
    stored = make_test_manifest()
    moved = tuple(msgspec.structs.replace(entry, path="/elsewhere") for entry in stored.assets)
    others = [
        with_recipe(stored, ["description"], "the same"),
        with_recipe(stored, ["objects", 0, "model"], "/elsewhere/ball.obj"),
        with_recipe(stored, ["surroundings", "hdris"], ["/elsewhere"]),
        changed(stored, created_at="2001-01-01T00:00:00+00:00"),
        changed(stored, assets=moved),
        changed(stored, name="other"),
    ]
    for other in others:
        assert differences(stored, other) == []
        assert other.fingerprint == stored.fingerprint


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is not the manifest of a dataset"),
        (b"{", "is not the manifest of a dataset"),
        (b'{"format": "coco", "version": 1}', "its format is 'coco'"),
        (b'{"format": "dataset-studio", "version": 99}', "newer version"),
        (b'{"format": "dataset-studio", "version": 1, "seed": "x"}', "is damaged"),
        (b"\xff\xfe", "is not the manifest of a dataset"),
    ],
)
def test_other_files_are_refused_by_name(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "dataset.json").write_bytes(content)
    with pytest.raises(DatasetError, match=complaint) as caught:
        read_manifest(tmp_path)
    assert str(tmp_path / "dataset.json") in str(caught.value)
