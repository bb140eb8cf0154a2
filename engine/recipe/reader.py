"""Plain data, as TOML gives it, into recipe dataclasses; every field is checked against its `FieldInfo`."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import RecipeError
from engine.limits import MAX_INSTANCES
from engine.recipe.distributions import Choice, Constant, Distribution, LogUniform, Normal, Scalar, Uniform, support
from engine.recipe.fields import FieldInfo, info_of, key_of
from engine.recipe.model import Recipe
from engine.recipe.objects import ObjectRecipe
from engine.recipe.output import FLOW_PASSES, QUALITIES, STANDARD, Render
from engine.recipe.overrides import Override
from engine.recipe.plugins import Options, is_path
from engine.recipe.scene import DEMO

BUILTIN_MODELS = ("cup",)
BUILTIN_HDRIS = "builtin"
NORMAL_REACH = 4.0
"""A normal distribution without `min` or `max` is cut off this many standard deviations from its mean."""


class FieldError(RecipeError):
    """A field is wrong: the one at `path`, for the reason in `problem` (what was found; what is allowed)."""

    def __init__(self, where: str, path: str, problem: str) -> None:
        super().__init__(f"{where}: {path}: {problem}")
        self.path = path
        self.problem = problem


class Reader:
    """Turns plain data into recipe dataclasses, checking every field against its `FieldInfo`."""

    def __init__(self, file: str, folder: Path, overrides: Sequence[Override]) -> None:
        """`file` is the source in errors. Paths are relative to `folder`, those of `overrides` to the current one."""
        self.file = file
        self.folder = folder
        self.overrides = overrides

    def fail(self, path: str, found: str, allowed: str, hint: str = "") -> FieldError:
        return FieldError(self.file, path, f"{found}; {allowed}.{' ' + hint if hint else ''}")

    def section[T](self, plain: Any, cls: type[T], path: str) -> T:
        if not isinstance(plain, Mapping):
            raise self.fail(path or "recipe", f"found {_shown(plain)}", "a table of settings belongs here")
        members = {key_of(member): member for member in dataclasses.fields(cls)}  # type: ignore[arg-type]
        values = {}
        for key, value in plain.items():
            here = f"{path}.{key}" if path else str(key)
            if key not in members:
                raise self._unknown(here, str(key), list(members))
            member = members[key]
            values[member.name] = self.value(value, info_of(member), here)
        if cls is Render:
            values = {**QUALITIES[values.get("quality", STANDARD)], **values}
        made = cls(**values)
        if isinstance(made, Recipe):
            self._check_motion(made)
        return made

    def _check_motion(self, recipe: Recipe) -> None:
        """Refuse motion that there cannot be."""
        if set(support(recipe.placement.kind)) == {"drop"} and set(support(recipe.motion.moves)) <= {"objects", "both"}:
            raise self.fail(
                "motion.moves",
                "objects are to move that lie in a heap (placement.kind is drop)",
                "move the camera alone, or have them stand or in the air",
            )
        flow = [name for name in recipe.render.passes if name in FLOW_PASSES]
        if flow and recipe.motion.frames == 1 and recipe.motion.moves == Constant("none"):
            raise self.fail(
                "render.passes", f"{flow[0]} needs frames that follow each other", "set motion.frames and motion.moves"
            )

    def _unknown(self, here: str, key: str, known: list[str]) -> RecipeError:
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.55)
        hint = f"Did you mean '{near[0]}'?" if near else ""
        return self.fail(here, "there is no such setting", "known here: " + ", ".join(known), hint)

    def value(self, value: Any, info: FieldInfo, path: str) -> Any:
        if info.kind == "section":
            assert info.section is not None
            return self.section(value, info.section, path)
        if info.kind == "section list":
            return self._section_list(value, info, path)
        if info.kind == "text list":
            return self._text_list(value, info, path)
        if info.kind == "options":
            return self._options(value, path)
        if info.kind == "resolution":
            return self._resolution(value, info, path)
        if info.varies:
            return self._distribution(value, info, path)
        return self._scalar(value, info, path)

    def _section_list(self, value: Any, info: FieldInfo, path: str) -> tuple[Any, ...]:
        assert info.section is not None
        if not isinstance(value, list) or not (value or info.optional):
            raise self.fail(path, f"found {_shown(value)}", f"one or more [[{path}]] tables belong here")
        items: tuple[Any, ...] = tuple(self.section(item, info.section, f"{path}[{i}]") for i, item in enumerate(value))
        if info.section is ObjectRecipe:
            self._check_counts(items, path)
        return items

    def _check_counts(self, items: Sequence[ObjectRecipe], path: str) -> None:
        """Every frame needs an object to look at, and ids enough for all."""
        ends = [[float(end) for end in support(item.count)] for item in items]
        if not any(min(end) >= 1 for end in ends):
            raise self.fail(
                f"{path}[0].count" if len(items) == 1 else path,
                "a frame could come out without any object",
                "one of the objects needs a count of at least 1",
            )
        most = sum(max(end) for end in ends)
        if most > MAX_INSTANCES:
            raise self.fail(path, f"up to {most:.0f} instances in a frame", f"{MAX_INSTANCES} is the most")

    def _text_list(self, value: Any, info: FieldInfo, path: str) -> tuple[str, ...]:
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(path, f"found {_shown(value)}", 'a list of texts belongs here, like ["a", "b"]')
        items = tuple(str(self._scalar(item, info, f"{path}[{i}]")) for i, item in enumerate(value))
        if path == "surroundings.hdris":
            if not items:
                raise self.fail(path, "the list is empty", "at least one HDRI is needed for background and light")
            return tuple(self._hdri(item, f"{path}[{i}]") for i, item in enumerate(items))
        if path == "scene.files":
            if not items:
                raise self.fail(path, "the list is empty", "`demo` or the path of a scene's file belongs here")
            return tuple(self._scene(item, f"{path}[{i}]") for i, item in enumerate(items))
        if path.endswith(".textures"):
            allowed = "the path of a folder of PBR pictures, or of one of them, belongs here"
            return tuple(self._existing(item, f"{path}[{i}]", allowed, ()) for i, item in enumerate(items))
        if path == "distractors.models":
            allowed = "the path of a model file or of a folder of them belongs here"
            return tuple(self._existing(item, f"{path}[{i}]", allowed, ()) for i, item in enumerate(items))
        if path == "backdrop.photos":
            allowed = "the path of a photograph or of a folder of them belongs here"
            return tuple(self._existing(item, f"{path}[{i}]", allowed, ()) for i, item in enumerate(items))
        return items

    def _options(self, value: Any, path: str) -> Options:
        if not isinstance(value, Mapping):
            raise self.fail(path, f"found {_shown(value)}", "a table of options belongs here")
        return Options(tuple((str(name), self._option(one, f"{path}.{name}")) for name, one in value.items()))

    def _option(self, value: Any, path: str) -> Distribution:
        if isinstance(value, bool):
            return Constant(value)
        choice = value.get("choice") if isinstance(value, Mapping) else None
        is_text = isinstance(value, str) or (isinstance(choice, list) and any(isinstance(one, str) for one in choice))
        return self._distribution(value, FieldInfo("", "text" if is_text else "number", varies=True), path)

    def _resolution(self, value: Any, info: FieldInfo, path: str) -> tuple[int, int]:
        if not isinstance(value, list) or len(value) != 2 or not all(type(item) is int for item in value):
            raise self.fail(path, f"found {_shown(value)}", "[width, height] in whole pixels belongs here")
        for item in value:
            self._in_bounds(item, info, path)
        return (value[0], value[1])

    def _scalar(self, value: Any, info: FieldInfo, path: str) -> Scalar:
        match info.kind:
            case "flag":
                if not isinstance(value, bool):
                    raise self.fail(path, f"found {_shown(value)}", "true or false belongs here")
                return value
            case "text" | "text list":
                if not isinstance(value, str):
                    raise self.fail(path, f"found {_shown(value)}", f"a text belongs here{_options(info)}")
                return self._text(value, info, path)
            case _:
                return self._number(value, info, path)

    def _text(self, value: str, info: FieldInfo, path: str) -> str:
        if info.options and value not in info.options:
            near = difflib.get_close_matches(value, info.options, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else ""
            raise self.fail(path, f"found '{value}'", "allowed: " + ", ".join(info.options), hint)
        if path.startswith("objects[") and path.endswith("].model"):
            return self._model(value, path)
        if path.startswith("plugins[") and is_path(value):
            return self._existing(value, path, "the path of a .py file belongs here", ())
        return value

    def _number(self, value: Any, info: FieldInfo, path: str) -> float:
        wanted = "a whole number" if info.kind == "integer" else "a number"
        if isinstance(value, bool) or not isinstance(value, int | float):
            can_vary = ", or a distribution like { uniform = [low, high] }," if info.varies else ""
            raise self.fail(path, f"found {_shown(value)}", f"{wanted}{_unit(info)}{can_vary} belongs here")
        if not math.isfinite(value):
            raise self.fail(path, f"found {value}", f"a finite number belongs here{_range_text(info)}")
        if info.kind == "integer" and value != int(value):
            raise self.fail(path, f"found {value}", f"{wanted} belongs here{_range_text(info)}")
        self._in_bounds(value, info, path)
        return int(value) if info.kind == "integer" else value

    def _in_bounds(self, value: float, info: FieldInfo, path: str) -> None:
        too_low = info.low is not None and value < info.low
        too_high = info.high is not None and value > info.high
        if too_low or too_high:
            raise self.fail(path, f"found {value:g}", f"allowed is {_bounds(info)}")

    def _distribution(self, value: Any, info: FieldInfo, path: str) -> Distribution:
        if not isinstance(value, Mapping):
            if isinstance(value, list):
                kind = "choice = [...]" if info.kind == "text" else "uniform = [low, high]"
                raise self.fail(
                    path, f"found {_shown(value)}", f"a list alone does not say how to draw; write {{ {kind} }}"
                )
            return Constant(self._scalar(value, info, path))
        kinds = {"uniform": self._range, "log_uniform": self._range, "normal": self._normal, "choice": self._choice}
        named = [key for key in value if key in kinds]
        if len(named) != 1:
            found = ", ".join(map(str, value)) or "an empty table"
            near = difflib.get_close_matches(found, kinds, n=1)
            raise self.fail(
                path,
                f"found {found}",
                "one of uniform, log_uniform, normal, choice belongs here",
                f"Did you mean '{near[0]}'?" if near and not named else "",
            )
        kind = named[0]
        extra = {"normal": {"min", "max"}, "choice": {"weights"}}.get(kind, set())
        for key in value:
            if key != kind and key not in extra:
                raise self.fail(
                    f"{path}.{key}", "there is no such setting", f"{kind} takes {sorted(extra) or 'no others'}"
                )
        if info.kind == "text" and kind != "choice":
            raise self.fail(path, f"found {kind}", "a text can only vary by { choice = [...] }")
        return kinds[kind](kind, value, info, path)

    def _numbers(self, value: Any, names: tuple[str, str], path: str) -> tuple[float, float]:
        ok = isinstance(value, list) and len(value) == 2
        if not ok or any(isinstance(x, bool) or not isinstance(x, int | float) or not math.isfinite(x) for x in value):
            raise self.fail(path, f"found {_shown(value)}", f"[{names[0]}, {names[1]}] belongs here, two numbers")
        return float(value[0]), float(value[1])

    def _range(self, kind: str, value: Mapping[str, Any], info: FieldInfo, path: str) -> Distribution:
        here = f"{path}.{kind}"
        low, high = self._numbers(value[kind], ("low", "high"), here)
        if low > high:
            raise self.fail(here, f"the range [{low:g}, {high:g}] is empty", "low must not be above high", "Swap them?")
        for end in (low, high):
            self._number(int(end) if info.kind == "integer" and end == int(end) else end, info, here)
        if kind == "uniform":
            return Uniform(low, high)
        if low <= 0:
            raise self.fail(here, f"found {low:g}", "both ends of log_uniform must be above 0")
        return LogUniform(low, high)

    def _normal(self, kind: str, value: Mapping[str, Any], info: FieldInfo, path: str) -> Distribution:
        here = f"{path}.{kind}"
        mean, sd = self._numbers(value[kind], ("mean", "standard deviation"), here)
        if sd <= 0:
            raise self.fail(here, f"found a standard deviation of {sd:g}", "it must be above 0")
        floor = -math.inf if info.low is None else info.low
        ceiling = math.inf if info.high is None else info.high
        low = value.get("min", max(mean - NORMAL_REACH * sd, floor))
        high = value.get("max", min(mean + NORMAL_REACH * sd, ceiling))
        low = float(self._number(low, dataclasses.replace(info, kind="number"), f"{path}.min"))
        high = float(self._number(high, dataclasses.replace(info, kind="number"), f"{path}.max"))
        if low >= high:
            raise self.fail(path, f"the range from min {low:g} to max {high:g} is empty", "min must be below max")
        return Normal(mean, sd, low, high)

    def _choice(self, kind: str, value: Mapping[str, Any], info: FieldInfo, path: str) -> Distribution:
        here = f"{path}.{kind}"
        items = value[kind]
        if not isinstance(items, list) or not items:
            raise self.fail(here, f"found {_shown(items)}", "a list of at least one value belongs here")
        values = tuple(self._scalar(item, info, f"{here}[{i}]") for i, item in enumerate(items))
        weights = value.get("weights", [1.0] * len(values))
        good = isinstance(weights, list) and all(
            isinstance(w, int | float) and not isinstance(w, bool) and math.isfinite(w) and w >= 0 for w in weights
        )
        if not good or len(weights) != len(values) or not any(weights):
            allowed = f"{len(values)} numbers of 0 or more, not all 0, belong here, one for each value"
            raise self.fail(f"{path}.weights", f"found {_shown(weights)}", allowed)
        return Choice(values, tuple(float(w) for w in weights))

    def _model(self, value: str, path: str) -> str:
        if value in BUILTIN_MODELS:
            return value
        if not value:
            raise self.fail(path, "found an empty text", "`cup` or the path of a model file belongs here")
        return self._existing(value, path, "`cup` or the path of a model file belongs here", BUILTIN_MODELS)

    def _hdri(self, value: str, path: str) -> str:
        if value == BUILTIN_HDRIS or value.startswith(BUILTIN_HDRIS + ":"):
            return value
        return self._existing(
            value, path, "`builtin`, `builtin:NAME`, or the path of a file or folder belongs here", (BUILTIN_HDRIS,)
        )

    def _scene(self, value: str, path: str) -> str:
        if value == DEMO or value.startswith(DEMO + ":"):
            return value
        return self._existing(
            value, path, "`demo`, `demo:NAME`, or the path of a scene's file or of a folder belongs here", (DEMO,)
        )

    def _existing(self, value: str, path: str, allowed: str, builtins: tuple[str, ...]) -> str:
        base = Path.cwd() if any(override.covers(path) for override in self.overrides) else self.folder
        file, hash_sign, part = str(base / _expanded(value)), "", ""
        if ".blend#" in value:
            file, hash_sign, part = file.partition("#")
        if Path(file).exists():
            return str(Path(file).resolve()) + hash_sign + part
        near = difflib.get_close_matches(value, builtins, n=1) or _neighbours(Path(file))
        hint = f"Did you mean '{near[0]}'?" if near else ""
        raise self.fail(path, f"there is no file '{file}'", allowed, hint)


def _expanded(value: str) -> Path:
    """With a leading ~ for what it stands for, unless it is only part of a name."""
    try:
        return Path(value).expanduser()
    except RuntimeError:
        return Path(value)


def _neighbours(file: Path) -> list[str]:
    try:
        names = [entry.name for entry in file.parent.iterdir()][:10_000]
    except OSError:
        return []
    return difflib.get_close_matches(file.name, names, n=1)


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f"the text '{value}'"
    if isinstance(value, Mapping):
        return "a table" if value else "an empty table"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value}" if not isinstance(value, list) or value else "an empty list"


def _unit(info: FieldInfo) -> str:
    return f" ({info.unit})" if info.unit else ""


def _options(info: FieldInfo) -> str:
    return ", one of " + ", ".join(info.options) if info.options else ""


def _range_text(info: FieldInfo) -> str:
    bounds = _bounds(info)
    return f", {bounds}" if bounds else ""


def _bounds(info: FieldInfo) -> str:
    match info.low, info.high:
        case None, None:
            return ""
        case low, None:
            return f"{low:g} or more{_unit(info)}"
        case None, high:
            return f"{high:g} or less{_unit(info)}"
        case low, high:
            return f"{low:g} to {high:g}{_unit(info)}"
