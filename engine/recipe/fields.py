"""What a recipe field is: its meaning, unit and bounds, kept beside the field as dataclass metadata.

The loader checks against it, the documentation and the screens are generated from it.
"""

from __future__ import annotations

import dataclasses
from dataclasses import Field, dataclass, field
from typing import Any, Literal

from engine.recipe.distributions import Choice, Constant, Distribution, LogUniform, Normal, Uniform

type Kind = Literal[
    "number", "integer", "text", "flag", "text list", "resolution", "section", "section list", "options"
]

METADATA_KEY = "recipe"


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """Everything about one recipe field but its value."""

    doc: str
    kind: Kind
    varies: bool = False
    """Whether a distribution may stand here, or only a constant."""
    unit: str = ""
    low: float | None = None
    """Smallest allowed value (of every end of a distribution)."""
    high: float | None = None
    """Largest allowed value."""
    options: tuple[str, ...] = ()
    """The allowed texts; any text is allowed where there are none."""
    key: str = ""
    """Name in TOML where it differs from the attribute (`class`)."""
    optional: bool = False
    """Whether the field may be left out although it has no default value."""
    section: type | None = None
    """The dataclass of a section or of a list of sections."""
    applies: str = ""
    """Where the field has an effect, as `effect.conditions` reads it: `kind != none`, of settings in its section."""


def info_of(member: Field[Any]) -> FieldInfo:
    """The `FieldInfo` of a dataclass field made by this module."""
    info = member.metadata[METADATA_KEY]
    assert isinstance(info, FieldInfo)
    return info


def key_of(member: Field[Any]) -> str:
    """The field's name in TOML."""
    return info_of(member).key or member.name


def where(applies: str, member: Any) -> Any:
    """A field, or a section, that has an effect only under a condition; it may be set in any case."""
    info = dataclasses.replace(info_of(member), applies=applies)
    # As the class is not made yet, this is the field's description and can be described anew.
    return field(default=member.default, default_factory=member.default_factory, metadata={METADATA_KEY: info})


def _as_distribution(default: float | str | Distribution) -> Distribution:
    return default if isinstance(default, Constant | Uniform | LogUniform | Normal | Choice) else Constant(default)


def varying(
    default: float | Distribution,
    doc: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    integer: bool = False,
) -> Any:
    """A number that may be a constant or a distribution."""
    info = FieldInfo(doc, "integer" if integer else "number", varies=True, unit=unit, low=low, high=high)
    return field(default=_as_distribution(default), metadata={METADATA_KEY: info})


def varying_or_absent(doc: str, *, unit: str = "", low: float | None = None, high: float | None = None) -> Any:
    """A number that may be a constant or a distribution, or be left out (None)."""
    info = FieldInfo(doc, "number", varies=True, unit=unit, low=low, high=high, optional=True)
    return field(default=None, metadata={METADATA_KEY: info})


def varying_text(default: str | Choice, doc: str, *, options: tuple[str, ...] = ()) -> Any:
    """A text that may be a constant or a weighted choice."""
    info = FieldInfo(doc, "text", varies=True, options=options)
    return field(default=_as_distribution(default), metadata={METADATA_KEY: info})


def number(default: float, doc: str, *, unit: str = "", low: float | None = None, high: float | None = None) -> Any:
    """A constant number."""
    return field(default=default, metadata={METADATA_KEY: FieldInfo(doc, "number", unit=unit, low=low, high=high)})


def integer(default: int, doc: str, *, unit: str = "", low: int | None = None, high: int | None = None) -> Any:
    """A constant integer."""
    return field(default=default, metadata={METADATA_KEY: FieldInfo(doc, "integer", unit=unit, low=low, high=high)})


def text(default: str, doc: str, *, options: tuple[str, ...] = (), key: str = "") -> Any:
    """A constant text."""
    return field(default=default, metadata={METADATA_KEY: FieldInfo(doc, "text", options=options, key=key)})


def flag(default: bool, doc: str) -> Any:
    """true or false."""
    return field(default=default, metadata={METADATA_KEY: FieldInfo(doc, "flag")})


def text_list(default: tuple[str, ...], doc: str, *, options: tuple[str, ...] = ()) -> Any:
    """A list of texts."""
    return field(default=default, metadata={METADATA_KEY: FieldInfo(doc, "text list", options=options)})


def resolution(default: tuple[int, int], doc: str, *, low: int, high: int) -> Any:
    """[width, height] in pixels."""
    info = FieldInfo(doc, "resolution", unit="px", low=low, high=high)
    return field(default=default, metadata={METADATA_KEY: info})


def options(default: Any, doc: str) -> Any:
    """A table of names that the program does not know, with values that may vary."""
    return field(default=default, metadata={METADATA_KEY: FieldInfo(doc, "options", optional=True)})


def section(cls: type, doc: str) -> Any:
    """A TOML table, read into the dataclass `cls`."""
    return field(default_factory=cls, metadata={METADATA_KEY: FieldInfo(doc, "section", section=cls)})


def section_list(cls: type, doc: str, *, optional: bool = False) -> Any:
    """A TOML array of tables, each read into the dataclass `cls`; when left out one with defaults, or none where it is
    `optional`."""
    info = FieldInfo(doc, "section list", section=cls, optional=optional)
    return field(default_factory=lambda: () if optional else (cls(),), metadata={METADATA_KEY: info})
