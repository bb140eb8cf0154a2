"""What it means that a worker has loaded a job's recipe, has refused it, or has gone over it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import AssetError, BadInput, DeviceMissing, FolderUnwritable, RenderError, StorageError, StudioError
from engine.queue.employer import Employer
from engine.queue.gpu_doubt import GpuDoubt
from engine.queue.jobs import Job, JobState
from engine.queue.protocol import Ready, Rejected
from engine.recipe.load import recipe_from_plain

if TYPE_CHECKING:
    from engine.dataset.manifest import Storage

STARTS_IN_VAIN = 3
"""Workers that may die one after the other while loading a recipe before its job is paused."""


class WorkerGone(Exception):  # noqa: N818 - no error of the program's
    """The worker is of no more use."""


@dataclass(frozen=True, slots=True)
class LoadedJob:
    """A job whose recipe a worker has loaded, and whose folder is open."""

    job_id: int
    storage: Storage
    device: str
    """What the worker renders on."""


class RecipeLoading:
    """Takes up jobs at one place."""

    def __init__(self, employer: Employer, doubt: GpuDoubt) -> None:
        self._employer = employer
        self._doubt = doubt
        self._deaths_in_vain: Counter[int] = Counter()
        """Workers that died while they loaded a job's recipe, by job, since it was last loaded."""

    def is_wanted(self, job_id: int) -> bool:
        """Whether frames of a job are to be rendered; not when it was paused, cancelled or removed."""
        try:
            return self._employer.ledger.job(job_id).state in (JobState.QUEUED, JobState.RENDERING)
        except BadInput:
            return False

    async def take_up(
        self, job: Job, plain: dict[str, Any], answer: Ready | Rejected | StudioError
    ) -> LoadedJob | None:
        """Act on what came of having `job`'s recipe loaded: the worker's word, or why there is none.

        None where the worker can go on with another job; raises WorkerGone where it cannot.
        """
        answer = self._doubt.look(job, answer)
        if isinstance(answer, StudioError):
            if not isinstance(answer, DeviceMissing):
                self._died_in_vain(job.id, answer)
            raise WorkerGone
        if not self.is_wanted(job.id):
            return None
        employer = self._employer
        try:
            loaded = await self._open(job, plain, answer)
        except FolderUnwritable as error:
            employer.block(job.root, error)
        except StorageError as error:
            employer.block(employer.ledger.where, error)
        except StudioError as error:
            employer.job_trouble(job.id, error)
        else:
            self._deaths_in_vain.pop(job.id, None)
            return loaded
        return None

    async def _open(self, job: Job, plain: dict[str, Any], answer: Ready | Rejected) -> LoadedJob:
        """Open the folder of a job whose recipe is loaded, and compare it with the ledger; raises StudioError."""
        employer = self._employer
        if isinstance(answer, Rejected):
            raise (AssetError if answer.bad_input else RenderError)(answer.sentence)
        storage = employer.datasets.open(job, recipe_from_plain(plain, job.recipe_name), answer)
        await employer.datasets.agree(employer.ledger, job)
        employer.listener.job_prepared(job.id, answer.device, answer.warnings)
        return LoadedJob(job.id, storage, answer.device)

    def _died_in_vain(self, job_id: int, cause: StudioError) -> None:
        """A worker has gone while it loaded a job's recipe: one may have been killed, but several are no accident."""
        if self._employer.stopping:
            return
        self._deaths_in_vain[job_id] += 1
        if self._deaths_in_vain[job_id] >= STARTS_IN_VAIN:
            del self._deaths_in_vain[job_id]
            self._employer.job_trouble(job_id, cause)
