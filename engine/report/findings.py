"""What is wrong with a dataset, as far as a report looks: all of its folder, and the frames that it is told to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.dataset.columns import Columns
from engine.dataset.problems import FrameProblems
from engine.dataset.read import Dataset
from engine.dataset.validate import Validation, folder_problems
from engine.export.coco_view import CocoView
from engine.export.validate_coco import validate_coco
from engine.report.contents import Findings

type Progress = Callable[[int], None]


def findings(source: Dataset | CocoView, columns: Columns, frames: Sequence[int], progress: Progress) -> Findings:
    """Read `frames` back, those of `columns` and no others; what the index and the cache know of others counts too.

    Of another program's COCO dataset all pictures are read.
    """
    if isinstance(source, CocoView):
        return _of_coco(source, columns, validate_coco(source, progress))
    known = FrameProblems.of(source)
    known.check(known.forget_changed(frames, gone=False), progress)
    texts = known.texts()
    there = dict(zip(columns.indices, (columns.problems.words[code] for code in columns.problems.codes), strict=True))
    found = {index: texts.get(index) or text for index, text in there.items()}
    return Findings(
        checked=sum(index in texts for index in there),
        frames={index: text for index, text in found.items() if text},
        others=folder_problems(source),
    )


def _of_coco(view: CocoView, columns: Columns, validation: Validation) -> Findings:
    wanted = set(columns.indices)
    numbers = {image.file_name: index for index, image in view.images.items()}
    found = Findings(checked=len(wanted))
    for problem in validation.problems:
        index = numbers.get(problem.file)
        if index is None:
            found.others.append(problem)
        elif index in wanted:
            before = found.frames.get(index)
            found.frames[index] = f"{before}; {problem.what}" if before else problem.what
    found.frames = dict(sorted(found.frames.items()))
    return found
