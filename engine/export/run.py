"""Exporting: group by group of frames, each checked on the disk before it counts.

The files of a group are staged, synced, read back and compared; then they are noted in the journal and moved to their
names. So whatever ends an export, the next run goes on after the last group; and the journal tells our files from
everybody else's, which are never replaced.
"""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.dataset.read import Dataset
from engine.errors import BadInput, StorageError
from engine.export.base import Exporter, ExportResult, Progress, Split
from engine.export.frame import Frames
from engine.export.journal import Entry, Header, Journal, digest_of, listed
from engine.export.output import ImageMode, Output
from engine.export.splits import SplitRule
from engine.files import is_of_the_disk, make_folder, reason

_ABOUT_ALL = -1
"""Number of the entry for the files about all frames."""


def _no_progress(done: int, continued: int) -> None:
    pass


def export(
    exporter: Exporter,
    dataset: Dataset,
    out: Path,
    *,
    splits: Sequence[Split] | None = None,
    rule: SplitRule | None = None,
    images: ImageMode = "link",
    force: bool = False,
    progress: Progress = _no_progress,
) -> ExportResult:
    """Write a dataset to the folder `out`, or to the file `out` where its name and the format are such.

    `splits` are those of `rule` where they were made already. An export that was interrupted goes on; an earlier one of
    the same format is replaced, as are, with `force` only, other files in the way.

    Raises BadInput where that is refused or the format cannot hold the dataset, StorageError where the disk fails (what
    is done stays), DatasetError for a damaged frame.
    """
    rule = rule or SplitRule()
    splits = rule.divide(dataset) if splits is None else splits
    notes = exporter.check(dataset)
    with _told(out):
        if exporter.own_mark and out.suffix.lower() == ".json" and not out.is_dir():
            return _to_file(exporter, splits, out, force, progress)
        header = Header(exporter.name, _options(exporter), images, dataset.manifest.fingerprint, rule.text)
        with Journal(out, header, force) as journal:
            return _Run(exporter, journal, splits, images, force, progress).do(notes)


def _options(exporter: Exporter) -> dict[str, Any]:
    return dataclasses.asdict(exporter)


