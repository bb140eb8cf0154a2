"""Lines for workers: all that is known where there is room, what matters most where there is not."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

from studio.engine_link import EngineView
from studio.queue_watch import screen
from studio.workers_text import idle_advice, worker_lines, worker_rows


def worker(number: int, **values: Any) -> dict[str, Any]:
    """A worker's map, at a GPU that tells all."""
    return {
        "id": f"gpu{number}", "name": f"gpu{number}", "state": "rendering", "device": "OptiX: NVIDIA GeForce RTX 4090",
        "pid": 100, "resident_bytes": 2_100_000_000, "job_id": 12, "frame": 1234, "samples_done": 128, "samples": 256,
        "frames_done": 7, "gpu_memory_used_bytes": 8_200_000_000, "gpu_memory_total_bytes": 25_400_000_000,
        "gpu_load_percent": 97, "gpu_temperature_celsius": 64,
    } | values  # fmt: skip


NO_GPU = {
    "gpu_memory_used_bytes": None, "gpu_memory_total_bytes": None, "gpu_load_percent": None,
    "gpu_temperature_celsius": None,
}  # fmt: skip


def test_all_is_told_where_there_is_room() -> None:
    text = " ".join(line.strip() for line in worker_lines([worker(0)], 76))
    assert text == (
        "gpu0: rendering frame 1,234 of job 12, 128/256 samples, OptiX: NVIDIA GeForce RTX 4090, RAM 2.1 GB, "
        "GPU 8.2/25.4 GB 97% 64 °C"
    )
    assert worker_lines([worker(0)], 200) == [text]


def test_the_share_between_samplings_is_told_where_it_is_known_and_goes_first() -> None:
    one = worker(0, between_samplings=0.043)
    (line,) = worker_lines([one], 200)
    assert ", 128/256 samples, 4% between samplings, OptiX: " in line
    (row,) = worker_rows([one], 125, 4)
    assert "between" not in row, "where there is no room for it"
    assert "NVIDIA GeForce RTX 4090" in row
    assert worker_lines([worker(0, between_samplings=None)], 200) == worker_lines([worker(0)], 200)


def test_a_gpu_that_is_left_alone_for_long_has_a_remedy() -> None:
    idle = worker(0, between_samplings=0.234, between_frames=20, gpu_memory_used_bytes=8_000_000_000)
    assert idle_advice([idle]) == (
        "For 23% of the time nothing is sampled on gpu0: `studio engine restart --workers 2` lets two workers share "
        "each GPU, and loses nothing."
    )
    busy, other = idle | {"name": "gpu1", "between_samplings": 0.1}, idle | {"name": "gpu2", "between_samplings": 0.31}
    assert idle_advice([idle, busy, other]).startswith("For up to 31% of the time nothing is sampled on gpu0, gpu2:")
    assert idle_advice([idle | NO_GPU]), "what is not known keeps nobody from it"
    for other in (
        {"between_samplings": None}, {"between_samplings": 0.1}, {"between_frames": 19}, {"shares": "gpu0"},
        {"device": "CPU AMD EPYC"}, {"gpu_memory_used_bytes": 12_800_000_000},
    ):  # fmt: skip
        assert idle_advice([idle | other]) == ""
    assert idle_advice([worker(0)]) == "", "an older engine"


def test_without_a_gpu_nothing_is_said_of_one() -> None:
    of_cpu = worker(0, name="cpu", device="CPU: AMD EPYC", **NO_GPU)
    assert worker_lines([of_cpu], 120)[0].endswith("CPU: AMD EPYC, RAM 2.1 GB")
    older = {name: value for name, value in of_cpu.items() if not name.startswith("gpu_")}
    assert worker_lines([older], 120) == worker_lines([of_cpu], 120), "an older engine tells nothing of GPUs"


def test_what_a_gpu_does_not_tell_is_left_out() -> None:
    assert worker_lines([worker(0, gpu_load_percent=None)], 200)[0].endswith("GPU 8.2/25.4 GB 64 °C")
    assert worker_lines([worker(0, gpu_memory_used_bytes=None)], 200)[0].endswith(", GPU 97% 64 °C")
    assert worker_lines([worker(0, gpu_load_percent=0)], 200)[0].endswith("GPU 8.2/25.4 GB 0% 64 °C")


def test_a_long_line_goes_on_in_the_next_and_breaks_no_value() -> None:
    assert worker_lines([worker(0), worker(1, frame=None, samples=0, device="")], 76) == [
        "gpu0: rendering frame 1,234 of job 12, 128/256 samples,",
        "  OptiX: NVIDIA GeForce RTX 4090, RAM 2.1 GB, GPU 8.2/25.4 GB 97% 64 °C",
        "gpu1: rendering, RAM 2.1 GB, GPU 8.2/25.4 GB 97% 64 °C",
    ]


def test_a_row_has_what_matters_most_where_there_is_little_room() -> None:
    gpu = "GPU 8.2/25.4 GB 97% 64 °C"
    assert worker_rows([worker(0), worker(1)], 80, 2) == [
        f"gpu{number}: frame 1,234 of job 12, 128/256 samples, {gpu}" for number in (0, 1)
    ]
    assert worker_rows([worker(0)], 67, 1) == [f"gpu0: frame 1,234 of job 12, {gpu}"]
    assert worker_rows([worker(0)], 200, 1) == worker_lines([worker(0)], 200)
    many = worker_rows([worker(number) for number in range(8)], 80, 6)
    assert len(many) == 6
    assert [line[:4] for line in many[:5]] == [f"gpu{number}" for number in range(5)]
    assert many[5].startswith("and 3 more workers")


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("count", [1, 2, 8, 100])
def test_no_line_is_longer_than_the_terminal(columns: int, count: int) -> None:
    workers = [worker(number, device="x" * 70) for number in range(count)]
    assert max(map(cell_len, worker_lines(workers, columns))) <= columns
    for most in (1, 3, 6):
        rows_of = worker_rows(workers, columns, most)
        assert max(map(cell_len, rows_of)) <= columns
        assert len(rows_of) <= most
    view = EngineView(workers={entry["id"]: entry for entry in workers}, state="working")
    for rows in (6, 12, 24):
        shown = screen(view, columns, rows, everything=True, color=False)
        assert len(shown) <= rows
        assert max(map(cell_len, shown)) <= columns


def test_names_of_devices_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in "".join(worker_lines([worker(0, device="\x1b[2Jx")], 200))
