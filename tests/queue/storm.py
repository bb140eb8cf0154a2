"""A storm of SIGKILLs on a real engine that renders a job, and the verdict on what it left.

A storm kills the worker, the engine, or both, at moments drawn from a seeded stream, or at the named steps of
publishing. What the user would do is done too: the next engine is started, a job is extended so that there is work
until the last kill, a paused job is resumed, and quarantined frames are retried.

The last needs a word. A worker's death is charged to the frame that it was rendering, and three deaths quarantine a
frame: no rule can tell a frame that kills its worker from one that a stranger kills it at three times. So a storm
quarantines innocent frames now and then. They are not lost, for the job says so and `retry` brings them back; the
verdict counts them. The death of an engine is charged to no frame.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from engine.dataset.read import Dataset
from engine.dataset.validate import validate_dataset
from engine.errors import BadInput, EngineDown, Failure
from engine.frame.rng import Stream
from engine.queue.door_messages import ExtendJob, ResumeJobs, RetryJobs, ShowJob
from engine.queue.jobs import FrameState
from tests.queue.engines import Engine, plain_recipe
from tests.queue.publications import Publications

type Target = Literal["worker", "engine", "both"]
TARGETS: tuple[Target, ...] = ("worker", "engine", "both")

STEPS = (
    *(f"{file}:{step}" for file in ("image", "passes") for step in ("write", "sync", "verify", "rename")),
    "files:sync-folder",
    *(f"record:{step}" for step in ("write", "sync", "verify", "rename", "sync-folder")),
)
"""The named steps of publishing a frame, in order."""

MOST_FRAMES = 990
"""Below the number from which a dataset begins a second folder, since one folder is watched."""


@dataclass
class Verdict:
    """What a storm came to."""

    kills: Counter[str] = field(default_factory=Counter)
    """By target."""
    frames: int = 0
    lost: list[int] = field(default_factory=list)
    """Frames that are not done in the ledger, or not in the dataset."""
    twice: list[int] = field(default_factory=list)
    """Frames published or reported as done more than once, or whose record was taken away."""
    corrupt: list[str] = field(default_factory=list)
    """What validation found, and what is wrong with the ledger."""
    differing: list[int] = field(default_factory=list)
    """Frames whose pixels are not those of an undisturbed run, or not those that the ledger has."""
    leftovers: list[str] = field(default_factory=list)
    retried: int = 0
    """Frames that were quarantined and retried."""
    resumed: int = 0
    """Times that the job had been paused and was resumed."""
    seconds: float = 0.0

    @property
    def sound(self) -> bool:
        """Whether nothing at all is wrong."""
        return not (self.lost or self.twice or self.corrupt or self.differing or self.leftovers)

    def add(self, other: Verdict) -> None:
        """Take another storm's result in; the times are not added."""
        self.kills += other.kills
        self.frames += other.frames
        self.retried += other.retried
        self.resumed += other.resumed
        for name in ("lost", "twice", "corrupt", "differing", "leftovers"):
            getattr(self, name).extend(getattr(other, name))

    def __str__(self) -> str:
        targets = ", ".join(f"{self.kills[target]} {target}" for target in TARGETS)
        return (
            f"{self.kills.total()} kills ({targets}) in {self.seconds:.0f} s over {self.frames} frames: "
            f"lost {len(self.lost)}, done twice {len(self.twice)}, corrupt {len(self.corrupt)}, "
            f"differing {len(self.differing)}, left over {len(self.leftovers)}; "
            f"quarantined and retried {self.retried}, paused and resumed {self.resumed}"
        )


