"""Who may load whom. Each case imports in a fresh process and looks at sys.modules, which a static graph cannot see."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = ("engine", "presets", "studio", "widgets")

BLENDER = {"bpy", "mathutils", "bmesh", "gpu", "engine.blender", "engine.worker"}
SCREEN = {"textual", "rich", "rich_pixels"}
HEAVY = {"numpy", "PIL", "pycocotools", "embreex", "trimesh", "watchdog", "tomlkit", "OpenEXR"}


def modules_of(package: str) -> list[str]:
    """Names of all modules below a package that can be imported without starting a program."""
    files = sorted((REPOSITORY / package).rglob("*.py"))
    names = [".".join(file.relative_to(REPOSITORY).with_suffix("").parts) for file in files]
    return [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]


def is_below(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def loaded_by(imports: list[str]) -> set[str]:
    """Names of all modules that a fresh process has loaded after these imports."""
    code = f"import sys, json\nfor name in {imports!r}: __import__(name)\n"
    code += "print('\\n' + json.dumps(sorted(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout.splitlines()[-1]))  # Blender may have written lines of its own before


def engine_modules(room: str) -> list[str]:
    return [name for name in modules_of("engine") if is_below(name, {f"engine.{room}"})]


def engine_without_blender() -> list[str]:
    return [name for name in modules_of("engine") if not is_below(name, {"engine.blender", "engine.worker"})]


CASES = {
    "the command line loads next to nothing": (["studio.cli"], BLENDER | SCREEN | HEAVY | {"widgets"}),
    "the program never loads Blender": (modules_of("studio"), BLENDER),
    "widgets know nothing of the program": (modules_of("widgets"), BLENDER | {"engine", "studio", "presets"}),
    "the engine has no screen": (engine_without_blender(), SCREEN | BLENDER | {"studio", "widgets"}),
    "what a first paint needs is light": (
        ["studio.app", *(f"studio.screens.{name}" for name in ("library", "recipe", "queue", "welcome"))],
        BLENDER | HEAVY | {"sqlite3", "engine.recipe.model", "engine.dataset.read", "textual.widgets._footer"},
    ),
    "presets are data": (modules_of("presets"), BLENDER | SCREEN | {"studio", "widgets"}),
    "recipes know no later stage": (
        engine_modules("recipe"),
        {"engine.frame", "engine.annotate", "engine.dataset", "engine.export", "engine.queue"},
    ),
    "frames know no later stage": (
        engine_modules("frame"),
        {"engine.annotate", "engine.dataset", "engine.export", "engine.queue"},
    ),
    "the sensor is arithmetic": (
        engine_modules("sensor"),
        BLENDER | SCREEN | {"engine.annotate", "pycocotools", "embreex"},
    ),
    "annotations know no dataset": (engine_modules("annotate"), {"engine.dataset", "engine.export", "engine.queue"}),
}


@pytest.mark.parametrize("case", CASES)
def test_imports_load_nothing_forbidden(case: str) -> None:
    imports, forbidden = CASES[case]
    assert imports, "there is nothing to import: was a package renamed?"
    assert [name for name in sorted(loaded_by(imports)) if is_below(name, forbidden)] == []


@pytest.mark.slow
def test_worker_has_no_screen() -> None:
    """The process that holds Blender loads neither a screen library nor the program."""
    imports = modules_of("engine")
    loaded = loaded_by(imports)
    assert "bpy" in loaded, "the engine's modules no longer load Blender: this test has lost its point"
    assert [name for name in sorted(loaded) if is_below(name, SCREEN | {"studio", "widgets"})] == []


def imported_names(file: Path) -> Iterator[str]:
    """All names that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_bpy_is_imported_in_its_room_alone() -> None:
    room = REPOSITORY / "engine" / "blender"
    files = [file for package in PACKAGES for file in (REPOSITORY / package).rglob("*.py")]
    offenders = [
        str(file.relative_to(REPOSITORY))
        for file in files
        if not file.is_relative_to(room) and any(is_below(name, {"bpy", "mathutils"}) for name in imported_names(file))
    ]
    assert offenders == []
    assert any("bpy" in set(imported_names(file)) for file in room.rglob("*.py"))
