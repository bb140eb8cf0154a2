"""What is wrong with a command line, in the words in which recipes and files are complained about."""

from __future__ import annotations

import difflib
from typing import Any

import click


def explain(error: click.UsageError) -> str:
    """One sentence on what is wrong, and a line on how the command is used."""
    sentence = f"Error: {_sentence(error)}"
    if error.ctx is None:
        return f"{sentence}\n`studio COMMAND --help` explains a command."
    path = error.ctx.command_path
    usage = " ".join([path, *error.ctx.command.collect_usage_pieces(error.ctx)])
    return f"{sentence}\nUsage: {usage}; `{path} --help` explains it."


def _sentence(error: click.UsageError) -> str:
    match error:
        case click.NoSuchOption():
            return f"There is no option {error.option_name}.{_guess(error.possibilities)}"
        case click.exceptions.NoSuchCommand():
            return f"There is no command '{error.command_name}'.{_guess(error.possibilities)}"
        case click.BadOptionUsage():
            takes_none = "does not take" in error.message
            return f"{error.option_name} {'takes no value' if takes_none else 'needs a value'}."
        case click.MissingParameter(param=click.Parameter() as param):
            return f"{_name(param)} is missing{_meaning(param)}."
        case click.BadParameter(param=click.Parameter() as param):
            return _wrong_value(param, error.message)
    return _extra(error.message) or error.message


def _guess(near: list[str] | None) -> str:
    return f" Did you mean '{near[0]}'?" if near else ""


def _name(param: click.Parameter) -> str:
    """An option as it is written out, an argument as the usage line has it."""
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return param.human_readable_name.strip("[]").removesuffix("...")


def _meaning(param: click.Parameter) -> str:
    text = param.help.rstrip(".") if isinstance(param, click.Option) and param.help else ""
    return f"; it is: {text[0].lower()}{text[1:]}" if text else ""


def _wrong_value(param: click.Parameter, message: str) -> str:
    found = message.partition(" is not ")[0]
    allowed = _allowed(param.type)
    if not allowed or found == message:
        return f"{_name(param)}: {message}"
    near = difflib.get_close_matches(found.strip("'\""), _choices(param.type), n=1)
    return f"{_name(param)}: found {found}; {allowed}.{_guess(near)}"


def _choices(kind: click.ParamType[Any]) -> list[str]:
    return [str(choice) for choice in kind.choices] if isinstance(kind, click.Choice) else []


def _allowed(kind: click.ParamType[Any]) -> str:
    """What belongs there; nothing for types of which that cannot be told."""
    match kind:
        case click.Choice():
            return f"allowed: {', '.join(_choices(kind))}"
        case click.IntRange() | click.FloatRange():
            number = "a whole number" if isinstance(kind, click.IntRange) else "a number"
            ends = {(False, True): f" of {kind.min} or more", (True, False): f" of {kind.max} or less"}
            both = "" if kind.min is None else f" from {kind.min} to {kind.max}"
            return f"{number}{ends.get((kind.min is None, kind.max is None), both)} belongs here"
        case click.types.IntParamType():
            return "a whole number belongs here"
        case click.types.FloatParamType():
            return "a number belongs here"
    return ""


def _extra(message: str) -> str:
    """For words that are too many: often a value that the shell has taken apart."""
    start, _, words = message.partition("(")
    if "unexpected extra argument" not in start:
        return ""
    return f"There is no place for '{words.removesuffix(')')}'; a value with blanks, brackets or braces needs quotes."
