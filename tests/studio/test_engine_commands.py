"""`studio engine`: starting, stopping and looking at a real engine; the service unit, checked by systemd itself."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine import __version__
from engine.queue.choice import Choice, read_choice
from engine.queue.lifecycle import engine_paths, is_running
from engine.queue.log_files import BOUNDS
from studio import systemd
from tests.studio.engine_rig import SLOW, Studio, kill_engine, studio

__all__ = ["studio"]


def test_it_starts_tells_of_itself_restarts_and_stops(studio: Studio) -> None:
    assert studio("engine", "status").code == 1
    assert studio.ok("engine", "stop") == {"stopped": False}
    started = studio.ok("engine", "start")
    assert (started["started"], started["program_version"]) == (True, __version__)
    assert os.getsid(started["pid"]) != os.getsid(0), "it must not be in this terminal's session"
    again = studio.ok("engine", "start")
    assert (again["started"], again["pid"]) == (False, started["pid"])
    status = studio.ok("engine", "status")
    assert (status["running"], status["pid"], status["version_differs"]) == (True, started["pid"], False)
    assert status["folder"] == str(engine_paths().folder)
    said = studio("engine", "status")
    assert said.code == 0
    for part in ("✓ running", str(started["pid"]), __version__, "engine.log", "workers"):
        assert part in said.out
    assert max(map(len, said.out.splitlines())) <= 80 or len(str(engine_paths().log)) > 60
    restarted = studio.ok("engine", "restart")
    assert restarted["stopped"]
    assert restarted["pid"] != started["pid"]
    assert studio("engine", "stop").out == "The engine has stopped; its queue is kept.\n"
    assert not is_running()
    gone = studio("engine", "status", "--json")
    assert (gone.code, gone.document["running"]) == (1, False)


def test_status_tells_of_jobs_and_workers(studio: Studio, tmp_path: Path) -> None:
    studio.ok("queue", "add", "basic", "--count", 1000, "--out", tmp_path / "cups", *SLOW)
    studio.wait_until(lambda: any(worker["frame"] is not None for worker in studio.ok("engine", "status")["workers"]))
    said = studio("engine", "status").out
    assert "1 rendering" in said
    assert "CPU: fake" in said


def test_workers_share_a_device_from_a_restart_on_and_nothing_is_lost(studio: Studio, tmp_path: Path) -> None:
    studio.ok("queue", "add", "basic", "--count", 1000, "--out", tmp_path / "cups", *SLOW)
    studio.wait_until(lambda: studio.job(1)["done"] >= 2)
    assert studio.ok("engine", "status")["workers_each"] == 1
    assert "each device" not in studio("engine", "status").out
    refused = studio("engine", "start", "--workers", 2)
    assert refused.code == 2
    assert "with --workers 1: `studio engine restart --workers 2` changes that" in refused.err
    before = studio.job(1)["done"]
    assert studio.ok("engine", "restart", "--workers", 2)["workers_each"] == 2
    assert studio.job(1)["done"] >= before
    studio.wait_until(lambda: all(worker["pid"] for worker in studio.ok("engine", "status")["workers"]))
    workers = studio.ok("engine", "status")["workers"]
    assert [(worker["name"], worker["shares"]) for worker in workers] == [("cpu", "cpu"), ("cpu-2", "cpu")]
    assert len({worker["pid"] for worker in workers}) == 2
    said = studio("engine", "status").out
    assert "workers    2, 2 at each device" in said
    assert "restart --workers" not in said, "it is no GPU, and shared"
    assert read_choice(engine_paths().folder) == Choice(workers=2), "it stays"


def test_another_version_is_told_with_the_remedy(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    assert studio("engine", "start").code == 0
    monkeypatch.setattr("engine.__version__", "9.8.7")
    assert studio.ok("engine", "status")["version_differs"]
    said = studio("engine", "status")
    assert said.code == 0
    assert f"the engine runs an older version, {__version__} (this program: 9.8.7)" in said.out
    assert "studio engine restart" in said.out


def test_the_queue_is_kept_over_stop_crash_and_start(studio: Studio, tmp_path: Path) -> None:
    studio.ok("queue", "add", "basic", "--count", 1000, "--out", tmp_path / "cups", *SLOW)
    studio.wait_until(lambda: studio.job(1)["done"] >= 2)
    assert studio("engine", "stop").code == 0
    done = len(list((tmp_path / "cups").rglob("frames/*/[0-9]*.json")))
    assert studio("engine", "start").code == 0
    assert studio.job(1)["done"] >= done
    kill_engine()
    assert studio("engine", "start").code == 0
    assert studio.job(1)["done"] >= done


def test_the_log_is_shown_with_and_without_an_engine_and_followed(studio: Studio) -> None:
    empty = studio("engine", "logs")
    assert (empty.code, empty.out) == (0, "")
    assert "Nothing has been written" in empty.err
    assert studio("engine", "start").code == 0
    follower = studio.start("engine", "logs", "-f", "-n", 1)
    assert follower.stdout is not None
    assert "started, process" in follower.stdout.readline()
    assert studio("engine", "stop").code == 0
    assert "stopping" in follower.stdout.readline()
    follower.send_signal(signal.SIGINT)
    follower.communicate(timeout=20)
    assert follower.returncode == 130
    assert any("engine ended" in line for line in studio.ok("engine", "logs", "-n", 5))
    with engine_paths().log.open("a") as log:
        log.write("\x1b]0;owned\x07 steering\n")
    said = studio("engine", "logs", "-n", 1).out
    assert "steering" in said
    assert "\x1b" not in said


def test_the_log_is_bounded_and_followed_from_one_file_into_the_next(studio: Studio, tmp_path: Path) -> None:
    path = engine_paths().log
    path.parent.mkdir(parents=True)
    fill(path)
    follower = studio.start("engine", "logs", "-f", "-n", 1)
    assert follower.stdout is not None
    assert follower.stdout.readline() == "old line\n"
    assert studio("engine", "start").code == 0
    assert "started, process" in follower.stdout.readline()
    assert path.stat().st_size < 10_000
    assert path.with_name("engine.log.1").stat().st_size > BOUNDS.file_bytes - 100
    assert studio.ok("engine", "logs", "-n", 20)[0] == "old line"

    assert studio("queue", "add", "basic", "--count", 1000, "--out", tmp_path / "cups", *SLOW).code == 0
    studio.wait_until(lambda: studio.job(1)["done"] >= 1)
    job_log = engine_paths().job_log(1)
    jobs_follower = studio.start("queue", "logs", 1, "-f", "-n", 1)
    assert jobs_follower.stdout is not None
    jobs_follower.stdout.readline()
    fill(job_log)
    line = "old line\n"
    while line == "old line\n" or "rendering on" in line:
        line = jobs_follower.stdout.readline()
    for _ in range(3):
        number = int(line.split(" frame ")[1].split()[0])
        line = jobs_follower.stdout.readline()
        assert f" frame {number + 1} done" in line
    assert job_log.stat().st_size < 10_000
    assert studio("queue", "rm", 1, "--yes").code == 0
    assert list(job_log.parent.iterdir()) == []


def fill(path: Path) -> None:
    """Let a log be so full that the next line begins a new file."""
    room = BOUNDS.file_bytes - (path.stat().st_size if path.exists() else 0)
    with path.open("ab") as log:
        log.write(b"old line\n" * (room // 9))


def test_the_unit_is_printed_and_systemd_accepts_it(studio: Studio, tmp_path: Path) -> None:
    said = studio("engine", "install-service", "--print")
    assert said.code == 0
    lines = said.out.splitlines()
    assert f'ExecStart="{sys.executable}" -m engine.queue.daemon' in lines
    assert f'Environment="XDG_STATE_HOME={os.environ["XDG_STATE_HOME"]}"' in lines
    assert "OOMPolicy=continue" in lines
    assert "WantedBy=default.target" in lines
    assert not systemd.unit_path().exists()
    assert studio.ok("engine", "install-service", "--print")["unit"] == said.out
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here")
    unit = tmp_path / f"{systemd.SERVICE}.service"
    unit.write_text(said.out)
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    checked = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(unit)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": str(runtime)},
    )
    assert systemd.SERVICE not in checked.stderr, checked.stderr


def test_odd_paths_are_quoted_in_the_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", '/opt/100% "my" py/python')
    monkeypatch.setenv("XDG_STATE_HOME", "/home/me/a b")
    text = systemd.unit_text()
    assert 'ExecStart="/opt/100%% \\"my\\" py/python" -m engine.queue.daemon' in text
    assert 'Environment="XDG_STATE_HOME=/home/me/a b"' in text


def test_the_service_is_written_where_systemd_runs(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.systemd.is_available", lambda: True)
    monkeypatch.setattr("studio.systemd.lingers", lambda: False)
    said = studio("engine", "install-service")
    assert said.code == 0
    assert systemd.unit_path() == Path(os.environ["XDG_CONFIG_HOME"], "systemd", "user", "dataset-studio.service")
    assert systemd.unit_path().read_text() == systemd.unit_text()
    assert "systemctl --user enable --now dataset-studio" in said.out
    assert "loginctl enable-linger" in said.out
    assert "logout" in said.out
    monkeypatch.setattr("studio.systemd.lingers", lambda: True)
    assert studio.ok("engine", "install-service")["commands"] == [
        "systemctl --user daemon-reload",
        "systemctl --user enable --now dataset-studio",
    ]
    assert studio("engine", "start").code == 0
    assert studio.ok("engine", "install-service")["commands"][0] == "studio engine stop"


def test_without_systemd_it_says_what_a_reboot_needs(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.systemd.is_available", lambda: False)
    said = studio("engine", "install-service")
    assert said.code == 1
    assert "`studio engine start`" in said.err
    assert "reboot" in said.err
    assert not systemd.unit_path().exists()


@pytest.mark.parametrize("group", ["queue", "engine"])
def test_every_command_has_help(group: str, studio: Studio) -> None:
    said = studio(group, "--help")
    assert said.code == 0
    names = [line.split()[0] for line in said.out.split("Commands:")[1].splitlines() if line.startswith("  ")]
    names = [name for name in names if name != "Exit"]
    assert len(names) >= 6
    for name in names:
        text = studio(group, name, "--help").out
        assert "--json" in text, name
        assert "..." not in text.split("Options:")[0].replace("JOB...", ""), name
    assert "..." not in said.out.replace("JOB...", "").replace("[ARGS]...", "")
