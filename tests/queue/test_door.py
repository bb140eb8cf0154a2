"""The engine's door against clients that are malformed, huge, slow, many or dead: the good ones are always answered."""

from __future__ import annotations

import os
import resource
import socket
import stat
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import EngineRefused, StorageError
from engine.queue.client import EngineClient
from engine.queue.door_connection import MAX_HELLO_BYTES, Limits
from engine.queue.door_messages import (
    MAX_REQUEST_BYTES,
    PROTOCOL_VERSION,
    Ask,
    Backup,
    Done,
    EngineChanged,
    EngineStatus,
    Failed,
    FrameFinished,
    Hello,
    JobChanged,
    JobLog,
    JobRemoved,
    ListJobs,
    PauseJobs,
    Refused,
    ShowJob,
    Snapshot,
    Stop,
    Subscribe,
    Welcome,
    Workers,
    encode,
)
from engine.queue.framing import frame
from engine.queue.outbox import Outbox
from engine.queue.socket_address import bind_socket, peer_of
from tests.queue.door_rig import HELLO, Raw, Rig, connected, open_door


@pytest.fixture
def path(user_folders: Path) -> Path:
    return user_folders / "state" / "engine" / "door.sock"


@pytest.fixture
def rig(path: Path) -> Iterator[Rig]:
    with open_door(path) as rig:
        yield rig


