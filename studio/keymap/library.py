"""Actions of the Library screen, and of its grid of pictures."""

from __future__ import annotations

from studio.keymap.action import Action, Scope

SCOPES: tuple[Scope, ...] = (
    Scope("library", "In the Library", "studio.screens.library:LibraryScreen"),
    Scope("grid", "In a grid of pictures", "studio.screens.library_grid:AssetGrid"),
    Scope("picker", "Choosing assets for a recipe", "studio.screens.asset_picker:AssetPicker"),
)

ACTIONS: tuple[Action, ...] = (
    Action(
        "library.send", ("enter",), "send", "to recipe",
        "Send what is marked, or what is under the cursor, to the recipe.", footer=True, changes=True,
    ),
    Action("library.mark", ("space",), "mark", "mark", "Mark the asset or unmark it, and go on.", footer=True),
    Action("library.mark_all", ("A",), "mark_all", "mark all", "Mark all assets that are shown; again, none."),
    Action("library.filter", ("slash",), "filter", "filter", "Show only what contains what you type.", footer=True,
           priority=True),
    Action("library.kind", ("right_square_bracket",), "kind(1)", "kind", "Show the next kind of asset only."),
    Action("library.kind_back", ("left_square_bracket",), "kind(-1)", "kind back", "Show the kind before it only."),
    Action("library.sort", ("s",), "sort", "sort", "Sort by the next of name, kind, newest, size, extent, wrong."),
    Action("library.reverse", ("S",), "reverse", "reverse", "Turn the order round."),
    Action("library.tags", ("t",), "tags", "tags", "Give tags to what is marked or under the cursor.", footer=True,
           changes=True, priority=True),
    Action("library.class", ("c",), "class", "class", "Set the class that labels get.", changes=True, priority=True),
    Action("library.scale", ("x",), "scale", "scale", "Set the factor on a model's size.", changes=True, priority=True),
    Action("library.backdrop", ("b",), "backdrop", "backdrop", "Take a picture as a backdrop, or as a texture again.",
           changes=True),
    Action("library.view", ("v",), "view(1)", "turn", "Look from another side; at a chrome ball.", footer=True),
    Action("library.view_back", ("V",), "view(-1)", "turn back", "Look from the side before it."),
    Action("library.wide", ("z",), "wide", "wide", "Give the whole screen to the selected asset, or share it again."),
    Action("library.bigger", ("plus", "equals_sign"), "zoom(1)", "bigger", "Show larger pictures."),
    Action("library.smaller", ("minus",), "zoom(-1)", "smaller", "Show smaller pictures."),
    Action("library.add", ("o",), "add_folder", "add", "Add a folder to the library.", footer=True,
           changes=True, priority=True),
    Action("library.remove", ("O",), "remove_folder", "remove folder",
           "Take the folder of the selected asset out of the library; its files stay.", changes=True, priority=True),
    Action("library.copy", ("y",), "copy", "copy", "Copy the lines that a recipe needs for it."),
    Action("library.reload", ("r",), "reload", "reload", "Look into the folders again, and try broken assets anew."),
    Action("library.leave", ("escape",), "leave", "back", "Close the wide view, clear the filter, then the marks.",
           palette=False),
    Action("grid.left", ("left", "h"), "cursor_left", "left", "Go to the picture before.", palette=False),
    Action("grid.right", ("right", "l"), "cursor_right", "right", "Go to the next picture.", palette=False),
    Action("grid.up", ("up", "k"), "cursor_up", "up", "Go to the row above.", palette=False),
    Action("grid.down", ("down", "j"), "cursor_down", "down", "Go to the row below.", palette=False),
    Action("grid.page_up", ("pageup",), "page_up", "page up", "Go up by a page.", palette=False),
    Action("grid.page_down", ("pagedown",), "page_down", "page down", "Go down by a page.", palette=False),
    Action("grid.first", ("home", "g"), "cursor_first", "first", "Go to the first picture.", palette=False),
    Action("grid.last", ("end", "G"), "cursor_last", "last", "Go to the last picture.", palette=False),
    Action("picker.take", ("enter",), "take", "take", "Take what is marked, or what is under the cursor."),
    Action("picker.mark", ("space",), "mark", "mark", "Mark the asset or unmark it, where several may be chosen."),
    Action("picker.mark_all", ("A",), "mark_all", "mark all", "Mark all assets that are shown; again, none."),
    Action("picker.filter", ("slash",), "filter", "filter", "Show only what contains what you type.", priority=True),
    Action("picker.sort", ("s",), "sort", "sort", "Sort by the next of name, kind, newest, size, extent, wrong."),
    Action("picker.bigger", ("plus", "equals_sign"), "zoom(1)", "bigger", "Show larger pictures."),
    Action("picker.smaller", ("minus",), "zoom(-1)", "smaller", "Show smaller pictures."),
    Action("picker.leave", ("escape",), "leave", "close", "Clear the filter; then close, and nothing is changed.",
           palette=False),
)  # fmt: skip
