"""Actions that hold everywhere, and those of the parts that screens share."""

from __future__ import annotations

from studio.keymap.action import Action, Scope

FIRST_SCOPES = (Scope("app", "Everywhere", "studio.app:StudioApp"),)

SCOPES = (
    Scope("table", "In a table that has the focus", "studio.screens.common:Table"),
    Scope("confirm", "When something asks whether you are sure", "studio.screens.confirm:ConfirmScreen"),
    Scope("help", "In the help", "studio.screens.help:HelpScreen"),
)

ACTIONS = (
    Action(
        "app.library",
        ("1", "alt+1"),
        "show('library')",
        "library",
        "Go to the Library: models, surroundings, textures.",
    ),
    Action(
        "app.recipe",
        ("2", "alt+2"),
        "show('recipe')",
        "recipe",
        "Go to the Recipe: what may vary, with a live preview.",
    ),
    Action("app.queue", ("3", "alt+3"), "show('queue')", "queue", "Go to the Queue: jobs, workers, the newest frame."),
    Action("app.inspect", ("4", "alt+4"), "show('inspect')", "inspect", "Go to Inspect: the frames of a dataset."),
    Action("app.help", ("question_mark", "f1"), "help", "help", "Show the keys of this screen.", footer=True),
    Action("app.palette", ("ctrl+p",), "command_palette", "commands", "Find any action by its name.", palette=False),
    Action("app.quit", ("q", "ctrl+q"), "quit", "quit", "Leave the program.", footer=True, palette=False),
    Action("table.up", ("up", "k"), "cursor_up", "up", "Go to the row above.", palette=False),
    Action("table.down", ("down", "j"), "cursor_down", "down", "Go to the row below.", palette=False),
    Action("table.page_up", ("pageup",), "page_up", "page up", "Go up by a page.", palette=False),
    Action("table.page_down", ("pagedown",), "page_down", "page down", "Go down by a page.", palette=False),
    Action("table.first", ("home", "g"), "cursor_first", "first", "Go to the first row.", palette=False),
    Action("table.last", ("end", "G"), "cursor_last", "last", "Go to the last row.", palette=False),
    Action("table.choose", ("enter",), "choose", "choose", "Choose the row.", palette=False),
    Action("confirm.yes", ("y", "Y"), "answer(True)", "yes", "Do it.", palette=False),
    Action("confirm.no", ("n", "N", "escape", "q"), "answer(False)", "no", "Leave it.", palette=False),
    Action("help.close", ("escape", "question_mark", "f1", "q"), "close", "close", "Close the help.", palette=False),
)
