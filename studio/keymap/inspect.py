"""Actions of the Inspect screen and of the choice of a dataset."""

from __future__ import annotations

from studio.keymap.action import Action, Scope

SCOPES = (
    Scope("inspect", "Inspecting a dataset", "studio.screens.inspect:InspectScreen"),
    Scope("welcome", "Choosing a dataset", "studio.screens.welcome:WelcomeScreen"),
)

ACTIONS = (
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
    Action("inspect.box3d", ("B",), "overlay('box3d')", "3D boxes", "Show or hide the 3D boxes."),
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
    Action(
        "welcome.path", ("colon", "o"), "path", "open folder", "Open a dataset by the path of its folder.", footer=True
    ),
    Action("welcome.reload", ("r",), "reload", "reload", "Look again for datasets."),
)
