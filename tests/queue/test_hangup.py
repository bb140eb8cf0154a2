"""Jobs outlive the terminal that they were started from: a closed window, a lost SSH connection, the end of tmux."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from engine.dataset.read import Dataset
from engine.queue.client import EngineClient
from engine.queue.door_messages import EngineStatus, ListJobs
from engine.queue.lifecycle import EnginePaths, engine_paths, is_running, stop_engine
from tests.queue.loopback_ssh import LoopbackSsh
from tests.queue.supervised import is_alive

REPOSITORY = Path(__file__).resolve().parents[2]
STUDIO = f"{shlex.quote(sys.executable)} -m studio"
PATIENCE = 120.0


@pytest.fixture(autouse=True)
def _no_engine_left() -> Iterator[None]:
    yield
    if is_running():
        stop_engine(now=True)


def environment(renderer: str) -> dict[str, str]:
    """What a terminal of this test has; its state folder is the test's own."""
    return {**os.environ, "STUDIO_RENDERER": renderer, "TERM": "xterm-256color", "PS1": "$ "}


def add_and_watch(out: Path, count: int, samples: int) -> str:
    """The line that somebody types: queue a job, then look on, so that a program is in the foreground at hang-up."""
    settings = f"--set 'render.resolution=[64, 48]' --set render.samples={samples}"
    return f"{STUDIO} queue add basic --count {count} --out {shlex.quote(str(out))} {settings} && {STUDIO} queue watch"


def wait_for(condition: Any, what: str) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (result := condition()):
        assert time.monotonic() < deadline, f"in vain: {what}\n{engine_log()}"
        time.sleep(0.05)
    return result


def engine_log() -> str:
    log = engine_paths().log
    return log.read_text(errors="replace")[-3000:] if log.exists() else "no log"


def frames_in(out: Path) -> int:
    return len(list(out.glob("frames/*/[0-9]*.json")))


def ask(paths: EnginePaths) -> tuple[dict[str, Any], dict[str, Any]]:
    """The engine and its one job, as a client that comes later sees them."""
    with EngineClient.connect(paths.socket) as client:
        (job,) = client.request(ListJobs())
        return client.request(EngineStatus()), job


def stands_alone(pid: int) -> bool:
    """Whether a process leads a session of its own and has no terminal."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    session, terminal = int(fields[3]), int(fields[4])
    return session == pid and terminal == 0


def finishes_after(hang_up: Any, out: Path, count: int) -> None:
    """Wait for the first frame, hang up, and see that the same engine finishes the job."""
    wait_for(lambda: frames_in(out) >= 1, "the first frame")
    engine, job = ask(engine_paths())
    assert stands_alone(engine["pid"])
    assert job["state"] == "rendering"
    hang_up()
    after = frames_in(out)
    assert after < count, "it was finished before the hang-up"
    wait_for(lambda: ask(engine_paths())[1]["state"] == "done", "the job is done")
    later, job = ask(engine_paths())
    assert later["pid"] == engine["pid"], "another engine finished it"
    assert (job["done"], job["quarantined"]) == (count, 0)
    assert Dataset.open(out).indices() == list(range(count))


def close_terminal(child: pexpect.spawn[str]) -> None:
    """Close the terminal's end of the line, as its window does; the kernel then hangs up on everything in it."""
    assert child.pid is not None
    os.close(child.child_fd)
    wait_for(lambda: not is_alive(child.pid), "the shell is gone")
    child.closed = True


@pytest.mark.parametrize(
    ("renderer", "count", "samples"), [("fake", 20, 16 + 150), pytest.param("blender", 5, 1, marks=pytest.mark.slow)]
)
def test_a_closed_terminal_ends_no_job(tmp_path: Path, renderer: str, count: int, samples: int) -> None:
    shell = pexpect.spawn("bash", ["--norc", "-i"], cwd=REPOSITORY, env=environment(renderer), encoding="utf-8")
    shell.expect(r"\$ ")
    shell.sendline(add_and_watch(tmp_path / "out", count, samples))
    finishes_after(lambda: close_terminal(shell), tmp_path / "out", count)


@pytest.mark.slow
def test_a_lost_ssh_connection_ends_no_job_and_the_next_login_sees_it(tmp_path: Path) -> None:
    count = 20
    with LoopbackSsh(tmp_path) as server:
        names = ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
        here = " ".join(f"{name}={shlex.quote(os.environ[name])}" for name in names)
        enter = f"cd {shlex.quote(str(REPOSITORY))} && export STUDIO_RENDERER=fake {here}"
        client = pexpect.spawn(shlex.join(server.login(terminal=True)), encoding="utf-8", timeout=60)
        # The shell says when it is there; the line as typed does not contain that word.
        client.sendline(f"{enter} && echo IN''SIDE")
        client.expect("INSIDE")
        client.sendline(add_and_watch(tmp_path / "out", count, 16 + 150))

        def lose_connection() -> None:
            sessions = server.sessions()
            assert sessions
            server.kill_sessions()
            client.close(force=True)
            wait_for(lambda: not any(is_alive(pid) for pid in sessions), "the server's session is gone")

        finishes_after(lose_connection, tmp_path / "out", count)
        seen = subprocess.run(
            server.login(f"{enter} && {STUDIO} queue ls --json"), capture_output=True, text=True, check=True
        )
        (job,) = json.loads(seen.stdout)
        assert (job["state"], job["done"]) == ("done", count)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_the_end_of_tmux_ends_no_job(tmp_path: Path) -> None:
    count = 20
    tmux = ["tmux", "-f", "/dev/null", "-S", str(tmp_path / "tmux")]
    line = f"bash --norc -c {shlex.quote(add_and_watch(tmp_path / 'out', count, 16 + 150))}"
    subprocess.run(
        [*tmux, "new-session", "-d", "-x", "80", "-y", "24", line], cwd=REPOSITORY, env=environment("fake"), check=True
    )
    server = int(subprocess.run([*tmux, "display", "-p", "#{pid}"], capture_output=True, check=True).stdout)

    def kill_server() -> None:
        subprocess.run([*tmux, "kill-server"], check=True)
        wait_for(lambda: not is_alive(server), "tmux is gone")

    finishes_after(kill_server, tmp_path / "out", count)
