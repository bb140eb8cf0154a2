"""The built-in HDRIs are found without Blender."""

from __future__ import annotations

import subprocess
import sys

from engine.library.builtin import builtin_hdris


def test_eight_environments() -> None:
    found = builtin_hdris()
    assert len(found) == 8
    assert all(path.is_file() and path.suffix == ".exr" for path in found)
    assert found == sorted(found)


def test_bpy_is_not_imported() -> None:
    code = "import sys; from engine.library.builtin import builtin_hdris; builtin_hdris(); print('bpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
