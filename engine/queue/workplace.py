"""Where a worker stands: how far it may go without a sign of life, and what others may see of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import msgspec


class WorkerState(StrEnum):
    """What a worker is doing."""

    STARTING = "starting"
    IDLE = "idle"
    RENDERING = "rendering"
    RECYCLING = "recycling"
    DEAD = "dead"


class WorkerView(msgspec.Struct, frozen=True, kw_only=True):
    """A worker as others see it. Plain data."""

    name: str
    state: WorkerState
    device: str
    """What it renders on, for people; empty until it has said so."""
    pid: int | None
    resident_bytes: int
    job_id: int | None
    frame: int | None
    """The frame being rendered."""
    samples_done: int
    samples: int
    frames_done: int
    """Since its process began."""
    node: str = ""
    """The machine that it runs on; empty for the engine's own."""
    standing: str = ""
    """What the engine that runs it for ours says of it, such as `Slurm 12_3 PENDING`."""
    trouble: str = ""
    """Why it cannot render, in a sentence: its GPU is gone."""
    shares: str = ""
    """Name of the device that it shares with other workers; empty where it has one for itself."""
    between_samplings: float | None = None
    """Share of the last frames' time in which no worker at its device sampled; None before it is known."""
    between_frames: int = 0
    """How many frames that is taken from."""
    gpu_memory_used_bytes: int | None = None
    """Of its GPU, by all programs together. This and what follows is None where it is not known, as for a CPU."""
    gpu_memory_total_bytes: int | None = None
    gpu_load_percent: int | None = None
    gpu_temperature_celsius: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient the supervisor is. Times in seconds."""

    start: float = 300.0
    """For loading Blender and a recipe's assets."""
    stall: float = 900.0
    """Without sample progress in a frame."""
    silence: float = 60.0
    """Without any message, heartbeats included."""
    cancel: float = 3.0
    """For a worker to stop a frame by itself; then it is ended."""
    idle: float = 300.0
    """Without work before a worker is ended to free its memory."""
    disk_check: float = 2.0
    """Between looks whether a failing disk has recovered."""
    device_check: float = 15.0
    """Between looks whether a GPU that was gone is back; each starts a worker."""
    frames_per_worker: int = 5000
    memory_growth_bytes: int = 4 * 1024**3
    """Beyond what a worker had after its first frames; more is taken for a leak, and the worker is replaced."""
    slowdown: float = 2.0
    """Factor by which frames may come to take longer before the worker is replaced."""
    nice: int = 7
    """How far workers without a GPU step back, so that what people look at meanwhile answers: 0 (not) to 19."""
    on_outage: Literal["wait", "stop"] = "wait"
    """Whether to wait for the disk or a GPU, or to end the run."""
    on_job_trouble: Literal["pause", "stop"] = "pause"
    """Whether to pause a job whose recipe or folder cannot be used, or to end the run."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place for one worker: a device, and how its process is told to use it."""

    name: str
    device: str = "auto"
    environment: dict[str, str] = field(default_factory=dict)
    """Added to the worker's environment, such as CUDA_VISIBLE_DEVICES."""
    needs_gpu: bool = False
    """Whether rendering on the CPU instead would be a fault."""
    ahead: int = 2
    """Frames that a worker has and has not rendered, so that it has the next one when it is done with one."""
    node: str = ""
    """What the backend calls the machine it is on; empty for the engine's own."""
    gpu_uuid: str = ""
    """Of the NVIDIA GPU that it is at, in full; empty where there is none, or it cannot be told which."""
    shares: str = ""
    """Name of the device, where other places on this machine are at it as well; empty elsewhere."""
