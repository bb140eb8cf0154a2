"""`studio render` as a user runs it: a real process, a real worker, real frames."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from engine.dataset.read import Dataset
from engine.dataset.validate import validate_dataset

TINY = ("--set", "render.resolution=[64, 48]", "--set", "render.samples=1")


def start(*arguments: object, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "studio", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def studio(*arguments: object) -> subprocess.CompletedProcess[str]:
    process = start(*arguments)
    out, err = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def hashes(root: Path) -> dict[int, str]:
    dataset = Dataset.open(root)
    return {index: dataset.record(index).image.pixel_hash for index in dataset.indices()}


def worker_of(process: subprocess.Popen[str]) -> int:
    """Process id of the program's render worker."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for pid in children.read_text().split():
            if b"engine.worker" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return int(pid)
        time.sleep(0.02)
    raise AssertionError("no worker was started")


def wait_for_frames(root: Path, count: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        if len(list(root.glob("frames/*/[0-9]*.json"))) >= count:
            return
        time.sleep(0.02)
    raise AssertionError("no frame came out")


def is_gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_frames_are_the_same_in_a_batch_alone_and_continued(tmp_path: Path) -> None:
    batch, alone = tmp_path / "batch", tmp_path / "alone"
    done = studio("render", "basic", "--count", 3, "--out", batch, "--json", *TINY)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["rendered"], report["already_there"], report["failed"]) == (3, 0, [])
    assert report["device"].split()[0] in ("CPU", "CUDA", "OPTIX", "HIP", "ONEAPI")
    assert studio("render", "basic", "--start", 2, "--count", 1, "--out", alone, *TINY).returncode == 0
    assert hashes(alone) == {2: hashes(batch)[2]}
    more = json.loads(studio("render", "basic", "--count", 4, "--out", batch, "--json", *TINY).stdout)
    assert (more["rendered"], more["already_there"]) == (1, 3)
    assert not validate_dataset(Dataset.open(batch)).problems


def test_another_recipe_or_seed_is_refused_and_nothing_is_touched(tmp_path: Path) -> None:
    root = tmp_path / "cups"
    assert studio("render", "basic", "--count", 1, "--out", root, *TINY).returncode == 0
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    for other in (("--seed", 1), ("--set", "camera.fill=0.5")):
        refused = studio("render", "basic", "--count", 2, "--out", root, *TINY, *other)
        assert refused.returncode == 2
        assert "another recipe or seed" in refused.stderr
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


def test_ctrl_c_ends_at_once_keeps_finished_frames_and_the_same_command_continues(tmp_path: Path) -> None:
    root = tmp_path / "cups"
    command = ("render", "basic", "--count", 6, "--out", root, *TINY, "--set", "render.samples=64")
    process = start(*command)
    wait_for_frames(root, 1, process)
    worker = worker_of(process)
    interrupted = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    print(f"ended {time.monotonic() - interrupted:.2f} s after SIGINT")
    assert process.returncode == 130, err
    assert "Interrupted" in err
    assert "Traceback" not in err
    assert is_gone(worker)
    kept = hashes(root)
    assert kept
    assert studio(*command).returncode == 0
    finished = hashes(root)
    assert len(finished) == 6
    assert kept.items() <= finished.items()
    assert not list(root.rglob(".tmp*"))


def test_sigterm_ends_it_like_ctrl_c(tmp_path: Path) -> None:
    root = tmp_path / "cups"
    process = start("render", "basic", "--count", 6, "--out", root, *TINY, "--set", "render.samples=64")
    wait_for_frames(root, 1, process)
    worker = worker_of(process)
    process.terminate()
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Interrupted" in err
    assert is_gone(worker)


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = os.environ | {"TMPDIR": str(scratch)}
    process = start("render", "basic", "--count", 1, "--out", tmp_path / "cups", *TINY, env=environment)
    assert process.wait(timeout=120) == 0
    assert list(scratch.iterdir()) == []


def test_a_worker_that_dies_once_costs_nothing_but_time(tmp_path: Path) -> None:
    root = tmp_path / "cups"
    process = start("render", "basic", "--count", 3, "--out", root, *TINY, "--set", "render.samples=64")
    wait_for_frames(root, 1, process)
    os.kill(worker_of(process), signal.SIGSEGV)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert sorted(hashes(root)) == [0, 1, 2]


