"""Code of the user's own that takes part in making frames."""

from __future__ import annotations

from dataclasses import dataclass

from engine.recipe.distributions import Distribution
from engine.recipe.fields import options, text

ENTRY_POINTS = "dataset_studio.plugins"
"""Group of the entry points by which other packages bring plug-ins."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a plug-in is told."""

    values: tuple[tuple[str, Distribution], ...] = ()
    """By name."""

    def get(self, name: str) -> Distribution | None:
        """The value of a name; None where it is not given."""
        return dict(self.values).get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginRecipe:
    """One plug-in."""

    module: str = text("", "path of a .py file, or the name of an installed plug-in")
    options: Options = options(Options(), "what it is told: constants and distributions, by names that it knows")


def is_path(module: str) -> bool:
    """Whether a plug-in is named by its file, or by its entry point."""
    return module.endswith(".py") or "/" in module
