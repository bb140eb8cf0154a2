"""The linter, the formatter, the type checker and the import rules, so that one command says all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
TOOLS = Path(sys.executable).parent

CHECKS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "imports": ["lint-imports"],
}


@pytest.mark.parametrize("check", CHECKS)
def test_tool_finds_nothing(check: str) -> None:
    program, *arguments = CHECKS[check]
    result = subprocess.run(
        [TOOLS / program, *arguments], cwd=REPOSITORY, capture_output=True, text=True, timeout=600, check=False
    )
    assert result.returncode == 0, f"{' '.join(CHECKS[check])}\n{result.stdout}\n{result.stderr}"


def test_linter_refuses_random_values_without_a_seed(tmp_path: Path) -> None:
    """The rules that keep frames reproducible are in force, and say why."""
    offender = tmp_path / "offender.py"
    offender.write_text("import random\n\nimport numpy as np\n\nA = np.random.rand(3)\nB = np.random.default_rng()\n")
    assert_linter_names(offender, ["TID251", "NPY002", "engine.frame.rng"])


def test_linter_refuses_bpy(tmp_path: Path) -> None:
    offender = tmp_path / "offender.py"
    offender.write_text("def render() -> None:\n    import bpy\n\n    bpy.ops.render.render()\n")
    assert_linter_names(offender, ["TID251", "engine.blender"])


def assert_linter_names(file: Path, expected: list[str]) -> None:
    """The linter must fail on the file, and its output must contain all that is expected."""
    command = [TOOLS / "ruff", "check", "--no-cache", "--config", REPOSITORY / "pyproject.toml", file]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1, result.stderr
    for text in expected:
        assert text in result.stdout
