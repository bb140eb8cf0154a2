"""Drawing parameters by name: each from a stream of its own, and what was drawn is noted."""

from __future__ import annotations

import colorsys
import math

from engine.frame.looks_spec import Rgb
from engine.frame.rng import Stream
from engine.recipe.distributions import Distribution, integer_quantile


class Draws:
    """Draws the parameters of one attempt at one frame, and remembers what was drawn under which name."""

    def __init__(self, seed: int, index: int, attempt: int) -> None:
        self._identity = (seed, index, attempt)
        self._turn = ""
        self.values: dict[str, float | str] = {}

    def again(self, turn: int) -> Draws:
        """For drawing the same parameters once more; what is noted is the last. Turn 0 draws what this one draws."""
        other = Draws(*self._identity)
        other._turn = self._turn + (f" again {turn}" if turn else "")
        other.values = self.values
        return other

    def apart(self, name: str) -> Draws:
        """For drawing the same parameters for something else; what is noted there is not noted here."""
        other = Draws(*self._identity)
        other._turn = f"{self._turn} {name}"
        return other

    def stream(self, name: str) -> Stream:
        """A fresh stream for something that is no parameter of the recipe."""
        return Stream(*self._identity, name + self._turn)

    def number(self, name: str, distribution: Distribution) -> float:
        """Draw a number and note it."""
        value = float(distribution.quantile(self.stream(name).uniform()))
        self.values[name] = value
        return value

    def integer(self, name: str, distribution: Distribution) -> int:
        """Draw a whole number and note it."""
        value = integer_quantile(distribution, self.stream(name).uniform())
        self.values[name] = value
        return value

    def text(self, name: str, distribution: Distribution) -> str:
        """Draw a text and note it."""
        value = str(distribution.quantile(self.stream(name).uniform()))
        self.values[name] = value
        return value

    def pick(self, name: str, count: int) -> int:
        """One of 0 … count - 1, all equally likely."""
        return math.floor(self.stream(name).uniform() * count)

    def color(self, name: str, hue: Distribution, saturation: Distribution, value: Distribution) -> Rgb:
        """Draw an sRGB colour by hue (degrees), saturation and value."""
        h = self.number(f"{name}.hue", hue)
        s = self.number(f"{name}.saturation", saturation)
        v = self.number(f"{name}.value", value)
        return colorsys.hsv_to_rgb(h / 360 % 1, s, v)