class Storm:
    """One engine, one job, many kills. The job's first frame is rendered in peace."""

    def __init__(self, folder: Path, seed: int, *, renderer: str = "fake", pace: int = 20) -> None:
        """`folder` takes the engine's state and the dataset; `seed` decides targets and moments; `pace` is the number
        of samples, of which the fake renderer does one a millisecond beyond 16."""
        self.root = folder / "data"
        self.engine = Engine(folder / "state", renderer=renderer)
        self.verdict = Verdict()
        self.patience = 300.0
        """Seconds for the job to end in once the last kill is made."""
        self._recipe = plain_recipe(pace)
        self._random = Stream(seed, 0, 0, "kill storm")
        self._count = 1
        self._job = 0
        self._publications: Publications | None = None
        self._batch = 8 if renderer == "blender" else 40
        """Frames that the job grows by when it comes to its end."""
        self._start = 8.0 if renderer == "blender" else 1.5
        """Seconds in which a worker starts and stores a frame, more or less."""

    def run(self, kills: int) -> None:
        """Kill this often at random moments, and let the job end."""
        with self.engine:
            self._begin()
            while self.verdict.kills.total() < kills:
                self._keep_busy()
                self._wait_for_a_moment()
                self._strike(self._draw_target())
            self._finish()

    @property
    def frames(self) -> int:
        """Frames of the job, which grows."""
        return self._count

    def run_steps(self, target: Target) -> None:
        """Kill once at each named step of publishing, by faults in the worker, and let the job end.

        Each step kills at a frame of its own, with one frame's distance, so that no frame is charged twice.
        """
        markers = self.root.with_name("markers")
        markers.mkdir(parents=True)
        action = {"worker": "kill", "engine": "kill engine", "both": "kill both"}[target]
        self.engine.faults = [
            {"at": f"publish {step}", "index": 2 + 3 * number, "do": action, "once": str(markers / f"{number}")}
            for number, step in enumerate(STEPS)
        ]
        self._count = 3 * len(STEPS) + 4
        with self.engine:
            self._begin()
            self._finish()
        struck = len(list(markers.iterdir()))
        assert struck == len(STEPS), f"{len(STEPS) - struck} steps were not reached"
        self.verdict.kills[target] += struck

    # The storm

    def _begin(self) -> None:
        count, self._count = self._count, 1
        self._job = self.engine.add(self.root, 1, recipe=self._recipe)
        self.engine.wait_until(self._job, "done", seconds=self.patience)
        self._publications = Publications(self.root)
        self._extend(count)

    def _extend(self, count: int) -> None:
        """Make the job larger; asked again where the engine dies before it has answered."""
        self._count = max(self._count, min(count, MOST_FRAMES))
        with suppress(EngineDown), self.engine.client() as client:
            client.request(ExtendJob(str(self._job), self._count))

    def _keep_busy(self) -> None:
        assert self._publications is not None
        if self._publications.total > self._count - self._batch // 2:
            self.engine.restart_if_dead()
            self._extend(self._count + self._batch)

    def _wait_for_a_moment(self) -> None:
        """Most moments come while frames are rendered and stored; the others at any time, also while things start."""
        assert self._publications is not None
        if self._random.uniform() < 0.75:
            if not self._publications.wait_for_next(2 * self._start):
                self._help()
                self._publications.wait_for_next(2 * self._start)
            time.sleep(0.05 * self._random.uniform())
        else:
            time.sleep(self._start * self._random.uniform())

    def _draw_target(self) -> Target:
        drawn = self._random.uniform()
        return "worker" if drawn < 0.65 else "engine" if drawn < 0.85 else "both"

    def _strike(self, target: Target) -> None:
        """SIGKILL; a worker that cannot be found within a while (its job may be paused) is let off."""
        deadline = time.monotonic() + 4 * self._start
        while not (workers := self.engine.workers()) and target != "engine":
            self.engine.restart_if_dead()
            if time.monotonic() > deadline:
                self._help()
                return
            time.sleep(0.005)
        if target != "worker":
            assert self.engine.process is not None
            self.engine.process.kill()
        if target != "engine":
            with suppress(ProcessLookupError):
                os.kill(workers[0], signal.SIGKILL)
        if target != "worker":
            self.engine.process.wait()
        self.verdict.kills[target] += 1
        self.engine.restart_if_dead()

    def _help(self) -> dict[str, Any] | None:
        """What a user would do who looks at the queue; returns the job, or None where the engine has died."""
        self.engine.restart_if_dead()
        try:
            with self.engine.client() as client:
                job: dict[str, Any] = client.request(ShowJob(str(self._job)))
                if job["count"] < self._count:
                    client.request(ExtendJob(str(self._job), self._count))
                if job["state"] == "paused":
                    self.verdict.resumed += 1
                    client.request(ResumeJobs((str(self._job),)))
                if job["quarantined"]:
                    self.verdict.retried += job["quarantined"]
                    client.request(RetryJobs((str(self._job),)))
                return job
        except (EngineDown, BadInput):
            return None

    def _finish(self) -> None:
        """Let the job end, and end the engine in order."""
        deadline = time.monotonic() + self.patience
        while (job := self._help()) is None or (job["state"], job["count"]) != ("done", self._count):
            assert time.monotonic() < deadline, f"the job does not end: {job}\n{self.engine.log()}"
            time.sleep(0.05)
        self.engine.stop()

    # The verdict

    def judge(self, undisturbed: dict[int, str]) -> Verdict:
        """Look at everything that the storm left. `undisturbed` holds the pixel hashes of the frames as they should be.

        The engine must have ended.
        """
        verdict = self.verdict
        verdict.frames = self._count
        frames = range(self._count)
        hashes = self._judge_ledger(frames)
        dataset = Dataset.open(self.root)
        stored = {index: dataset.record(index).image.pixel_hash for index in dataset.indices()}
        verdict.lost += [index for index in frames if index not in hashes or index not in stored]
        verdict.differing += [i for i in frames if not undisturbed[i] == hashes.get(i) == stored.get(i)]
        validation = validate_dataset(dataset)
        verdict.corrupt += [f"{problem.file}: {problem.what}" for problem in validation.problems]
        verdict.leftovers += validation.leftovers
        self._judge_publications(frames)
        return verdict

    def _judge_ledger(self, frames: range) -> dict[int, str]:
        """Pixel hash of each frame that is done in the ledger."""
        with self.engine.ledger() as ledger:
            findings = ledger._read("PRAGMA integrity_check")
            self.verdict.corrupt += [str(row[0]) for row in findings if row[0] != "ok"]
            self.verdict.corrupt += [f"wrong counters of job {job}" for job in ledger.recount()]
            rows = list(ledger.frames(self._job))
            strays = [row.index for row in rows if row.state is not FrameState.DONE or row.index not in frames]
            self.verdict.corrupt += [f"frame {index} is in no state to be in at the end" for index in strays]
            return dict(ledger.done_frames(self._job))

    def _judge_publications(self, frames: range) -> None:
        """A record got its name once, stayed, and was reported at most once (a report may die with its engine)."""
        publications = self._publications
        assert publications is not None
        publications.settle()
        if publications.overflowed:
            raise Failure("the kernel dropped notes of publications, so that nothing can be said of them")
        expected = Counter(dict.fromkeys(frames[1:], 1))
        self.verdict.twice += sorted(
            index for index in frames if publications.published[index] != expected[index] or publications.removed[index]
        )
        log = self.engine.paths.job_log(self._job).read_text()
        reports = Counter(int(index) for index in re.findall(r" frame (\d+) done in ", log))
        self.verdict.twice += sorted(index for index, times in reports.items() if times > 1)


