"""What all tests share: folders of their own, never the user's; the shared assets; the two parts of the suite."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from tests.proof.clutter import Clutter

REPOSITORY = Path(__file__).resolve().parent.parent
BLENDER_TESTS = REPOSITORY / "tests" / "blender"
hypothesis.settings.register_profile("gate", derandomize=True)
"""The same examples each time, so that a change is judged by what it changes; other runs go on looking for new ones."""
USER_FOLDERS = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--part",
        choices=("all", "blender", "rest"),
        default="all",
        help="run only the tests that import bpy into their own process, or only the others",
    )


def _is_of_part(path: Path, part: str) -> bool:
    return part == "all" or path.is_relative_to(BLENDER_TESTS) == (part == "blender")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Keep the files of the other part from being imported, since importing a Blender test loads Blender."""
    if collection_path.is_file() and not _is_of_part(collection_path, config.getoption("--part")):
        return True
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests of the other part that were named on the command line, which no file filter touches."""
    part = config.getoption("--part")
    left_out = [item for item in items if not _is_of_part(item.path, part)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if _is_of_part(item.path, part)]


def _own_folders(environment: pytest.MonkeyPatch, parent: Path) -> None:
    for name in USER_FOLDERS:
        folder = parent / name.removeprefix("XDG_").removesuffix("_HOME").lower()
        folder.mkdir()
        environment.setenv(name, str(folder))


@pytest.fixture(scope="session", autouse=True)
def _session_folders() -> Iterator[None]:
    """Give fixtures that outlive a test folders of their own, and shader compilers one that all tests share."""
    with tempfile.TemporaryDirectory(prefix="ds-") as parent, pytest.MonkeyPatch.context() as environment:
        _own_folders(environment, Path(parent))
        # Compiling EEVEE's shaders takes about ten seconds: once is enough, for all processes of `python -m tests`.
        if "MESA_SHADER_CACHE_DIR" not in os.environ:
            environment.setenv("MESA_SHADER_CACHE_DIR", str(Path(parent, "shaders")))
        # Settings of the person who runs the tests would change what the program does.
        for name in [name for name in os.environ if name.startswith("STUDIO_") and name != "STUDIO_TEST_ASSETS"]:
            environment.delenv(name)
        # The size of somebody's terminal, which pytest-xdist names so: programs believe it before their own terminal.
        for name in ("COLUMNS", "LINES"):
            environment.delenv(name, raising=False)
        yield


@pytest.fixture(autouse=True)
def user_folders(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that holds this test's own config, state, cache and data folders; the user's are never touched.

    Its path is short, unlike tmp_path's, because the name of a Unix socket in it may have 107 bytes at most.
    """
    parent = Path(tempfile.mkdtemp(prefix="ds-"))
    _own_folders(monkeypatch, parent)
    yield parent
    shutil.rmtree(parent, ignore_errors=True)


@pytest.fixture(scope="session")
def clutter(tmp_path_factory: pytest.TempPathFactory) -> Clutter:
    """A few cluttered frames that Blender rendered, with all passes; nobody may write into their dataset."""
    from tests.proof.clutter import render_clutter  # trimesh, which few tests need

    return render_clutter(tmp_path_factory.mktemp("clutter"))


@pytest.fixture(scope="session")
def shared_assets() -> Path:
    """The folder with models/ and hdris/ that are too large for this repository; skips the test where it is missing."""
    named = os.environ.get("STUDIO_TEST_ASSETS")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "assets"
    if not folder.is_dir():
        pytest.skip(f"the test assets are not here: {folder} is no folder (STUDIO_TEST_ASSETS names another)")
    return folder
