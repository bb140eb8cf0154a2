"""The recipe's settings as a table, generated from the fields themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from engine.recipe.effect import Condition, conditions
from engine.recipe.fields import FieldInfo, info_of, key_of
from engine.recipe.load import distribution_to_plain
from engine.recipe.model import Recipe
from engine.recipe.output import QUALITIES, QUALITY_SETTINGS
from engine.recipe.plugins import Options


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a recipe."""

    path: str
    """Key path; `objects[i]` stands for each of the objects."""
    info: FieldInfo
    default: Any
    """Plain data, as it is written in TOML; None where the setting may be left out."""
    applies: tuple[Condition, ...] = ()
    """Where the setting has an effect."""


@lru_cache(1)
def lists() -> dict[str, int]:
    """The lists of tables that a recipe can have, like `objects`, each with the fewest items that it needs."""
    infos = ((key_of(member), info_of(member)) for member in dataclasses.fields(Recipe))
    return {name: int(not info.optional) for name, info in infos if info.kind == "section list"}


def settings() -> Iterator[Setting]:
    """Every setting, in the order of the recipe."""
    return _settings(Recipe, "", ())


def _settings(cls: type, prefix: str, outer: tuple[Condition, ...]) -> Iterator[Setting]:
    for member in dataclasses.fields(cls):
        info = info_of(member)
        path = prefix + key_of(member)
        applies = outer + conditions(info.applies, prefix)
        if info.section is not None:
            inner = f"{path}[i]." if info.kind == "section list" else f"{path}."
            yield from _settings(info.section, inner, applies)
        else:
            yield Setting(path, info, _plain(member.default), applies)


def _plain(default: Any) -> Any:
    if isinstance(default, tuple):
        return list(default)
    if isinstance(default, Options):
        return {}
    if dataclasses.is_dataclass(default):
        return distribution_to_plain(default)  # type: ignore[arg-type]  # only distributions stand as defaults
    return default


def schema_rows() -> list[dict[str, Any]]:
    """The settings as plain data, for `--json`."""
    return [
        {
            "path": setting.path,
            "kind": setting.info.kind,
            "varies": setting.info.varies,
            "unit": setting.info.unit,
            "min": setting.info.low,
            "max": setting.info.high,
            "options": list(setting.info.options),
            "default": setting.default,
            "doc": setting.info.doc,
        }
        for setting in settings()
    ]


def schema_text() -> str:
    """The settings for a terminal: path, what is allowed, default, meaning. `~` marks those that may vary."""
    lines = ["Settings of a recipe. ~ marks what may be a distribution as well as a constant:"]
    lines += [
        "  { uniform = [low, high] }   { log_uniform = [low, high] }   { normal = [mean, sd], min = a, max = b }",
        "  { choice = [a, b, c], weights = [1, 2, 1] }",
        "",
    ]
    for setting in settings():
        mark = "~" if setting.info.varies else " "
        lines.append(f"{mark} {setting.path} = {toml_value(setting.default)}")
        allowed = allowed_text(setting.info)
        lines.append(f"      {setting.info.doc}{f' ({allowed})' if allowed else ''}")
    return "\n".join(lines) + "\n"


def allowed_text(info: FieldInfo) -> str:
    """What values are allowed, in a few words."""
    if info.options:
        return ", ".join(info.options)
    unit = f" {info.unit}" if info.unit else ""
    match info.low, info.high:
        case None, None:
            return info.unit
        case low, None:
            return f"{low:g} or more{unit}"
        case None, high:
            return f"{high:g} or less{unit}"
        case low, high:
            return f"{low:g} to {high:g}{unit}"


def toml_value(value: Any) -> str:
    """Plain data as an inline TOML value; `(left out)` for None."""
    if value is None:
        return "(left out)"
    if isinstance(value, dict) and not value:
        return "{}"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return f"{value:g}"


def schema_markdown() -> str:
    """The settings as Markdown tables, one for each section of the recipe; stands in docs/recipes.md."""
    parts: list[str] = []
    section = None
    for setting in settings():
        here, _, name = setting.path.rpartition(".")
        if here != section:
            section = here
            title = f"`{here}`" if here else "Top level"
            parts += [
                "",
                f"### {title}",
                "",
                "| setting | varies | default | allowed | meaning |",
                "|---|---|---|---|---|",
            ]
        cells = [
            f"`{name}`",
            "yes" if setting.info.varies else "",
            f"`{toml_value(setting.default)}`",
            allowed_text(setting.info),
            setting.info.doc,
        ]
        parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(parts).strip() + "\n"


def quality_markdown() -> str:
    """What each quality stands for, as a Markdown table; stands in docs/recipes.md."""
    usual = {setting.path.removeprefix("render."): setting.default for setting in settings()}
    lines = ["| setting | " + " | ".join(f"`{name}`" for name in QUALITIES) + " |", "|---" * (len(QUALITIES) + 1) + "|"]
    for name in QUALITY_SETTINGS:
        values = (stands_for.get(name, usual[name]) for stands_for in QUALITIES.values())
        lines.append(f"| `{name}` | " + " | ".join(f"`{toml_value(value)}`" for value in values) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(schema_markdown(), end="")
