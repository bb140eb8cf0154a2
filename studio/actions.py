"""Every key and action of the app in one list: bindings, footer, help, palette and docs/keys.md come from it."""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Action:
    """Something a user can do by a key."""

    id: str
    """`scope.name`, unique."""
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

    @property
    def scope(self) -> str:
        """Where it holds."""
        return self.id.partition(".")[0]


SCOPES: dict[str, str] = {
    "app": "Everywhere",
    "inspect": "Inspecting a dataset",
    "table": "In a table that has the focus",
    "welcome": "On the welcome screen",
    "help": "In the help",
}

ACTIONS: tuple[Action, ...] = (
    Action("app.help", ("question_mark", "f1"), "help", "help", "Show the keys of this screen.", footer=True),
    Action("app.palette", ("ctrl+p",), "command_palette", "commands", "Find any action by its name.", palette=False),
    Action("app.quit", ("q", "ctrl+q"), "quit", "quit", "Leave the program.", footer=True, palette=False),
    Action("inspect.next", ("right", "l", "down", "j"), "step(1)", "next", "Go to the next frame.", footer=True),
    Action("inspect.previous", ("left", "h", "up", "k"), "step(-1)", "previous", "Go to the previous frame."),
    Action("inspect.forward", ("pagedown", "L"), "step(10)", "10 on", "Go ten frames forward."),
    Action("inspect.back", ("pageup", "H"), "step(-10)", "10 back", "Go ten frames back."),
    Action("inspect.first", ("g", "home"), "first", "first", "Go to the first frame."),
    Action("inspect.last", ("G", "end"), "last", "last", "Go to the last frame."),
    Action("inspect.goto", ("colon",), "goto", "go to", "Go to a frame by its index.", footer=True),
    Action("inspect.follow", ("f",), "follow", "follow", "Show each new frame as soon as it is rendered.", footer=True),
    Action("inspect.masks", ("m",), "overlay('masks')", "masks", "Show or hide the masks."),
    Action("inspect.boxes", ("b",), "overlay('boxes')", "boxes", "Show or hide the bounding boxes."),
    Action("inspect.names", ("n",), "overlay('names')", "names", "Show or hide the class names."),
    Action("inspect.pose", ("p",), "overlay('pose')", "pose", "Show or hide the axes of each object's pose."),
    Action("inspect.box3d", ("3",), "overlay('box3d')", "3D boxes", "Show or hide the 3D boxes."),
    Action("inspect.overlays", ("o",), "overlays", "overlays", "Hide all overlays; again, show them as before."),
    Action("inspect.source", ("d",), "source", "depth", "Look at colour, depth or normals, where they are stored."),
    Action("inspect.instance", ("i",), "instance(1)", "object", "Select the next object in the picture.", footer=True),
    Action("inspect.instance_back", ("I",), "instance(-1)", "object back", "Select the previous object."),
    Action(
        "inspect.filter",
        ("slash",),
        "filter",
        "filter",
        "Show only the values that contain what you type.",
        footer=True,
    ),
    Action("inspect.wide", ("z",), "wide", "wide", "Give the whole screen to the picture, or share it again."),
    Action("inspect.reload", ("r",), "reload", "reload", "Read the folder and its frames again."),
    Action(
        "inspect.leave",
        ("escape",),
        "leave",
        "back",
        "Clear the selection, then the filter, then go back.",
        palette=False,
    ),
    Action("table.up", ("up", "k"), "cursor_up", "up", "Go to the row above.", palette=False),
    Action("table.down", ("down", "j"), "cursor_down", "down", "Go to the row below.", palette=False),
    Action("table.page_up", ("pageup",), "page_up", "page up", "Go up by a page.", palette=False),
    Action("table.page_down", ("pagedown",), "page_down", "page down", "Go down by a page.", palette=False),
    Action("table.first", ("home", "g"), "cursor_first", "first", "Go to the first row.", palette=False),
    Action("table.last", ("end", "G"), "cursor_last", "last", "Go to the last row.", palette=False),
    Action("table.choose", ("enter",), "choose", "choose", "Choose the row.", palette=False),
    Action(
        "welcome.path", ("colon", "o"), "path", "open folder", "Open a dataset by the path of its folder.", footer=True
    ),
    Action("welcome.reload", ("r",), "reload", "reload", "Look again for datasets."),
    Action("help.close", ("escape", "question_mark", "f1", "q"), "close", "close", "Close the help.", palette=False),
)

KEY_NAMES: dict[str, str] = {
    "question_mark": "?", "colon": ":", "slash": "/", "left": "←", "right": "→", "up": "↑", "down": "↓",
    "pageup": "PgUp", "pagedown": "PgDn", "home": "Home", "end": "End", "escape": "Esc", "enter": "Enter",
    "f1": "F1", "ctrl+p": "Ctrl+P", "ctrl+q": "Ctrl+Q",
}  # fmt: skip
"""How keys are written for people, where Textual's name is not it."""


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
    """A key as people write it."""
    return KEY_NAMES.get(key, key)


def keys_text(action: Action) -> str:
    """All keys of an action as people write them."""
    return " ".join(key_name(key) for key in action.keys)


def keys_document() -> str:
    """The text of docs/keys.md."""
    parts = [
        "# Keys",
        "",
        "The mouse works too and is never needed: click an object in the picture, a row of a table, or an entry of the",
        "footer. Tab and Shift+Tab move the focus. `Ctrl+P` finds every action by its name.",
        "",
        "This page is made from the list in `studio/actions.py` (`python -m studio.actions > docs/keys.md`).",
    ]
    for scope, title in SCOPES.items():
        parts += ["", f"## {title}", "", "| keys | action | id |", "|---|---|---|"]
        for action in in_scope(scope):
            keys = " ".join(f"`{key_name(key)}`" for key in action.keys)
            parts.append(f"| {keys} | {action.help} | `{action.id}` |")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    print(keys_document(), end="")
