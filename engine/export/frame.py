"""A frame of a dataset as exporters see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.annotate.attributes import Attributes, drawn_attributes
from engine.annotate.masks import instance_map
from engine.annotate.record import FrameRecord
from engine.dataset.codec import Undecodable, decode_image, decode_passes
from engine.dataset.read import Dataset
from engine.errors import BadInput, DatasetError

DEFAULT_SPLIT = "train"


@dataclass(eq=False)
class Frame:
    """One frame on its way into an export. Its files are read when they are asked for."""

    dataset: Dataset
    record: FrameRecord

    @property
    def stem(self) -> str:
        """The number with eight digits, as the dataset's own files are named."""
        return f"{self.record.index:08d}"

    @property
    def suffix(self) -> str:
        """Of the picture: `.png` or `.jpg`."""
        return Path(self.record.image.path).suffix

    @property
    def picture(self) -> Path:
        """The picture's file in the dataset."""
        return self.dataset.root / self.record.image.path

    @cached_property
    def picture_bytes(self) -> bytes:
        """The picture's file; raises DatasetError where it is not there, or not of the size in the record."""
        data = self.dataset.read_file(self.record.image)
        if len(data) != self.record.image.bytes:
            raise damaged(self)
        return data

    @cached_property
    def image(self) -> npt.NDArray[np.uint8]:
        """The picture: (H, W, 3), sRGB; raises DatasetError."""
        try:
            return decode_image(self.picture_bytes)
        except Undecodable as error:
            raise damaged(self) from error

    @cached_property
    def passes(self) -> dict[str, npt.NDArray[np.float32]]:
        """The float passes by name, none where none are stored; raises DatasetError."""
        found: dict[str, npt.NDArray[np.float32]] = {}
        for path, stored in {stored.path: stored for stored in self.record.passes.values()}.items():
            try:
                found |= decode_passes(self.dataset.read_file(stored))
            except Undecodable as error:
                raise DatasetError(f"{self.dataset.root / path} is damaged: {error}.") from error
        return {name: found[name] for name in self.record.passes if name in found}

    @cached_property
    def instance_ids(self) -> npt.NDArray[np.uint16]:
        """The instance id seen at each pixel: (H, W), 0 for none."""
        return instance_map(self.record.instances, self.record.height, self.record.width)

    @cached_property
    def class_ids(self) -> npt.NDArray[np.uint16]:
        """The class id seen at each pixel: (H, W), 0 for none."""
        classes = np.zeros(65_536, np.uint16)
        for instance in self.record.instances:
            classes[instance.instance_id] = self.class_id(instance.class_name)
        found: npt.NDArray[np.uint16] = classes[self.instance_ids]
        return found

    @cached_property
    def attributes(self) -> dict[int, Attributes]:
        """What was drawn for each instance, by its id."""
        return drawn_attributes(self.record)

    def keypoint_names(self, name: str) -> tuple[str, ...]:
        """The keypoints of a class, in its order."""
        return next((entry.keypoints for entry in self.dataset.class_entries if entry.name == name), ())

    def class_id(self, name: str) -> int:
        """The id of a class, 1, 2, 3, ...; raises DatasetError where the manifest does not list it."""
        number = self.dataset.classes.get(name)
        if number is None:
            raise DatasetError(
                f"{self.dataset.root}: frame {self.record.index} has an instance of class '{name}', which the "
                "dataset's manifest does not list."
            )
        return number


def too_old(frame: Frame, what: str) -> BadInput:
    """The error for a frame whose record is of a version that did not have something yet."""
    return BadInput(
        f"Frame {frame.record.index} of {frame.dataset.root} has no {what}: it was rendered by an earlier version. "
        "Remove its record to have it rendered again, or choose another format."
    )


def damaged(frame: Frame) -> DatasetError:
    """The error for a picture that is not what its record says."""
    return DatasetError(
        f"{frame.picture} is damaged; remove the frame's record to have it rendered again ('studio validate' finds all "
        "such frames)."
    )


@dataclass
class Frames:
    """Some frames of a split, in ascending order; they can be gone through once."""

    dataset: Dataset
    split: str
    """Name of the split; empty where no split was asked for."""
    number: int
    """Of this group of frames within the split, counted from 0."""
    indices: Sequence[int]
    watch: Callable[[int], None] = field(default=lambda done: None)
    """Called after each frame with the number of frames done."""
    done: int = 0
    instances: int = 0
    """Instances seen of which something is visible."""

    @property
    def part(self) -> str:
        """The split's name, `train` where no split was asked for; for formats that must have one."""
        return self.split or DEFAULT_SPLIT

    def __iter__(self) -> Iterator[Frame]:
        for index in self.indices:
            record = self.dataset.record(index)
            self.done += 1
            self.instances += sum(instance.mask is not None for instance in record.instances)
            yield Frame(self.dataset, record)
            self.watch(self.done)
