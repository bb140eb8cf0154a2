"""Two frames of a job end whatever renders them: they are given up with what is needed to look into them, and nothing
else suffers. The same for each way of failing.

Engines, workers and the supervisor are real; the renderer draws boxes, and Blender renders in the last test alone.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine.annotate.passes import Passes
from engine.dataset.layout import array_hash
from engine.dataset.read import Dataset
from engine.dataset.validate import validate_dataset
from engine.frame.spec import FrameSpec
from engine.queue.door_messages import JobLog, RetryJobs
from engine.queue.jobs import FrameState, JobState
from engine.queue.workplace import Place, Policy
from engine.recipe.load import recipe_from_plain
from engine.worker.fake_renderer import FakeRenderer
from tests.queue.engines import Engine, plain_recipe
from tests.queue.supervised import shop

POISONED = (7, 13)
COUNT = 18
BUNDLE = {"reason.txt", "spec.json", "recipe.json", "log.txt"}
GIGABYTE = 1024**3


def faults(do: str, at: str = "render", poisoned: tuple[int, ...] = POISONED) -> list[dict[str, Any]]:
    return [{"at": at, "index": index, "do": do} for index in poisoned]


def limit_address_space() -> None:
    """A fault that takes all memory gets 1.5 GB, not all that the machine has; a worker needs a third of that."""
    resource.setrlimit(resource.RLIMIT_AS, (3 * GIGABYTE // 2, 3 * GIGABYTE // 2))


def check_bundle(bundle: Path, word: str) -> FrameSpec:
    """The bundle is whole and readable; returns its spec."""
    assert {path.name for path in bundle.iterdir()} == BUNDLE
    texts = {path.name: path.read_text(encoding="utf-8") for path in bundle.iterdir()}
    assert all(text.strip() for text in texts.values())
    assert word in texts["reason.txt"]
    assert "process" in texts["log.txt"]
    recipe_from_plain(msgspec.json.decode(texts["recipe.json"]), "recipe.json")
    return msgspec.json.decode(texts["spec.json"], type=FrameSpec)


def render_again(bundle: Path, spec: FrameSpec) -> Passes:
    """Render a frame from nothing but its bundle."""
    recipe = recipe_from_plain(msgspec.json.decode((bundle / "recipe.json").read_bytes()), "recipe.json")
    renderer = FakeRenderer(recipe, "auto", lambda path: None)
    assert renderer.draw(spec.seed, spec.index) == spec, "the recipe and the spec belong together"
    return renderer.render(spec, lambda done, total: None, lambda: False)


def check_poisoned(
    engine: Engine,
    root: Path,
    word: str,
    trouble: str,
    *,
    poisoned: tuple[int, ...] = POISONED,
    count: int = COUNT,
    samples: int = 16,
) -> dict[int, Path]:
    """Run a poisoned job and one beside it, check what became of them, cure the fault, and retry.

    Returns the bundle of each frame that had been given up.
    """
    job = engine.add(root, count, recipe=plain_recipe(samples))
    other = engine.add(root.with_name("other"), 5, seed=1, recipe=plain_recipe(samples))
    failed = engine.wait_until(job, "failed", seconds=240)
    assert (failed["done"], failed["quarantined"], failed["leased"]) == (count - len(poisoned), len(poisoned), 0)
    assert ", ".join(map(str, poisoned)) in failed["message"]
    assert [frame["index"] for frame in failed["quarantined_frames"]] == list(poisoned)
    specs = {}
    for frame in failed["quarantined_frames"]:
        assert word in frame["reason"], frame["reason"]
        specs[frame["index"]] = check_bundle(Path(frame["bundle"]), word)
    assert engine.wait_until(other, "done")["done"] == 5
    assert Dataset.open(root).indices() == [index for index in range(count) if index not in poisoned]
    assert validate_dataset(Dataset.open(root)).problems == []

    engine.stop()
    with engine.ledger() as ledger:
        rows = list(ledger.frames(job))
        counts = {row.index: (row.deaths, row.raises) for row in rows if row.state is FrameState.QUARANTINED}
        assert counts == dict.fromkeys(poisoned, (3, 0) if trouble == "deaths" else (0, 3))
    engine.faults = ()
    engine.start()
    with engine.client() as client:
        client.request(RetryJobs((str(job),)))
    cured = engine.wait_until(job, "done")
    assert (cured["done"], cured["quarantined"], cured["message"]) == (count, 0, "")
    dataset = Dataset.open(root)
    assert {index: dataset.record(index).spec for index in poisoned} == specs
    validation = validate_dataset(dataset)
    assert (validation.frames, validation.problems, validation.leftovers) == (count, [], [])
    return {frame["index"]: Path(frame["bundle"]) for frame in failed["quarantined_frames"]}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("do", "word", "trouble"),
    [
        ("abort", "SIGABRT", "deaths"),
        ("kill", "SIGKILL", "deaths"),
        ("raise", "a fault on purpose", "raises"),
        ("memory", "memory ran out", "deaths"),
    ],
)
def test_a_poisoned_frame_is_given_up_and_all_others_are_done(
    user_folders: Path, do: str, word: str, trouble: str
) -> None:
    limit = limit_address_space if do == "memory" else None
    with Engine(user_folders, faults=faults(do), limit=limit) as engine:
        bundles = check_poisoned(engine, user_folders / "data", word, trouble)
    dataset = Dataset.open(user_folders / "data")
    for index, bundle in bundles.items():
        passes = render_again(bundle, dataset.record(index).spec)
        assert array_hash(passes.rgb) == dataset.record(index).image.pixel_hash


@pytest.mark.slow
@pytest.mark.parametrize("step", ["image:write", "record:rename"])
def test_a_frame_that_kills_while_it_is_stored_is_told_from_the_one_rendered_meanwhile(
    user_folders: Path, step: str
) -> None:
    """The next frame is rendered while one is stored; the first death may be charged to both, the others not."""
    with Engine(user_folders, faults=faults("abort", f"publish {step}")) as engine:
        check_poisoned(engine, user_folders / "data", "SIGABRT", "deaths")


@pytest.mark.slow
def test_the_log_of_a_crash_tells_where_it_was(user_folders: Path) -> None:
    with Engine(user_folders, faults=faults("abort")) as engine:
        job = engine.add(user_folders / "data", 8)
        failed = engine.wait_until(job, "failed")
        log = Path(failed["quarantined_frames"][0]["bundle"], "log.txt").read_text()
        assert "Fatal Python error: Aborted" in log
        assert "faults.py" in log
        with engine.client() as client:
            lines = client.request(JobLog(str(job)))
        assert sum("frame 7 will be tried again" in line for line in lines) == 2
        assert sum("frame 7 quarantined" in line for line in lines) == 1


@pytest.mark.parametrize("at", ["render", "publish image:sync"])
def test_an_endless_frame_is_given_up_with_the_place_where_it_hung(tmp_path: Path, at: str) -> None:
    """In this process, with little patience."""

    async def scenario() -> None:
        poison = [{"at": at, "index": 2, "do": "loop"}]
        place = Place("cpu", environment={"STUDIO_FAULTS": json.dumps(poison)})
        async with shop(tmp_path, policy=Policy(stall=0.7), places=(place,), quarantine=tmp_path / "bad") as it:
            job, other = it.add("job", 6), it.add("other", 3, seed=1, start=100)
            failed = await it.until_state(job, "failed")
            assert (failed.done, failed.quarantined) == (5, 1)
            row = it.ledger.frame(job.id, 2)
            assert (row.state, row.deaths) == (FrameState.QUARANTINED, 3)
            assert (await it.until_state(other, "done")).state is JobState.DONE
            others = [it.ledger.frame(job.id, index).deaths for index in (0, 1, 3, 4, 5)]
            assert others == [0] * 5, "frames that were rendered meanwhile are not to blame"
        bundle = tmp_path / "bad" / f"job-{job.id}" / "00000002"
        render_again(bundle, check_bundle(bundle, "no progress"))
        assert "_loop" in (bundle / "log.txt").read_text()

    asyncio.run(scenario())


@pytest.fixture
def small_memory() -> Iterator[Path]:
    """A control group (version 1 or 2) whose processes get 400 MB together, after which the kernel ends one."""
    for folder, limit in (
        (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
        (Path("/sys/fs/cgroup"), "memory.max"),
    ):
        group = folder / f"dataset-studio-{uuid.uuid4().hex[:8]}"
        try:
            group.mkdir()
            (group / limit).write_text(str(400 * 1024 * 1024))
            break
        except OSError as error:
            reason = error
            with suppress(OSError):
                group.rmdir()
    else:
        pytest.skip(f"no control group with little memory can be made here: {reason}")
    yield group
    with suppress(OSError):
        group.rmdir()


@pytest.mark.slow
def test_when_the_kernel_ends_a_worker_for_want_of_memory_the_reason_says_so(
    user_folders: Path, small_memory: Path
) -> None:
    """And the engine, in the same control group, lives on."""

    def join() -> None:
        (small_memory / "cgroup.procs").write_text(str(os.getpid()))

    with Engine(user_folders, faults=faults("memory"), limit=join) as engine:
        check_poisoned(engine, user_folders / "data", "memory ran out", "deaths")


@pytest.mark.slow
def test_frames_that_crash_blender_are_given_up_and_all_others_are_done(user_folders: Path) -> None:
    """One poisoned frame, since each death costs a start of Blender."""
    with Engine(user_folders, faults=faults("abort", poisoned=(5,)), renderer="blender") as engine:
        check_poisoned(engine, user_folders / "data", "Blender crashed", "deaths", poisoned=(5,), count=7, samples=1)