def undisturbed_hashes(folder: Path, count: int, *, renderer: str = "fake", pace: int = 20) -> dict[int, str]:
    """Pixel hashes of the same job, rendered by an engine that nobody disturbs."""
    root = folder / "data"
    with Engine(folder / "state", renderer=renderer) as engine:
        job = engine.add(root, count, recipe=plain_recipe(pace))
        engine.wait_until(job, "done", seconds=600)
        engine.stop()
    dataset = Dataset.open(root)
    return {index: dataset.record(index).image.pixel_hash for index in dataset.indices()}


def step_storms(folder: Path) -> Verdict:
    """A storm on each target with a kill at each step of publishing, all at a time; one verdict on all."""
    storms = [Storm(folder / target, seed=0) for target in TARGETS]
    work = [partial(storm.run_steps, target) for storm, target in zip(storms, TARGETS, strict=True)]
    return _run(folder, storms, work)


def random_storms(
    folder: Path, kills: int, *, at_once: int, seed: int = 0, renderer: str = "fake", pace: int = 20
) -> Verdict:
    """Storms that make so many kills together; one verdict on all. What is sound is removed from `folder`."""
    storms = [Storm(folder / str(number), seed + number, renderer=renderer, pace=pace) for number in range(at_once)]
    shares = [kills // at_once + (number < kills % at_once) for number in range(at_once)]
    work = [partial(storm.run, share) for storm, share in zip(storms, shares, strict=True)]
    return _run(folder, storms, work, renderer=renderer, pace=pace)


def _run(folder: Path, storms: list[Storm], work: Iterable[Callable[[], None]], **how: Any) -> Verdict:
    began = time.monotonic()
    with ThreadPoolExecutor(len(storms)) as pool:
        for ended in [pool.submit(each) for each in work]:
            ended.result()
    total = Verdict(seconds=time.monotonic() - began)
    undisturbed = undisturbed_hashes(folder / "undisturbed", max(storm.frames for storm in storms), **how)
    for storm in storms:
        total.add(storm.judge(undisturbed))
    if total.sound:
        shutil.rmtree(folder)
    return total
