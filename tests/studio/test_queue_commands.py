"""`studio queue` against a real engine: every command, its JSON and its exit codes; watching, waiting, and trouble."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from pathlib import Path

import pexpect
import pytest

from engine.dataset.read import Dataset
from engine.queue.lifecycle import is_running
from studio.recent import recent_datasets
from tests.studio.engine_rig import SLOW, TINY, Studio, kill_engine, studio, terminal

__all__ = ["studio"]


def add(studio: Studio, root: Path, *more: object, count: int = 3) -> int:
    """Add a job; returns its id."""
    job = studio.ok("queue", "add", "basic", "--count", count, "--out", root, *TINY, *more)
    return int(job["id"])


def test_a_job_is_added_rendered_waited_for_and_extended(studio: Studio, tmp_path: Path) -> None:
    root = tmp_path / "cups"
    said = studio("queue", "add", "basic", "--count", 3, "--out", root, "--name", "cups", "--seed", 7, *TINY)
    assert said.code == 0, said.err
    assert "Job 1 “cups” is in the queue: 3 frames" in said.out
    assert "studio queue watch" in said.out
    assert "Starting" in said.err
    done = studio("queue", "wait", "cups")
    assert (done.code, done.out) == (0, "Job 1 “cups”: done, 3 of 3 frames done.\n")
    assert list(Dataset.open(root).indices()) == [0, 1, 2]
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*.png")}
    assert studio.ok("queue", "extend", "cups", "--count", 5)["count"] == 5
    assert studio("queue", "wait", "1", "cups").code == 0
    assert list(Dataset.open(root).indices()) == [0, 1, 2, 3, 4]
    assert {path: path.stat().st_mtime_ns for path in before} == before, "old frames were rendered again"
    assert studio.job(1)["seed"] == 7
    assert [entry.path for entry in recent_datasets()] == [str(root)]


def test_the_list_fits_the_terminal_and_shows_all_columns(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["cups", "чашки и 杯子 ☕ of a very long name indeed", "third"]
    for number, name in enumerate(names):
        add(studio, tmp_path / f"a-folder-{number}", "--name", name, "--priority", -number, *SLOW, count=1000)
    studio.ok("queue", "pause", 2)
    studio.ok("queue", "cancel", "third")
    for columns in (80, 120):
        monkeypatch.setenv("COLUMNS", str(columns))
        said = studio("queue", "ls")
        lines = said.out.splitlines()
        assert said.code == 0
        assert lines[0].split() == ["ID", "NAME", "STATE", "PROGRESS", "DONE", "QUAR", "/MIN", "LEFT", "FOLDER"]
        assert [line.split()[0] for line in lines[1:]] == ["1", "2", "3"]
        assert max(map(_cells, lines)) <= columns, said.out
        assert "▶ rendering" in lines[1] or "○ queued" in lines[1]
        assert "‖ paused" in lines[2]
        assert "⊘ cancelled" in lines[3]
        assert "a-folder-0"[-9:] in lines[1]
        assert "/1,000" in lines[1]
    assert "\x1b" not in said.out


def _cells(line: str) -> int:
    from rich.cells import cell_len

    return cell_len(line)


def test_lists_leave_out_what_ended_long_ago(studio: Studio, tmp_path: Path) -> None:
    add(studio, tmp_path / "old")
    assert studio("queue", "wait", "1").code == 0
    assert studio("engine", "stop").code == 0
    from engine.queue.lifecycle import engine_paths

    with sqlite3.connect(engine_paths().ledger) as ledger:
        ledger.execute("UPDATE jobs SET ended_at = ended_at - 90000")
    ledger.close()
    add(studio, tmp_path / "new")
    assert [job["id"] for job in studio.ok("queue", "ls")] == [2]
    assert [job["id"] for job in studio.ok("queue", "ls", "--all")] == [2, 1]
    assert "1 more ended over a day ago: studio queue ls --all" in studio("queue", "ls").out


def test_jobs_are_paused_resumed_moved_and_cancelled_by_number_and_name(studio: Studio, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        add(studio, tmp_path / name, "--name", name, *SLOW, count=1000)
    assert [job["state"] for job in studio.ok("queue", "pause", "a", 2, "c")] == ["paused"] * 3
    said = studio("queue", "resume", "b")
    assert said.code == 0
    assert said.out.startswith("Job 2 “b”: ")
    studio.ok("queue", "move", "c", "b", "--to", "top")
    assert [job["name"] for job in studio.ok("queue", "ls")] == ["c", "b", "a"]
    studio.ok("queue", "move", "c", "--to", "after:a")
    assert [job["name"] for job in studio.ok("queue", "ls")] == ["b", "a", "c"]
    assert studio("queue", "priority", -5, "b").code == 0
    assert [(job["name"], job["priority"]) for job in studio.ok("queue", "ls")] == [("a", 0), ("c", 0), ("b", -5)]
    assert [job["state"] for job in studio.ok("queue", "cancel", "a", "b")] == ["cancelled"] * 2
    waited = studio("queue", "wait", "a")
    assert (waited.code, "cancelled" in waited.out) == (1, True)


def test_a_command_for_several_jobs_does_all_or_nothing(studio: Studio, tmp_path: Path) -> None:
    add(studio, tmp_path / "a", "--name", "a", *SLOW, count=1000)
    said = studio("queue", "pause", "a", "nothing")
    assert said.code == 2
    assert "There is no job “nothing”" in said.err
    assert said.out == ""
    assert studio.job("a")["state"] != "paused"


def test_quarantined_frames_are_shown_with_their_reason_and_retried(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    markers = [str(tmp_path / f"marker{number}") for number in range(3)]
    monkeypatch.setenv(
        "STUDIO_FAULTS",
        json.dumps([{"at": "render", "index": 1, "do": "raise", "once": marker} for marker in markers]),
    )
    add(studio, tmp_path / "cups", "--name", "cups")
    waited = studio("queue", "wait", "cups", "--json")
    assert waited.code == 1, waited.out
    (ended,) = waited.document
    assert (ended["state"], ended["done"], ended["quarantined"]) == ("failed", 2, 1)
    listed = studio("queue", "ls").out
    assert "✗ failed" in listed
    assert "studio queue retry 1" in listed
    shown = studio("queue", "show", "cups").out
    assert "Quarantined frames" in shown
    assert "\n1: " in shown
    assert studio.job("cups")["quarantined_frames"][0]["index"] == 1
    log = studio("queue", "logs", "cups", "-n", 1000)
    assert "quarantined" in log.out
    assert studio.ok("queue", "retry", "cups")[0]["quarantined"] == 0
    assert studio("queue", "wait", "cups").code == 0


def test_removing_forgets_the_job_and_leaves_files_unless_told_otherwise(studio: Studio, tmp_path: Path) -> None:
    kept, deleted = tmp_path / "kept", tmp_path / "deleted"
    add(studio, kept, "--name", "kept")
    add(studio, deleted, "--name", "deleted")
    assert studio("queue", "wait", "kept", "deleted").code == 0
    said = studio("queue", "rm", "kept")
    assert (said.code, "its frames stay" in said.out) == (0, True)
    assert len(Dataset.open(kept)) == 3
    assert studio.ok("queue", "rm", "deleted", "--delete-files", "--yes") == {"removed": [2], "files_deleted": True}
    assert not list(deleted.rglob("*.png"))
    assert studio.ok("queue", "ls", "--all") == []
    assert "There are no jobs" in studio("queue", "ls").out


def test_cancel_and_rm_ask_on_a_terminal(studio: Studio, tmp_path: Path) -> None:
    root = tmp_path / "cups"
    add(studio, root, "--name", "cups", *SLOW, count=1000)
    for command in ("cancel", "rm"):
        child = terminal("queue", command, "cups", size=(24, 300))
        child.expect(r"“cups”.*\[y/N\]")
        child.sendline("n")
        child.expect("Nothing was changed")
        child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus == 1
        assert studio.job("cups")["state"] in ("queued", "rendering")
    child = terminal("queue", "cancel", "cups", size=(24, 300))
    child.expect(r"\[y/N\]")
    child.sendline("y")
    child.expect("cancelled")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    assert studio.job("cups")["state"] == "cancelled"


def test_commands_that_look_start_no_engine_and_say_how(studio: Studio) -> None:
    for arguments in (("ls",), ("show", "1"), ("watch",), ("watch", "--json"), ("logs", "1"), ("backup", "b.db")):
        said = studio("queue", *arguments)
        assert (said.code, said.out) == (1, ""), arguments
        assert "studio engine start" in said.err
        assert not is_running()


BAD = {
    "preset": (("add", "basik", "--count", 1, "--out", "new"), "Did you mean 'basic'"),
    "setting": (("add", "basic", "--count", 1, "--out", "new", "--set", "camera.fil=1"), "Did you mean 'fill'"),
    "model": (("add", "basic", "--count", 1, "--out", "new", "--set", "objects[0].model=mug.obj"), "mug.obj"),
    "folder": (("add", "basic", "--count", 1, "--out", "occupied"), "not empty"),
    "name": (("add", "basic", "--count", 1, "--out", "new", "--name", "12"), "cannot be called"),
    "steering": (("add", "basic", "--count", 1, "--out", "new", "--name", "a\x1b[2Jb"), "cannot be called"),
    "count": (("add", "basic", "--count", 0, "--out", "new"), "--count: found 0"),
    "huge": (("add", "basic", "--count", 10**30, "--out", "new"), "a whole number"),
    "no job": (("pause",), "is missing"),
    "command": (("paus", "1"), "There is no command"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_before_an_engine_is_started(
    name: str, studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("occupied").mkdir()
    Path("occupied", "thesis.tex").touch()
    arguments, part = BAD[name]
    said = studio("queue", *arguments)
    assert said.code == 2, said.err
    assert part in said.err
    assert said.out == ""
    assert not is_running()
    assert not Path("new").exists()


def test_what_the_engine_refuses_is_exit_2(studio: Studio, tmp_path: Path) -> None:
    add(studio, tmp_path / "b", "--name", "small", count=1)
    assert studio("queue", "wait", "1").code == 0
    add(studio, tmp_path / "a", *SLOW, count=1000)
    for arguments, part in (
        (("show", "77"), "There is no job “77”"),
        (
            ("pause", "small"),
            "“small” is done and cannot be paused: all its frames are rendered",
        ),
        (("move", "1", "--to", "top"), "is done and cannot be moved"),
        (("move", "2", "--to", "before:1"), "is done and cannot be a place to move to"),
        (("retry", "small"), "no quarantined frames to retry: all its frames are rendered"),
        (("move", "2", "--to", "left"), "is no place"),
        (("extend", "2", "--count", "5"), "can only grow"),
        (("retry", "2"), "no quarantined frames"),
        (("add", "basic", "--count", 5, "--out", tmp_path / "a", *SLOW), "some of them the same"),
        (("add", "basic", "--count", 5, "--out", tmp_path / "b", *SLOW), "b holds frames of another recipe"),
    ):
        said = studio("queue", *arguments)
        assert (said.code, said.out) == (2, ""), arguments
        assert part in said.err


def test_a_backup_is_a_database_with_the_jobs(studio: Studio, tmp_path: Path) -> None:
    add(studio, tmp_path / "cups")
    report = studio.ok("queue", "backup", tmp_path / "copy.db")
    assert report == {"path": str(tmp_path / "copy.db"), "bytes": (tmp_path / "copy.db").stat().st_size}
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute("SELECT name, count FROM jobs").fetchall() == [("basic", 3)]
    copy.close()


def test_a_job_log_is_followed_and_can_be_read_without_the_engine(studio: Studio, tmp_path: Path) -> None:
    add(studio, tmp_path / "cups", "--name", "cups", *SLOW, count=3)
    follower = studio.start("queue", "logs", "cups", "-f")
    assert studio("queue", "wait", "cups").code == 0
    lines = []
    assert follower.stdout is not None
    for line in follower.stdout:
        lines.append(line)
        if "3 of 3 frames done" in line:
            break
    assert "added: 3 frames" in lines[0]
    follower.send_signal(signal.SIGINT)
    _, err = follower.communicate(timeout=20)
    assert (follower.returncode, err) == (130, "")
    assert studio("engine", "stop").code == 0
    assert "3 of 3 frames done" in studio("queue", "logs", "1", "-n", 1).out
    assert len(studio.ok("queue", "logs", "1", "-n", 2)) == 2
    assert not is_running()


def test_watch_streams_events_until_ctrl_c(studio: Studio, tmp_path: Path) -> None:
    add(studio, tmp_path / "first", *SLOW, count=2)
    watcher = studio.start("queue", "watch", "--json")
    assert watcher.stdout is not None
    first = json.loads(watcher.stdout.readline())
    assert first["type"] == "Snapshot"
    assert [job["id"] for job in first["jobs"]] == [1]
    assert set(first) == {"type", "jobs", "workers", "engine"}
    add(studio, tmp_path / "second", "--name", "second", *SLOW, count=2)
    finished, kinds = set(), set()
    for line in watcher.stdout:
        event = json.loads(line)
        kinds.add(event["type"])
        if event["type"] == "FrameFinished":
            finished.add((event["job_id"], event["index"]))
        if event["type"] == "JobChanged" and event["job"]["id"] == 2 and event["job"]["state"] == "done":
            break
    assert (2, 0) in finished
    assert {"JobChanged", "WorkerChanged", "FrameFinished", "LogLine"} <= kinds
    watcher.send_signal(signal.SIGINT)
    _, err = watcher.communicate(timeout=20)
    assert (watcher.returncode, err) == (130, "")


def test_watch_ends_when_its_reader_goes_away_though_nothing_happens(studio: Studio) -> None:
    assert studio("engine", "start").code == 0
    watcher = studio.start("queue", "watch", "--json")
    assert watcher.stdout is not None
    assert watcher.stdout.readline()
    watcher.stdout.close()
    assert watcher.wait(20) == 0
    assert watcher.stderr is not None
    assert watcher.stderr.read() == ""


def test_watch_tells_of_an_engine_that_goes_and_comes_back(studio: Studio, tmp_path: Path) -> None:
    add(studio, tmp_path / "cups", *SLOW, count=1000)
    watcher = studio.start("queue", "watch", "--json")
    assert watcher.stdout is not None
    assert json.loads(watcher.stdout.readline())["type"] == "Snapshot"
    kill_engine()
    types = iter(json.loads(line)["type"] for line in watcher.stdout)
    assert "EngineGone" in types
    assert not is_running(), "watching must start no engine"
    assert studio("engine", "start").code == 0
    assert next(types) == "Snapshot"


def test_watch_writes_lines_where_there_is_no_terminal(studio: Studio, tmp_path: Path) -> None:
    add(studio, tmp_path / "cups", "--name", "cups", *SLOW, count=3)
    watcher = studio.start("queue", "watch")
    assert watcher.stdout is not None
    lines = []
    for line in watcher.stdout:
        lines.append(line)
        if "3 of 3 frames done" in line:
            break
    assert all("Job 1 “cups”: " in line for line in lines)


def test_the_live_table_is_drawn_and_the_terminal_given_back(studio: Studio, tmp_path: Path) -> None:
    add(studio, tmp_path / "cups", "--name", "cups", *SLOW, count=1000)
    for ending, code in ((lambda child: child.sendintr(), 130), (lambda child: child.kill(signal.SIGTERM), 143)):
        child = terminal("queue", "watch")
        child.expect_exact("\x1b[?1049h")  # the alternate screen
        child.expect("Engine working")
        child.expect("▶ rendering")
        child.expect("frame [0-9]+ of job 1")
        ending(child)
        child.expect_exact("\x1b[?1049l")
        child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus == code
        assert "Traceback" not in child.before


def test_waiting_survives_a_crash_and_a_restart_of_the_engine(studio: Studio, tmp_path: Path) -> None:
    add(studio, tmp_path / "cups", "--name", "cups", *SLOW, count=20)
    waiter = studio.start("queue", "wait", "cups")
    studio.wait_until(lambda: studio.job("cups")["done"] >= 1)
    kill_engine()  # waiting starts it again
    studio.wait_until(is_running)
    studio.wait_until(lambda: studio("queue", "ls").code == 0)
    done = studio.job("cups")["done"]
    studio.wait_until(lambda: studio.job("cups")["done"] >= done + 2)  # by then the waiter listens again
    assert studio("engine", "restart", "--now").code == 0
    out, err = waiter.communicate(timeout=60)
    assert waiter.returncode == 0, err
    assert out == "Job 1 “cups”: done, 20 of 20 frames done.\n"
    assert "The engine went away" in err
    assert "The engine was stopped" in err
    assert list(Dataset.open(tmp_path / "cups").indices()) == list(range(20))


def test_waiting_does_not_start_an_engine_that_was_stopped_by_hand(studio: Studio, tmp_path: Path) -> None:
    add(studio, tmp_path / "cups", "--name", "cups", *SLOW, count=1000)
    waiter = studio.start("queue", "wait", "cups")
    studio.wait_until(lambda: studio.job("cups")["done"] >= 1)
    time.sleep(1)
    assert studio("engine", "stop").code == 0
    time.sleep(3.5)
    assert not is_running()
    assert waiter.poll() is None
    waiter.send_signal(signal.SIGINT)
    _, err = waiter.communicate(timeout=20)
    assert waiter.returncode == 130
    assert "was stopped" in err


def test_waiting_shows_progress_on_a_terminal(studio: Studio, tmp_path: Path) -> None:
    add(studio, tmp_path / "cups", "--name", "cups", *SLOW, count=8)
    child = terminal("queue", "wait", "cups")
    child.expect("[1-7]/8 Job 1 “cups”: rendering")
    child.expect("Job 1 “cups”: done, 8 of 8 frames done")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0


def test_a_removed_job_ends_the_waiting_with_1(studio: Studio, tmp_path: Path) -> None:
    add(studio, tmp_path / "cups", *SLOW, count=1000)
    waiter = studio.start("queue", "wait", "1")
    studio.wait_until(lambda: studio.job(1)["done"] >= 1)
    time.sleep(1)
    assert studio("queue", "rm", "1").code == 0
    out, _ = waiter.communicate(timeout=30)
    assert waiter.returncode == 1
    assert "removed" in out or "cancelled" in out
