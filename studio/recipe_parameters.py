"""The settings of a recipe as a screen shows them: by subject, each with its place in the file and its default.

Made from the recipe's own schema, so that a new setting appears by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.recipe.fields import FieldInfo
    from engine.recipe.schema import Setting

SUBJECTS: dict[str, tuple[str, ...]] = {
    "objects": ("objects[i]", "placement"),
    "materials": ("objects[i].paint", "objects[i].jitter"),
    "ground": ("ground",),
    "light": ("surroundings",),
    "camera": ("camera", "visibility"),
    "render": ("render",),
    "about": ("",),
}
"""The sections of the recipe in each subject; a section that is named nowhere is a subject of its own."""

HEADINGS = {
    "": "the recipe",
    "objects[i]": "object",
    "objects[i].paint": "paint",
    "objects[i].jitter": "own materials",
    "surroundings": "surroundings",
    "visibility": "what must be seen",
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
def parameters(objects: int) -> tuple[Parameter, ...]:
    """All settings of a recipe with so many objects, subject by subject; an object's stay together."""
    found = [parameter for setting in _settings() for parameter in _spread_out(setting, objects)]
    order = {name: at for at, name in enumerate(subjects())}
    places = {section: at for parts in SUBJECTS.values() for at, section in enumerate(parts)}

    def key(parameter: Parameter) -> tuple[int, int, int]:
        schema, number = _of_schema(parameter.section)
        own = number is not None
        return order[parameter.subject], (number or 0) if own else objects, places.get(schema, 0)

    return tuple(sorted(found, key=key))


def subjects() -> list[str]:
    """The subjects, in the order of their tabs."""
    named = list(SUBJECTS)
    own = [subject for setting in _settings() if (subject := _subject(_section(setting.path))) not in SUBJECTS]
    return [*named[:-1], *dict.fromkeys(own), named[-1]]


@lru_cache(1)
def _settings() -> tuple[Setting, ...]:
    from engine.recipe.schema import settings

    return tuple(settings())


def _spread_out(setting: Setting, objects: int) -> Iterator[Parameter]:
    """The setting, once for each object where it is an object's."""
    section = _section(setting.path)
    subject = _subject(section)
    numbers = range(objects) if "[i]" in setting.path else (0,)
    for number in numbers:
        path, here = (text.replace("[i]", f"[{number}]") for text in (setting.path, section))
        yield Parameter(path, setting.info, setting.default, subject, here)


def _section(path: str) -> str:
    return path.rpartition(".")[0]


def _subject(section: str) -> str:
    named = next((subject for subject, sections in SUBJECTS.items() if section in sections), "")
    return named or section.partition("[")[0].partition(".")[0]


def _of_schema(section: str) -> tuple[str, int | None]:
    """The section as the schema names it, and which object it is of."""
    head, bracket, rest = section.partition("[")
    if not bracket:
        return section, None
    number, _, tail = rest.partition("]")
    return f"{head}[i]{tail}", int(number)
