"""Actions of the Inspect screen and of the choice of a dataset."""

from __future__ import annotations

from studio.keymap.action import Action, Scope

SCOPES = (
    Scope("inspect", "Inspecting a dataset", "studio.screens.inspect:InspectScreen"),
    Scope("statistics", "Statistics of a dataset", "studio.screens.statistics:StatisticsScreen"),
    Scope("welcome", "Choosing a dataset", "studio.screens.welcome:WelcomeScreen"),
)

ACTIONS = (
    Action("inspect.next", ("right", "l", "down", "j"), "step(1)", "next", "Go to the next frame.", footer=True),
    Action("inspect.previous", ("left", "h", "up", "k"), "step(-1)", "previous", "Go to the previous frame."),
    Action("inspect.forward", ("pagedown", "L"), "step(10)", "10 on", "Go ten frames forward."),
    Action("inspect.back", ("pageup", "H"), "step(-10)", "10 back", "Go ten frames back."),
    Action("inspect.first", ("g", "home"), "first", "first", "Go to the first frame."),
    Action("inspect.last", ("G", "end"), "last", "last", "Go to the last frame."),
    Action("inspect.goto", ("colon",), "goto", "go to", "Go to a frame by its index.", footer=True, priority=True),
    Action("inspect.follow", ("f",), "follow", "follow", "Show each new frame as soon as it is rendered.", footer=True),
    Action("inspect.masks", ("m",), "overlay('masks')", "masks", "Show or hide the masks."),
    Action("inspect.boxes", ("b",), "overlay('boxes')", "boxes", "Show or hide the bounding boxes."),
    Action("inspect.names", ("n",), "overlay('names')", "names", "Show or hide the class names."),
    Action("inspect.pose", ("p",), "overlay('pose')", "pose", "Show or hide the axes of each object's pose."),
    Action("inspect.box3d", ("B",), "overlay('box3d')", "3D boxes", "Show or hide the 3D boxes."),
    Action("inspect.amodal", ("a",), "overlay('amodal')", "amodal", "Show or hide what of each object is hidden."),
    Action(
        "inspect.amodal_boxes", ("A",), "overlay('amodal_boxes')", "whole boxes", "Show or hide boxes of whole objects."
    ),
    Action("inspect.keypoints", ("K",), "overlay('keypoints')", "keypoints", "Show or hide the keypoints."),
    Action("inspect.parts", ("N",), "overlay('parts')", "parts", "Show or hide the named parts of objects."),
    Action("inspect.predictions", ("P",), "overlay('predictions')", "predictions", "Show or hide the predictions."),
    Action("inspect.overlays", ("o",), "overlays", "overlays", "Hide all overlays; again, show them as before."),
    Action("inspect.source", ("d",), "source", "depth", "Look at colour, depth or normals, where they are stored."),
    Action("inspect.instance", ("i",), "instance(1)", "object", "Select the next object in the picture.", footer=True),
    Action("inspect.instance_back", ("I",), "instance(-1)", "object back", "Select the previous object."),
    Action(
        "inspect.filter",
        ("slash",),
        "filter",
        "filter",
        "Go through those frames only for which what you type holds: `azimuth>90 class=cup area<500`.",
        footer=True,
        priority=True,
    ),
    Action(
        "inspect.sort", ("s",), "sort", "sort", "Go through the frames in the order of a value: `-area`.", priority=True
    ),
    Action(
        "inspect.values", ("v",), "values", "values", "Show only the values that contain what you type.", priority=True
    ),
    Action(
        "inspect.grid",
        ("c", "enter"),
        "grid",
        "grid",
        "Show the frames as a grid, or one of them again.",
    ),
    Action("inspect.statistics", ("t",), "statistics", "statistics", "Show statistics of the frames as plots."),
    Action("inspect.check", ("C",), "check", "check", "Read all frames back and find what is wrong, for `/problem`."),
    Action("inspect.zoom_in", ("plus", "equals_sign"), "zoom(1)", "larger", "Make the picture larger."),
    Action("inspect.zoom_out", ("minus",), "zoom(-1)", "smaller", "Make the picture smaller."),
    Action("inspect.zoom_reset", ("0",), "zoom(0)", "whole", "Show the whole picture again."),
    Action("inspect.pan_left", ("shift+left",), "pan(-1,0)", "left", "Move to the left over an enlarged picture."),
    Action("inspect.pan_right", ("shift+right",), "pan(1,0)", "right", "Move to the right over an enlarged picture."),
    Action("inspect.pan_up", ("shift+up",), "pan(0,-1)", "up", "Move up over an enlarged picture."),
    Action("inspect.pan_down", ("shift+down",), "pan(0,1)", "down", "Move down over an enlarged picture."),
    Action("inspect.recipe", ("e",), "recipe", "in Recipe", "Open this frame in the Recipe screen, as it was drawn."),
    Action("inspect.wide", ("z",), "wide", "wide", "Give the whole screen to the picture, or share it again."),
    Action("inspect.reload", ("r",), "reload", "reload", "Read the folder and its frames again."),
    Action(
        "inspect.leave",
        ("escape",),
        "leave",
        "back",
        "Leave the wide picture or the grid, clear the selection, then the filters and the order.",
        palette=False,
    ),
    Action("inspect.close", ("backspace",), "close", "close", "Close the dataset and choose another."),
    Action("statistics.down", ("down", "j"), "scroll(1)", "down", "Scroll down.", palette=False),
    Action("statistics.up", ("up", "k"), "scroll(-1)", "up", "Scroll up.", palette=False),
    Action("statistics.page_down", ("pagedown", "space"), "page(1)", "page down", "Scroll a page down.", palette=False),
    Action("statistics.page_up", ("pageup", "b"), "page(-1)", "page up", "Scroll a page up.", palette=False),
    Action("statistics.close", ("escape", "t"), "close", "close", "Go back to the frames.", footer=True),
    Action(
        "welcome.path", ("colon", "o"), "path", "open folder", "Open a dataset by the path of its folder.", footer=True
    ),
    Action("welcome.reload", ("r",), "reload", "reload", "Look again for datasets."),
)
