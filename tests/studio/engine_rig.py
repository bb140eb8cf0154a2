"""`studio` as a user runs it, beside a real engine whose workers paint frames instead of starting Blender."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pexpect
import pytest

from engine.queue.client import EngineClient
from engine.queue.lifecycle import engine_paths, is_running, stop_engine
from studio.cli import run

REPOSITORY = Path(__file__).parents[2]
TINY = ("--set", "render.resolution=[64, 48]", "--set", "render.samples=1")
SLOW = ("--set", "render.resolution=[64, 48]", "--set", "render.samples=316")
"""0.3 s a frame."""
PATIENCE = 180.0
"""Seconds until a test gives up waiting; the machine may be busy."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Its standard output, read as JSON."""
        return json.loads(self.out)


class Studio:
    """Calls commands in this process, or starts them in one of their own."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._children: list[subprocess.Popen[str]] = []

    def __call__(self, *arguments: object) -> Said:
        self._capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        said = Said(code, *self._capsys.readouterr())
        assert "Traceback" not in said.err
        assert "unforeseen" not in said.err
        return said

    def ok(self, *arguments: object) -> Any:
        """The JSON document of a command that must succeed."""
        said = self(*arguments, "--json")
        assert said.code == 0, said.err
        return said.document

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """A process of its own, ended with the test."""
        child = subprocess.Popen(
            [sys.executable, "-m", "studio", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
        )
        self._children.append(child)
        return child

    def job(self, name: object) -> dict[str, Any]:
        """A job as the engine has it."""
        found = self.ok("queue", "show", name)
        assert isinstance(found, dict)
        return found

    def wait_until(self, what: Callable[[], object]) -> None:
        """Wait until something is so."""
        end = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < end, f"it did not come: {self('queue', 'ls').out}\n{_log()}"
            time.sleep(0.05)

    def end_children(self) -> None:
        """End the processes that are left."""
        for child in self._children:
            child.kill()
            child.communicate()


def terminal(*arguments: object, size: tuple[int, int] = (24, 80)) -> pexpect.spawn[str]:
    """`studio ARGUMENTS` in a terminal of (rows, columns)."""
    return pexpect.spawn(
        sys.executable, ["-m", "studio", *map(str, arguments)], dimensions=size, encoding="utf-8", timeout=PATIENCE,
        env={**os.environ, "TERM": "xterm-256color"}, cwd=str(REPOSITORY),
    )  # fmt: skip


def kill_engine() -> None:
    """SIGKILL for the engine, as a crash."""
    with EngineClient.connect(engine_paths().socket, PATIENCE) as client:
        os.kill(client.welcome.pid, signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while is_running():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def studio(user_folders: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Studio]:
    """The program; the engine, if one was started, is stopped at the end."""
    monkeypatch.setenv("STUDIO_RENDERER", "fake")
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.setenv("COLUMNS", "80")
    program = Studio(capsys)
    yield program
    program.end_children()
    stop_engine(now=True)
    assert not is_running(), _log()


def _log() -> str:
    path = engine_paths().log
    return path.read_text(errors="replace")[-4000:] if path.exists() else "no log"
