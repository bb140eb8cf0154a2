"""The settings file, `settings.toml` in the configuration folder: theme, kind of pictures, other keys for actions.

    theme = "studio-light"
    ascii = false
    graphics = "auto"

    [keys]
    "app.quit" = "ctrl+q"
    "queue.pause" = ["p", "space"]

Every id of an action is in docs/keys.md. docs/settings.md describes the file for users.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from engine.errors import BadInput
from engine.files import reason
from engine.paths import config_dir
from widgets.graphics import WAYS

MODIFIERS = ("ctrl", "shift", "alt")
SENT_ALIKE = {"ctrl+m": "Enter", "ctrl+i": "Tab", "ctrl+h": "Backspace"}
"""Keys that most terminals send as another."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user prefers."""

    theme: str = ""
    """Name of the colour theme, one of those that the command palette lists; empty for the one chosen last."""
    ascii: bool = False
    """Pictures of characters instead of half blocks."""
    graphics: str = "auto"
    """How pictures are shown: one of `widgets.graphics.WAYS`, or `auto` for what the terminal can do."""
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By an action's id the keys that it has instead of its usual ones, in Textual's names; none disables it."""


def settings_path() -> Path:
    """The file; it need not exist."""
    return config_dir() / "settings.toml"


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings; the usual ones where there is no file.

    Raises:
        BadInput: the file cannot be read or holds something that it must not.
    """
    file = settings_path() if path is None else path
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {reason(error)}; see to its permissions or remove it.") from None
    except UnicodeDecodeError:
        raise BadInput(f"{file} is not UTF-8 text; save it as such or remove it.") from None
    import tomllib  # only here: most users have no such file

    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{file} is no valid TOML: {error}; mend that line or remove the file.") from None
    return _checked(found, file)


def _checked(found: dict[str, Any], file: Path) -> Settings:
    names = [entry.name for entry in fields(Settings)]
    for name in found:
        if name not in names:
            raise BadInput(
                f"{file}: {name}: there is no such setting; there are {', '.join(names)}.{_near(name, names)}"
            )
    theme, ascii_, keys = found.get("theme", Settings().theme), found.get("ascii", False), found.get("keys", {})
    graphics = found.get("graphics", "auto")
    if not isinstance(theme, str):
        raise BadInput(f'{file}: theme: {theme!r} is no name of a theme; write for example theme = "studio-dark".')
    if not isinstance(ascii_, bool):
        raise BadInput(f"{file}: ascii: {ascii_!r} is neither true nor false; write ascii = true or ascii = false.")
    if graphics not in ("auto", *WAYS):
        raise BadInput(
            f"{file}: graphics: {graphics!r} is no way to show pictures; write one of auto, {', '.join(WAYS)}."
        )
    if not isinstance(keys, dict):
        raise BadInput(
            f'{file}: keys: {keys!r} is no table; write a line [keys] and under it lines like "app.quit" = "q".'
        )
    return Settings(theme, ascii_, graphics, _checked_keys(keys, file))


def _checked_keys(found: dict[str, Any], file: Path) -> dict[str, tuple[str, ...]]:
    from studio.actions import ACTIONS

    ids = [action.id for action in ACTIONS]
    keys: dict[str, tuple[str, ...]] = {}
    for action_id, value in _flat(found):
        if action_id not in ids:
            raise BadInput(
                f"{file}: keys.{action_id}: there is no such action; docs/keys.md lists them.{_near(action_id, ids)}"
            )
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise BadInput(
                f'{file}: keys.{action_id}: {value!r} is no key; write a key like "ctrl+q" or a list of keys.'
            )
        keys[action_id] = tuple(_key(text, f"{file}: keys.{action_id}") for text in texts)
    _refuse_clashes(keys, file)
    return keys


def _flat(found: dict[str, Any], before: str = "") -> Iterable[tuple[str, Any]]:
    """Ids and values, whether `"app.quit" = …` or `app.quit = …` was written."""
    for name, value in found.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _key(text: str, where: str) -> str:
    """Textual's name of a key: `?` is question_mark, `Ctrl+P` is ctrl+p."""
    from textual.keys import Keys

    from studio.actions import KEY_NAMES

    by_sign = {sign.lower(): name for name, sign in KEY_NAMES.items()}
    stripped = text.strip()
    *modifiers, base = stripped.split("+") if len(stripped) > 1 and not stripped.endswith("+") else [stripped]
    modifiers = [modifier.lower() for modifier in modifiers]
    name = base if len(base) == 1 and base.isalnum() else by_sign.get(base.lower(), base.lower())
    known = len(name) == 1 or name in KEY_NAMES or name in {key.value for key in Keys}
    if not base or not known or any(modifier not in MODIFIERS for modifier in modifiers):
        raise BadInput(
            f'{where}: "{text}" is no key; keys are named as in "q", "?", "ctrl+q", "f2", "pageup", "space".'
        )
    if modifiers == ["shift"] and len(name) == 1:
        return name.upper()  # which is what a terminal sends
    key = "+".join([*modifiers, name.lower() if "ctrl" in modifiers else name])
    if key in SENT_ALIKE:
        raise BadInput(f'{where}: "{text}" is {SENT_ALIKE[key]} to a terminal; choose another key.')
    return key


def _refuse_clashes(keys: Mapping[str, tuple[str, ...]], file: Path) -> None:
    """No key may mean two things in one place, nor hide one that holds everywhere, unless both are as usual."""
    from studio.actions import ACTIONS, key_name

    for action_id, given in keys.items():
        scope = action_id.partition(".")[0]
        own = next(action.keys for action in ACTIONS if action.id == action_id)
        for other in ACTIONS:
            near = other.id != action_id and (other.scope == scope or "app" in (other.scope, scope))
            for key in given if near else ():
                if key in keys.get(other.id, other.keys) and not (key in own and key in other.keys):
                    raise BadInput(
                        f"{file}: keys.{action_id}: {key_name(key)} is already the key of {other.id}; choose another, "
                        f"or give {other.id} another key too."
                    )


def _near(name: str, names: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, names, n=1)
    return f" Did you mean '{near[0]}'?" if near else ""
