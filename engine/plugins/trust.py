"""Which files may run as plug-ins: those that the user has allowed, and those in folders that were allowed.

A recipe is data, and people pass recipes on; what it names must not run because somebody renders it.
"""

from __future__ import annotations

from pathlib import Path

from engine import paths
from engine.errors import AssetError
from engine.files import write_atomically


def trusted() -> tuple[Path, ...]:
    """The files and folders that were allowed, in their order."""
    try:
        lines = _file().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    return tuple(Path(line) for line in lines if line)


def is_trusted(path: Path) -> bool:
    """Whether a plug-in's file may run."""
    real = path.resolve()
    return any(real == allowed or real.is_relative_to(allowed) for allowed in trusted())


def trust(path: Path) -> None:
    """Allow a file, or all files in a folder."""
    _write([*trusted(), path.resolve()])


def distrust(path: Path) -> bool:
    """Allow it no more; returns whether it was."""
    before = trusted()
    _write([allowed for allowed in before if allowed != path.resolve()])
    return path.resolve() in before


def require_trust(path: Path) -> None:
    """Raises AssetError where a file may not run as a plug-in."""
    if not is_trusted(path):
        raise AssetError(
            f"{path}: the recipe names this plug-in, which is code that would run as you; read it, then allow it by "
            f"`studio plugins trust {path}`."
        )


def _file() -> Path:
    return paths.config_dir() / "trusted-plugins"


def _write(allowed: list[Path]) -> None:
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, "".join(f"{path}\n" for path in dict.fromkeys(allowed)).encode())
