"""How fast the ledger answers when it holds 1,000,000 frames in 200 jobs, and what a claim and a report cost.

    python bench/ledger.py [--frames 1000000] [--jobs 200] [--claims 2000] [--folder FOLDER]

Half of the jobs are done, the others have frames left. Each claim and each report waits for the disk, so the time of
one bare write with fsync in the same folder is printed beside them. Goals: open and first snapshot under 0.3 s, claim
under 5 ms without what the disk takes.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from engine.queue.jobs import NewJob  # noqa: E402 - the repository is on the path only now
from engine.queue.ledger import Ledger  # noqa: E402

RECIPE = {"objects": [{"model": f"/models/{number}.glb", "scale": [0.5, 2.0]} for number in range(100)]}


def fill(path: Path, jobs: int, frames: int) -> None:
    """Make a ledger in which all but the last tenth of each second job is done; written by SQL, being preparation."""
    each = frames // jobs
    with Ledger(path) as ledger, ledger.together():
        for number in range(jobs):
            ledger.add_job(
                NewJob(
                    name=f"job {number}",
                    recipe=RECIPE,
                    recipe_name="basic",
                    seed=number,
                    count=each,
                    root=f"/datasets/{number}",
                )
            )
        for job in ledger.jobs():
            done = each if job.id % 2 else each - each // 10
            rows = ((job.id, index, os.urandom(16).hex()) for index in range(done))
            ledger._db.executemany(
                "INSERT INTO frames (job_id, idx, state, pixel_hash, seconds) VALUES (?, ?, 'done', ?, 1.5)", rows
            )
            ledger._db.execute(
                "UPDATE jobs SET done = ?, cursor = start + ?, state = ? WHERE id = ?",
                (done, done, "done" if done == each else "queued", job.id),
            )
        assert ledger.recount() == []


def timed[T](work: Callable[[], T]) -> tuple[float, T]:
    """Seconds by the clock, and the result."""
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def spread(seconds: list[float]) -> str:
    """Median and 99th percentile, in milliseconds."""
    percentiles = statistics.quantiles(seconds, n=100)
    return f"p50 {percentiles[49] * 1e3:7.3f} ms   p99 {percentiles[98] * 1e3:7.3f} ms"


def bare_sync(folder: Path, times: int) -> list[float]:
    """What the disk alone takes for 8 KiB and an fsync."""
    data = os.urandom(8192)
    seconds = []
    with (folder / "bare").open("wb", buffering=0) as file:
        for _ in range(times):
            began = time.perf_counter()
            file.write(data)
            os.fsync(file.fileno())
            seconds.append(time.perf_counter() - began)
    return seconds


def claims_and_reports(ledger: Ledger, times: int) -> tuple[list[float], list[float]]:
    """Seconds of each claim and of each report."""
    claims, reports = [], []
    for _ in range(times):
        taken, claim = timed(lambda: ledger.claim("worker"))
        assert claim is not None
        claims.append(taken)
        pixel_hash = os.urandom(16).hex()
        taken, counted = timed(lambda c=claim, h=pixel_hash: ledger.complete(c.job_id, c.index, c.token, h, 1.5))
        assert counted
        reports.append(taken)
    return claims, reports


def report(folder: Path, jobs: int, frames: int, times: int) -> None:
    """Fill a ledger in `folder`, measure, print."""
    path = folder / "ledger.db"
    print(f"filling {frames:,} frames in {jobs} jobs: {timed(lambda: fill(path, jobs, frames))[0]:.1f} s")
    print(f"file                     {path.stat().st_size / 2**20:8.1f} MiB")
    opening, ledger = timed(lambda: Ledger(path))
    snapshot, rows = timed(ledger.jobs)
    assert len(rows) == jobs
    print(f"open                     {opening * 1e3:8.1f} ms")
    print(f"first snapshot (jobs())  {snapshot * 1e3:8.1f} ms   together {opening + snapshot:.3f} s, goal 0.3 s")
    print(f"snapshot again           {timed(ledger.jobs)[0] * 1e3:8.1f} ms")
    claims, reports = claims_and_reports(ledger, times)
    print(f"claim        {spread(claims)}   goal 5 ms")
    print(f"complete     {spread(reports)}")
    print(f"bare fsync   {spread(bare_sync(folder, times))}")
    print(f"backup                   {timed(lambda: ledger.backup(folder / 'backup.db'))[0]:8.2f} s")
    print(f"recount                  {timed(ledger.recount)[0]:8.2f} s")
    # As a killed owner leaves it: no orderly end, so the next start checks the whole file.
    ledger._db.close()
    unclean, ledger = timed(lambda: Ledger(path))
    ledger.close()
    print(f"open after a crash       {unclean:8.2f} s")
    with Ledger(":memory:") as in_memory:
        in_memory.add_job(
            NewJob(name="a", recipe=RECIPE, recipe_name="basic", seed=0, count=frames, root="/datasets/a")
        )
        claims, reports = claims_and_reports(in_memory, times)
    print(f"in memory: claim         {spread(claims)}")
    print(f"in memory: complete      {spread(reports)}")
    print(f"most memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--claims", type=int, default=2000)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured; a temporary folder by default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ledger-", dir=options.folder) as folder:
        report(Path(folder), options.jobs, options.frames, options.claims)


if __name__ == "__main__":
    main()