class _Run:
    def __init__(
        self,
        exporter: Exporter,
        journal: Journal,
        splits: Sequence[Split],
        images: ImageMode,
        force: bool,
        progress: Progress,
    ) -> None:
        self.exporter, self.journal, self.splits = exporter, journal, splits
        self.images: ImageMode = images
        self.force = force
        self.progress = progress
        self.done = self.continued = self.instances = self.bytes = 0

    def do(self, notes: Sequence[str]) -> ExportResult:
        plan = {(split.name, number): (split, part) for split in self.splits for number, part in self._groups(split)}
        digests = {key: digest_of(split.dataset, part) for key, (split, part) in plan.items()}
        if not self._goes_on(plan, digests):
            self.journal.restart()
        for key, (split, part) in plan.items():
            self._group(split, key[1], part, digests[key])
        self._about_all(hashlib.blake2b("".join(digests.values()).encode(), digest_size=16).hexdigest())
        return ExportResult(
            path=self.journal.root,
            frames=self.done,
            instances=self.instances,
            bytes=self.bytes,
            continued=self.continued,
            splits={split.name: len(split.indices) for split in self.splits} if self.splits[0].name else None,
            notes=tuple(notes),
        )

    def _groups(self, split: Split) -> Iterator[tuple[int, Sequence[int]]]:
        size = self.exporter.frames_at_once
        if size is None:
            yield 0, split.indices
            return
        for number, start in enumerate(range(0, len(split.indices), size)):
            yield number, split.indices[start : start + size]

    def _goes_on(self, plan: dict[tuple[str, int], tuple[Split, Sequence[int]]], digests: dict[Any, str]) -> bool:
        """Whether what is there is the beginning of what is asked for: frames were added at the end, if at all."""
        for key, known in self.journal.known.items():
            if key[1] == _ABOUT_ALL:
                continue
            if key not in plan:
                return False
            split, part = plan[key]
            before = known.entry
            if digests[key] != before.digest and digest_of(split.dataset, part[: before.frames]) != before.digest:
                return False
        return True

    def _group(self, split: Split, number: int, part: Sequence[int], digest: str) -> None:
        known = self.journal.known.get((split.name, number))
        if known is not None and known.entry.digest == digest and self.journal.is_there(split.name, number):
            self.continued += len(part)
            self._count(known.entry)
            return
        out = self._output(split.name, number)
        before = self.done
        frames = Frames(
            split.dataset, split.name, number, part, lambda done: self.progress(before + done, self.continued)
        )
        self.exporter.write(frames, out)
        self._finish(out, split.name, number, len(part), digest, frames.instances)

    def _about_all(self, digest: str) -> None:
        known = self.journal.known.get(("", _ABOUT_ALL))
        if known is not None and known.entry.digest == digest and self.journal.is_there("", _ABOUT_ALL):
            self._count(known.entry)
            return
        out = self._output("", _ABOUT_ALL)
        self.exporter.finish(self.splits, out)
        self._finish(out, "", _ABOUT_ALL, 0, digest, 0)

    def _output(self, split: str, number: int) -> Output:
        own = frozenset(path for path, _ in self.journal.files(split, number))
        return Output(self.journal.root, self.journal.stage, images=self.images, own=own, force=self.force)

    def _finish(self, out: Output, split: str, number: int, frames: int, digest: str, instances: int) -> None:
        out.check()
        stale = {path for path, _ in self.journal.files(split, number)} - {written.path for written in out.files}
        size = sum(written.size for written in out.files)
        entry = Entry(split, number, frames, digest, instances, size, listed(out.files))
        self.journal.add(entry)
        out.publish()
        for path in stale:
            self.journal.remove(path)
        self._count(entry)

    def _count(self, entry: Entry) -> None:
        self.done += entry.frames
        self.instances += entry.instances
        self.bytes += entry.bytes
        self.progress(self.done, self.continued)


class _OneFile(Output):
    """An output of one file, whatever the exporter calls it."""

    def __init__(self, target: Path, stage: Path) -> None:
        super().__init__(target.parent, stage, images="copy", own=frozenset(), force=True)
        self._name = target.name

    def open(self, path: str) -> Any:
        return super().open(self._name)


def _to_file(
    exporter: Exporter, splits: Sequence[Split], target: Path, force: bool, progress: Progress
) -> ExportResult:
    if len(splits) > 1 or splits[0].name:
        raise BadInput(f"--out {target} names a file, and splits need several; name a folder.")
    if not force:
        _refuse_foreign(target, exporter.own_mark)
    make_folder(target.parent)
    frames = Frames(splits[0].dataset, "", 0, splits[0].indices, lambda done: progress(done, 0))
    with tempfile.TemporaryDirectory(prefix=".tmp-export-", dir=target.parent) as stage:
        out = _OneFile(target, Path(stage))
        exporter.write(frames, out)
        out.check()
        out.publish()
    return ExportResult(target, frames.done, frames.instances, out.files[0].size)


def _refuse_foreign(target: Path, own_mark: bytes) -> None:
    """Let an earlier export be replaced, but no file of somebody else's."""
    try:
        with target.open("rb") as file:
            head = file.read(4096)
    except FileNotFoundError:
        return
    if own_mark not in head:
        raise BadInput(f"{target} exists and is not an export of this program; choose another name, or use --force.")


@contextmanager
def _told(out: Path) -> Iterator[None]:
    """Tell errors of the system in a sentence: of the disk as StorageError, others as BadInput."""
    try:
        yield
    except OSError as error:
        if is_of_the_disk(error) and out.exists():
            raise StorageError(
                f"{out} could not be written: {reason(error)}; what was checked before stays, and the same command "
                "continues."
            ) from error
        raise BadInput(f"{out} cannot be written: {reason(error)}; choose another place.") from error
