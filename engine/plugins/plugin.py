"""A recipe's plug-ins: found, loaded, hashed, and called so that their errors name file and line."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import importlib.util
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import AssetError, RenderError, StudioError
from engine.files import reason
from engine.frame.draws import Draws
from engine.frame.plugin_draws import PluginDraws
from engine.frame.spec import FrameSpec
from engine.library.hashing import content_hash
from engine.plugins.trust import require_trust
from engine.recipe.distributions import Constant
from engine.recipe.model import Recipe
from engine.recipe.plugins import ENTRY_POINTS, Options, is_path

_LISTS = {
    "surroundings.hdris": ("surroundings", "hdris"),
    "backdrop.photos": ("backdrop", "photos"),
    "ground.textures": ("ground", "textures"),
    "distractors.models": ("distractors", "models"),
}
"""What a plug-in can be a source of."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """One that is loaded."""

    place: str
    """Key path in the recipe, like `plugins[0]`."""
    name: str
    path: Path
    content_hash: str
    """Of the file, which decides pixels."""
    module: types.ModuleType
    options: Options

    def randomize(self, spec: FrameSpec, draws: Draws) -> FrameSpec:
        """The frame as the plug-in changes it. Raises RenderError."""
        if not hasattr(self.module, "randomize"):
            return spec
        with self._blamed("randomize", spec):
            changed = self.module.randomize(spec, PluginDraws(draws, self.place, self.options, self._defaults()))
            if not isinstance(changed, FrameSpec):
                raise TypeError(f"it returns {type(changed).__name__}, not the FrameSpec")
            return changed

    def build(self, scene: Any, spec: FrameSpec) -> None:
        """Let it add to a scene that was built. Raises RenderError."""
        if not hasattr(self.module, "build"):
            return
        start = f"{self.place}.options."
        values = {path.removeprefix(start): value for path, value in spec.drawn.items() if path.startswith(start)}
        with self._blamed("build", spec):
            self.module.build(scene, spec, values)

    def assets(self) -> dict[str, tuple[str, ...]]:
        """The files and folders that it adds to lists of the recipe, by their key path. Raises AssetError."""
        if not hasattr(self.module, "assets"):
            return {}
        constants = {name: value.value for name, value in self.options.values if isinstance(value, Constant)}
        with self._blamed("assets"):
            found = self.module.assets({**self._defaults(), **constants})
            unknown = [key for key in found if key not in _LISTS]
            if unknown:
                raise ValueError(f"{unknown[0]!r} is none of {', '.join(_LISTS)}")
            return {key: tuple(str(self.path.parent / item) for item in items) for key, items in found.items()}

    def check_options(self) -> None:
        """Raises AssetError for an option that the plug-in does not have."""
        known = self._defaults()
        for name, _ in self.options.values:
            if name not in known:
                has = ", ".join(known) or "none"
                raise AssetError(f"{self.place}.options.{name}: {self.name} has no such option; it has: {has}.")

    def _defaults(self) -> dict[str, Any]:
        return dict(getattr(self.module, "OPTIONS", {}))

    @contextmanager
    def _blamed(self, function: str, spec: FrameSpec | None = None) -> Iterator[None]:
        try:
            yield
        except StudioError:
            raise
        except (Exception, SystemExit) as error:
            what = f"{_where(self.path, error)}: the plug-in failed in `{function}` ({type(error).__name__}: {error})."
            raise (AssetError(what) if spec is None else RenderError(f"Frame {spec.index}: {what}")) from error


def load_plugins(recipe: Recipe) -> tuple[Plugin, ...]:
    """The recipe's plug-ins, in their order, their code run.

    Raises:
        AssetError: one cannot be loaded, or is a file that was not allowed to run.
    """
    return tuple(_load(number, item.module, item.options) for number, item in enumerate(recipe.plugins))


def with_assets(recipe: Recipe, plugins: tuple[Plugin, ...]) -> Recipe:
    """The recipe with what its plug-ins add to its lists of files."""
    for plugin in plugins:
        for key, items in plugin.assets().items():
            section, name = _LISTS[key]
            before = getattr(recipe, section)
            after = dataclasses.replace(before, **{name: (*getattr(before, name), *items)})
            recipe = dataclasses.replace(recipe, **{section: after})
    return recipe


def _load(number: int, module: str, options: Options) -> Plugin:
    path = Path(module) if is_path(module) else _installed(number, module)
    if is_path(module):
        require_trust(path)
    try:
        source = path.read_bytes()
        loaded = types.ModuleType(f"plugin_{path.stem}")
        loaded.__file__ = str(path)
        # What is hashed is what runs: no cached bytecode, no second look at the file.
        exec(compile(source, str(path), "exec"), loaded.__dict__)  # noqa: S102 - the user has allowed this file
    except OSError as error:
        raise AssetError(f"{path}: the plug-in cannot be read ({reason(error)}).") from error
    except (Exception, SystemExit) as error:
        what = f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"
        raise AssetError(f"{_where(path, error)}: the plug-in cannot be loaded ({what}).") from error
    plugin = Plugin(f"plugins[{number}]", path.name, path, content_hash(path), loaded, options)
    plugin.check_options()
    return plugin


def _installed(number: int, name: str) -> Path:
    for point in importlib.metadata.entry_points(group=ENTRY_POINTS, name=name):
        found = importlib.util.find_spec(point.module)
        if found is not None and found.origin is not None:
            return Path(found.origin)
    names = sorted(point.name for point in importlib.metadata.entry_points(group=ENTRY_POINTS))
    has = f"installed are: {', '.join(names)}" if names else "none is installed"
    raise AssetError(f"plugins[{number}].module: there is no plug-in '{name}'; {has}. The path of a file ends in .py.")


def _where(path: Path, error: BaseException) -> str:
    """The file, and the line of it that an error came from."""
    line = error.lineno if isinstance(error, SyntaxError) else None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return str(path) if line is None else f"{path}, line {line}"
