"""A line of text being typed: the text, the cursor in it, and what the keys do to both."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len


@dataclass(slots=True)
class LineBuffer:
    """Edits a text as every input line does."""

    text: str
    cursor: int = -1
    """Characters before the cursor; -1 puts it behind the text."""
    fresh: bool = True
    """Whether the first character typed replaces all of the text, as if it were selected."""

    def __post_init__(self) -> None:
        if self.cursor < 0:
            self.cursor = len(self.text)

    def insert(self, text: str) -> None:
        """Type or paste a text; line ends and other control characters are left out."""
        text = "".join(character for character in text if character.isprintable())
        if self.fresh:
            self.text, self.cursor, self.fresh = "", 0, False
        self.text = self.text[: self.cursor] + text + self.text[self.cursor :]
        self.cursor += len(text)

    def press(self, key: str) -> bool:
        """Do what a key (Textual's name) does to the line; False for a key that means nothing here."""
        was_fresh, self.fresh = self.fresh, False
        match key:
            case "left":
                self.cursor = max(self.cursor - 1, 0)
            case "right":
                self.cursor = min(self.cursor + 1, len(self.text))
            case "home" | "ctrl+a":
                self.cursor = 0
            case "end" | "ctrl+e":
                self.cursor = len(self.text)
            case "backspace" if self.cursor:
                self.text = self.text[: self.cursor - 1] + self.text[self.cursor :]
                self.cursor -= 1
            case "delete":
                self.text = self.text[: self.cursor] + self.text[self.cursor + 1 :]
            case "ctrl+u":
                self.text, self.cursor = self.text[self.cursor :], 0
            case "ctrl+k":
                self.text = self.text[: self.cursor]
            case "ctrl+w":
                start = len(self.text[: self.cursor].rstrip().rpartition(" ")[0])
                self.text, self.cursor = self.text[:start] + self.text[self.cursor :], start
            case "backspace":
                pass
            case _:
                self.fresh = was_fresh
                return False
        return True

    def window(self, columns: int) -> tuple[str, str, str]:
        """The text before, at and behind the cursor, cut to fit into so many columns."""
        before, at, behind = self.text[: self.cursor], self.text[self.cursor : self.cursor + 1] or " ", ""
        while before and cell_len(before) + cell_len(at) > columns:
            before = before[1:]
        for character in self.text[self.cursor + 1 :]:
            if cell_len(before) + cell_len(at) + cell_len(behind) + cell_len(character) > columns:
                break
            behind += character
        return before, at, behind
