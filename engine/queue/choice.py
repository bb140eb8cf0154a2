"""Which backend an engine runs its workers with, and how many share a device: chosen at `studio engine start` and
`restart`, and kept in the engine's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from engine.errors import BadInput
from engine.files import make_folder, reason, write_atomically

type BackendName = Literal["local", "ray", "slurm"]
BACKENDS: tuple[BackendName, ...] = ("local", "ray", "slurm")

MOST_WORKERS = 8
"""At one device; each has the scene in memory for itself."""


class Choice(msgspec.Struct, frozen=True):
    """A backend, where it is, and how many workers share a device of this machine."""

    backend: BackendName = "local"
    address: str = ""
    """Of a Ray cluster; empty elsewhere."""
    workers: Annotated[int, msgspec.Meta(ge=1, le=MOST_WORKERS)] = 1
    """At each GPU of this machine, or on its processor where it has none; 1 elsewhere."""


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


def choice_of(backend: str | None, address: str | None, workers: int | None, before: Choice) -> Choice:
    """The choice that a command line makes; what it leaves out stays as it was.

    Raises:
        BadInput: an address or a number of workers is given for a backend that has none, or an address is missing.
    """
    if backend is None and address is not None and before.backend != "ray":
        raise BadInput("--address is the address of a Ray cluster: say --backend ray too.")
    chosen: BackendName = next((name for name in BACKENDS if name == backend), before.backend)
    kept = before if before.backend == chosen else Choice(chosen)
    if chosen != "ray" and address is not None:
        raise BadInput(f"--address is the address of a Ray cluster; --backend {chosen} has none.")
    if chosen != "local" and workers is not None:
        raise BadInput(
            f"--workers is how many share a device of this machine; {chosen.capitalize()} has its own places for them "
            "(docs/cluster.md)."
        )
    address = (address or kept.address or "local") if chosen == "ray" else ""
    return Choice(chosen, address, workers or kept.workers)
