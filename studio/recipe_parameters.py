"""The settings of a recipe as a screen shows them: by subject, each with its place in the file and its default.

Made from the recipe's own schema, so that a new setting appears by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.recipe.effect import Condition
    from engine.recipe.fields import FieldInfo
    from engine.recipe.schema import Setting

SUBJECTS: dict[str, tuple[str, ...]] = {
    "objects": ("objects[i]", "placement"),
    "materials": ("objects[i].surface", "objects[i].wear", "objects[i].paint", "objects[i].jitter"),
    "ground": ("ground", "ground.wear"),
    "scene": ("room", "scene"),
    "light": ("surroundings", "lights[i]", "backdrop"),
    "camera": ("camera", "motion", "visibility"),
    "render": ("render", "exposure"),
    "about": ("", "plugins[i]"),
}
"""The sections of the recipe in each subject; a section that is named nowhere is a subject of its own."""

HEADINGS = {
    "": "the recipe",
    "objects[i]": "object",
    "objects[i].surface": "surface",
    "objects[i].wear": "wear",
    "objects[i].paint": "paint",
    "objects[i].jitter": "own materials",
    "ground.wear": "wear of the ground",
    "scene": "a whole scene",
    "surroundings": "surroundings",
    "lights[i]": "light",
    "visibility": "what must be seen",
    "plugins[i]": "plug-in",
    "exposure": "how bright pictures must be",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting of a recipe that has so many objects."""

    path: str
    """`objects[0].paint.hue`."""
    info: FieldInfo
    default: Any
    """Plain data; None where it may be left out."""
    subject: str
    section: str
    """`objects[0].paint`."""
    applies: tuple[Condition, ...] = ()
    """Where it has an effect."""

    @property
    def name(self) -> str:
        """The last part of the path, for people."""
        return self.path.rpartition(".")[2].replace("_", " ")

    @property
    def heading(self) -> str:
        """What the section is called."""
        schema, number = _of_schema(self.section)
        title = HEADINGS.get(schema, self.section.rpartition(".")[2])
        return title if number is None else f"{title} {number + 1}"


@lru_cache(64)
def parameters(objects: int, quality: str = "", **lists: int) -> tuple[Parameter, ...]:
    """All settings of a recipe with so many objects, subject by subject; an object's stay together.

    `lists` says how many there are of what else comes in numbers, like `lights`; 0 of what is not named. `quality` is
    the recipe's `render.quality`, from which some defaults follow; the usual one where it is none that there is.
    """
    counts = {**lists, "objects": objects}
    followed = (with_quality(setting, quality) for setting in _settings())
    found = [parameter for setting in followed for parameter in _spread_out(setting, counts)]
    order = {name: at for at, name in enumerate(subjects())}
    places = {section: at for parts in SUBJECTS.values() for at, section in enumerate(parts)}

    def key(parameter: Parameter) -> tuple[int, int, int, int]:
        schema, number = _of_schema(parameter.section)
        owner = number if number is not None and schema.startswith("objects[") else objects
        return order[parameter.subject], owner, places.get(schema, 0), number or 0

    return tuple(sorted(found, key=key))


@lru_cache(64)
def defaults(objects: int, quality: str = "", **lists: int) -> dict[str, Any]:
    """The default of each of these settings, by its path."""
    return {parameter.path: parameter.default for parameter in parameters(objects, quality, **lists)}


def with_quality(setting: Setting, quality: str) -> Setting:
    """The setting with the default that it has in a recipe of this quality."""
    from engine.recipe.output import QUALITIES

    section, _, name = setting.path.rpartition(".")
    stands_for = QUALITIES.get(quality, {})
    return replace(setting, default=stands_for[name]) if section == "render" and name in stands_for else setting


def subjects() -> list[str]:
    """The subjects, in the order of their tabs."""
    named = list(SUBJECTS)
    own = [subject for setting in _settings() if (subject := _subject(_section(setting.path))) not in SUBJECTS]
    return [*named[:-1], *dict.fromkeys(own), named[-1]]


def list_of(subject: str) -> str:
    """The list of tables, like `lights`, whose settings are this subject's; empty where there is none."""
    lists = (setting.path.partition("[i]")[0] for setting in _settings() if "[i]" in setting.path)
    return next((name for name in dict.fromkeys(lists) if subject in _subjects_of(name)), "")


def item_title(name: str) -> str:
    """What an item of a list is called: `object` for `objects`."""
    return HEADINGS.get(f"{name}[i]", name.removesuffix("s"))


def _subjects_of(name: str) -> set[str]:
    return {_subject(_section(item.path)) for item in _settings() if item.path.startswith(f"{name}[i]")}


@lru_cache(1)
def _settings() -> tuple[Setting, ...]:
    from engine.recipe.schema import settings

    return tuple(settings())


def _spread_out(setting: Setting, counts: Mapping[str, int]) -> Iterator[Parameter]:
    """The setting, once for each item of a list where it is such an item's."""
    section = _section(setting.path)
    subject = _subject(section)
    owner, in_list, _ = setting.path.partition("[i]")
    numbers = range(counts.get(owner, 0)) if in_list else (0,)
    for number in numbers:
        path, here = (text.replace("[i]", f"[{number}]") for text in (setting.path, section))
        yield Parameter(path, setting.info, setting.default, subject, here, setting.applies)


def _section(path: str) -> str:
    return path.rpartition(".")[0]


def _subject(section: str) -> str:
    named = next((subject for subject, sections in SUBJECTS.items() if section in sections), "")
    return named or section.partition("[")[0].partition(".")[0]


def _of_schema(section: str) -> tuple[str, int | None]:
    """The section as the schema names it, and which item of a list it is of."""
    head, bracket, rest = section.partition("[")
    if not bracket:
        return section, None
    number, _, tail = rest.partition("]")
    return f"{head}[i]{tail}", int(number)
