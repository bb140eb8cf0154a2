"""docs/commands.md, made from the commands themselves: `python -m studio.command_docs > docs/commands.md`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from studio.cli import COMMANDS, group

HEAD = """# Commands

This page is made from the program (`python -m studio.command_docs > docs/commands.md`), as is `--help`.
Commands that report take `--json`. Errors go to stderr as one sentence; `studio --debug COMMAND` shows where.

Exit codes: 0 done, 1 failed, 2 wrong use or bad input, 130 interrupted.
"""


def markdown() -> str:
    """The page."""
    context = click.Context(group, info_name="studio")
    parts = [HEAD, *_section(group, context, level=2)]
    for name in COMMANDS:
        command = group.get_command(context, name)
        assert command is not None
        parts += _sections(command, click.Context(command, info_name=name, parent=context), level=2)
    return "\n".join(parts)


def _sections(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    """A command, and what is below it."""
    yield from _section(command, context, level)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _sections(inner, click.Context(inner, info_name=name, parent=context), level + 1)


def _section(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    """A command by itself."""
    yield f"{'#' * level} {context.command_path}\n"
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"    {context.command_path} {usage}\n"
    yield _paragraphs(command.help or "")
    rows = [record for param in command.get_params(context) if (record := param.get_help_record(context))]
    options = [(name, text) for name, text in rows if "--help" not in name]
    if options:
        yield "| option | meaning |\n|---|---|"
        yield "\n".join(f"| `{_cell(name)}` | {_cell(text)} |" for name, text in options) + "\n"


def _paragraphs(text: str) -> str:
    """Help text as Markdown: what click keeps as it is (after \\b) becomes code."""
    blocks = []
    for block in inspect.cleandoc(text).split("\n\n"):
        if block.startswith("\b\n"):
            blocks.append("\n".join(f"    {line}" for line in block.removeprefix("\b\n").splitlines()))
        else:
            blocks.append(block)
    return "\n\n".join(blocks) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    print(markdown(), end="")
