"""Whether trouble at a GPU's place is the frame's fault or the GPU's.

A GPU that falls off the bus makes frame after frame fail, and its worker die. So trouble there is kept in doubt until
the next worker process has looked for the GPU: if it is there, the frames are charged; if not, they are given back
unharmed and the place waits for the GPU.
"""

from __future__ import annotations

from engine.errors import BadInput, DeviceMissing, StudioError
from engine.queue.employer import Employer
from engine.queue.jobs import Claim, Job, Trouble
from engine.queue.protocol import Ready, Rejected
from engine.queue.settlement import Charge, Settlement
from engine.queue.workplace import Place

_DOUBTFUL = (Trouble.DIED, Trouble.RAISED, Trouble.STALLED)


class GpuDoubt:
    """The trouble in doubt at one place; for ever empty where the place needs no GPU."""

    def __init__(self, employer: Employer, place: Place, settlement: Settlement) -> None:
        self._employer = employer
        self._place = place
        self._settlement = settlement
        self._doubtful: list[Charge] = []
        self.trouble = ""
        """Why nothing can be rendered here, as of the last look; empty while the GPU is there."""

    @property
    def claim(self) -> Claim | None:
        """A frame in doubt, whose job is as good as any to look for the GPU with."""
        return self._doubtful[0].claim if self._doubtful else None

    def look(self, job: Job, answer: Ready | Rejected | StudioError) -> Ready | Rejected | StudioError:
        """Judge the frames in doubt by a worker's answer to `job`'s recipe, if that job renders on the GPU.

        Returns the answer; DeviceMissing instead where it tells that the GPU is not there.
        """
        if not self._concerns(job):
            return answer
        trouble = self._missing(answer)
        if trouble is not None:
            self.forgive()
        for charge in self._take_all():
            self._settlement.charge(charge)
        self._note(trouble)
        return trouble or answer

    def charge(self, charge: Charge) -> bool:
        """Charge trouble to a frame, at once or later; True where it is in doubt and the worker is to be replaced."""
        if charge.trouble in _DOUBTFUL and self._renders_on_gpu(charge.claim.job_id):
            self._doubtful.append(charge)
            return True
        self._settlement.charge(charge)
        return False

    def forgive(self) -> None:
        """Give the frames in doubt back unharmed."""
        for charge in self._take_all():
            self._settlement.give_back(charge.claim)

    def _concerns(self, job: Job) -> bool:
        return self._place.needs_gpu and job.device != "cpu"

    def _renders_on_gpu(self, job_id: int) -> bool:
        try:
            return self._concerns(self._employer.ledger.job(job_id))
        except BadInput:  # removed meanwhile
            return False

    def _missing(self, answer: Ready | Rejected | StudioError) -> DeviceMissing | None:
        """The word for a GPU that is not there, if the answer tells of one."""
        if isinstance(answer, Ready) and answer.device_type == "CPU":
            gpu = self._place.shares or self._place.name
            return DeviceMissing(
                f"The GPU of {gpu} cannot be used: Cycles would render on {answer.device}, not on the "
                "GPU. `studio doctor` tells more; rendering goes on by itself once it is back."
            )
        if isinstance(answer, Rejected) and answer.device_missing:
            return DeviceMissing(answer.sentence)
        return None

    def _take_all(self) -> list[Charge]:
        taken, self._doubtful = self._doubtful, []
        return taken

    def _note(self, trouble: DeviceMissing | None) -> None:
        before, self.trouble = self.trouble, str(trouble or "")
        if self.trouble != before:
            self._employer.place_changed(self._place.name, trouble)
