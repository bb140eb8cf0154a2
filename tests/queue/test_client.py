"""The client: answers to several threads, subscriptions that end cleanly, and plain words when the engine is gone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.errors import BadInput, EngineDown, EngineRefused, Failure
from engine.queue import client_line
from engine.queue.client import ChangeStream, EngineClient
from engine.queue.door_messages import (
    MAX_REQUEST_BYTES,
    PROTOCOL_VERSION,
    AddJob,
    Backup,
    Done,
    EngineStatus,
    JobChanged,
    ListJobs,
    PauseJobs,
    ShowJob,
    Snapshot,
    Stop,
    encode,
)
from engine.queue.framing import frame
from engine.queue.socket_address import bind_socket
from tests.queue.door_rig import Rig, open_door

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def path(user_folders: Path) -> Path:
    return user_folders / "state" / "engine" / "door.sock"


@pytest.fixture
def rig(path: Path) -> Iterator[Rig]:
    with open_door(path) as rig:
        yield rig


@contextmanager
def engine_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A door in a process of its own, which can be killed or stopped."""
    code = (
        "import sys, time; from pathlib import Path; from tests.queue.door_rig import open_door\n"
        "with open_door(Path(sys.argv[1])):\n"
        "    print('open', flush=True)\n"
        "    time.sleep(600)"
    )
    command = [sys.executable, "-c", code, str(path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def test_answers_and_errors_come_as_values_and_exceptions(rig: Rig) -> None:
    with EngineClient.connect(rig.path) as client:
        assert client.welcome.pid == os.getpid()
        assert client.welcome.protocol_version == PROTOCOL_VERSION
        assert time.time() - 60 < client.welcome.started_at <= time.time()
        assert client.request(ListJobs()) == [{"id": 1, "name": "cups", "state": "queued", "done": 0}]
        with pytest.raises(BadInput, match=r"^There is no job '9'; `studio queue ls` lists them\.$"):
            client.request(ShowJob("9"))
        with pytest.raises(Failure, match="the disk is full"):
            client.request(Backup("/full"))


def test_threads_get_their_own_answers(rig: Rig) -> None:
    with EngineClient.connect(rig.path) as client:
        waiting = threading.Thread(target=client.request, args=(Stop(),))
        waiting.start()
        wrong: list[str] = []

        def ask(name: str) -> None:
            for number in range(50):
                with pytest.raises(BadInput) as caught:
                    client.request(ShowJob(f"{name}-{number}"))
                if f"'{name}-{number}'" not in str(caught.value):
                    wrong.append(str(caught.value))

        threads = [threading.Thread(target=ask, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert not wrong
        assert waiting.is_alive(), "it waits for what takes long, and holds up nobody"
        rig.do(rig.jobs.let_go.set)
        waiting.join(10)
        assert not waiting.is_alive()


@pytest.mark.parametrize("leftover", [False, True])
def test_no_engine_is_said_with_how_to_start_it(path: Path, leftover: bool) -> None:
    if leftover:
        bind_socket(path).close()
    started = time.monotonic()
    with pytest.raises(EngineDown, match=r"not running .*`studio engine start`"):
        EngineClient.connect(path, timeout=30)
    assert time.monotonic() - started < 5


def test_a_killed_engine_is_told_to_everybody_who_waits(path: Path) -> None:
    with engine_process(path) as process, EngineClient.connect(path) as client:
        said: list[str] = []

        def wait() -> None:
            with pytest.raises(EngineDown) as caught:
                client.request(Stop())
            said.append(str(caught.value))

        threads = [threading.Thread(target=wait) for _ in range(3)]
        for thread in threads:
            thread.start()
        with client.subscribe() as changes:
            assert isinstance(changes.wait(10), Snapshot)
            process.kill()
            with pytest.raises(EngineDown, match="The engine went away"):
                changes.wait(10)
        for thread in threads:
            thread.join(10)
        assert len(said) == 3
        assert all("The engine went away" in sentence and "`studio engine start`" in sentence for sentence in said)
        with pytest.raises(EngineDown, match="The engine went away"):
            client.request(EngineStatus())


def test_an_engine_that_hangs_is_not_waited_for_in_vain(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_line, "_SEND_SECONDS", 1)
    with engine_process(path) as process, EngineClient.connect(path) as client:
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)  # a signal sent is not yet a process stopped
        with pytest.raises(EngineDown, match=r"did not answer within 0\.2 s"):
            client.request(EngineStatus(), timeout=0.2)
        with pytest.raises(EngineDown, match=r"did not answer within 0\.3 s"):
            EngineClient.connect(path, timeout=0.3)
        with pytest.raises(EngineDown, match=r"did not answer within 0\.3 s"):
            client.subscribe(timeout=0.3)
        with pytest.raises(EngineDown, match=r"did not answer within 1 s"):
            client.request(ShowJob("x" * 900_000), timeout=20)  # more than the system takes without a reader
        process.send_signal(signal.SIGCONT)
        with EngineClient.connect(path) as another:
            assert another.request(EngineStatus()) == {"state": "idle"}


def test_a_late_answer_is_nobody_elses(rig: Rig) -> None:
    with EngineClient.connect(rig.path) as client:
        with pytest.raises(EngineDown):
            client.request(Stop(), timeout=0.1)
        rig.do(rig.jobs.let_go.set)
        for _ in range(5):
            assert client.request(EngineStatus()) == {"state": "idle"}


def test_another_version_is_refused(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_line, "PROTOCOL_VERSION", PROTOCOL_VERSION + 1)
    with pytest.raises(EngineRefused, match=r"newer than the running engine .*`studio engine restart`"):
        EngineClient.connect(rig.path)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", frame(b"\x91" * 5000), frame(encode(Done(1)))])
def test_something_else_at_the_socket_is_named(path: Path, answer: bytes) -> None:
    listener = bind_socket(path)
    listener.listen(1)

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(answer)
            connection.recv(1000)

    server = threading.Thread(target=serve)
    server.start()
    with pytest.raises(EngineDown, match="not the engine of this program"):
        EngineClient.connect(path)
    server.join(10)
    listener.close()


def test_a_queue_of_newcomers_that_is_full_is_waited_for(path: Path) -> None:
    """The system says "try again" where more wait than it holds; nobody but the client needs to know."""
    listener = bind_socket(path)
    listener.listen(0)
    filler = [socket.socket(socket.AF_UNIX) for _ in range(2)]
    for one in filler:
        one.setblocking(False)
        one.connect_ex(str(path))
    with pytest.raises(EngineDown, match="did not answer"):
        EngineClient.connect(path, timeout=0.3)
    for one in (*filler, listener):
        one.close()


def test_what_cannot_be_sent_is_the_users_to_mend(rig: Rig) -> None:
    with EngineClient.connect(rig.path) as client:
        with pytest.raises(BadInput, match=r"cup\\udcff\.toml: this is not valid UTF-8"):
            client.request(ShowJob("cup\udcff.toml"))
        with pytest.raises(BadInput, match=r"the engine takes 1,048,576 at most"):
            client.request(PauseJobs(("x" * MAX_REQUEST_BYTES,)))
        with pytest.raises(BadInput, match="AddJob cannot be given to the engine"):
            client.request(AddJob({"seed": 2**70}, "r", "n", 0, 0, 1, "/d"))
        assert client.request(EngineStatus()) == {"state": "idle"}


def test_changes_come_in_order_after_a_snapshot(rig: Rig) -> None:
    with EngineClient.connect(rig.path) as client, client.subscribe() as changes:
        assert isinstance(changes.wait(10), Snapshot)
        assert changes.wait(0.05) is None
        for done in range(5):
            rig.do(lambda done=done: rig.jobs.change(1, done=done))  # type: ignore[misc]
        seen = []
        for change in changes:
            assert isinstance(change, JobChanged)
            seen.append(change.job["done"])
            if len(seen) == 5:
                changes.close()
        assert seen == list(range(5))
        assert changes.wait(1) is None


def test_a_subscription_is_ended_from_another_thread(rig: Rig) -> None:
    with EngineClient.connect(rig.path) as client:
        changes = client.subscribe()
        ended = threading.Event()

        def listen(stream: ChangeStream) -> None:
            for _ in stream:
                pass
            ended.set()

        thread = threading.Thread(target=listen, args=(changes,))
        thread.start()
        time.sleep(0.1)
        changes.close()
        assert ended.wait(5)
        thread.join()
        changes.close()
        assert client.request(EngineStatus()), "requests go on"


def test_closing_ends_waiting_requests_and_gives_everything_back(rig: Rig) -> None:
    descriptors, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
    for _ in range(20):
        with EngineClient.connect(rig.path) as client, client.subscribe():
            pass
    client = EngineClient.connect(rig.path)
    caught: list[EngineDown] = []

    def wait() -> None:
        try:
            client.request(Stop())
        except EngineDown as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.1)
    client.close()
    thread.join(5)
    assert "was closed" in str(caught[0])
    with pytest.raises(EngineDown, match="was closed"):
        client.request(EngineStatus())
    client.close()
    rig.do(rig.jobs.let_go.set)
    end = time.monotonic() + 5
    while len(os.listdir("/proc/self/fd")) > descriptors or threading.active_count() > threads:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_command_line_need_not_load_the_event_loop() -> None:
    """A command that asks one thing should start fast: the client needs no asyncio and no numpy."""
    code = "import sys, engine.queue.client; print([m for m in ('asyncio', 'numpy', 'logging') if m in sys.modules])"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert said.stdout.strip() == "[]"
