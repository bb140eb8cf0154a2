"""Engines of another version: the user is told, nothing is in the way that need not be, and a restart loses nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine import __version__
from engine.queue.door_messages import PROTOCOL_VERSION
from engine.queue.ledger import Ledger
from engine.queue.lifecycle import engine_paths
from studio.engine_link import version_note
from tests.studio.engine_rig import SLOW, TINY, Studio, studio, terminal
from tests.studio.odd_engine import running

__all__ = ["studio"]

OLDER = f"Note: the engine runs an older version, 0.0.1 (this program: {__version__}); "
RESTART = "`studio engine restart`"


def test_an_older_engine_works_and_every_command_says_so_once_on_stderr(studio: Studio, tmp_path: Path) -> None:
    with running(version="0.0.1"):
        added = studio("queue", "add", "basic", "--count", 2, "--out", tmp_path / "cups", *TINY, "--json")
        assert added.code == 0
        assert added.document["id"] == 1
        said = [added]
        said += [
            studio("queue", *words)
            for words in (["ls"], ["ls", "--json"], ["show", 1], ["wait", 1], ["priority", 1, 1])
        ]
        for one in said:
            assert one.err.startswith(OLDER)
            assert RESTART in one.err
            assert len(one.err.splitlines()) == 1
            assert "older version" not in one.out
        assert json.loads(said[2].out)[0]["id"] == 1
        watcher = studio.start("queue", "watch", "--json")
        assert watcher.stdout is not None
        assert json.loads(watcher.stdout.readline())["type"] == "Snapshot"
        watcher.terminate()
        assert watcher.communicate(timeout=20)[1].count(OLDER) == 1
        status = studio("engine", "status")
        assert status.code == 0
        assert OLDER in status.out
        assert studio.ok("engine", "status")["version_differs"]
        restarted = studio.ok("engine", "restart")
    assert restarted["program_version"] == __version__
    listed = studio("queue", "ls", "--json")
    assert (listed.err, listed.document[0]["done"]) == ("", 2)


def test_watching_on_a_terminal_says_so_too(studio: Studio) -> None:
    with running(version="0.0.1"):
        watching = terminal("queue", "watch", size=(24, 150))
        watching.expect_exact(OLDER)
        watching.expect_exact("Ctrl-C ends watching")
        watching.sendintr()
        watching.wait()


@pytest.mark.parametrize(
    ("engine", "own", "word"),
    [("0.9.0", "0.10.0", "older"), ("0.10.0", "0.9.1", "newer"), ("1.0", "1.0.1", "older"), ("2", "1.9.9", "newer")],
)
def test_versions_are_compared_by_their_numbers(
    engine: str, own: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.__version__", own)
    note = version_note(engine)
    assert f"{word} version, {engine} " in note
    assert (RESTART in note) == (word == "older"), "a restart would put an older engine in the place of a newer one"
    assert version_note(own) == ""
    assert "\x1b" not in version_note("1\x1b[2J")


@pytest.mark.parametrize("protocol", [PROTOCOL_VERSION - 1, PROTOCOL_VERSION + 1])
def test_an_engine_of_another_protocol_is_told_of_and_restarted_without_loss(
    protocol: int, studio: Studio, tmp_path: Path
) -> None:
    out = tmp_path / "cups"
    studio.ok("queue", "add", "basic", "--count", 40, "--out", out, *SLOW)
    studio.wait_until(lambda: studio.job(1)["done"] >= 1)
    assert studio("engine", "stop", "--now").code == 0
    kept = {path: path.stat().st_mtime_ns for path in out.rglob("frames/*/[0-9]*.json")}
    with running(protocol=protocol, version="7.7.7") as pid:
        said = studio("queue", "add", "basic", "--count", 2, "--out", tmp_path / "more", *TINY)
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith("Error: This program (version ")
        assert f"than the running engine (version 7.7.7, protocol {protocol})" in said.err
        assert RESTART in said.err
        for words in (["ls"], ["show", 1], ["watch"], ["wait", 1]):
            refused = studio("queue", *words)
            assert (refused.code, RESTART in refused.err) == (1, True), words

        status = studio("engine", "status")
        assert (status.code, status.err) == (0, "")
        assert status.out.startswith("✓ running")
        assert RESTART in " ".join(status.out.split())
        assert str(pid) in status.out
        document = studio.ok("engine", "status")
        assert (document["running"], document["pid"]) == (True, pid)
        assert "7.7.7" in document["message"]

        restarted = studio.ok("engine", "restart")
        assert restarted["stopped"]
        assert restarted["pid"] != pid
        assert restarted["program_version"] == __version__
    assert studio("queue", "wait", 1).code == 0
    job = studio.job(1)
    assert (job["state"], job["done"], job["quarantined"]) == ("done", 40, 0)
    assert kept == {path: path.stat().st_mtime_ns for path in kept}, "what was rendered is not rendered again"
    assert len(kept) < 40
    assert studio("engine", "stop").code == 0
    with Ledger(engine_paths().ledger) as ledger:
        assert len(ledger.jobs()) == 1
        assert all(frame.deaths == frame.raises == 0 for frame in ledger.frames(1))


def test_an_engine_of_another_protocol_can_be_stopped(studio: Studio) -> None:
    with running(protocol=99):
        stopped = studio("engine", "stop")
        assert (stopped.code, "stops at once" in stopped.err) == (0, True), stopped
        assert studio("engine", "status").code == 1
