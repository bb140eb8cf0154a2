"""The random values of a plug-in: from named streams, as all others, and noted with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.frame.draws import Draws
from engine.recipe.distributions import Choice, Constant, Distribution, Uniform
from engine.recipe.plugins import Options

type Default = float | str | bool | Sequence[float | str]
"""A constant, (low, high), or a list of texts."""


class PluginDraws:
    """Draws what a plug-in needs for one attempt at one frame."""

    def __init__(self, draws: Draws, place: str, options: Options, defaults: Mapping[str, Default]) -> None:
        """`place` is the plug-in's key path in the recipe, like `plugins[0]`."""
        self._draws, self._place = draws, place
        self._options, self._defaults = options, defaults

    def number(self, name: str) -> float:
        """Draw the option `name` and note it in the frame's spec."""
        return self._draws.number(f"{self._place}.options.{name}", self._distribution(name))

    def integer(self, name: str) -> int:
        """Likewise, a whole number: both ends of a range are included."""
        return self._draws.integer(f"{self._place}.options.{name}", self._distribution(name))

    def text(self, name: str) -> str:
        """Likewise, a text."""
        return self._draws.text(f"{self._place}.options.{name}", self._distribution(name))

    def uniform(self, name: str, low: float = 0.0, high: float = 1.0) -> float:
        """A number between `low` and `high` that is no option, from the stream `name`."""
        return low + (high - low) * self._draws.stream(f"{self._place}.{name}").uniform()

    def _distribution(self, name: str) -> Distribution:
        given = self._options.get(name)
        return as_distribution(self._defaults[name]) if given is None else given


def as_distribution(default: Default) -> Distribution:
    """A plug-in's default as a distribution."""
    if isinstance(default, float | int | str | bool):
        return Constant(default)
    if len(default) == 2 and not isinstance(default[0], str) and not isinstance(default[1], str):
        return Uniform(float(default[0]), float(default[1]))
    return Choice(tuple(default), (1.0,) * len(default))
