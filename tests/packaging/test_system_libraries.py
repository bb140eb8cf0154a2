"""The list of libraries that Blender needs of the system: true, complete, and the same in the documentation."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from engine import system_libraries as libraries
from engine.system_libraries import LIBRARIES, Need, check_libraries, exit_code, install_lines, packages_for, remedy

REPOSITORY = Path(__file__).resolve().parent.parent.parent

BASE = {"libc", "libm", "libdl", "libpthread", "librt", "libutil", "libstdc++", "libgcc_s", "ld-linux-x86-64"}
"""Libraries that every distribution brings with its loader, compiler runtime and shell."""


def load_all_but(*missing: str) -> libraries.Callable[[str], object]:
    """A loader on a system that lacks these libraries."""

    def load(soname: str) -> object:
        if soname in missing:
            raise OSError(f"{soname}: cannot open shared object file: No such file or directory")
        return object()

    return load


def names_needed(file: Path) -> set[str]:
    """The libraries that a shared object itself asks the loader for."""
    text = subprocess.run(["readelf", "-d", file], capture_output=True, text=True, check=True, timeout=60).stdout
    return set(re.findall(r"\(NEEDED\).*\[(.+)\]", text))


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("readelf"), reason="needs Linux and readelf (binutils)")
def test_list_is_what_the_wheel_links_to() -> None:
    """Follows bpy's own shared objects from the module on; what leads out of the wheel must be in the list."""
    folder = Path(sysconfig.get_path("platlib"), "bpy")
    own = {file.name: file for file in (folder / "lib").iterdir()}
    waiting, seen, outside = [folder / "__init__.so"], set[Path](), set[str]()
    while waiting:
        file = waiting.pop()
        seen.add(file)
        for name in names_needed(file):
            if name not in own:
                outside.add(name)
            elif own[name] not in seen:
                waiting.append(own[name])
    expected = {library.soname for library in LIBRARIES if library.need is Need.BLENDER}
    assert {name for name in outside if name.split(".so")[0] not in BASE} == expected


def test_nothing_is_missing_where_these_tests_run() -> None:
    missing = [state for state in check_libraries() if not state.loaded and state.library.need is Need.BLENDER]
    assert missing == []


def test_what_is_missing_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    states = check_libraries(LIBRARIES, load_all_but("libXi.so.6", "libEGL.so.1"))
    assert [state.library.soname for state in states if not state.loaded] == ["libXi.so.6", "libEGL.so.1"]
    assert exit_code(states) == libraries.EXIT_NO_BLENDER
    assert packages_for(states, "dnf") == ("libXi", "libglvnd-egl")
    text = remedy(states)
    for expected in (
        "libXi.so.6, libEGL.so.1",
        "sudo apt-get install libxi6 libegl1",
        "sudo dnf install libXi libglvnd-egl",
        "sudo pacman -S --needed libxi libglvnd",
    ):
        assert expected in text


def test_only_this_machines_package_manager_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/dnf" if name == "dnf" else None)
    text = remedy(check_libraries(LIBRARIES, load_all_but("libGL.so.1")))
    assert "dnf install libglvnd-glx" in text
    assert "apt-get" not in text


def test_nvidias_egl_is_as_good_as_mesas() -> None:
    assert exit_code(check_libraries(LIBRARIES, load_all_but("libEGL_mesa.so.0"))) == libraries.EXIT_ALL_THERE
    neither = check_libraries(LIBRARIES, load_all_but("libEGL_mesa.so.0", "libEGL_nvidia.so.0"))
    assert exit_code(neither) == libraries.EXIT_NO_EEVEE
    assert "EEVEE cannot run" in remedy(neither)


def test_nothing_missing_needs_no_remedy() -> None:
    states = check_libraries(LIBRARIES, load_all_but())
    assert (remedy(states), install_lines(states), exit_code(states)) == ("", {}, libraries.EXIT_ALL_THERE)


def test_command_needs_no_dependency() -> None:
    """`run` calls it before anything is known to work, so the standard library must do."""
    command = [sys.executable, "-S", "-m", "engine.system_libraries", "--packages", "pacman"]
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode in (libraries.EXIT_ALL_THERE, libraries.EXIT_NO_EEVEE), result.stderr


def test_documentation_has_the_same_lines() -> None:
    documentation = (REPOSITORY / "docs" / "headless-servers.md").read_text(encoding="utf-8")
    everything = check_libraries(LIBRARIES, load_all_but(*(name for entry in LIBRARIES for name in entry.sonames)))
    for line in install_lines(everything).values():
        assert f"\n{line}\n" in documentation, f"docs/headless-servers.md must have this line by itself: {line}"
    for library in LIBRARIES:
        assert library.soname in documentation