@pytest.fixture(scope="module")
def lasting_rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One door for many examples."""
    with open_door(tmp_path_factory.mktemp("door") / "door.sock") as rig:
        yield rig


def greeted(path: Path) -> Raw:
    client = Raw(path)
    client.send(HELLO)
    assert isinstance(client.receive(), Welcome)
    return client


def eventually(true: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


def assert_answers(rig: Rig, client: EngineClient | None = None) -> None:
    """A client that came before, and one that comes now, are answered."""
    if client is not None:
        assert client.request(EngineStatus()) == {"state": "idle"}
    with EngineClient.connect(rig.path) as newcomer:
        assert newcomer.request(EngineStatus()) == {"state": "idle"}


# What is asked is answered.


def test_every_request_gets_its_own_answer(rig: Rig) -> None:
    with greeted(rig.path) as client:
        client.ask(1, ListJobs())
        client.ask(2, ShowJob("9"))
        client.ask(3, Backup("/full/ledger.db"))
        client.ask(4, Workers())
        answers = {}
        for _ in range(4):
            answer = client.receive()
            assert isinstance(answer, Done | Failed)
            answers[answer.id] = answer
    assert answers[1] == Done(1, [{"id": 1, "name": "cups", "state": "queued", "done": 0}])
    assert answers[2] == Failed(2, "There is no job '9'; `studio queue ls` lists them.", bad_input=True)
    assert answers[3] == Failed(3, "/full/ledger.db: the disk is full.", bad_input=False)
    broken = answers[4]
    assert isinstance(broken, Failed)
    assert "KeyError" in broken.sentence
    assert not broken.bad_input


def test_a_request_that_takes_long_delays_no_other(rig: Rig) -> None:
    with greeted(rig.path) as client:
        client.ask(1, Stop())
        client.ask(2, ListJobs())
        answer = client.receive()
        assert isinstance(answer, Done)
        assert answer.id == 2
        rig.do(rig.jobs.let_go.set)
        assert client.receive() == Done(1)


def test_an_answer_that_cannot_be_encoded_is_a_failure_of_one_request(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.jobs.jobs[1]["name"] = "\udcff"  # half a character, as in file names that are not UTF-8
    with greeted(rig.path) as client:
        client.ask(1, ListJobs())
        answer = client.receive()
        assert isinstance(answer, Failed)
        client.ask(2, EngineStatus())
        assert client.receive() == Done(2, {"state": "idle"})


def test_a_request_begun_is_finished_though_its_client_has_gone(rig: Rig) -> None:
    client = greeted(rig.path)
    client.ask(1, Stop())
    eventually(lambda: rig.jobs.unfinished == 1)
    client.close()
    time.sleep(0.05)
    assert rig.jobs.unfinished == 1
    assert rig.door.clients == 1, "it counts for as long as it costs something"
    rig.do(rig.jobs.let_go.set)
    eventually(lambda: rig.jobs.unfinished == 0 and rig.door.clients == 0)


# Who may come in.


@pytest.mark.parametrize(("version", "side"), [(PROTOCOL_VERSION + 1, "newer"), (PROTOCOL_VERSION - 1, "older")])
def test_another_protocol_is_refused_with_a_sentence(rig: Rig, version: int, side: str) -> None:
    with Raw(rig.path) as client:
        client.send(Hello(version, "9.9 {0} {x}", 1))
        answer = client.receive()
        assert isinstance(answer, Refused)
        assert f"is {side} than the running engine" in answer.sentence
        assert "`studio engine restart`" in answer.sentence
        assert client.receive() is None


def test_a_later_hello_and_requests_with_new_fields_are_understood(rig: Rig) -> None:
    later = {"type": "Hello", "protocol_version": PROTOCOL_VERSION, "program_version": "2", "pid": 1, "colour": "red"}
    with Raw(rig.path) as client:
        client.socket.sendall(frame(msgspec.msgpack.encode(later)))
        assert isinstance(client.receive(), Welcome)
        request = msgspec.Raw(msgspec.msgpack.encode({"type": "EngineStatus", "verbose": True}))
        client.send(Ask(1, request))
        assert client.receive() == Done(1, {"state": "idle"})


def test_an_unknown_request_fails_and_the_connection_lives(rig: Rig) -> None:
    with greeted(rig.path) as client:
        client.send(Ask(1, msgspec.Raw(msgspec.msgpack.encode({"type": "Juggle"}))))
        client.send(Ask(2, msgspec.Raw(msgspec.msgpack.encode({"type": "PauseJobs", "jobs": 3}))))
        client.ask(3, EngineStatus())
        answers = [client.receive() for _ in range(3)]
    assert [isinstance(answer, Failed) and answer.bad_input for answer in answers] == [True, True, False]


def test_another_users_process_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.queue.door_connection.peer_of", lambda _: (1, os.geteuid() + 1))
    with open_door(path), Raw(path) as client:
        answer = client.receive()
        assert isinstance(answer, Refused)
        assert "another user" in answer.sentence
        assert client.receive() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a process of another user")
def test_another_users_real_process_is_refused(rig: Rig, user_folders: Path) -> None:
    for folder in (rig.path.parent, *rig.path.parent.parents[:2]):
        folder.chmod(0o755)
    rig.path.chmod(0o666)  # as if somebody had opened it to all
    assert user_folders in rig.path.parents
    code = (
        f"import socket; s = socket.socket(socket.AF_UNIX); s.settimeout(10); s.connect({str(rig.path)!r}); "
        "print(s.recv(1000))"
    )
    said = subprocess.run(
        ["/usr/bin/env", "python3", "-c", code], user=65534, capture_output=True, text=True, timeout=60
    )
    assert "another user" in said.stdout, said.stderr
    assert_answers(rig)


def test_the_kernel_says_who_is_at_the_other_end() -> None:
    left, right = socket.socketpair()
    assert peer_of(left) == (os.getpid(), os.geteuid())
    left.close()
    right.close()


# The socket's file.


def test_the_socket_is_the_users_alone_and_gone_afterwards(path: Path) -> None:
    with open_door(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_ISSOCK(path.stat().st_mode)
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not path.exists()


def test_an_open_folder_is_closed_to_others(path: Path) -> None:
    path.parent.mkdir(mode=0o777, parents=True)
    path.parent.chmod(0o777)
    bind_socket(path).close()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_dead_engines_socket_is_replaced_and_no_other_file(path: Path) -> None:
    bind_socket(path).close()
    assert path.is_socket()
    with open_door(path) as rig:
        assert_answers(rig)
    path.write_text("precious")
    with pytest.raises(StorageError, match="no socket; move it away"):
        bind_socket(path)
    assert path.read_text() == "precious"


def test_a_link_is_not_followed(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.symlink_to(path.parent / "elsewhere")
    with pytest.raises(StorageError, match="no socket"):
        bind_socket(path)


def test_a_successors_socket_is_left_alone(path: Path) -> None:
    with open_door(path):
        path.unlink()
        successor = bind_socket(path)
    assert path.is_socket()
    successor.close()


def test_a_folder_that_cannot_be_is_one_sentence(path: Path) -> None:
    path.parent.parent.mkdir(exist_ok=True)
    path.parent.write_text("a file")
    with pytest.raises(StorageError, match="XDG_STATE_HOME"):
        bind_socket(path)


@pytest.mark.parametrize("name", ["x" * 200, "ü" * 100, "/".join(["d" * 100] * 20)])
def test_a_path_too_long_for_a_socket_address_works(user_folders: Path, name: str) -> None:
    path = user_folders / name / "door.sock"
    here, mask = Path.cwd(), os.umask(0o022)
    descriptors = len(os.listdir("/proc/self/fd"))
    with open_door(path) as rig:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert_answers(rig)
        with EngineClient.connect(path) as client, client.subscribe() as changes:
            assert isinstance(changes.wait(10), Snapshot)
    assert not path.exists()
    assert Path.cwd() == here
    assert os.umask(mask) == 0o022
    eventually(lambda: len(os.listdir("/proc/self/fd")) == descriptors)


@pytest.mark.parametrize("length", range(105, 110))
def test_paths_about_as_long_as_an_address_work(user_folders: Path, length: int) -> None:
    fill = length - len(str(user_folders)) - len("/") - len("/s")
    path = user_folders / ("f" * fill) / "s"
    assert len(str(path)) == length
    with open_door(path) as rig:
        assert_answers(rig)


# Clients that are malformed or huge.

ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
NAMES = ["Hello", "Ask", "AddJob", "PauseJobs", "Subscribe", "Done", "Welcome", "Nothing"]
TAGGED = st.builds(
    lambda name, rest: msgspec.msgpack.encode(rest | {"type": name}),
    st.sampled_from(NAMES),
    st.dictionaries(
        st.sampled_from(["id", "request", "jobs", "protocol_version", "pid", "recipe", "x"]), ANY, max_size=5
    ),
)
RUBBISH = st.binary(max_size=300) | st.builds(frame, st.binary(max_size=300)) | st.builds(frame, TAGGED)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(RUBBISH, min_size=1, max_size=6), polite=st.booleans())
def test_random_bytes_harm_nobody_else(lasting_rig: Rig, pieces: list[bytes], polite: bool) -> None:
    client = greeted(lasting_rig.path) if polite else Raw(lasting_rig.path)
    with client, suppress(BrokenPipeError, ConnectionResetError):
        for piece in pieces:
            client.socket.sendall(piece)
    with greeted(lasting_rig.path) as good:
        good.ask(1, EngineStatus())
        assert good.receive() == Done(1, {"state": "idle"})


def test_no_rubbish_stays_behind(lasting_rig: Rig) -> None:
    eventually(lambda: lasting_rig.door.clients == 0)
    assert not lasting_rig.door._strangers


@pytest.mark.parametrize("polite", [False, True])
@pytest.mark.parametrize("length", [0xFFFFFFFF, 2_000_000_000, MAX_REQUEST_BYTES + 1])
def test_an_absurd_length_ends_the_connection_at_once(rig: Rig, length: int, polite: bool) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with EngineClient.connect(rig.path) as bystander, greeted(rig.path) if polite else Raw(rig.path) as client:
        client.socket.sendall(struct.pack(">I", length))
        answer = client.receive()
        assert isinstance(answer, Refused)
        assert f"{length} bytes" in answer.sentence
        assert client.receive() is None
        assert_answers(rig, bystander)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


def test_a_stranger_may_say_little(rig: Rig) -> None:
    with Raw(rig.path) as client:
        client.socket.sendall(struct.pack(">I", MAX_HELLO_BYTES + 1))
        assert isinstance(client.receive(), Refused)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\x91" * (MAX_REQUEST_BYTES - 100), id="nested a million deep"),
        pytest.param(b"\xdd\xff\xff\xff\xff", id="an array of four thousand million"),
        pytest.param(b"\xdf\xff\xff\xff\xff", id="a map of four thousand million"),
        pytest.param(b"", id="nothing"),
    ],
)
@pytest.mark.parametrize("where", ["message", "request", "recipe"])
def test_hostile_msgpack_is_refused(rig: Rig, body: bytes, where: str) -> None:
    if where == "recipe":
        body = b"\x82\xa4type\xa6AddJob\xa6recipe" + body
    if where != "message":
        body = b"\x83\xa4type\xa3Ask\xa2id\x01\xa7request" + body
    with EngineClient.connect(rig.path) as bystander, greeted(rig.path) as client:
        client.socket.sendall(frame(body))
        assert isinstance(client.receive(), Refused | Failed)
        assert_answers(rig, bystander)


def test_the_largest_message_is_taken(rig: Rig) -> None:
    filler = "x" * (MAX_REQUEST_BYTES - 100)
    with greeted(rig.path) as client:
        client.ask(1, ShowJob(filler))
        answer = client.receive()
        assert isinstance(answer, Failed)
        assert answer.bad_input


def test_what_comes_byte_by_byte_or_all_at_once_is_understood(rig: Rig) -> None:
    ask = frame(encode(Ask(7, msgspec.Raw(encode(EngineStatus())))))
    with Raw(rig.path) as client:
        for byte in frame(encode(HELLO)) + ask:
            client.socket.sendall(bytes([byte]))
        assert isinstance(client.receive(), Welcome)
        assert client.receive() == Done(7, {"state": "idle"})
    with Raw(rig.path) as client:
        client.socket.sendall(frame(encode(HELLO)) + ask * 500)
        assert isinstance(client.receive(), Welcome)
        assert [client.receive() for _ in range(500)] == [Done(7, {"state": "idle"})] * 500


def test_a_client_that_dies_in_the_middle_of_a_message_leaves_nothing(rig: Rig) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.queue.test_door import greeted\n"
        "import os, signal, struct\n"
        "client = greeted(Path(sys.argv[1]))\n"
        "client.socket.sendall(struct.pack('>I', 1000) + b'x' * 500)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    root = Path(__file__).resolve().parents[2]
    ended = subprocess.run([sys.executable, "-c", code, str(rig.path)], cwd=root, timeout=60, check=False)
    assert ended.returncode == -9
    eventually(lambda: rig.door.clients == 0)
    assert_answers(rig)


# Clients that are slow.


def test_a_stranger_must_speak_in_time(path: Path) -> None:
    with (
        open_door(path, Limits(hello_seconds=0.2)) as rig,
        Raw(path) as silent,
        Raw(path) as slow,
        greeted(path) as idle,
    ):
        slow.socket.sendall(b"\0")
        for client in (silent, slow):
            answer = client.receive()
            assert isinstance(answer, Refused)
            assert "in time" in answer.sentence
            assert client.receive() is None
        idle.ask(1, EngineStatus())
        assert idle.receive() == Done(1, {"state": "idle"})
        assert_answers(rig)


def test_a_message_begun_must_be_finished_in_time(path: Path) -> None:
    with open_door(path, Limits(message_seconds=0.3)), greeted(path) as slow, greeted(path) as idle:
        started = time.monotonic()
        answer = None
        with suppress(BrokenPipeError, ConnectionResetError):
            for byte in struct.pack(">I", 1000) + b"x" * 996:  # a byte now and then does not help
                slow.socket.sendall(bytes([byte]))
                time.sleep(0.05)
                assert time.monotonic() - started < 10
        answer = slow.receive()
        assert isinstance(answer, Refused)
        for number in range(5):  # pauses between messages are nobody's business
            idle.ask(number, EngineStatus())
            assert idle.receive() == Done(number, {"state": "idle"})
            time.sleep(0.1)


def test_a_client_that_asks_and_never_reads_is_read_no_further_and_cut_off(path: Path) -> None:
    with open_door(path, Limits(stall_seconds=1.0)) as rig, greeted(path) as greedy:
        greedy.socket.settimeout(0.5)
        request = frame(encode(Ask(1, msgspec.Raw(encode(JobLog("1", 1000))))))
        sent = 0
        with suppress(TimeoutError, BrokenPipeError, ConnectionResetError):
            while sent < 100_000:
                greedy.socket.sendall(request * 100)
                sent += 100
        assert sent < 100_000
        assert rig.jobs.handled < 50, "each answer has a megabyte: few may be made for somebody who does not read"
        assert_answers(rig)
        eventually(lambda: rig.door.clients == 0)


def test_a_slow_reader_is_not_cut_off(path: Path) -> None:
    with open_door(path, Limits(stall_seconds=0.4)), greeted(path) as slow:
        for number in range(4):
            slow.ask(number, JobLog("1", 1000))
        received = 0
        started = time.monotonic()
        while received < 4_000_000:
            received += len(slow.socket.recv(150_000))
            time.sleep(0.06)
        assert time.monotonic() - started > 1.5, "it took several times as long as one may stall"


# Clients that are many.


def test_beyond_the_limit_a_client_is_refused_until_another_leaves(path: Path) -> None:
    with open_door(path, Limits(clients=3)) as rig, ExitStack() as stack:
        clients = [stack.enter_context(EngineClient.connect(path)) for _ in range(3)]
        with pytest.raises(EngineRefused, match="has 3 connections already"):
            EngineClient.connect(path)
        for client in clients:
            assert client.request(EngineStatus())
        clients[0].close()
        eventually(lambda: rig.door.clients == 2)
        assert_answers(rig)


def test_silent_strangers_cannot_keep_others_out(path: Path) -> None:
    with open_door(path, Limits(strangers=20)) as rig, EngineClient.connect(path) as friend, ExitStack() as stack:
        strangers = [stack.enter_context(Raw(path)) for _ in range(60)]
        assert_answers(rig, friend)
        assert [stranger.receive() for stranger in strangers[:40]] == [None] * 40, "the oldest make room"
        assert len(rig.door._strangers) <= 20
        strangers[-1].send(HELLO)
        assert isinstance(strangers[-1].receive(), Welcome)


def test_a_burst_of_connections_at_once_leaves_good_clients_answered(rig: Rig) -> None:
    """300 strangers, of whom many say nothing, while a client asks and another comes in."""
    over = threading.Event()

    def burst(share: int) -> None:
        with ExitStack() as stack:
            for number in range(100):
                with suppress(OSError):
                    stranger = stack.enter_context(Raw(rig.path, 5))
                    if number % 3 == share % 3:
                        stranger.socket.sendall(b"\xff" * 50)
            over.wait(30)

    threads = [threading.Thread(target=burst, args=(share,)) for share in range(3)]
    with EngineClient.connect(rig.path) as friend:
        for thread in threads:
            thread.start()
        try:
            for _ in range(10):
                assert_answers(rig, friend)
        finally:
            over.set()
            for thread in threads:
                thread.join()
        assert_answers(rig, friend)


def test_ten_thousand_connections_one_after_the_other(rig: Rig) -> None:
    """Good, silent, wrong and torn ones take turns; a client that was there first is answered throughout."""
    openings = [b"", frame(encode(HELLO)), b"\xff" * 8, frame(encode(HELLO)) + b"\0\0\1\0abc", frame(b"\xc1"), b"\0"]
    descriptors = len(os.listdir("/proc/self/fd"))
    with EngineClient.connect(rig.path) as friend:
        for number in range(10_000):
            connection = connected(rig.path)
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(openings[number % len(openings)])
            connection.close()
            if number % 100 == 0:
                assert_answers(rig, friend)
        eventually(lambda: rig.door.clients == 1 and not rig.door._strangers)
        assert_answers(rig, friend)
    eventually(lambda: len(os.listdir("/proc/self/fd")) <= descriptors)


# Subscribers.


def test_a_subscriber_gets_a_snapshot_and_then_changes(rig: Rig) -> None:
    with greeted(rig.path) as client:
        client.ask(1, Subscribe())
        assert client.receive() == Done(1)
        snapshot = client.receive()
        assert isinstance(snapshot, Snapshot)
        assert [job["name"] for job in snapshot.jobs] == ["cups"]
        client.ask(2, PauseJobs(("1",)))
        change = client.receive()
        assert isinstance(change, JobChanged)
        assert change.job["state"] == "paused"
        assert isinstance(client.receive(), Done), "the answer comes after the changes that it made"


def test_no_change_is_lost_between_the_snapshot_and_the_first_change(rig: Rig) -> None:
    """A counter goes up all the time while subscribers come: each sees every step from its snapshot on."""
    running = True

    def count() -> None:
        if running:
            rig.jobs.change(1, done=rig.jobs.jobs[1]["done"] + 1)
            rig.loop.call_soon(count)

    rig.do(count)
    for _ in range(30):
        with EngineClient.connect(rig.path) as client, client.subscribe() as changes:
            seen = []
            for change in changes:
                if isinstance(change, Snapshot):
                    assert not seen
                    seen.append(change.jobs[0]["done"])
                elif isinstance(change, JobChanged):
                    seen.append(change.job["done"])
                if len(seen) == 20:
                    break
            assert seen == list(range(seen[0], seen[0] + 20))
    running = False


def test_fifty_subscribers_of_whom_one_never_reads(rig: Rig) -> None:
    """All others get every final state, and what waits for the sleeper stays small."""
    final: list[Any] = [None] * 49
    with ExitStack() as stack:
        clients = [stack.enter_context(EngineClient.connect(rig.path)) for _ in range(49)]
        streams = [stack.enter_context(client.subscribe()) for client in clients]
        sleeper = stack.enter_context(greeted(rig.path))
        sleeper.ask(1, Subscribe())

        def listen(number: int) -> None:
            jobs: dict[int, Any] = {}
            for change in streams[number]:
                if isinstance(change, Snapshot):
                    jobs = {job["id"]: job["done"] for job in change.jobs}
                elif isinstance(change, JobChanged):
                    jobs[change.job["id"]] = change.job["done"]
                elif isinstance(change, JobRemoved):
                    del jobs[change.id]
                elif isinstance(change, EngineChanged) and change.state == "over":
                    break
            final[number] = jobs

        threads = [threading.Thread(target=listen, args=(number,)) for number in range(49)]
        for thread in threads:
            thread.start()
        eventually(lambda: rig.door.subscribers == 50)
        for round_ in range(100):
            rig.do(lambda done=round_: [rig.jobs.change(job, done=done, text="x" * 200) for job in range(1, 51)])  # type: ignore[misc]
        waiting = max(
            connection._transport.get_write_buffer_size()
            + (connection.outbox.waiting_bytes if connection.outbox else 0)
            for connection in rig.door._clients
        )
        rig.do(lambda: (rig.jobs.jobs.pop(50), rig.door.publish(JobRemoved(50))))
        rig.do(lambda: rig.door.publish(EngineChanged("over", "")))
        for thread in threads:
            thread.join(30)
        expected = dict.fromkeys(range(1, 50), 99)
        assert final == [expected] * 49
        assert waiting < 1_000_000
        sleeper_jobs: dict[int, Any] = {}
        while not (isinstance(change := sleeper.receive(), EngineChanged) and change.state == "over"):
            if isinstance(change, Snapshot):
                sleeper_jobs = {job["id"]: job["done"] for job in change.jobs}
                if sleeper_jobs == expected:
                    break  # it came after the end
            elif isinstance(change, JobChanged):
                sleeper_jobs[change.job["id"]] = change.job["done"]
            elif isinstance(change, JobRemoved):
                sleeper_jobs.pop(change.id, None)
        assert sleeper_jobs == expected, "once it wakes up, it gets there too"


def test_a_lagging_subscriber_gets_one_fresh_snapshot_when_it_reads_again(path: Path) -> None:
    with open_door(path, Limits(waiting_changes=10)) as rig, greeted(path) as sleeper:
        sleeper.ask(1, Subscribe())
        assert sleeper.receive() == Done(1)
        assert isinstance(sleeper.receive(), Snapshot)

        def finish(first: int) -> None:
            for index in range(first, first + 1000):
                rig.door.publish(FrameFinished(1, index, "x" * 100))

        for first in range(0, 20_000, 1000):
            rig.do(lambda first=first: finish(first))  # type: ignore[misc]
        rig.do(lambda: rig.jobs.change(1, done=20_000))
        kinds = []
        while not kinds or kinds[-1] is not Snapshot:
            message = sleeper.receive()
            kinds.append(type(message))
        assert isinstance(message, Snapshot)
        assert message.jobs[0]["done"] == 20_000
        assert len(kinds) < 20_000
        rig.do(lambda: rig.jobs.change(1, done=20_001))
        assert sleeper.receive() == JobChanged(rig.jobs.jobs[1])


def test_a_subscriber_that_never_reads_is_cut_off_in_the_end(path: Path) -> None:
    with open_door(path, Limits(stall_seconds=0.4)) as rig, greeted(path) as sleeper:
        sleeper.ask(1, Subscribe())
        eventually(lambda: rig.door.subscribers == 1)
        for done in range(300):
            rig.do(lambda done=done: rig.jobs.change(1, done=done, text="x" * 3000))  # type: ignore[misc]
        eventually(lambda: rig.door.clients == 0, 5)
        assert_answers(rig)


def test_a_change_that_cannot_be_sent_becomes_a_snapshot(rig: Rig) -> None:
    with EngineClient.connect(rig.path) as client, client.subscribe() as changes:
        assert isinstance(changes.wait(10), Snapshot)
        rig.do(lambda: rig.door.publish(JobChanged({"id": 1, "name": "\udcff"})))
        assert isinstance(changes.wait(10), Snapshot)
        rig.do(lambda: rig.door.publish(JobChanged({"no": "id"})))
        assert isinstance(changes.wait(10), Snapshot)


def test_a_snapshot_that_cannot_be_made_ends_the_subscription_alone(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Snapshot:
        raise RuntimeError("no")

    with EngineClient.connect(rig.path) as bystander, greeted(rig.path) as client:
        monkeypatch.setattr(rig.jobs, "snapshot", fail)
        client.ask(1, Subscribe())
        assert client.receive() == Done(1)
        assert isinstance(client.receive(), Refused)
        assert bystander.request(EngineStatus())


# The queue of changes by itself.


def test_the_newest_state_replaces_older_ones_and_comes_after_what_was_before_it() -> None:
    outbox = Outbox(10, 1000)
    assert outbox.take(lambda: b"snapshot ") == b"snapshot "
    assert not outbox
    for subject, text in [("a", b"a1 "), ("b", b"b1 "), (None, b"x "), ("a", b"a2 "), (None, b"y ")]:
        outbox.put(subject, text)
    assert outbox.waiting_bytes == len(b"b1 x a2 y ")
    assert outbox.take(bytes) == b"b1 x a2 y "
    assert outbox.waiting_bytes == 0


@given(st.lists(st.tuples(st.none() | st.integers(0, 5), st.binary(min_size=1, max_size=30)), max_size=60))
def test_what_waits_is_bounded(changes: list[tuple[int | None, bytes]]) -> None:
    outbox = Outbox(8, 100)
    outbox.take(bytes)
    for subject, data in changes:
        outbox.put(subject, data)
        assert outbox.waiting_bytes <= 100
        assert outbox.waiting_bytes == sum(map(len, outbox._waiting.values()))
        assert not (outbox.owes_snapshot and outbox.waiting_bytes)


# The end.


def test_closing_finishes_what_was_asked_and_hangs_up(path: Path) -> None:
    with open_door(path) as rig:
        client = greeted(path)
        client.ask(1, Stop())
        eventually(lambda: rig.jobs.unfinished == 1)
        rig.loop.call_soon_threadsafe(lambda: rig.loop.call_later(0.2, rig.jobs.let_go.set))
        started = time.monotonic()
        rig.stop()
        assert time.monotonic() - started < 5
        assert client.receive() == Done(1)
        assert client.receive() is None
        client.close()
