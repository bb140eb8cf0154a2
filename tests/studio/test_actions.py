"""The list of actions is complete, unambiguous, and what the documentation says."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

import studio
from studio.actions import ACTIONS, OWNERS, SCOPES, bindings, in_scope, key_name, keys_document
from tests.studio.tries import tried_by


def owner(scope: str) -> Any:
    """The class that a scope's actions belong to."""
    module, _, name = OWNERS[scope].partition(":")
    return getattr(importlib.import_module(module), name)


def test_the_documentation_is_up_to_date() -> None:
    document = Path(__file__).parents[2] / "docs" / "keys.md"
    assert document.read_text() == keys_document(), "run: python -m studio.actions > docs/keys.md"


def test_ids_are_unique_and_every_scope_is_named() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    assert {action.scope for action in ACTIONS} == set(SCOPES) == set(OWNERS)


@pytest.mark.parametrize("scope", SCOPES)
def test_no_key_means_two_things_in_a_scope(scope: str) -> None:
    keys = [key for action in in_scope(scope) for key in action.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("scope", SCOPES)
def test_every_action_has_a_method_a_help_and_a_binding(scope: str) -> None:
    for action in in_scope(scope):
        assert hasattr(owner(scope), f"action_{action.run.partition('(')[0]}"), action.id
        assert action.help.endswith(".")
        assert action.label
    assert {binding.id for binding in bindings(scope)} == {action.id for action in in_scope(scope)}
    bound = {binding.id for binding in owner(scope).BINDINGS if hasattr(binding, "id")}
    assert {action.id for action in in_scope(scope)} <= bound


def test_every_key_of_the_program_is_in_the_list_and_so_in_the_documentation() -> None:
    """Whatever a screen or widget of the program binds, it takes from the list."""
    known = {action.id: action for action in ACTIONS}
    document = (Path(__file__).parents[2] / "docs" / "keys.md").read_text()
    modules = [
        module.name for module in pkgutil.walk_packages(studio.__path__, "studio.") if "__main__" not in module.name
    ]
    seen = set()
    for module in map(importlib.import_module, modules):
        for cls in vars(module).values():
            if isinstance(cls, type) and issubclass(cls, DOMNode) and cls.__module__ == module.__name__:
                for binding in Binding.make_bindings(cls.__dict__.get("BINDINGS", ())):
                    assert binding.id in known, f"{cls.__name__} binds {binding.key} by itself"
                    assert f"`{key_name(binding.key)}`" in document, binding.key
                    assert f"`{binding.id}`" in document
                    seen.add(binding.id)
    assert seen == set(known)


def test_every_action_is_tried_by_a_test() -> None:
    """That a test tries what it says is seen to when it runs; `python -m tests.studio.tries` shows that it notices."""
    tried = tried_by()
    assert [action.id for action in ACTIONS if action.id not in tried] == [], "mark a test with pytest.mark.tries"
    assert set(tried) <= {action.id for action in ACTIONS}, "these actions are gone"


def test_keys_that_terminals_cannot_tell_apart_are_not_used() -> None:
    taken = {"ctrl+m", "ctrl+i", "ctrl+h", "ctrl+a", "ctrl+b", "ctrl+z", "ctrl+s"}
    assert not taken & {key for action in ACTIONS for key in action.keys}
