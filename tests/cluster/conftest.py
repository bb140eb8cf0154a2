"""Clusters that all tests of this folder share: starting one takes seconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.cluster.ray_backend import RayBackend
    from tests.cluster.rays import Rays


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
