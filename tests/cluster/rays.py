"""A real Ray cluster on this machine: a head and several nodes, each a raylet with processes of its own."""

from __future__ import annotations

import inspect
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ray._private import services
from ray.cluster_utils import Cluster

_PORTS = ("metrics_agent_port", "metrics_export_port", "dashboard_agent_listen_port", "runtime_env_agent_port")


class Rays:
    """A head without room for work, and nodes with one CPU each. As a context manager it leaves no process behind."""

    def __init__(self) -> None:
        self._nodes: dict[str, Any] = {}

    def __enter__(self) -> Self:
        # Each of Ray's many processes would compile its modules otherwise.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        self._start_raylet = services.start_raylet
        services.start_raylet = _with_ports_told(services.start_raylet)
        self._cluster = Cluster(
            initialize_head=True,
            shutdown_at_exit=False,
            head_node_args={"num_cpus": 0, "include_dashboard": False, "node_name": "head", **_ports()},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        services.start_raylet = self._start_raylet
        self._cluster.shutdown()

    @property
    def address(self) -> str:
        """Where drivers connect to."""
        return str(self._cluster.address)

    def add(self, name: str, without: Path | None = None) -> None:
        """Add a node, and wait until it is there. It sees an empty folder in the place of `without`."""
        with _hidden(without):
            self._nodes[name] = self._cluster.add_node(num_cpus=1, node_name=name, **_ports())

    def processes(self, name: str) -> list[int]:
        """All processes of a node, its raylet first."""
        raylet = self._nodes[name].all_processes["raylet"][0].process.pid
        return [raylet, *_descendants(raylet)]

    def kill(self, name: str) -> None:
        """End a node as a power cut would: all of its processes at once."""
        for pid in self.processes(name):
            os.kill(pid, signal.SIGKILL)
        self._cluster.remove_node(self._nodes.pop(name), allow_graceful=False)


def _with_ports_told(start: Callable[..., Any]) -> Callable[..., Any]:
    """A raylet gives up when its agent, a large Python program, has not told its port within fifteen seconds, which
    a busy machine may not manage: so the port (none, without a dashboard) is told beforehand."""

    @wraps(start)
    def told(*positional: Any, **named: Any) -> Any:
        given = inspect.signature(start).bind(*positional, **named).arguments
        Path(given["session_dir"], f"dashboard_agent_listen_port_{given['node_id']}").write_text("-1")
        return start(*positional, **named)

    return told


@contextmanager
def _hidden(folder: Path | None) -> Iterator[None]:
    """Start processes in a mount namespace of their own meanwhile, where `folder` is covered by an empty one."""
    if folder is None:
        yield
        return
    start = services.start_ray_process
    mount = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', str(folder)]
    services.start_ray_process = lambda command, *rest, **named: start([*mount, *command], *rest, **named)
    try:
        yield
    finally:
        services.start_ray_process = start


def _descendants(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []
    return [each for child in children for each in (child, *_descendants(child))]


def _ports() -> dict[str, int]:
    """Free ports, told beforehand, so that a raylet need not wait for its agents to choose some."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in _PORTS]
        for each in sockets:
            each.bind(("", 0))
        return {name: each.getsockname()[1] for name, each in zip(_PORTS, sockets, strict=True)}
