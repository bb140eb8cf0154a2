"""The engine with its workers on a cluster: what `python -m engine.queue.daemon` becomes where one was chosen."""

from __future__ import annotations

import hashlib
import os
import socket
import sys

from engine.cluster.settings import cluster_settings
from engine.errors import BadInput, Failure
from engine.queue import daemon
from engine.queue.backend import Backend
from engine.queue.choice import read_choice
from engine.queue.lifecycle import EnginePaths


def make_backend(paths: EnginePaths) -> Backend:
    """The backend that was chosen for this engine; raises StudioError where it cannot be had."""
    choice = read_choice(paths.folder)
    name = hashlib.blake2b(f"{socket.gethostname()} {paths.folder}".encode(), digest_size=6).hexdigest()
    # The libraries of both are large, and optional.
    try:
        if choice.backend == "ray":
            from engine.cluster.ray_backend import RayBackend

            return RayBackend(choice.address, name)
        if choice.backend == "slurm":
            from engine.cluster.slurm_backend import SlurmBackend

            return SlurmBackend(cluster_settings().slurm, paths.folder / "slurm", name)
    except ImportError as error:
        raise Failure(
            f"The backend {choice.backend} needs the package {error.name}: install dataset-studio[{choice.backend}]."
        ) from None
    raise BadInput(f"The engine has no backend {choice.backend} of a cluster.")


if __name__ == "__main__":
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    sys.exit(daemon.main(make_backend))
