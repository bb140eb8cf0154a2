"""One place for a worker: its process, the frames it holds, and what its silence or death means."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from pathlib import Path

from engine.dataset import layout
from engine.errors import AssetError, BadInput, StorageError, StudioError, WorkerDied
from engine.files import remove_temporaries_of
from engine.queue.absence import Absence
from engine.queue.backend import Backend, Fate, Terms, Worker
from engine.queue.employer import Employer
from engine.queue.gpu_doubt import GpuDoubt
from engine.queue.in_hand import FramesInHand
from engine.queue.jobs import Claim, JobState, Trouble
from engine.queue.protocol import (
    Cancel,
    FrameCancelled,
    FrameDrawn,
    FrameFailed,
    FrameFinished,
    FrameProgress,
    FrameRendered,
    FrameStarted,
    FromWorker,
    Heartbeat,
    Importing,
    Prepare,
    Ready,
    Rejected,
    RenderFrame,
)
from engine.queue.recipe_loading import LoadedJob, RecipeLoading, WorkerGone
from engine.queue.settlement import Charge, Settlement
from engine.queue.wear import Wear
from engine.queue.worker_inbox import Closed, Wake, WorkerInbox
from engine.queue.workplace import Place, WorkerState, WorkerView

_LOOK_FOR_ROOM = 10.0
"""Seconds after which a place far away, for which there was no work, looks again."""

_HOPE = 30.0
"""Seconds after which work is not left any more for a worker that has not come, where another machine may have room."""

_LOOK_AROUND = 0.5
"""Seconds after which a worker that says nothing is looked after."""

_numbers = itertools.count(1)


class Slot:
    """Runs one worker process after another at one place."""

    def __init__(self, employer: Employer, backend: Backend, place: Place) -> None:
        self._employer = employer
        self._backend = backend
        self._place = place
        self._inbox = WorkerInbox()
        self._process: Worker | None = None
        self._name = place.name
        self._state = WorkerState.DEAD
        self._device = ""
        self._resident = 0
        self._hand = FramesInHand()
        self._settlement = Settlement(employer)
        self._wear = Wear(employer.policy)
        self._tracing = employer.tracing(place)
        self._job: LoadedJob | None = None
        self._last_word = self._last_progress = 0.0
        self._cancelled_at: float | None = None
        self._killed_for: Trouble | None = None
        self._recycle = False
        self._over = False
        """Whether the process is to be ended now, whatever it does."""
        self._careful = True
        """Whether a frame is to be alone with the worker: one that may have ended a worker, so that the next death says
        for certain; and the first, since such frames come first."""
        self._doubt = GpuDoubt(employer, place, self._settlement)
        self._loading = RecipeLoading(employer, self._doubt)
        self._absence = Absence(employer, place)
        self._retired = self._closed = False

    # What others see and do

    def view(self) -> WorkerView:
        """The worker as it stands."""
        claim = self._hand.current
        process = self._process if self._state is not WorkerState.DEAD else None
        return WorkerView(
            name=self._place.name,
            state=self._state,
            device=self._device,
            pid=process.pid if process else None,
            node=(process.node if process else "") or self._place.node,
            standing=process.standing if process else "",
            resident_bytes=self._resident,
            job_id=claim.job_id if claim else None,
            frame=claim.index if claim else None,
            samples_done=self._hand.samples[0],
            samples=self._hand.samples[1],
            frames_done=self._wear.frames,
            shares=self._place.shares,
            between_samplings=self._tracing.between,
            between_frames=self._tracing.frames,
            trouble=self._doubt.trouble or self._absence.trouble,
        )

    def wake(self) -> None:
        """Look at the ledger again. From the supervisor's loop."""
        self._inbox.wake()

    def end_now(self) -> None:
        """End the worker at once; its frames are given back, by the slot's own task where the worker is far away."""
        if self._backend.is_remote and not self._closed:
            self._over = True
            self.wake()
            return
        if self._process is not None:
            self._process.end()
            self._sweep(self._process)
        self._recycle = False
        self._give_back_everything()
        self._doubt.forgive()

    def retire(self) -> None:
        """The place is gone: end its worker, and claim no more. From the supervisor's loop."""
        self._retired = True
        self.end_now()

    # The life of the place

    @property
    def _leaving(self) -> bool:
        return self._retired or self._employer.stopping

    async def run(self) -> None:
        """Work until the supervisor stops, or the place retires, and the frames at hand are done."""
        try:
            await self._run()
        finally:
            self._closed = True

    async def _run(self) -> None:
        while not self._leaving:
            claim = self._next_claim()
            if claim is None:
                await self._inbox.next(_LOOK_FOR_ROOM if self._backend.is_remote else None)
                continue
            await self._employ(claim)
            if self._doubt.trouble or self._absence.trouble:
                await self._pause(self._employer.policy.device_check)
        self._doubt.forgive()
        self._enter(WorkerState.DEAD)

    def _next_claim(self) -> Claim | None:
        """A frame to start a worker for; one in doubt comes first, and is not held."""
        name = self._next_name()
        if self._doubt.claim is not None:
            return self._doubt.claim
        if self._backend.is_remote and not self._employer.has_work():
            return None
        claim = self._employer.claim(name, None)
        if claim is not None:
            self._hold(claim)
        return claim

    async def _pause(self, seconds: float) -> None:
        """Let time pass, unless the supervisor stops. The ledger is looked at afterwards anyway."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self._leaving:
                    await self._inbox.next()

    def _next_name(self) -> str:
        """A name that no other worker process ever has, in any run."""
        self._name = f"{self._place.name}/{time.time_ns():x}-{next(_numbers)}"
        return self._name

    async def _employ(self, claim: Claim) -> None:
        """Start a worker for `claim`'s job and keep it busy until it dies, is replaced, or has been idle for long."""
        self._start()
        try:
            if self._backend.is_remote:
                if await self._come() and (self._doubt.claim is None or await self._prepare(self._doubt.claim)):
                    await self._work()
            elif await self._prepare(claim):
                await self._work()
        finally:
            await self._bury()

    def _start(self) -> None:
        self._enter(WorkerState.STARTING)
        if self._process is not None:
            self._process.forget()
        terms = Terms(
            verbose=self._employer.verbose,
            inherit=self._employer.inherit,
            nice=0 if self._place.needs_gpu else self._employer.policy.nice,
        )
        process = self._backend.start(self._place, terms)
        self._process = process
        self._last_word = self._last_progress = time.monotonic()
        self._job, self._killed_for, self._recycle, self._cancelled_at = None, None, False, None
        self._careful, self._over = True, False
        self._resident, self._wear = 0, Wear(self._employer.policy)
        self._tracing = self._employer.tracing(self._place)
        self._inbox.listen(process)

    async def _come(self) -> bool:
        """Wait for a worker that may be long in coming, and hold nothing meanwhile; False where it does not come, or is
        of no more use."""
        assert self._process is not None
        self._give_back_everything()
        self._employer.coming[self._place.name] = self._place.ahead
        try:
            return await self._until_it_comes(self._process)
        finally:
            self._employer.coming.pop(self._place.name, None)

    async def _until_it_comes(self, process: Worker) -> bool:
        began = wanted_at = time.monotonic()
        standing = ""
        while not self._over and not self._leaving:
            report = await self._inbox.next(_LOOK_AROUND)
            if isinstance(report, Closed):
                self._absence.note(await asyncio.to_thread(process.obituary))
                return False
            if report is not None and not isinstance(report, Wake):
                self._absence.note("")
                self._take(report)
                return True
            if standing != process.standing:
                standing = process.standing
                self._enter(self._state)
            if self._backend.look_seconds is not None and time.monotonic() - began > _HOPE:
                self._employer.coming.pop(self._place.name, None)
            if self._employer.has_work(for_those_who_come=True):
                wanted_at = time.monotonic()
            elif time.monotonic() - wanted_at > self._employer.policy.idle:
                return False
        return False

    async def _work(self) -> None:
        """Give frames to the worker and take its reports, until it is gone or is to go."""
        idle_since = time.monotonic()
        while not self._over:
            if not await self._give_frames():
                return
            if self._hand:
                idle_since = time.monotonic()
            elif self._recycle or self._leaving:
                self._enter(WorkerState.RECYCLING)
                return
            elif time.monotonic() - idle_since > self._employer.policy.idle:
                return
            else:
                self._tracing.waits(self._place.name)
                self._enter(WorkerState.IDLE)
            report = await self._inbox.next(_LOOK_AROUND)
            if isinstance(report, Closed):
                return
            if isinstance(report, Wake):
                self._cancel_unwanted()
                continue
            if report is not None:
                self._take(report)
            self._check_patience()

    async def _give_frames(self) -> bool:
        """Claim up to `self._place.ahead` frames and hand them out; False when the worker is of no more use."""
        while not self._recycle and self._cancelled_at is None:
            if self._hand.waiting >= self._place.ahead or (self._hand and self._careful):
                return True
            # A worker with frames in hand goes on with their job while that is first in line.
            job = self._job.job_id if self._job else None
            claim = self._employer.claim(self._name, job, job if self._hand else None)
            if claim is None:
                return True
            self._hold(claim)
            self._careful = claim.deaths > 0
            if self._job is not None and claim.job_id == job:
                self._hand_out(claim, self._job)
            elif not await self._prepare(claim):
                return False
        return True

    def _hold(self, claim: Claim) -> None:
        if not self._hand:
            self._last_progress = time.monotonic()
        self._hand.add(claim)

    def _hand_out(self, claim: Claim, job: LoadedJob) -> None:
        """Send a frame of `job` to the worker, unless a worker that died has published it already."""
        assert self._process is not None
        if self._settlement.done_if_published(claim):
            self._hand.drop(claim.token)
            self._after_frame()
            return
        self._process.send(RenderFrame(claim.token, claim.index, claim.seed, claim.root, job.storage))

    async def _prepare(self, claim: Claim) -> bool:
        """Have the worker load the recipe of `claim`'s job, and open the job's folder; False when the worker is gone.

        Nothing is held afterwards: the folder may turn out to have the claimed frame. Where the recipe or the folder
        cannot be used the worker has no job afterwards, whatever it had before.
        """
        employer, process = self._employer, self._process
        assert process is not None
        self._enter(WorkerState.STARTING)
        self._job = None
        self._wear.loaded()
        try:
            job, plain = employer.ledger.job(claim.job_id), employer.ledger.recipe(claim.job_id)
        except BadInput:  # removed while its frame was in doubt
            self._doubt.forgive()
            return True
        device = self._place.device if job.device == "auto" else job.device
        process.send(Prepare(plain, job.recipe_name, device, employer.renderer))
        answer = await self._await_ready(process)
        self._give_back_everything()
        try:
            self._job = await self._loading.take_up(job, plain, answer)
        except WorkerGone:
            return False
        if self._job is not None:
            self._device = self._job.device
            self._last_progress = time.monotonic()
        return True

    async def _await_ready(self, process: Worker) -> Ready | Rejected | StudioError:
        """The worker's answer to `Prepare`; or what to say of one that has gone without, or is to go."""
        reading = ""
        deadline = time.monotonic() + self._employer.policy.start
        while time.monotonic() < deadline and not self._leaving and not self._over:
            report = await self._inbox.next(_LOOK_AROUND)
            if isinstance(report, Wake):
                if not any(self._loading.is_wanted(claim.job_id) for claim in self._hand):
                    self._give_back_everything()
                continue
            if report is None:
                continue
            self._last_word = time.monotonic()
            match report:
                case Importing(path=path):
                    reading = path
                case Ready() | Rejected() as answer:
                    return answer
                case Heartbeat(resident_bytes=resident):
                    self._resident = resident
                case Closed():
                    cause = process.obituary()
                    if reading:
                        return AssetError(f"{reading}: reading this file crashed Blender ({cause}); it may be damaged.")
                    return WorkerDied(f"Blender did not start: {cause}. `studio doctor` checks what it needs.")
                case _:
                    pass
        return WorkerDied("Blender did not load the recipe's assets in time.")

    # What the worker reports

    def _take(self, report: FromWorker) -> None:
        self._last_word = time.monotonic()
        hand = self._hand
        match report:
            case Heartbeat(resident_bytes=resident):
                self._resident = resident
                if self._process is not None:
                    self._process.bound_log()
                self._enter(self._state)
                return
            case FrameDrawn(token=token, spec=spec):
                hand.drawn(token, spec)
                return
            case FrameStarted(token=token):
                hand.started(token)
                self._enter(WorkerState.RENDERING)
            case FrameProgress(samples_done=done, samples=samples):
                hand.samples = (done, samples)
            case FrameRendered(token=token):
                hand.rendered(token)
            case FrameFinished(token=token) as finished:
                self._finished(token, finished)
            case FrameFailed(token=token) as failed:
                self._failed(token, failed)
            case FrameCancelled(token=token):
                claim = hand.drop(token)
                if claim is not None:
                    self._settlement.give_back(claim)
                    self._after_frame()
            case _:
                return
        if not hand.awaits_cancelling:
            self._cancelled_at = None
        self._last_progress = time.monotonic()
        self._employer.listener.worker_changed(self.view())

    def _finished(self, token: int, report: FrameFinished) -> None:
        claim = self._hand.drop(token)
        if claim is None:
            return
        self._settlement.done(claim, report.pixel_hash, report.seconds, report)
        self._after_frame()
        self._wear.note(report.seconds, self._resident)
        self._tracing.note(self._place.name, report)
        self._recycle |= self._wear.is_worn

    def _failed(self, token: int, report: FrameFailed) -> None:
        spec = self._hand.spec(token)
        claim = self._hand.drop(token)
        if claim is None:
            return
        if report.storage:
            self._settlement.charge(self._charge_of(claim, Trouble.INFRASTRUCTURE, report.reason, spec))
            folder = Path(claim.root) / layout.folder_path(claim.index)
            self._employer.block(str(folder), StorageError(report.reason))
        elif report.out_of_memory:
            self._settlement.charge(
                self._charge_of(claim, Trouble.OUT_OF_MEMORY, f"Frame {claim.index}: {report.reason}", spec)
            )
            # What it has in hand would meet the same want; a new process starts with little.
            self._recycle = self._over = True
        elif report.rendering:
            self._recycle |= self._doubt.charge(self._charge_of(claim, Trouble.RAISED, report.reason, spec))
        else:
            self._settlement.charge(self._charge_of(claim, Trouble.RAISED, report.reason, spec))
        self._after_frame()

    def _charge_of(self, claim: Claim, trouble: Trouble, reason: str, spec: bytes) -> Charge:
        return Charge(claim, trouble, reason, spec, self._last_words())

    def _last_words(self) -> str:
        """Which process it was, and the end of what it printed."""
        process = self._process
        if process is None:
            return ""
        return f"{self._name} on {self._device}, {process.last_words()}"

    def _after_frame(self) -> None:
        if not self._hand:
            self._employer.close_unused_datasets()

    # Trouble

    def _cancel_unwanted(self) -> None:
        """Tell the worker to drop the frames of jobs that were paused, cancelled or removed."""
        jobs = self._employer.ledger.jobs()
        unwanted = self._hand.cancel({job.id for job in jobs if job.state in (JobState.QUEUED, JobState.RENDERING)})
        if unwanted and self._process is not None:
            self._process.send(Cancel(unwanted))
            self._cancelled_at = self._cancelled_at or time.monotonic()

    def _check_patience(self) -> None:
        """Give up a worker that is silent, makes no progress, or does not stop when told to."""
        now, policy = time.monotonic(), self._employer.policy
        if self._cancelled_at is not None and now - self._cancelled_at > policy.cancel:
            self._over = True
        elif now - self._last_word > policy.silence or (self._hand and now - self._last_progress > policy.stall):
            self._killed_for = Trouble.STALLED
            self._over = True

    async def _bury(self) -> None:
        """The worker is to go, or has gone: make sure of it, and settle the frames it held."""
        process = self._process
        if process is None:
            return
        on_purpose = self._cancelled_at is not None or self._recycle or self._leaving
        try:
            # A process full of memory takes its time to end, and others are to be served meanwhile.
            await asyncio.to_thread(_end, process, ask_where=self._killed_for is Trouble.STALLED)
        finally:
            process.end()
            cause = process.obituary()
            self._sweep(process)
            taken = process.fate is Fate.TAKEN and self._killed_for is None
            if self._hand and not on_purpose and not taken and self._job is not None:
                self._blame(cause)
            self._give_back_everything()
            self._tracing.waits(self._place.name)
            self._enter(WorkerState.DEAD)
            process.forget()
            self._process = None

    def _sweep(self, worker: Worker) -> None:
        """Remove what the worker, which is dead, was writing; a folder is swept as a whole only when it is opened.

        Only files of its own frames: on another machine another worker may have the same process id.
        """
        pid = worker.pid or 0
        for claim in self._hand:
            remove_temporaries_of(pid, Path(claim.root) / layout.record_path(claim.index))

    def _blame(self, cause: str) -> None:
        """Charge the death to the frames that may have caused it."""
        trouble, what = self._kind_of_death(cause)
        for token in self._hand.suspects(stalled=trouble is Trouble.STALLED):
            spec = self._hand.spec(token)
            claim = self._hand.drop(token)
            if claim is not None and not self._settlement.done_if_published(claim):
                self._doubt.charge(self._charge_of(claim, trouble, f"Frame {claim.index}: {what}.", spec))
        self._after_frame()

    def _kind_of_death(self, cause: str) -> tuple[Trouble, str]:
        """What ended the worker, for the ledger and for people."""
        assert self._process is not None
        if self._killed_for is Trouble.STALLED:
            return Trouble.STALLED, "no progress; its process was ended"
        if self._process.fate is Fate.MEMORY:
            return Trouble.OUT_OF_MEMORY, f"memory ran out ({cause})"
        return Trouble.DIED, cause

    def _give_back_everything(self) -> None:
        """Release what is held, except what turns out to be published. Only when the worker is dead or has nothing.

        Before the folder is opened, what lies in it may be of another recipe, and does not count.
        """
        for claim in self._hand:
            self._hand.drop(claim.token)
            if self._job is None or not self._settlement.done_if_published(claim):
                self._settlement.give_back(claim)

    def _enter(self, state: WorkerState) -> None:
        self._state = state
        self._employer.listener.worker_changed(self.view())


def _end(process: Worker, *, ask_where: bool) -> None:
    """In a thread: end a worker, after it has said where it hangs if that is asked for."""
    if ask_where:
        process.ask_where()
    process.end()
