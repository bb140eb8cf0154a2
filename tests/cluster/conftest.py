"""Clusters that all tests of this folder share: starting one takes seconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.cluster.ray_backend import RayBackend
    from engine.cluster.slurm_backend import SlurmBackend
    from tests.cluster.rays import Rays
    from tests.cluster.slurms import Slurms


@pytest.fixture(scope="session")
def rays() -> Iterator[Rays]:
    """A Ray cluster with two nodes."""
    pytest.importorskip("ray", reason="Ray is not installed: dataset-studio[ray]")
    from tests.cluster.rays import Rays

    with Rays() as found:
        found.add("node-a")
        found.add("node-b")
        yield found


@pytest.fixture(scope="session")
def ray_backend(rays: Rays) -> Iterator[RayBackend]:
    """A backend on that cluster, in this process."""
    from engine.cluster.ray_backend import RayBackend

    backend = RayBackend(rays.address, "tests", fence=20.0)
    yield backend
    backend.close()


@pytest.fixture(scope="session")
def slurms() -> Iterator[Slurms]:
    """A Slurm cluster with one node."""
    pytest.importorskip("submitit", reason="submitit is not installed: dataset-studio[slurm]")
    from tests.cluster.slurms import Slurms, why_not

    if why_not():
        pytest.skip(why_not())
    with Slurms() as found:
        yield found


@pytest.fixture(scope="session")
def slurm_backend(slurms: Slurms) -> Iterator[SlurmBackend]:
    """A backend on that cluster, in this process."""
    from engine.cluster.settings import SlurmSettings
    from engine.cluster.slurm_backend import SlurmBackend

    backend = SlurmBackend(SlurmSettings(workers=2, time=10), slurms.folder / "engine", "tests")
    yield backend
    backend.close()
