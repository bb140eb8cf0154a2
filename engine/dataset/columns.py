"""The columns of an index of frames: numbers and texts of many frames side by side, for filtering, sorting and plots.

Frame columns have one entry per frame; instance columns one per instance, with the row of its frame in `frame`.
Values that a frame does not have are NaN (numbers) or "" (texts).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from engine.frame.trouble import REASONS

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]

FRAME_COLUMNS: dict[str, str] = {
    "index": "number of the frame",
    "objects": "labelled instances, seen or not",
    "seen": "instances of which at least one pixel is seen",
    "width": "width of the picture, pixels",
    "height": "height of the picture, pixels",
    "seconds": "time the frame took to render",
    "camera_x": "camera's position in the world, metres",
    "camera_y": "camera's position in the world, metres",
    "camera_z": "camera's position in the world, metres",
    **{f"redrawn.{reason}": f"draws thrown away before this one because they {why}" for reason, why in REASONS.items()},
}
"""Numbers of a frame, with their meaning."""

INSTANCE_COLUMNS: dict[str, str] = {
    "id": "instance id",
    "area": "visible pixels",
    "x": "left edge of the visible box, pixels",
    "y": "top edge of the visible box, pixels",
    "w": "width of the visible box, pixels",
    "h": "height of the visible box, pixels",
    "distance": "metres from the camera to the centre of the 3D box",
    "visibility": "visible pixels as a share of those that nothing else would leave to be seen, 0 to 1",
    "truncation": "share of the whole outline that lies outside of the picture, 0 to 1",
    "azimuth_seen": "direction from which the object is seen, in its own frame: degrees from its x axis to its y axis",
    "elevation_seen": "the same above its xy plane, degrees",
}
"""Numbers of an instance, with their meaning."""


@dataclass(slots=True)
class Texts:
    """A column of texts, each as its number in a list of the different ones."""

    codes: npt.NDArray[np.int32]
    """(N,) places in `words`."""
    words: list[str]
    """The different texts."""

    @classmethod
    def of(cls, values: Sequence[str]) -> Texts:
        """The column of some texts."""
        words = list(dict.fromkeys(values))
        number = {word: place for place, word in enumerate(words)}
        return cls(np.array([number[value] for value in values], np.int32), words)

    @classmethod
    def joined(cls, parts: Sequence[tuple[Texts | None, int]]) -> Texts:
        """Columns one after another; None stands for a column of so many empty texts."""
        words: dict[str, int] = {}
        codes = []
        for part, count in parts:
            if part is None:
                codes.append(np.full(count, words.setdefault("", len(words)), np.int32))
            else:
                places = [words.setdefault(word, len(words)) for word in part.words]
                codes.append(np.array(places, np.int32)[part.codes] if places else part.codes)
        return cls(np.concatenate(codes) if codes else np.zeros(0, np.int32), list(words))

    def at(self, row: int) -> str:
        """The text of a row."""
        return self.words[int(self.codes[row])]

    def where(self, wanted: Sequence[bool]) -> npt.NDArray[np.bool_]:
        """(N,): whether each row's text is one of those wanted; `wanted` goes along `words`."""
        chosen: npt.NDArray[np.bool_] = np.array([*wanted, False], np.bool_)[self.codes]
        return chosen


@dataclass(slots=True)
class Columns:
    """Frames and their instances. Frames are in ascending order of their number."""

    frames: dict[str, Floats]
    """Each of FRAME_COLUMNS: (N,)."""
    drawn: dict[str, Floats]
    """Numbers drawn from the recipe, by their path: (N,)."""
    words: dict[str, Texts]
    """Texts drawn from the recipe, by their path: N each."""
    problems: Texts
    """N: what is wrong with the frame, empty where nothing is known to be."""
    instances: dict[str, Floats]
    """Each of INSTANCE_COLUMNS: (M,)."""
    classes: Texts
    """M: the class of each instance."""
    owner: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    """(M,) row of the frame that each instance belongs to, ascending."""

    def __len__(self) -> int:
        return len(self.frames["index"])

    @property
    def indices(self) -> list[int]:
        """The frames' numbers, ascending."""
        numbers: list[int] = self.frames["index"].astype(np.int64).tolist()
        return numbers


def empty_columns() -> Columns:
    """No frames."""
    return join([])


def join(parts: Sequence[Columns]) -> Columns:
    """Columns of several sets of frames, one after another."""
    sizes = [len(part) for part in parts]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    paths = list(dict.fromkeys(path for part in parts for path in part.drawn))
    texts = list(dict.fromkeys(path for part in parts for path in part.words))
    return Columns(
        frames={name: _concatenated([part.frames[name] for part in parts]) for name in FRAME_COLUMNS},
        drawn={
            path: _concatenated([part.drawn.get(path, np.full(len(part), np.nan)) for part in parts]) for path in paths
        },
        words={path: Texts.joined([(part.words.get(path), len(part)) for part in parts]) for path in texts},
        problems=Texts.joined([(part.problems, len(part)) for part in parts]),
        instances={name: _concatenated([part.instances[name] for part in parts]) for name in INSTANCE_COLUMNS},
        classes=Texts.joined([(part.classes, len(part.owner)) for part in parts]),
        owner=np.concatenate(
            [np.zeros(0, np.int64), *(part.owner + start for part, start in zip(parts, starts[:-1], strict=True))]
        ),
    )


def with_problems(columns: Columns, texts: Mapping[int, str]) -> Columns:
    """The columns with what is known to be wrong with some frames, by their number."""
    known = columns.problems
    found = [texts.get(index, known.words[code]) for index, code in zip(columns.indices, known.codes, strict=True)]
    return replace(columns, problems=Texts.of(found))


def take(columns: Columns, rows: npt.NDArray[np.bool_]) -> Columns:
    """Only some of the frames, (N,) booleans, with their instances."""
    owned = rows[columns.owner]
    renumbered = np.cumsum(rows) - 1
    return Columns(
        frames={name: values[rows] for name, values in columns.frames.items()},
        drawn={name: values[rows] for name, values in columns.drawn.items()},
        words={name: Texts(texts.codes[rows], texts.words) for name, texts in columns.words.items()},
        problems=Texts(columns.problems.codes[rows], columns.problems.words),
        instances={name: values[owned] for name, values in columns.instances.items()},
        classes=Texts(columns.classes.codes[owned], columns.classes.words),
        owner=renumbered[columns.owner[owned]].astype(np.int64),
    )


def reorder(columns: Columns, order: npt.NDArray[np.intp]) -> Columns:
    """The same frames in another order, (N,) rows."""
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    owners = place[columns.owner]
    instances = np.argsort(owners, kind="stable")
    return Columns(
        frames={name: values[order] for name, values in columns.frames.items()},
        drawn={name: values[order] for name, values in columns.drawn.items()},
        words={name: Texts(texts.codes[order], texts.words) for name, texts in columns.words.items()},
        problems=Texts(columns.problems.codes[order], columns.problems.words),
        instances={name: values[instances] for name, values in columns.instances.items()},
        classes=Texts(columns.classes.codes[instances], columns.classes.words),
        owner=owners[instances],
    )


def _concatenated(arrays: Sequence[Floats]) -> Floats:
    return np.concatenate(arrays) if arrays else np.zeros(0)
