"""What a recipe needs to use assets of the library: as values, and as lines to be pasted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.library.assets import CUP_KEY, Asset


@dataclass(frozen=True, slots=True)
class Uses:
    """What a recipe says to use some assets."""

    objects: tuple[dict[str, Any], ...]
    """A table for each model."""
    settings: dict[str, Any]
    """Values of settings, by path."""

    def __bool__(self) -> bool:
        return bool(self.objects or self.settings)


def uses_of(assets: Sequence[Asset]) -> Uses:
    """Models as objects, HDRIs as surroundings, backdrops behind it all, textures on the ground.

    Pictures that are no map of a set are left out: see `nameless`.
    """
    by_kind: dict[str, list[Asset]] = {}
    for asset in assets:
        by_kind.setdefault(asset.kind, []).append(asset)
    settings: dict[str, Any] = {}
    if hdris := by_kind.get("hdri"):
        settings["surroundings.hdris"] = list(map(recipe_name, hdris))
    if photos := by_kind.get("backdrop"):
        settings |= {"backdrop.kind": "photo", "backdrop.photos": list(map(recipe_name, photos))}
    if sets := one_of_each_set(by_kind.get("texture", ())):
        settings |= {"ground.finish": "pbr", "ground.textures": list(map(recipe_name, sets))}
    return Uses(tuple(map(object_values, by_kind.get("model", ()))), settings)


def one_of_each_set(textures: Iterable[Asset]) -> list[Asset]:
    """A picture for each set of PBR pictures, the one of its colour where that is among them."""
    from engine.library.pbr import map_of  # only here: the Library screen has no need of it before it is seen

    found: dict[tuple[Path, str], Asset] = {}
    for asset in textures:
        named = map_of(Path(asset.path))
        if named is not None and (named.kind == "color" or (named.folder, named.stem) not in found):
            found[named.folder, named.stem] = asset
    return list(found.values())


def nameless(assets: Iterable[Asset]) -> list[Asset]:
    """The textures whose names do not say which map of a set they are, so that no recipe can use them."""
    from engine.library.pbr import map_of

    return [asset for asset in assets if asset.kind == "texture" and map_of(Path(asset.path)) is None]


def recipe_name(asset: Asset) -> str:
    """What a recipe writes for it: `cup`, `builtin:NAME` or the file's path."""
    if asset.key.startswith(CUP_KEY):
        return "cup"
    return asset.key


def object_values(asset: Asset) -> dict[str, Any]:
    """A model's table in `objects`; what is as usual is left out."""
    values: dict[str, Any] = {"model": recipe_name(asset)}
    if asset.notes.class_name and asset.notes.class_name != values["model"]:
        values["class"] = asset.notes.class_name
    if asset.notes.scale != 1.0:
        values["scale"] = asset.notes.scale
    if asset.key.startswith(CUP_KEY + "/"):
        values["look"] = asset.key.partition("/")[2]
    return values


def recipe_lines(assets: Sequence[Asset]) -> str:
    """TOML for a recipe: a table for each model, then those of the settings."""
    import tomlkit

    uses = uses_of(assets)
    document = tomlkit.document()
    if uses.objects:
        models = tomlkit.aot()
        for values in uses.objects:
            table = tomlkit.table()
            table.update(values)
            models.append(table)
        document["objects"] = models
    for path, value in uses.settings.items():
        section, _, name = path.partition(".")
        document.setdefault(section, tomlkit.table())[name] = value
    return tomlkit.dumps(document)
