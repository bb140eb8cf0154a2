"""What an export format is, and finding them by name.

A format is one small class in one file: a frozen dataclass that derives from `Exporter`; its fields are its options.
`engine.export.run` does for all of them what they have in common: splits, checking, continuing, not touching what is
somebody else's. Other packages add theirs by an entry point in the group `dataset_studio.exporters`, whose name is the
format's and whose object is the class.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, ClassVar, get_type_hints

import msgspec

from engine.annotate.record import FrameRecord
from engine.dataset.read import Dataset
from engine.errors import BadInput, Failure
from engine.export.frame import DEFAULT_SPLIT, Frames
from engine.export.output import Output

ENTRY_POINTS = "dataset_studio.exporters"

BUILT_IN = {
    "coco": "engine.export.coco:CocoExporter",
    "lvis": "engine.export.coco:LvisExporter",
    "coco-panoptic": "engine.export.formats.panoptic:PanopticExporter",
    "yolo": "engine.export.formats.yolo:YoloExporter",
    "yolo-segment": "engine.export.formats.yolo:YoloSegmentExporter",
    "yolo-obb": "engine.export.formats.yolo:YoloObbExporter",
    "yolo-pose": "engine.export.formats.yolo:YoloPoseExporter",
    "bop": "engine.export.formats.bop:BopExporter",
    "bop-webdataset": "engine.export.formats.bop_webdataset:BopWebDatasetExporter",
    "voc": "engine.export.formats.voc:VocExporter",
    "kitti": "engine.export.formats.kitti:KittiExporter",
    "openimages": "engine.export.formats.openimages:OpenImagesExporter",
    "hdf5": "engine.export.formats.hdf5:Hdf5Exporter",
    "webdataset": "engine.export.formats.webdataset:WebDatasetExporter",
    "parquet": "engine.export.formats.parquet:ParquetExporter",
    "imagefolder": "engine.export.formats.imagefolder:ImageFolderExporter",
    "maps": "engine.export.formats.maps:MapsExporter",
}
"""Module and class of the formats that ship, by name."""


@dataclass(frozen=True, slots=True)
class Split:
    """Some frames of the dataset, which go together into one part of the export."""

    name: str
    """`train`, say; empty where no split was asked for."""
    indices: Sequence[int]
    """Frame numbers, ascending."""
    dataset: Dataset

    @property
    def part(self) -> str:
        """The name, `train` where no split was asked for; for formats that must have one."""
        return self.name or DEFAULT_SPLIT

    def records(self) -> Iterator[FrameRecord]:
        """Their records, one in memory at a time."""
        return map(self.dataset.record, self.indices)


@dataclass(frozen=True)
class Exporter:
    """A format. Derive a frozen dataclass from it; its fields are the format's options."""

    name: ClassVar[str]
    summary: ClassVar[str]
    """One line of help."""
    holds: ClassVar[str] = ""
    """What of an annotation the format holds; for the documentation, as the next two."""
    leaves_out: ClassVar[str] = ""
    reader: ClassVar[str] = ""
    """How such an export is read."""
    own_mark: ClassVar[bytes] = b""
    """Formats of one file may be exported to a file with a name of the user's. This is in the first 4096 bytes of it,
    so that an earlier export is told from somebody else's file."""

    @property
    def frames_at_once(self) -> int | None:
        """How many frames are written, checked and noted as done together; None: a whole split."""
        return 100

    def check(self, dataset: Dataset) -> list[str]:
        """What is worth telling before the export, one sentence each; raises BadInput where it cannot be done."""
        return []

    def write(self, frames: Frames, out: Output) -> None:
        """Write the files of a group of frames.

        What is written must follow from the frames alone: groups are written again after a crash, and where a frame
        was added. Keep no frame after the next was taken: there may be millions.
        """
        raise NotImplementedError

    def finish(self, splits: Sequence[Split], out: Output) -> None:
        """Write the files that are about all frames."""


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What an export holds."""

    path: Path
    """The file, or the folder where the format has several files."""
    frames: int
    instances: int
    """Of which something is seen."""
    bytes: int
    """Without linked pictures."""
    continued: int = 0
    """Frames that an earlier run had written and checked."""
    splits: Mapping[str, int] | None = None
    """Frames by split, where splits were asked for."""
    notes: tuple[str, ...] = ()


class ExporterBroken(Failure):
    """An exporter of another package cannot be loaded."""


def exporter_names() -> list[str]:
    """The formats there are: those that ship, then those of other packages."""
    return list(dict.fromkeys([*BUILT_IN, *sorted(point.name for point in entry_points(group=ENTRY_POINTS))]))


def make_exporter(name: str, options: Mapping[str, Any]) -> Exporter:
    """The exporter of a format; raises BadInput for an unknown format or option, or a value that is not allowed.

    Values may be texts, as they come from a command line.
    """
    cls = exporter_class(name)
    known = {member.name for member in fields(cls)}
    hints = get_type_hints(cls)
    values = {}
    for option, value in options.items():
        if option not in known:
            allowed = f"it has: {', '.join(sorted(known))}" if known else "it has none"
            raise BadInput(f"The export format '{name}' has no option '{option}'; {allowed}.")
        try:
            values[option] = msgspec.convert(value, hints[option], strict=False)
        except msgspec.ValidationError as error:
            raise BadInput(f"The option '{option}' of the export format '{name}' is wrong: {error}.") from None
    exporter: Exporter = cls(**values)
    return exporter


def exporter_class(name: str) -> type[Any]:
    """The class of a format; raises BadInput where there is none, ExporterBroken where it cannot be loaded."""
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        cls: type[Any] = getattr(importlib.import_module(module), attribute)
        return cls
    for point in entry_points(group=ENTRY_POINTS, name=name):
        try:
            found: type[Any] = point.load()
        except Exception as error:
            raise ExporterBroken(
                f"The exporter '{name}' of the package '{point.dist.name if point.dist else point.value}' cannot be "
                f"loaded ({type(error).__name__}: {error}); update or uninstall that package."
            ) from error
        if not issubclass(found, Exporter):
            raise ExporterBroken(
                f"The exporter '{name}' of the package '{point.dist.name if point.dist else point.value}' does not "
                "derive from engine.export.base.Exporter; update or uninstall that package."
            )
        return found
    raise BadInput(f"There is no export format '{name}'; there are: {', '.join(exporter_names())}.")


def needs(module: str, extra: str, name: str) -> Any:
    """Import a library that only one format needs; raises BadInput that says how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise BadInput(
            f"The export format '{name}' needs the library {module.partition('.')[0]}, which is not installed; install "
            f"it by `pip install 'dataset-studio[{extra}]'`."
        ) from None


type Progress = Callable[[int, int], None]
"""Called with the number of frames done so far, and how many of them an earlier run had done."""