def test_a_frame_that_crashes_blender_is_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    root = tmp_path / "cups"
    faults = json.dumps([{"at": "render", "index": 1, "do": "abort"}])
    process = start("render", "basic", "--count", 3, "--out", root, *TINY, env={**os.environ, "STUDIO_FAULTS": faults})
    _, err = process.communicate(timeout=180)
    assert process.returncode == 1
    assert "Frame 1: the render process was ended by SIGABRT" in err
    assert "Traceback" not in err
    assert sorted(hashes(root)) == [0, 2]


def test_the_worker_ends_with_the_program_however_that_ends(tmp_path: Path) -> None:
    root = tmp_path / "cups"
    process = start("render", "basic", "--count", 50, "--out", root, *TINY)
    wait_for_frames(root, 1, process)
    worker = worker_of(process)
    process.kill()
    process.wait()
    assert is_gone(worker)


BAD_INPUTS = (
    "preset",
    "recipe",
    "setting",
    "model",
    "empty",
    "points",
    "index",
    "hdri",
    "occupied",
    "file",
    "below",
    "command",
    "none",
)


def bad_inputs(tmp_path: Path) -> dict[str, tuple[tuple[object, ...], str]]:
    """Name: (arguments, what the one sentence must contain)."""
    text = tmp_path / "text.glb"
    text.write_text("this is no model")
    empty = tmp_path / "empty.obj"
    empty.touch()
    points = tmp_path / "points.obj"
    points.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\n")
    index = tmp_path / "index.obj"
    index.write_text("# a triangle\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 4\n")
    picture = tmp_path / "sky.hdr"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    occupied = tmp_path / "occupied"
    occupied.mkdir()
    (occupied / "thesis.tex").touch()
    file = tmp_path / "file"
    file.touch()
    ok = ("--out", tmp_path / "new")
    return {
        "preset": (("render", "basik", *ok), "Did you mean 'basic'"),
        "recipe": (("render", tmp_path / "none.toml", *ok), "none.toml"),
        "setting": (("render", "basic", *ok, "--set", "camera.fil=1"), "Did you mean 'fill'"),
        "model": (("render", "basic", *ok, "--set", f"objects[0].model={text}"), "text.glb"),
        "empty": (("render", "basic", *ok, "--set", f"objects[0].model={empty}"), "empty.obj"),
        "points": (("render", "basic", *ok, "--set", f"objects[0].model={points}"), "points.obj"),
        "index": (
            ("render", "basic", *ok, "--set", f"objects[0].model={index}"),
            "index.obj: the face in line 5 names vertex 4, but only 3 vertices come before it",
        ),
        "hdri": (("render", "basic", *ok, "--set", f"surroundings.hdris=['{picture}']"), "sky.hdr"),
        "occupied": (("render", "basic", "--out", occupied), "not empty"),
        "file": (("render", "basic", "--out", file), "not a folder"),
        "below": (("render", "basic", "--out", file / "below"), "file"),
        "command": (("rendr", "basic", *ok), "Did you mean 'render'"),
        "none": (("render", "basic", *ok, "--set", "objects[0].count=0"), "count of at least 1"),
    }


IN_FILES = ("model", "empty", "points", "index", "hdri")
"""Bad inputs that are only seen in the files themselves."""


@pytest.mark.parametrize("name", IN_FILES)
def test_bad_files_are_found_before_a_worker_is_started(name: str, tmp_path: Path) -> None:
    arguments, _ = bad_inputs(tmp_path)[name]
    began = time.monotonic()
    done = studio(*arguments, "--count", 1)
    print(f"answered after {time.monotonic() - began:.2f} s")
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", BAD_INPUTS)
def test_bad_input_is_one_sentence_and_exit_2(name: str, tmp_path: Path) -> None:
    arguments, part = bad_inputs(tmp_path)[name]
    count = ("--count", 1) if name != "command" else ()
    done = studio(*arguments, *count, *(TINY if name != "command" else ()))
    assert done.returncode == 2, done.stderr
    assert part in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "new").exists()
