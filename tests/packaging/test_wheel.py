"""The package as `pip install` and `uv tool install` get it, tried in a clean virtual environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from engine import __version__

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("engine", "presets", "studio", "widgets")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout with the locked build backend."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment into which pip installed the wheel; the dependencies, a gigabyte, are lent to it."""
    pytest.importorskip("ensurepip", reason="this Python has no pip for new environments (Debian: python3-venv)")
    folder = tmp_path_factory.mktemp("clean") / "venv"
    venv.create(folder, with_pip=True, symlinks=True)
    python = folder / "bin" / "python"
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index", "--no-deps", wheel]
    subprocess.run(pip, check=True, timeout=120)
    (own,) = folder.glob("lib/python*/site-packages")
    # A path in a .pth file lends packages, but not what other .pth files there add, such as this checkout.
    (own / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def test_it_holds_all_that_the_checkout_has(wheel: Path) -> None:
    """Code, presets and styles: every file that is not a by-product."""
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    files = [file for package in PACKAGES for file in (REPOSITORY / package).rglob("*") if file.is_file()]
    wanted = {file.relative_to(REPOSITORY).as_posix() for file in files if "__pycache__" not in file.parts}
    assert wanted - inside == set()
    assert any(name.startswith("presets/") and name.endswith(".toml") for name in inside)
    assert any(name.startswith("studio/") and name.endswith(".tcss") for name in inside)
    assert any(name.endswith("licenses/LICENSE") for name in inside)


def test_it_holds_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert tops == {*PACKAGES, f"dataset_studio-{__version__}.dist-info"}


def studio(installed: Path, *arguments: str) -> str:
    """What the installed program prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    result = subprocess.run(
        [installed / "bin" / "studio", *arguments],
        cwd=installed,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_installed_program_tells_its_version(installed: Path) -> None:
    assert studio(installed, "--version") == f"studio {__version__}\n"


def test_installed_program_is_not_this_checkout(installed: Path) -> None:
    code = "import engine, presets, studio, widgets; print(engine.__file__, presets.__file__, studio.__file__)"
    python = installed / "bin" / "python"
    places = subprocess.run([python, "-c", code], cwd=installed, check=True, capture_output=True, text=True).stdout
    assert str(REPOSITORY) + os.sep + "engine" not in places
    assert str(installed) in places


def test_installed_program_finds_its_presets(installed: Path) -> None:
    listed = studio(installed, "presets", "ls")
    shipped = sorted(file.stem for file in (REPOSITORY / "presets").glob("*.toml"))
    assert shipped
    for name in shipped:
        assert name in listed


def test_installed_worker_can_be_started(installed: Path) -> None:
    """The program starts its workers as `python -m engine.worker`, which must be there without the checkout."""
    code = "import importlib.util, json; print(json.dumps(importlib.util.find_spec('engine.worker.__main__').origin))"
    python = installed / "bin" / "python"
    origin = subprocess.run([python, "-c", code], cwd=installed, check=True, capture_output=True, text=True).stdout
    assert json.loads(origin).startswith(str(installed))
