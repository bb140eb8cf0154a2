"""BlenderProc in an environment of its own, laid out as it expects of a Blender that it installed itself.

    FOLDER/4.2/python                 Python 3.11 with Blender 4.2 as a module and the packages that BlenderProc pins
    FOLDER/blenderproc                BlenderProc itself
    FOLDER/custom-python-packages     its own note of what is installed, so that it installs nothing when it starts

Blender comes as the package `bpy`, since BlenderProc would fetch the whole program from Blender's site.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

BLENDERPROC = "2.8.0"
BLENDER = "4.2"
_NUMPY = "1.24.3"
"""The one that Blender 4.2 brings: BlenderProc uses names that numpy 2 has not."""

_UNUSED = ("pyrender",)
"""Pinned, but only for the masks of BOP's format, which need a toolkit from outside the package registry."""


class Unavailable(Exception):
    """The environment cannot be made; the message says why in a sentence."""


class Environment:
    """BlenderProc's environment in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.python = self.folder / BLENDER / "python" / "bin" / "python3.11"
        self._own = self.folder / "blenderproc"
        self._note = self.folder / "custom-python-packages" / "installed_packages_cache_v2.json"

    @property
    def is_ready(self) -> bool:
        """Whether it was made to the end."""
        return self._note.is_file()

    def prepare(self, python: str) -> None:
        """Make it with the interpreter `python`, unless it is there. Raises Unavailable."""
        if self.is_ready:
            return
        found = shutil.which(python)
        if found is None:
            raise Unavailable(f"Blender {BLENDER} as a module needs Python 3.11, and there is no {python} here.")
        bare = ["--without-pip"] if _uv() else []
        place = str(self.python.parents[1])
        self._run([found, "-m", "venv", *bare, place], f"{found} cannot make a virtual environment")
        own = ["--no-deps", "--target", str(self._own), f"blenderproc=={BLENDERPROC}"]
        self._install(own, f"BlenderProc {BLENDERPROC} cannot be installed")
        pinned = self._pinned()
        used = [package for package in pinned if not package.startswith(_UNUSED)]
        self._install(
            [f"bpy=={BLENDER}.*", f"numpy=={_NUMPY}", *used],
            f"Blender {BLENDER} or the packages that BlenderProc {BLENDERPROC} pins cannot be installed",
        )
        names = [package.lower().partition("==") for package in pinned]
        self._note.parent.mkdir(exist_ok=True)
        self._note.write_text(json.dumps({name: version for name, _, version in names}))

    def versions(self) -> dict[str, str]:
        """What is installed, by name."""
        wanted = ("bpy", "numpy", "opencv-contrib-python", "h5py")
        code = f"import importlib.metadata as m, json; print(json.dumps({{n: m.version(n) for n in {wanted}}}))"
        done = subprocess.run([self.python, "-c", code], capture_output=True, text=True, check=True)
        return {"blenderproc": BLENDERPROC, **json.loads(done.stdout)}

    def command(self, script: Path, temporary: Path, *arguments: str) -> list[str]:
        """What `blenderproc run SCRIPT ARGUMENTS` starts in the end."""
        return [str(self.python), str(script), "--background", "--", str(script), str(temporary), *arguments]

    def variables(self) -> dict[str, str]:
        """The variables that `blenderproc run` sets for it."""
        return {
            **os.environ,
            "PYTHONPATH": str(self._own),
            "PYTHONNOUSERSITE": "1",
            "INSIDE_OF_THE_INTERNAL_BLENDER_PYTHON_ENVIRONMENT": "1",
        }

    def _pinned(self) -> list[str]:
        """The packages that BlenderProc installs when it starts."""
        path = self._own / "blenderproc" / "python" / "utility" / "DefaultConfig.py"
        spec = importlib.util.spec_from_file_location("blenderproc_defaults", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return list(module.DefaultConfig.default_pip_packages)

    def _install(self, what: list[str], trouble: str) -> None:
        """With uv where it is there, which is much faster, or else with the environment's pip."""
        uv = _uv()
        if uv:
            self._run([uv, "pip", "install", "--python", str(self.python), "--quiet", *what], trouble)
        else:
            options = ["--quiet", "--disable-pip-version-check", "--no-compile"]
            self._run([str(self.python), "-m", "pip", "install", *options, *what], trouble)

    def _run(self, command: list[str], trouble: str) -> None:
        done = subprocess.run(command, stdout=sys.stderr, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if "error" in line.lower()] or done.stderr.splitlines()
            raise Unavailable(f"{trouble}: {said[-1] if said else f'exit code {done.returncode}'}.")


def _uv() -> str | None:
    return shutil.which("uv")
