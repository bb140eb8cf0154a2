"""Workers as tasks of Slurm job arrays, submitted with submitit; they need a shared folder, and nothing else.

A place stands for one array task at a time. Places that want one at about the same time are submitted as one array. A
task is given a range of frames ahead and stays warm; when Slurm ends it, for its time or for somebody more important,
the frames that it had not rendered are given back, and the next task renders those.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from pathlib import Path

import submitit
from submitit.core.utils import FailedJobError, FailedSubmissionError

from engine.cluster.settings import SlurmSettings
from engine.cluster.slurm_states import JobStates, list_jobs
from engine.cluster.slurm_task import LINGER_SECONDS, run
from engine.cluster.slurm_worker import SlurmWorker, Task
from engine.errors import Failure
from engine.files import make_folder, reason
from engine.queue.backend import Terms, Worker
from engine.queue.workplace import Place

log = logging.getLogger(__name__)

_GATHER_SECONDS = 1.0
"""How long tasks that are wanted are gathered before they are submitted as one array."""


class SlurmBackend:
    """See `engine.queue.backend.Backend`."""

    name = "slurm"
    look_seconds: float | None = None
    is_remote = True

    def __init__(self, settings: SlurmSettings, folder: Path, engine: str) -> None:
        """`folder` is for mailboxes, and must be shared with the nodes; `engine` is a name that no other engine has.

        Raises:
            Failure: Slurm cannot be used from here.
        """
        self._settings = settings
        self._folder = Path(settings.folder) / engine if settings.folder else folder
        self._name = f"studio-{engine}"
        if shutil.which("sbatch") is None or shutil.which("squeue") is None:
            raise Failure(
                "This machine has no Slurm (there is no sbatch): start the engine where jobs are submitted, or "
                "`studio engine start --backend local`."
            )
        try:
            make_folder(self._folder / "tasks")
            make_folder(self._folder / "logs")
        except OSError as error:
            raise Failure(f"{error.filename or self._folder} cannot be written: {reason(error)}.") from None
        self._states = JobStates()
        self._lock = threading.Lock()
        self._waiting: dict[str, Task] = {}
        """Tasks that run and have no worker, by place."""
        self._released_at: dict[str, float] = {}
        self._to_submit: list[Task] = []
        self._wanted = threading.Event()
        self._closed = False
        threading.Thread(target=self._submit_gathered, name="sbatch", daemon=True).start()

    def places(self) -> tuple[Place, ...]:
        """See `Backend`."""
        settings = self._settings
        return tuple(
            Place(f"slurm{number}", needs_gpu="gpu" in settings.gres, ahead=settings.range)
            for number in range(settings.workers)
        )

    def start(self, place: Place, terms: Terms) -> Worker:
        """See `Backend`."""
        ours = {name: value for name, value in os.environ.items() if name.startswith("STUDIO_")}
        return SlurmWorker(self, place.name, ours | place.environment)

    def reclaim(self) -> None:
        """See `Backend`. Jobs that an earlier engine has left are cancelled, and waited for."""
        states = JobStates(look_seconds=1.0)
        try:
            left = list_jobs(self._name)
            while left is None:
                log.warning("Slurm does not tell which jobs it has; waiting for it")
                time.sleep(5.0)
                left = list_jobs(self._name)
            for job in left:
                if not states.is_over(job):
                    states.cancel(job)
            while not all(states.is_over(job) for job in left):
                time.sleep(0.5)
            if any(states.node_failed(job) for job in left):
                time.sleep(self._settings.fence)
        finally:
            states.close()

    def close(self) -> None:
        """See `Backend`."""
        self._closed = True
        with self._lock:
            waiting = list(self._waiting.items())
            self._waiting.clear()
        for place, task in waiting:
            task.cancel()
            self.drop(place, task)
        self._states.close()

    # For workers: see `slurm_worker.Array`

    def task(self, place: str) -> Task:
        """The place's task, which waits for work; or a new one, that is submitted together with others."""
        with self._lock:
            task = self._waiting.pop(place, None)
        if task is not None:
            # Half of what it lingers: it must not end while it is being given work.
            if not task.is_over() and time.monotonic() - self._released_at[place] < LINGER_SECONDS / 2:
                return task
            task.forget()
        task = Task(
            self._folder / "tasks" / f"{os.getpid()}-{time.time_ns():x}-{place}", self._states, self._settings.fence
        )
        with self._lock:
            self._to_submit.append(task)
        self._wanted.set()
        return task

    def release(self, place: str, task: Task) -> None:
        """The task has no worker any more; it is kept for the place's next one for a while."""
        with self._lock:
            self._waiting[place] = task
            self._released_at[place] = time.monotonic()

    def drop(self, place: str, task: Task) -> None:
        """The task is over."""
        task.forget()

    def _submit_gathered(self) -> None:
        while not self._closed:
            if not self._wanted.wait(1.0):
                continue
            time.sleep(_GATHER_SECONDS)
            with self._lock:
                self._wanted.clear()
                tasks, self._to_submit = self._to_submit, []
            try:
                jobs = self._executor().map_array(
                    run, [str(task.folder) for task in tasks], [self._settings.fence] * len(tasks)
                )
            except (FailedJobError, FailedSubmissionError, OSError, RuntimeError) as error:
                text = " ".join(str(error).split())
                log.warning("Slurm does not take a job: %s", text)
                for task in tasks:
                    task.refusal = f"Slurm does not take the job: {text}"
                continue
            for task, job in zip(tasks, jobs, strict=True):
                task.job = job.job_id
            log.info("submitted %d tasks to Slurm: %s", len(tasks), ", ".join(job.job_id for job in jobs))

    def _executor(self) -> submitit.SlurmExecutor:
        settings = self._settings
        executor = submitit.SlurmExecutor(folder=self._folder / "logs", python=settings.python or None)
        wanted = {
            "partition": settings.partition,
            "gres": settings.gres,
            "account": settings.account,
            "qos": settings.qos,
            "mem": settings.memory,
        }
        executor.update_parameters(
            job_name=self._name,
            time=settings.time,
            cpus_per_task=settings.cpus,
            ntasks_per_node=1,
            nodes=1,
            array_parallelism=settings.workers,
            stderr_to_stdout=True,
            use_srun=False,
            setup=list(settings.setup),
            # Slurm must not start a task again by itself: the engine asks for what is missing, and for nothing else.
            additional_parameters={"no_requeue": True},
            **{name: value for name, value in wanted.items() if value},
        )
        return executor
