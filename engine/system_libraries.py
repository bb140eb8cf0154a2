"""The shared libraries that the bpy wheel expects of the system, and how to get those that are missing.

Whether a library is there is found by loading it, which holds on every distribution; package names are needed only
for the remedy. Nothing here needs bpy, so this runs before Blender can.

As a command, `python -m engine.system_libraries` prints what is missing and the line that installs it. It ends with 0
when all is there, 1 when Blender cannot start, 3 when only EEVEE cannot. `--packages apt` prints package names alone.
"""

from __future__ import annotations

import argparse
import ctypes
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

PackageManager = Literal["apt", "dnf", "pacman"]

INSTALL_COMMANDS: dict[PackageManager, str] = {
    "apt": "apt-get install",
    "dnf": "dnf install",
    "pacman": "pacman -S --needed",
}
"""What installs packages on each family of distributions, without `sudo`."""

EXIT_ALL_THERE = 0
EXIT_NO_BLENDER = 1
EXIT_NO_EEVEE = 3


class Need(StrEnum):
    """What does not work without a library."""

    BLENDER = "blender"
    """Blender cannot even be imported: nothing renders."""

    EEVEE = "eevee"
    """Cycles renders; EEVEE, used for previews where there is a GPU, would end its process."""


@dataclass(frozen=True, slots=True)
class SystemLibrary:
    """One library that Blender loads from the system."""

    sonames: tuple[str, ...]
    """File names as the loader knows them. Any one of them will do; the first is the usual one."""

    need: Need

    apt: tuple[str, ...]
    """Packages of Debian, Ubuntu and their kin."""

    dnf: tuple[str, ...]
    """Packages of Fedora, RHEL and their kin."""

    pacman: tuple[str, ...]
    """Packages of Arch and its kin."""

    @property
    def soname(self) -> str:
        """The usual file name, for messages."""
        return self.sonames[0]

    def packages(self, manager: PackageManager) -> tuple[str, ...]:
        """The packages that bring this library with the given package manager."""
        by_manager: dict[PackageManager, tuple[str, ...]] = {"apt": self.apt, "dnf": self.dnf, "pacman": self.pacman}
        return by_manager[manager]


@dataclass(frozen=True, slots=True)
class LibraryState:
    """One library, and whether it could be loaded."""

    library: SystemLibrary

    problem: str | None
    """What the loader said of the library's usual name; None if it was loaded."""

    @property
    def loaded(self) -> bool:
        """Whether the library is there and fits this machine."""
        return self.problem is None


def _blender(soname: str, apt: str, dnf: str, pacman: str) -> SystemLibrary:
    return SystemLibrary((soname,), Need.BLENDER, (apt,), (dnf,), (pacman,))


LIBRARIES: tuple[SystemLibrary, ...] = (
    _blender("libX11.so.6", "libx11-6", "libX11", "libx11"),
    _blender("libXext.so.6", "libxext6", "libXext", "libxext"),
    _blender("libXrender.so.1", "libxrender1", "libXrender", "libxrender"),
    _blender("libXfixes.so.3", "libxfixes3", "libXfixes", "libxfixes"),
    _blender("libXi.so.6", "libxi6", "libXi", "libxi"),
    _blender("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    _blender("libSM.so.6", "libsm6", "libSM", "libsm"),
    _blender("libICE.so.6", "libice6", "libICE", "libice"),
    _blender("libGL.so.1", "libgl1", "libglvnd-glx", "libglvnd"),
    SystemLibrary(("libEGL.so.1",), Need.EEVEE, ("libegl1",), ("libglvnd-egl",), ("libglvnd",)),
    # libEGL itself only passes calls on to the library of a driver: NVIDIA's, or Mesa's, which also has the
    # software rasterizer.
    SystemLibrary(
        ("libEGL_mesa.so.0", "libEGL_nvidia.so.0"),
        Need.EEVEE,
        ("libegl-mesa0", "libgl1-mesa-dri"),
        ("mesa-libEGL", "mesa-dri-drivers"),
        ("mesa",),
    ),
)
"""What bpy 5.2 links to on Linux beyond the C and C++ libraries, and what its EEVEE loads by name."""


def check_libraries(
    libraries: Iterable[SystemLibrary] | None = None, load: Callable[[str], object] = ctypes.CDLL
) -> tuple[LibraryState, ...]:
    """Try to load each library (by default `LIBRARIES`; nothing is expected of the system where it is not Linux).

    `load` takes a soname and raises OSError when it cannot be loaded, as `ctypes.CDLL` does.
    """
    if libraries is None:
        libraries = LIBRARIES if sys.platform == "linux" else ()
    return tuple(LibraryState(library, _problem(library, load)) for library in libraries)


def _problem(library: SystemLibrary, load: Callable[[str], object]) -> str | None:
    """None if one of the library's names can be loaded, else why its usual name cannot."""
    problems = []
    for soname in library.sonames:
        try:
            load(soname)
        except OSError as error:
            problems.append(str(error))
        else:
            return None
    return problems[0]


def packages_for(states: Iterable[LibraryState], manager: PackageManager) -> tuple[str, ...]:
    """The packages that bring the libraries which are not loaded, each once, in the order of the libraries."""
    names = (name for state in states if not state.loaded for name in state.library.packages(manager))
    return tuple(dict.fromkeys(names))


def install_lines(states: Iterable[LibraryState], sudo: bool = True) -> dict[PackageManager, str]:
    """For each package manager the line to type that installs what is missing; empty if nothing is."""
    missing = [state for state in states if not state.loaded]
    if not missing:
        return {}
    prefix = "sudo " if sudo else ""
    return {
        manager: f"{prefix}{command} {' '.join(packages_for(missing, manager))}"
        for manager, command in INSTALL_COMMANDS.items()
    }


def remedy(states: Iterable[LibraryState]) -> str:
    """What is missing, what it costs and the lines that mend it; an empty text if nothing is missing.

    Only the lines of package managers that this machine has are given, or all of them if it has none of the three.
    """
    missing = [state for state in states if not state.loaded]
    if not missing:
        return ""
    names = ", ".join(state.library.soname for state in missing)
    if any(state.library.need is Need.BLENDER for state in missing):
        cost = "Blender cannot start, so nothing can be rendered"
    else:
        cost = "EEVEE cannot run, so previews use Cycles"
    lines = install_lines(missing)
    here = {manager: line for manager, line in lines.items() if shutil.which(INSTALL_COMMANDS[manager].split()[0])}
    advice = "\n".join(f"  {line}" for line in (here or lines).values())
    return f"{cost}: the system lacks {names}. Install what is missing with\n{advice}"


def exit_code(states: Iterable[LibraryState]) -> int:
    """The exit code of the command for these states."""
    needs = {state.library.need for state in states if not state.loaded}
    if Need.BLENDER in needs:
        return EXIT_NO_BLENDER
    return EXIT_NO_EEVEE if needs else EXIT_ALL_THERE


def main(arguments: list[str] | None = None) -> int:
    """Print what is missing and how to get it; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m engine.system_libraries", description="Check Blender's libraries.")
    parser.add_argument("--packages", choices=list(INSTALL_COMMANDS), help="print the names of missing packages only")
    options = parser.parse_args(arguments)
    states = check_libraries()
    if options.packages:
        print(" ".join(packages_for(states, options.packages)))
    elif text := remedy(states):
        print(text)
    return exit_code(states)


if __name__ == "__main__":
    sys.exit(main())
