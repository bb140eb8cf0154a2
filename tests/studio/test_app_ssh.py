"""The app over a real SSH connection that is cut: the next login finds the jobs going on, and the screen as it was."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.queue.lifecycle import engine_process, is_running, stop_engine
from tests.queue.loopback_ssh import LoopbackSsh
from tests.studio.terminal import PATIENCE, Terminal, login_line

COUNT = 400
"""Frames of the job; at 0.15 s each they outlast both logins."""


@pytest.fixture(autouse=True)
def _no_engine_left() -> Iterator[None]:
    yield
    if is_running():
        stop_engine(now=True)


def command(*arguments: str) -> str:
    """The line that a login runs, with frames that are painted."""
    return login_line(*arguments, STUDIO_RENDERER="fake")


def apps() -> list[int]:
    """Process ids of the programs that run with this test's state folder, the engine's own left out."""
    own = f"XDG_STATE_HOME={os.environ['XDG_STATE_HOME']}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if words[1:3] == [b"-m", b"studio"] and own in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def frames_done(terminal: Terminal) -> int:
    """What the table says of the first job."""
    found = re.search(rf"([0-9]+)/{COUNT}", terminal.text)
    return int(found[1]) if found else 0


@pytest.mark.slow
def test_after_a_cut_connection_the_next_login_sees_the_job_and_the_same_screen(tmp_path: Path) -> None:
    small = ["--set", "render.resolution=[64, 48]"]
    with LoopbackSsh(tmp_path) as server:
        for name, count, samples in (("cups", COUNT, 16 + 150), ("later", 7, 16)):
            line = ["queue", "add", "basic", "--count", str(count), "--out", str(tmp_path / name), "--name", name]
            line += [*small, "--set", f"render.samples={samples}"]
            subprocess.run(server.login(command(*line)), check=True, capture_output=True)
        engine = engine_process()
        with Terminal(server.login(command(), terminal=True), size=(80, 24)) as terminal:
            terminal.wait_for("1 Library")
            terminal.press("3")
            terminal.wait_for("[3 Queue]", "rendering", "later")
            terminal.press("down", "v")
            terminal.wait_for("Job 2 “later”", "Workers (1)")
            terminal.wait_until(lambda: frames_done(terminal) > 0, "frames are counted")
            before = frames_done(terminal)
            assert len(apps()) == 1
            server.kill_sessions()
            terminal.wait_for_end()
            end = time.monotonic() + PATIENCE
            while apps():
                assert time.monotonic() < end, "the app outlives its line"
                time.sleep(0.05)
        assert engine_process() == engine
        with Terminal(server.login(command(), terminal=True), size=(80, 24)) as terminal:
            terminal.wait_for("[3 Queue]", "rendering", "Job 2 “later”", "Workers (1)")
            terminal.wait_until(lambda: frames_done(terminal) > before, "the job went on")
            terminal.press("q")
            assert terminal.wait_for_end() == 0
        seen = subprocess.run(
            server.login(command("queue", "ls", "--json")), capture_output=True, text=True, check=True
        )
        assert {job["name"] for job in json.loads(seen.stdout)} == {"cups", "later"}
