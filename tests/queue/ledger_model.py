"""The ledger's promises in plain dictionaries, to hold the real one against."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.queue.jobs import MOST_DEATHS, MOST_RAISES, FrameState, JobState, Trouble

LIVE = (JobState.QUEUED, JobState.RENDERING, JobState.PAUSED)


@dataclass
class ModelFrame:
    """One frame; `tried` once it was claimed or on disk."""

    state: FrameState = FrameState.PENDING
    tried: bool = False
    deaths: int = 0
    raises: int = 0
    token: int | None = None
    worker: str | None = None
    pixel_hash: str | None = None


@dataclass
class ModelJob:
    """One job; its state follows from what the user wants and from its frames."""

    id: int
    position: float
    frames: dict[int, ModelFrame]
    priority: int = 0
    paused: bool = False
    cancelled: bool = False

    def count(self, state: FrameState) -> int:
        return sum(frame.state is state for frame in self.frames.values())

    @property
    def state(self) -> JobState:
        if self.cancelled:
            return JobState.CANCELLED
        if self.count(FrameState.PENDING) + self.count(FrameState.LEASED) == 0:
            return JobState.FAILED if self.count(FrameState.QUARANTINED) else JobState.DONE
        if self.paused:
            return JobState.PAUSED
        return JobState.RENDERING if self.count(FrameState.LEASED) else JobState.QUEUED


@dataclass
class Model:
    """A queue."""

    jobs: dict[int, ModelJob] = field(default_factory=dict)
    last_token: int = 0
    last_id: int = 0

    def add(self, start: int, count: int) -> ModelJob:
        self.last_id += 1
        bottom = max((job.position for job in self.jobs.values()), default=0.0) + 1
        frames = {index: ModelFrame() for index in range(start, start + count)}
        self.jobs[self.last_id] = ModelJob(self.last_id, bottom, frames)
        return self.jobs[self.last_id]

    def in_line(self) -> list[ModelJob]:
        return sorted(self.jobs.values(), key=lambda job: (-job.priority, job.position))

    def put_beside(self, job: ModelJob, other: ModelJob, after: bool) -> None:
        """Give `job` a position between `other` and its neighbour; here positions are fractions."""
        if job is other:
            return
        line = sorted(each.position for each in self.jobs.values() if each is not job)
        at = line.index(other.position) + after
        below = line[at - 1] if at else line[0] - 2
        above = line[at] if at < len(line) else line[-1] + 2
        job.position = (below + above) / 2

    def next(self, prefer: int | None) -> tuple[int, int] | None:
        """Job and frame that a claim must lease."""
        ready = [
            job
            for job in self.in_line()
            if job.state in (JobState.QUEUED, JobState.RENDERING) and job.count(FrameState.PENDING)
        ]
        if not ready:
            return None
        equals = [job for job in ready if job.priority == ready[0].priority]
        job = next((job for job in equals if job.id == prefer), equals[0])
        pending = [index for index, frame in job.frames.items() if frame.state is FrameState.PENDING]
        return job.id, min(pending, key=lambda index: (not job.frames[index].tried, index))

    def holder(self, job_id: int, index: int, token: int) -> ModelFrame | None:
        """The frame, if this is its present token."""
        job = self.jobs.get(job_id)
        frame = job.frames.get(index) if job else None
        return frame if frame is not None and frame.state is FrameState.LEASED and frame.token == token else None

    def lease(self, job_id: int, index: int, token: int, worker: str) -> None:
        frame = self.jobs[job_id].frames[index]
        assert frame.state is FrameState.PENDING, "a frame is leased to one worker"
        assert token > self.last_token, "tokens grow"
        self.last_token = token
        frame.state, frame.tried, frame.token, frame.worker = FrameState.LEASED, True, token, worker

    def end_lease(self, job_id: int, index: int, state: FrameState) -> None:
        frame = self.jobs[job_id].frames[index]
        frame.state, frame.token, frame.worker = state, None, None
        self.forget_if_cancelled(self.jobs[job_id])

    def trouble(self, job_id: int, index: int, trouble: Trouble) -> FrameState:
        frame = self.jobs[job_id].frames[index]
        if trouble is Trouble.RAISED:
            frame.raises += 1
        elif trouble is not Trouble.INFRASTRUCTURE:
            frame.deaths += 1
        over = frame.deaths >= MOST_DEATHS or frame.raises >= MOST_RAISES
        state = FrameState.QUARANTINED if over else FrameState.PENDING
        self.end_lease(job_id, index, state)
        return state

    def forget_if_cancelled(self, job: ModelJob) -> None:
        """A cancelled job keeps nothing of frames that wait."""
        if job.cancelled:
            for index, frame in job.frames.items():
                if frame.state is FrameState.PENDING:
                    job.frames[index] = ModelFrame()
