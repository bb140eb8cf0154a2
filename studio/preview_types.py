"""What is asked of the preview, and what comes back: requests, pictures, states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from engine.annotate.geometry import Skeletons
    from engine.annotate.record import FrameRecord
    from engine.queue.preview_messages import PreviewImage

type Engine = Literal["auto", "eevee", "cycles"]
type StateKind = Literal["starting", "ready", "rendering", "failed", "gone"]


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """Frames of a recipe that somebody wants to see."""

    recipe: Mapping[str, Any]
    """Plain data as `engine.recipe.load.recipe_to_plain` makes it, with absolute paths."""
    recipe_name: str
    """For errors."""
    seed: int = 0
    indices: tuple[int, ...] = (0,)
    """One frame, or those of a contact sheet, in the order in which they are wanted."""
    width: int = 320
    """Largest width and height of a picture, pixels; it keeps the aspect of the recipe's `render.resolution`."""
    height: int = 240
    samples: int = 16
    """Samples per pixel up to which pictures are refined while no newer request comes."""
    engine: Engine = "auto"
    full: bool = False
    """Whether to render as the queue would: with Cycles, at the recipe's own resolution and samples. The pixels are
    those that the dataset will have."""


@dataclass(frozen=True, slots=True)
class PreviewBox:
    """Where an instance is seen in a picture."""

    instance_id: int
    class_name: str
    box: tuple[int, int, int, int]
    """x, y, width, height in pixels, tight round the visible ones."""


@dataclass(frozen=True, slots=True)
class PreviewPicture:
    """A picture of a frame. The first one of a frame is small and rough; later ones replace it."""

    request_id: int
    index: int
    rgb: npt.NDArray[np.uint8]
    """(H, W, 3), row 0 at the top, display-referred."""
    instance_id: npt.NDArray[np.uint16]
    """(H, W), 0 where no instance is; exact at pixel centres, like those of a dataset."""
    record: FrameRecord
    """The frame's annotations at this size, for `engine.annotate.overlay.draw`, and all that was drawn for it
    (`record.spec.drawn`)."""
    samples: int
    samples_total: int
    """Samples of the last picture of this frame."""
    seconds: float
    """Time that this picture took, in the worker."""
    engine: Literal["eevee", "cycles"]
    device: str
    last: bool
    """Whether no better one of this frame follows."""
    full: bool
    skeletons: Skeletons = field(default_factory=dict)
    """The lines between keypoints, by class."""

    @classmethod
    def of(cls, image: PreviewImage) -> PreviewPicture:
        """The picture in a worker's message; its arrays are views of the message's bytes and cannot be written."""
        import numpy as np

        from engine.annotate.record import decode_record

        size = (image.height, image.width)
        return cls(
            request_id=image.token,
            index=image.index,
            rgb=np.frombuffer(image.rgb, np.uint8).reshape(*size, 3),
            instance_id=np.frombuffer(image.instance_id, np.uint16).reshape(size),
            record=decode_record(image.record),
            samples=image.samples,
            samples_total=image.samples_total,
            seconds=image.seconds,
            engine=image.engine,
            device=image.device,
            last=image.last,
            full=image.full,
            skeletons=image.skeletons,
        )

    @property
    def boxes(self) -> tuple[PreviewBox, ...]:
        """The boxes of the instances that are seen, with their names."""
        return tuple(
            PreviewBox(item.instance_id, item.class_name, item.bbox)
            for item in self.record.instances
            if item.bbox is not None
        )


@dataclass(frozen=True, slots=True)
class PreviewState:
    """What the session is doing, in words for people."""

    kind: StateKind
    """starting: Blender starts or reads files. ready: nothing is under way. rendering. failed: the newest request
    cannot be carried out. gone: the worker ended while nothing was asked of it; the next request starts another."""
    text: str
    """One sentence for `failed` and `gone`; else a few words."""
    request_id: int = 0
    """The request that it is about; 0 for none."""
    engine: Literal["", "eevee", "cycles"] = ""
    device: str = ""
    reason: str = ""
    """Why this engine, in a few words; empty while it is not known."""
    samples_done: int = 0
    """Of a full frame that is being rendered, with `samples`."""
    samples: int = 0
