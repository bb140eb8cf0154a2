"""What an exporter is, and finding them by name.

An exporter writes a dataset in a format that training code reads. One exporter is one small class in one file: a
frozen dataclass whose fields are its options. Other packages add theirs by an entry point in the group
`dataset_studio.exporters`, whose name is the format's and whose object is the class.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, ClassVar, Protocol

from engine.annotate.record import FrameRecord
from engine.dataset.manifest import ClassEntry
from engine.errors import BadInput, Failure

ENTRY_POINTS = "dataset_studio.exporters"

BUILT_IN = {"coco": "engine.export.coco:CocoExporter"}
"""Module and class of the exporters that ship, by format."""

type Progress = Callable[[int], None]
"""Called with the number of frames done so far."""


class ExportSource(Protocol):
    """What exporters need of a dataset; `engine.dataset.read.Dataset` is one."""

    @property
    def root(self) -> Path:
        """The dataset's folder; the records' paths are relative to it."""

    @property
    def name(self) -> str:
        """What the dataset shows."""

    @property
    def classes(self) -> Mapping[str, int]:
        """The id of each class by its name, ids 1, 2, 3, ... in order."""

    @property
    def class_entries(self) -> Sequence[ClassEntry]:
        """The classes in the order of their ids, with their supercategories, keypoints and skeletons."""

    @property
    def created_at(self) -> str:
        """ISO 8601, UTC."""

    def iter_records(self) -> Iterator[FrameRecord]:
        """All records by ascending frame number. Exporters keep none of them: there may be millions."""


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What was written."""

    path: Path
    """The file, or the folder where the format has several files."""
    frames: int
    instances: int
    bytes: int


class Exporter(Protocol):
    """A format. Its options are the fields of the dataclass that implements this."""

    name: ClassVar[str]
    summary: ClassVar[str]
    """One line of help."""

    def export(self, source: ExportSource, out: Path, *, force: bool, progress: Progress) -> ExportResult:
        """Write all frames of `source` to `out`: whole, or not at all.

        An earlier export of the same format is replaced. Any other file in the way is replaced with `force` only:
        raises BadInput otherwise, StorageError where the disk fails, DatasetError for a damaged record.
        """


class ExporterBroken(Failure):
    """An exporter of another package cannot be loaded."""


def exporter_names() -> list[str]:
    """The formats there are: those that ship, then those of other packages."""
    return list(dict.fromkeys([*BUILT_IN, *sorted(point.name for point in entry_points(group=ENTRY_POINTS))]))


def make_exporter(name: str, options: Mapping[str, Any]) -> Exporter:
    """The exporter of a format; raises BadInput for an unknown format or option."""
    cls = _exporter_class(name)
    known = [member.name for member in fields(cls)]
    for option in options:
        if option not in known:
            allowed = f"it has: {', '.join(known)}" if known else "it has none"
            raise BadInput(f"The export format '{name}' has no option '{option}'; {allowed}.")
    exporter: Exporter = cls(**options)
    return exporter


def _exporter_class(name: str) -> type[Any]:
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
        return found
    raise BadInput(f"There is no export format '{name}'; there are: {', '.join(exporter_names())}.")
