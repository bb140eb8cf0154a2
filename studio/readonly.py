"""Which actions `--readonly` refuses: those that the lists of actions mark as changing something."""

from __future__ import annotations

from typing import Any

from textual.dom import DOMNode

from studio.actions import ACTIONS, OWNERS

READONLY = "Nothing can be changed: the studio was started with --readonly."

_CHANGING = frozenset((OWNERS[action.scope].partition(":")[2], action.run) for action in ACTIONS if action.changes)
"""(name of the class, action) of all that change something."""


def changes_something(action: Any, namespace: DOMNode | None) -> bool:
    """Whether an action, as Textual runs it for a widget, screen or app, is marked as changing something."""
    if not isinstance(action, str) or namespace is None:
        return False
    return any((cls.__name__, action) in _CHANGING for cls in type(namespace).__mro__)
