"""Which backend an engine runs its workers with: chosen at `studio engine start`, and kept in the engine's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from engine.errors import BadInput
from engine.files import make_folder, reason, write_atomically

type BackendName = Literal["local", "ray", "slurm"]
BACKENDS: tuple[BackendName, ...] = ("local", "ray", "slurm")


class Choice(msgspec.Struct, frozen=True):
    """A backend, and where it is."""

    backend: BackendName = "local"
    address: str = ""
    """Of a Ray cluster; empty elsewhere."""


def choice_path(folder: Path) -> Path:
    """The file in an engine's folder."""
    return folder / "backend.json"


def read_choice(folder: Path) -> Choice:
    """The backend that was chosen; this machine where none was. Raises BadInput where the file is broken."""
    path = choice_path(folder)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Choice)
    except FileNotFoundError:
        return Choice()
    except (OSError, msgspec.MsgspecError) as error:
        said = reason(error) if isinstance(error, OSError) else str(error)
        raise BadInput(
            f"{path} cannot be read ({said}): choose anew, as with `studio engine start --backend local`."
        ) from None


def keep_choice(folder: Path, choice: Choice) -> None:
    """Keep a choice for the engines that start from now on. Raises BadInput where the file cannot be written."""
    path = choice_path(folder)
    try:
        make_folder(folder)
        write_atomically(path, msgspec.json.encode(choice))
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {reason(error)}.") from None


def choice_of(backend: str | None, address: str | None, before: Choice) -> Choice:
    """The choice that a command line makes; what it leaves out stays as it was.

    Raises:
        BadInput: an address is given for a backend that has none, or is missing.
    """
    if backend is None:
        if address is not None and before.backend != "ray":
            raise BadInput("--address is the address of a Ray cluster: say --backend ray too.")
        return before if address is None else Choice("ray", address)
    if backend != "ray":
        if address is not None:
            raise BadInput(f"--address is the address of a Ray cluster; --backend {backend} has none.")
        return Choice("slurm" if backend == "slurm" else "local")
    kept = before.address if before.backend == "ray" else ""
    return Choice("ray", address or kept or "local")
