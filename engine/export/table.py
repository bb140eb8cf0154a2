"""The table of export formats in docs/exports.md: `python -m engine.export.table`."""

from __future__ import annotations

from engine.export.base import BUILT_IN, exporter_class


def table() -> str:
    """What each format that ships holds, what it leaves out, and how it is read, as Markdown."""
    lines = ["| format | holds | leaves out | read by |", "|---|---|---|---|"]
    for name in BUILT_IN:
        found = exporter_class(name)
        lines.append(f"| `{name}` | {found.holds} | {found.leaves_out} | {found.reader} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
