"""Framing between supervisor and worker."""

from __future__ import annotations

import socket
import struct
import threading

import pytest

from engine.queue.protocol import Channel, ChannelClosed, Describe, FrameFinished, FrameProgress, Prepare


@pytest.fixture
def pair() -> tuple[Channel, Channel]:
    left, right = socket.socketpair()
    return Channel(left), Channel(right)


def test_messages_arrive_whole_and_in_order(pair: tuple[Channel, Channel]) -> None:
    supervisor, worker = pair
    orders = [Prepare({"camera": {"fill": 0.5}}, "ünïcode", "cpu"), Describe()]
    for order in orders:
        supervisor.send(order)
    assert [worker.receive_order(), worker.receive_order()] == orders


def test_a_message_that_arrives_byte_by_byte_is_put_together(pair: tuple[Channel, Channel]) -> None:
    supervisor, worker = pair
    report = FrameProgress(7, 3, 16)
    recorder, sink = socket.socketpair()
    Channel(recorder).send(report)
    supervisor.connection.settimeout(0.01)
    for byte in sink.recv(1000):
        with pytest.raises(TimeoutError):
            supervisor.receive_report()
        worker.connection.sendall(bytes([byte]))
    assert supervisor.receive_report() == report


def test_threads_do_not_mix_their_messages(pair: tuple[Channel, Channel]) -> None:
    supervisor, worker = pair

    def report_often(index: int) -> None:
        for attempt in range(200):
            worker.send(FrameFinished(index, attempt, 0.5, "hash"))

    threads = [threading.Thread(target=report_often, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    found: dict[int, list[int]] = {i: [] for i in range(4)}
    for _ in range(800):
        report = supervisor.receive_report()
        assert isinstance(report, FrameFinished)
        found[report.token].append(report.attempt)
    assert all(attempts == list(range(200)) for attempts in found.values())


def test_the_end_of_the_other_side_and_an_absurd_length_close_the_channel(pair: tuple[Channel, Channel]) -> None:
    supervisor, worker = pair
    worker.connection.sendall(struct.pack(">I", 1 << 31))
    with pytest.raises(ChannelClosed, match="no message of ours"):
        supervisor.receive_report()
    worker.connection.close()
    with pytest.raises(ChannelClosed):
        Channel(supervisor.connection).receive_report()
    with pytest.raises(ChannelClosed):
        supervisor.send(Describe())
