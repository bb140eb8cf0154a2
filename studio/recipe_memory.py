"""What the Recipe screen remembers: the last recipe, unsaved changes, how it was looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

RECENT = 12
DRAFTS = 20


class SavedDraft(msgspec.Struct, frozen=True):
    """Unsaved changes of a file: the content that they began with, and what came of it."""

    base: str
    text: str


class Memory(msgspec.Struct):
    """All that is remembered. Losing it harms nothing but drafts."""

    file: str = ""
    """Absolute path of the last recipe."""
    recent: list[str] = msgspec.field(default_factory=list)
    """Absolute paths, the latest first."""
    drafts: dict[str, SavedDraft] = msgspec.field(default_factory=dict)
    """By absolute path."""
    subject: str = "objects"
    focus: str = ""
    """Path of the setting that had the focus."""
    scroll: int = 0
    """Rows that the settings were scrolled by."""
    seed: int = 0
    index: int = 0
    locked: bool = False
    tiles: int = 1
    overlay: str = "none"
    engine: str = "auto"
    layout: str = "both"

    @classmethod
    def of(cls, values: dict[str, Any]) -> Memory:
        """From plain values; a fresh one where they are not of this form."""
        try:
            return msgspec.convert(values, cls)
        except msgspec.ValidationError:
            return cls()

    def plain(self) -> dict[str, Any]:
        """As plain values."""
        values: dict[str, Any] = msgspec.to_builtins(self)
        return values

    def note_file(self, file: Path) -> None:
        """Put a file at the top of the list."""
        self.file = str(file)
        self.recent = [self.file, *(path for path in self.recent if path != self.file)][:RECENT]

    def note_draft(self, file: Path, base: str, text: str) -> None:
        """Keep changes, or forget them where there are none."""
        self.drafts.pop(str(file), None)
        if text != base:
            self.drafts[str(file)] = SavedDraft(base, text)
            while len(self.drafts) > DRAFTS:
                del self.drafts[next(iter(self.drafts))]
