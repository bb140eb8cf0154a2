"""A real engine that differs in some way from the one of this program: `python -m tests.studio.odd_engine OPTIONS`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import engine
from engine.queue.lifecycle import engine_paths, engine_process
from tests.studio.engine_rig import PATIENCE, REPOSITORY


@contextmanager
def running(**options: Any) -> Iterator[int]:
    """Such an engine, started as the program starts one; its process id, once it listens.

    Args:
        options: `protocol` and `version`, of the engine; `gpus`, UUIDs of which each is the place of a worker.
    """
    paths = engine_paths()
    paths.folder.mkdir(parents=True, exist_ok=True)
    with paths.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.studio.odd_engine", json.dumps(options)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=REPOSITORY, env=os.environ,
        )  # fmt: skip
    try:
        end = time.monotonic() + PATIENCE
        while engine_process() != process.pid:
            assert process.poll() is None, paths.log.read_text()
            assert time.monotonic() < end
            time.sleep(0.02)
        yield process.pid
    finally:
        process.terminate()
        process.wait(PATIENCE)


def main(options: dict[str, Any]) -> int:
    """Run it, in a process of its own."""
    engine.__version__ = options.get("version", engine.__version__)
    from engine.queue import daemon, door, service
    from engine.queue.workplace import Place

    service.__version__ = daemon.__version__ = engine.__version__  # type: ignore[attr-defined]
    assert door.Door.__init__.__kwdefaults__ is not None
    door.Door.__init__.__kwdefaults__["program_version"] = engine.__version__
    door.PROTOCOL_VERSION = options.get("protocol", door.PROTOCOL_VERSION)  # type: ignore[attr-defined]
    if "gpus" in options:
        places = tuple(Place(f"gpu{number}", gpu_uuid=uuid) for number, uuid in enumerate(options["gpus"]))
        daemon.local_places = lambda workers: places  # type: ignore[attr-defined]
    return daemon.main()


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
