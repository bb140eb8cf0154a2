"""How far a recipe's frames spread: which of its varying parameters are stuck, and how what is seen is distributed."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.frame.facts import FrameFacts
from engine.frame.trouble import added
from engine.recipe.distributions import Choice, Constant, Distribution, Scalar, integer_quantile, support
from engine.recipe.fields import FieldInfo, info_of, key_of
from engine.recipe.model import Recipe
from engine.recipe.plugins import Options

_DOUBT = 1e-3
"""How likely a finding may be by mere chance."""

_INSTANCE = re.compile(r"(\w+\[\d+\]|motion)\[\d+\]")
"""`objects[0][1]`: the second instance of the first kind; `motion[2]`: how the third object moves."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting of the recipe that varies, and what was drawn for it."""

    path: str
    """Key path in the recipe."""
    count: int
    """Values drawn; 0 for a setting that nothing in these frames asks for."""
    low: float | None
    """Least and greatest value; None of texts, and where nothing was drawn."""
    high: float | None
    problem: str = ""
    """What is never reached; empty where all is."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something measured in each frame."""

    name: str
    unit: str
    values: tuple[float, ...]
    """In ascending order."""

    def at(self, share: float) -> float:
        """The value that a share of all lie below."""
        return self.values[min(int(share * len(self.values)), len(self.values) - 1)]


@dataclass(frozen=True, slots=True)
class Spread:
    """Of the frames of a recipe."""

    frames: tuple[FrameFacts, ...]
    parameters: tuple[Parameter, ...]
    quantities: tuple[Quantity, ...]
    backgrounds: dict[str, int]
    """Frames by background, the most frequent first."""
    ninths: tuple[int, ...]
    """Boxes by the ninth of the picture that their centre is in, row by row."""
    redrawn: dict[str, int]
    """Draws that were thrown away, by the reason: see `engine.frame.trouble`."""

    @property
    def problems(self) -> tuple[Parameter, ...]:
        """The parameters that do not reach all they should."""
        return tuple(parameter for parameter in self.parameters if parameter.problem)

    @property
    def unused(self) -> tuple[str, ...]:
        """The parameters that vary, but that nothing asked for."""
        return tuple(parameter.path for parameter in self.parameters if not parameter.count)


def spread_of(recipe: Recipe, frames: Sequence[FrameFacts]) -> Spread:
    """The spread of drawn frames, one or more."""
    drawn: dict[str, list[float | str]] = {}
    for frame in frames:
        for path, value in frame.drawn.items():
            drawn.setdefault(_INSTANCE.sub(r"\1", path), []).append(value)
    return Spread(
        frames=tuple(frames),
        parameters=tuple(
            _parameter(path, info, distribution, drawn.get(path, [])) for path, info, distribution in varying(recipe)
        ),
        quantities=tuple(quantities(frames)),
        backgrounds=dict(Counter(frame.background for frame in frames).most_common()),
        ninths=_ninths(frames),
        redrawn=functools.reduce(added, (frame.redrawn for frame in frames), {}),
    )


def _ninths(frames: Sequence[FrameFacts]) -> tuple[int, ...]:
    counts = Counter(3 * min(int(3 * y), 2) + min(int(3 * x), 2) for frame in frames for x, y, _, _ in frame.boxes)
    return tuple(counts[number] for number in range(9))


def varying(section: Any, prefix: str = "") -> Iterator[tuple[str, FieldInfo, Distribution]]:
    """The settings of a recipe that really vary: key path, field, distribution."""
    for member in dataclasses.fields(section):
        info, value, path = info_of(member), getattr(section, member.name), prefix + key_of(member)
        if info.kind == "section":
            yield from varying(value, f"{path}.")
        elif info.kind == "section list":
            for number, item in enumerate(value):
                yield from varying(item, f"{path}[{number}].")
        elif isinstance(value, Options):
            for name, distribution in value.values:
                if len(set(_possible(distribution))) > 1:
                    yield f"{path}.{name}", info, distribution
        elif info.varies and value is not None and len(set(_possible(value))) > 1:
            yield path, info, value


def _possible(distribution: Distribution) -> tuple[Scalar, ...]:
    if isinstance(distribution, Choice):
        return tuple(v for v, w in zip(distribution.values, distribution.weights, strict=True) if w > 0)
    return support(distribution)


def _parameter(path: str, info: FieldInfo, distribution: Distribution, drawn: list[float | str]) -> Parameter:
    numbers = [value for value in drawn if not isinstance(value, str)]
    low, high = (min(numbers), max(numbers)) if numbers else (None, None)
    return Parameter(path, len(drawn), low, high, _problem(distribution, info.kind == "integer", drawn))


def _problem(distribution: Distribution, whole: bool, drawn: list[float | str]) -> str:
    if not drawn:
        return ""
    if isinstance(distribution, Choice):
        return _never_chosen(distribution, drawn)
    if len(set(drawn)) == 1 and len(drawn) > 1 and not whole:
        return f"stuck at {drawn[0]:g}"
    if isinstance(distribution, Constant) or 0.9 ** len(drawn) > _DOUBT:
        return ""
    tenth, ninth = (_quantile(distribution, whole, u) for u in (0.1, 0.9))
    numbers = [float(value) for value in drawn]
    if len(set(numbers)) == 1 and tenth != ninth:
        return f"stuck at {numbers[0]:g}"
    missed = []
    if min(numbers) > tenth:
        missed.append(f"never below {tenth:g}, where a tenth should be (least {min(numbers):g})")
    if max(numbers) < ninth:
        missed.append(f"never above {ninth:g}, where a tenth should be (greatest {max(numbers):g})")
    return "; ".join(missed)


def _quantile(distribution: Distribution, whole: bool, u: float) -> float:
    return integer_quantile(distribution, u) if whole else float(distribution.quantile(u))


def _never_chosen(choice: Choice, drawn: list[float | str]) -> str:
    total = sum(choice.weights)
    seen = set(drawn)
    missing = [
        f"{value}"
        for value, weight in zip(choice.values, choice.weights, strict=True)
        if value not in seen and (1 - weight / total) ** len(drawn) <= _DOUBT
    ]
    if not missing:
        return ""
    if len(seen) == 1:
        return f"stuck at {drawn[0]}"
    return f"never {', '.join(missing)}"


def quantities(frames: Sequence[FrameFacts]) -> Iterator[Quantity]:
    """What is measured, in the order in which it is told."""
    boxes = [box for frame in frames for box in frame.boxes]
    columns: dict[tuple[str, str], list[float]] = {
        ("viewpoint azimuth", "°"): [frame.azimuth for frame in frames],
        ("viewpoint elevation", "°"): [frame.elevation for frame in frames],
        ("distance", "m"): [frame.distance for frame in frames],
        ("boxes in a frame", ""): [float(len(frame.boxes)) for frame in frames],
        ("box width", "%"): [box[2] * 100 for box in boxes],
        ("box height", "%"): [box[3] * 100 for box in boxes],
        ("box centre across", "%"): [box[0] * 100 for box in boxes],
        ("box centre down", "%"): [box[1] * 100 for box in boxes],
        ("light azimuth", "°"): [frame.light_azimuth for frame in frames],
        ("light elevation", "°"): [frame.light_elevation for frame in frames],
        ("light from one side", "%"): [frame.light_share * 100 for frame in frames],
        ("light strength", "EV"): [frame.light_strength for frame in frames],
    }
    for (name, unit), values in columns.items():
        if values:
            yield Quantity(name, unit, tuple(sorted(values)))
