"""Which actions of the program's list a test tries: what it says by `@pytest.mark.tries`, and whether that is true.

`python -m tests.studio.tries [ID ...]` makes one action after another do nothing, and sees that a test fails.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any

import pytest

import tests.studio
from studio.actions import ACTIONS, OWNERS
from studio.app import StudioApp


def ids_of(action: object, namespace: object) -> set[str]:
    """The ids of an action as Textual runs it (`move(-1)`) for a widget, screen or app."""
    classes = type(namespace).__mro__
    scopes = {scope for cls in classes for scope in cls.__dict__.get("SCOPES", ())}
    scopes |= {scope for scope, owner in OWNERS.items() if owner in {f"{c.__module__}:{c.__name__}" for c in classes}}
    return {item.id for item in ACTIONS if item.run == action and item.scope in scopes}


@contextmanager
def noted(without: str = "") -> Iterator[set[str]]:
    """The ids of the actions that are run meanwhile; the action `without` does nothing."""
    ran: set[str] = set()
    original = StudioApp.run_action

    async def run_action(self: StudioApp, action: Any, default_namespace: Any = None, namespaces: Any = None) -> bool:
        ids = ids_of(action, default_namespace)
        ran.update(ids)
        return True if without in ids else await original(self, action, default_namespace, namespaces)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StudioApp, "run_action", run_action)
        yield ran


def tried_by() -> dict[str, list[str]]:
    """The tests that say that they try an action, as pytest names them, by the action's id."""
    found: dict[str, list[str]] = {}
    for module in _modules():
        for name, test in vars(module).items():
            if name.startswith("test_") and isinstance(test, FunctionType):
                for action in _said(getattr(test, "pytestmark", [])):
                    path = f"tests/studio/{module.__name__.rpartition('.')[2]}.py::{name}"
                    found.setdefault(action, []).append(path)
    return found


def _modules() -> Iterator[ModuleType]:
    for info in pkgutil.iter_modules(tests.studio.__path__, "tests.studio."):
        if info.name.rpartition(".")[2].startswith("test_"):
            yield importlib.import_module(info.name)


def _said(marks: Iterable[pytest.Mark]) -> Iterator[str]:
    """The ids in a test's marks; its parameters may have marks of their own."""
    for mark in marks:
        if mark.name == "tries":
            yield from mark.args
        elif mark.name == "parametrize":
            for values in mark.args[1]:
                yield from _said(getattr(values, "marks", ()))


def unnoticed(ids: Iterable[str]) -> Iterator[str]:
    """Those actions whose tests all pass while the action does nothing. Runs the tests, each action's by itself."""
    tests = tried_by()
    for action in ids:
        os.environ["WITHOUT_ACTION"] = action
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-n0", "--no-header", *tests[action]]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        print(f"{action}: {'noticed' if done.returncode == 1 else done.stdout}", flush=True)
        if done.returncode != 1:
            yield action


if __name__ == "__main__":
    sys.exit(f"unnoticed: {missed}" if (missed := list(unnoticed(sys.argv[1:] or tried_by()))) else 0)
