"""What an action and a scope are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """Something a user can do by a key."""

    id: str
    """`scope.name`, unique; the name under which the settings give it other keys."""
    keys: tuple[str, ...]
    """Textual's names of the keys; the first is the one shown."""
    run: str
    """The action's method, with arguments, as Textual calls it."""
    label: str
    """A word or two, for the footer."""
    help: str
    """One sentence, for help and documentation."""
    footer: bool = False
    palette: bool = True
    """Whether the command palette offers it."""
    priority: bool = False
    """Whether it comes before keys of the focused widget."""
    changes: bool = False
    """Whether it changes the queue or files: refused by `--readonly`."""

    @property
    def scope(self) -> str:
        """Where it holds."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Scope:
    """A screen or widget that has actions of its own."""

    id: str
    title: str
    """A heading for help and documentation."""
    owner: str
    """`module:Class` of the screen or widget that has the methods and the bindings."""
