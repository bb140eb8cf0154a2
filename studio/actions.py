"""Every key and action of the app in one list: bindings, footer, help, palette and docs/keys.md come from it."""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import Binding

from studio.keymap import app, inspect, library, queue, recipe
from studio.keymap.action import Action, Scope

__all__ = ["ACTIONS", "SCOPES", "Action", "bindings", "in_scope", "key_name", "keys_document", "keys_text"]

_SCOPES: tuple[Scope, ...] = (
    *app.FIRST_SCOPES, *library.SCOPES, *recipe.SCOPES, *queue.SCOPES, *inspect.SCOPES, *app.SCOPES,
)  # fmt: skip

SCOPES: dict[str, str] = {scope.id: scope.title for scope in _SCOPES}
"""Title of each scope."""

OWNERS: dict[str, str] = {scope.id: scope.owner for scope in _SCOPES}
"""`module:Class` of each scope's screen or widget."""

ACTIONS: tuple[Action, ...] = (
    *app.ACTIONS, *library.ACTIONS, *recipe.ACTIONS, *queue.ACTIONS, *inspect.ACTIONS,
)  # fmt: skip

KEY_NAMES: dict[str, str] = {
    "question_mark": "?", "colon": ":", "slash": "/", "left": "←", "right": "→", "up": "↑", "down": "↓",
    "pageup": "PgUp", "pagedown": "PgDn", "home": "Home", "end": "End", "escape": "Esc", "enter": "Enter",
    "space": "Space", "tab": "Tab", "delete": "Del", "backspace": "Backspace", "insert": "Ins",
    "plus": "+", "minus": "-", "equals_sign": "=", "comma": ",", "full_stop": ".", "less_than_sign": "<",
    "greater_than_sign": ">", "left_square_bracket": "[", "right_square_bracket": "]", "asterisk": "*",
    "exclamation_mark": "!", "at": "@", "number_sign": "#", "semicolon": ";", "apostrophe": "'",
    "quotation_mark": '"', "underscore": "_", "tilde": "~", "ampersand": "&", "dollar_sign": "$",
    "left_parenthesis": "(", "right_parenthesis": ")", "left_curly_bracket": "{", "right_curly_bracket": "}",
    "percent_sign": "%", "circumflex_accent": "^", "grave_accent": "`", "backslash": "\\",
}  # fmt: skip
"""How keys are written for people, where Textual's name is not it."""

_MODIFIERS = {"ctrl": "Ctrl", "shift": "Shift", "alt": "Alt"}


def in_scope(scope: str) -> list[Action]:
    """The actions of a scope, in the order of the list."""
    return [action for action in ACTIONS if action.scope == scope]


def bindings(scope: str) -> list[Binding]:
    """The bindings of a scope's actions."""
    return [
        Binding(
            ",".join(action.keys), action.run, action.label, show=action.footer, key_display=key_name(action.keys[0]),
            tooltip=action.help, id=action.id, priority=action.priority,
        )
        for action in in_scope(scope)
    ]  # fmt: skip


def key_name(key: str) -> str:
    """A key as people write it: `?`, `Ctrl+P`, `Shift+→`, `F1`."""
    *modifiers, base = key.split("+")
    name = KEY_NAMES.get(base, base)
    if (modifiers and len(name) == 1) or (base[0] == "f" and base[1:].isdecimal()):
        name = name.upper()
    return "+".join([*(_MODIFIERS.get(modifier, modifier) for modifier in modifiers), name])


def keys_text(action: Action, remapped: Mapping[str, tuple[str, ...]] | None = None) -> str:
    """All keys of an action as people write them; `remapped` has the keys that the settings give to some actions."""
    keys = (remapped or {}).get(action.id, action.keys)
    return " ".join(key_name(key) for key in keys)


def keys_document() -> str:
    """The text of docs/keys.md."""
    parts = [
        "# Keys",
        "",
        "The mouse works too and is never needed: click an object in the picture, a row of a table, or an entry of the",
        "footer. Tab and Shift+Tab move the focus. `Ctrl+P` finds every action by its name.",
        "",
        "This page is made from the lists in `studio/keymap/` (`python -m studio.actions > docs/keys.md`).",
    ]
    for scope, title in SCOPES.items():
        parts += ["", f"## {title}", "", "| keys | action | id |", "|---|---|---|"]
        for action in in_scope(scope):
            keys = " ".join(f"`{key_name(key)}`" for key in action.keys)
            parts.append(f"| {keys} | {action.help} | `{action.id}` |")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    print(keys_document(), end="")
