"""The assets that come with the bpy package, found without importing it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from engine.errors import AssetError


def builtin_hdris() -> list[Path]:
    """The equirectangular .exr environments of the bpy package (CC0, linear Rec.709), sorted by name.

    Reads the package's folder only; bpy is not imported. Raises AssetError when bpy or its data are not installed.
    """
    spec = importlib.util.find_spec("bpy")
    if spec is None or not spec.submodule_search_locations:
        raise AssetError("bpy: the package is not installed, so there are no built-in HDRIs; install bpy again.")
    package = Path(next(iter(spec.submodule_search_locations)))
    found = sorted(package.glob("*/datafiles/studiolights/world/*.exr"))
    if not found:
        raise AssetError(f"{package}: the bpy package has no environment images; install bpy again.")
    return found
