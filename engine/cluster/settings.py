"""How Slurm is to be asked for workers: the table [slurm] of `cluster.toml` in the configuration folder.

[slurm]
workers = 8            # at most so many at a time
partition = "gpu"
gres = "gpu:1"
time = 240             # minutes
account = "vision"
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from engine.errors import BadInput
from engine.files import reason
from engine.paths import config_dir


class SlurmSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a worker is to be given. Empty values are left to the cluster."""

    workers: int = 4
    """Array tasks at most, each with one worker."""
    range: int = 25
    """Frames that a worker is given ahead."""
    partition: str = ""
    gres: str = ""
    """As for sbatch; a worker with `gpu` in it must render on a GPU."""
    time: int = 60
    """Minutes after which Slurm ends a task; what it had not rendered is rendered by another."""
    account: str = ""
    qos: str = ""
    cpus: int = 1
    """CPUs of a worker."""
    memory: str = ""
    """As for sbatch's --mem, like `16G`."""
    python: str = ""
    """What runs Python on the nodes (`apptainer exec --nv worker.sif python`); the engine's own where it is empty."""
    setup: tuple[str, ...] = ()
    """Lines of shell that come before a task, like `module load ...`."""
    folder: str = ""
    """A folder that all machines share, for messages; by default one in the engine's own."""
    fence: float = 120.0
    """Seconds after the engine's last word by which a task has ended by itself."""


class ClusterSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    slurm: SlurmSettings = SlurmSettings()


def cluster_settings(path: Path | None = None) -> ClusterSettings:
    """Read the file; the usual values where there is none.

    Raises:
        BadInput: it cannot be read, or holds something that it must not.
    """
    file = config_dir() / "cluster.toml" if path is None else path
    try:
        found: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
        settings = msgspec.convert(found, ClusterSettings)
    except FileNotFoundError:
        return ClusterSettings()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {reason(error)}; see to its permissions or remove it.") from None
    except UnicodeDecodeError:
        raise BadInput(f"{file} is not UTF-8 text; save it as such or remove it.") from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{file} is no valid TOML: {error}; mend that line or remove the file.") from None
    except msgspec.ValidationError as error:
        raise BadInput(f"{file}: {error}; docs/cluster.md lists what belongs there.") from None
    for name in ("workers", "range", "time", "cpus"):
        if getattr(settings.slurm, name) < 1:
            raise BadInput(f"{file}: slurm.{name}: {getattr(settings.slurm, name)} is too small; write 1 or more.")
    if settings.slurm.fence < 30:
        raise BadInput(f"{file}: slurm.fence: {settings.slurm.fence:g} is too small; write 30 or more seconds.")
    return settings
