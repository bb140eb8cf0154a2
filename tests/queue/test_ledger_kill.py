"""A ledger whose owner is killed in the middle of its work holds all that was acknowledged."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from engine.queue.ledger import Ledger
from tests.queue.ledgers import claim, new_job

ROUNDS = 20

OWNER = """
import sys
from pathlib import Path
from engine.queue.jobs import Trouble
from engine.queue.ledger import Ledger

with Ledger(Path(sys.argv[1])) as ledger:
    ledger.take_back_all_leases()
    while True:
        claimed = ledger.claim("worker")
        print("claimed", claimed.index, claimed.token, flush=True)
        if claimed.token % 7 == 0 and not claimed.deaths:
            ledger.fail(claimed.job_id, claimed.index, claimed.token, Trouble.DIED, "killed")
            print("failed", claimed.index, claimed.token, flush=True)
        elif claimed.token % 11 == 0:
            ledger.release(claimed.job_id, claimed.index, claimed.token)
            print("released", claimed.index, claimed.token, flush=True)
        else:
            assert ledger.complete(claimed.job_id, claimed.index, claimed.token, f"{claimed.token:032x}", 1.0)
            print("done", claimed.index, claimed.token, flush=True)
"""


def run_and_kill(path: Path, lines: int) -> list[tuple[str, int, int]]:
    """Let an owner work, kill it after it has acknowledged this many changes, and return all that it acknowledged."""
    with subprocess.Popen([sys.executable, "-c", OWNER, str(path)], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        said = [owner.stdout.readline() for _ in range(lines)]
        owner.kill()
        said += owner.stdout.readlines()
    assert owner.returncode == -signal.SIGKILL
    # The last line may have been cut short.
    words = [line.split() for line in said if line.endswith("\n")]
    return [(word[0], int(word[1]), int(word[2])) for word in words]


def test_every_acknowledged_change_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger(path) as ledger:
        ledger.add_job(new_job(count=1_000_000))
    done: dict[int, str] = {}
    last_token = 0
    for number in range(ROUNDS):
        acknowledged = run_and_kill(path, 1 + number * 37 % 300)
        assert len({index for what, index, _ in acknowledged if what == "done"} & set(done)) == 0, "done twice"
        done |= {index: f"{token:032x}" for what, index, token in acknowledged if what == "done"}
        last_token = max(token for _, _, token in acknowledged)
        with Ledger(path) as ledger:
            assert ledger._read("PRAGMA integrity_check") == [("ok",)]
            assert ledger.recount() == []
            kept = dict(ledger.done_frames(1))
            assert kept.items() >= done.items(), "an acknowledged frame is lost"
            assert len(kept) - len(done) <= 1, "only the change in the making may be there unacknowledged"
            assert len(ledger.leases()) <= 1
            done = kept
    assert len(done) > 500
    with Ledger(path) as ledger:
        ledger.take_back_all_leases()
        assert claim(ledger).token > last_token
