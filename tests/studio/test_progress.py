"""The progress of a render on stderr: one line that fits the terminal, with what matters most."""

from __future__ import annotations

import io
import re

import pytest

from engine.queue.foreground import Prepared, Progress
from studio.progress import Piece, RenderReporter, fit

PIECES = (Piece("3/40", 0), Piece("frame 7: 1/64 samples", 4), Piece("10.2/min", 3), Piece("0:21 left", 1))


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (80, "3/40 · frame 7: 1/64 samples · 10.2/min · 0:21 left"),
        (50, "3/40 · 10.2/min · 0:21 left"),
        (20, "3/40 · 0:21 left"),
        (15, "3/40 · 10.2/min"),
        (14, "3/40"),
        (4, "3/40"),
        (3, "3/…"),
    ],
)
def test_the_foremost_pieces_are_kept(columns: int, expected: str) -> None:
    assert fit(PIECES, columns) == expected


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lines_at(columns: int, title: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a terminal of this width is sent for a run, one entry for each time that the line is drawn."""
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm-256color")
    with RenderReporter(title) as reporter:
        reporter.listen(Prepared("CPU", (), 1200, 0))
        for done in range(0, 1200, 100):
            reporter.listen(Progress(done, done // 400, 1200, done + 1, 12, 64, 36_000.0 + done))
            assert reporter._live._bar is not None  # type: ignore[union-attr]
            reporter._live._bar.refresh()  # type: ignore[union-attr]
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    return [line for line in re.split(r"[\r\n]+", plain) if "━" in line]


@pytest.mark.parametrize("title", ["basic", "a-recipe-[long]-enough-to-fill-a-line"])
@pytest.mark.parametrize("columns", [20, 40, 80, 120])
def test_the_live_line_never_wraps(columns: int, title: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = lines_at(columns, title, monkeypatch)
    assert len(lines) >= 12
    assert max(map(len, lines)) <= columns - 1
    last = lines[-1]
    assert "━" * 4 in last
    if columns >= 40:
        assert re.search(r"110\d/1200 .*· \d+:\d\d:?\d* left", last), last
        assert "…" not in last.partition("━")[2]
    if columns >= 120:
        assert title[:24] in last
        assert "1101: 12/64 samples" in last
        assert "2 failed" in last


def test_words_are_whole_on_a_narrow_terminal_before_the_first_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    first = lines_at(40, "basic", monkeypatch)[0]
    assert first.rstrip().endswith(("starting Blender", "0/1200"))
