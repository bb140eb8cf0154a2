"""The scene that both programs render, as a recipe of ours and as plain values for BlenderProc.

    python bench/peer/scene.py OPTIONS.json

Several meshes stand on a table before an HDRI while the camera goes round them. The recipe is what `studio render`
takes; what is drawn from it, poses, colours, intrinsics and the camera of each frame, is written down for the other.
Models are files that both import; the table top, which is no file, is handed over as vertices and polygons.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

OWN_SHAPES = ("bottle", "bowl", "book", "can", "fruit")
"""Shapes of ours that stand beside the cup where no folder of models is given."""

MODEL_SUFFIXES = (".obj", ".ply", ".glb")
"""Formats that both programs import."""

_TRAITS = (0.35, 0.6, 0.2, 0.7, 0.45, 0.5)

_RECIPE = """
description = "{models} models on a table, seen by a camera that goes round"
{objects}
[placement]
spread = 1.25

[ground]
kind = "table"
extent = 2.5
finish = "plain"
hue = 30
saturation = 0.3
value = 0.5
roughness = 0.4

[motion]
frames = {frames}
rate = 1
moves = "camera"
path = "orbit"
speed = {speed}

[camera]
fill = {fill}
azimuth = 20
elevation = 32
roll = 0
look_at_jitter = 0
focal_length = 40
exposure = 0

[surroundings]
hdris = [{hdri}]
rotation = 60
strength = 1
tint = 0

[visibility]
least = 0

[render]
resolution = [{width}, {height}]
samples = 16
max_bounces = {bounces}
view = {view}
passes = ["depth"]
"""

_OBJECT = """
[[objects]]
model = {model}
class = {name}
count = {count}

[objects.paint]
hue = {{ uniform = [0, 360] }}
saturation = {{ uniform = [0.1, 0.8] }}
value = {{ uniform = [0.25, 0.95] }}
roughness = {{ uniform = [0.08, 0.5] }}

[objects.jitter]
hue_shift = 0
saturation = 1
value = 1
roughness_shift = 0
"""


def write_own_models(folder: Path) -> list[Path]:
    """Write the cup and some other shapes of ours as .obj files, with normals and without materials."""
    import bpy

    from engine.blender.cup import cup_mesh
    from engine.blender.props import prop_object
    from engine.frame.looks_spec import PaintLook
    from engine.frame.spec import ProceduralShape, PropSpec

    still = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    look = PaintLook((0.5, 0.5, 0.5), 0.5, 0.0)
    things = [bpy.data.objects.new("cup", cup_mesh())]
    things += [prop_object(kind, PropSpec(ProceduralShape(kind, _TRAITS), still, 1.0, look), {}) for kind in OWN_SHAPES]
    paths = []
    for thing in things:
        thing.data.materials.clear()
        bpy.context.scene.collection.objects.link(thing)
        bpy.ops.object.select_all(action="DESELECT")
        thing.select_set(True)
        path = folder / f"{thing.name}.obj"
        bpy.ops.wm.obj_export(
            filepath=str(path), export_selected_objects=True, export_materials=False, export_normals=True
        )
        paths.append(path)
    return paths


def write_recipe(options: dict[str, Any], models: list[Path], path: Path) -> None:
    """Write the recipe; `options.instances` are shared out among the models."""
    least, more = divmod(options["instances"], len(models))
    counts = [least + (number < more) for number in range(len(models))]
    objects = [
        _OBJECT.format(model=json.dumps(str(model)), name=json.dumps(model.stem), count=count)
        for model, count in zip(models, counts, strict=True)
        if count
    ]
    values = {key: options[key] for key in ("frames", "speed", "fill", "width", "height", "bounces")}
    path.write_text(
        _RECIPE.format(
            models=len(objects),
            objects="".join(objects),
            hdri=json.dumps(options["hdri"]),
            view=json.dumps(options["view"]),
            **values,
        )
    )


def plain_values(recipe_path: Path, frames: int) -> dict[str, Any]:
    """What frames 0 to `frames` - 1 of the recipe hold, for BlenderProc: see `bench/peer/theirs.py`."""
    from engine.blender.frame_renderer import FrameRenderer
    from engine.blender.nodes import linear
    from engine.frame.looks_spec import PaintLook
    from engine.frame.spec import intrinsics
    from engine.recipe.load import load_recipe

    recipe = load_recipe(recipe_path, [])
    renderer = FrameRenderer(recipe, "cpu", lambda path: None)
    specs = [_draw(renderer, index) for index in range(frames)]
    first = specs[0]
    files = {file.role: file.path for file in renderer.prepared.files}

    def thing(instance: Any) -> dict[str, Any]:
        look, paint = instance.look, None
        if isinstance(look, PaintLook):
            paint = {"color": linear(look.base_color), "roughness": look.roughness, "metallic": look.metallic}
        return {
            "model": files[f"objects[{instance.recipe_object}].model"],
            "name": instance.class_name,
            "category": instance.recipe_object + 1,
            "pose": instance.T_world_model,
            "scale": instance.scale,
            "paint": paint,
        }

    return {
        "width": first.camera.width,
        "height": first.camera.height,
        "K": intrinsics(first.camera).tolist(),
        "cameras": [spec.camera.T_world_camera for spec in specs],
        "objects": [thing(instance) for instance in first.objects],
        "ground": _ground(first.ground),
        "hdri": files["surroundings.hdris[0]"],
        "rotation": first.world.rotation,
        "strength": first.world.strength,
        "bounces": first.max_bounces,
        "view": first.view,
    }


def _draw(renderer: Any, index: int) -> Any:
    from engine.annotate.redraw import draw_visible

    return draw_visible(renderer.recipe, renderer.prepared.catalog, renderer.bodies, 0, index)


def _ground(spec: Any) -> dict[str, Any]:
    """The table top as a mesh, and the values in its material `plain`: see `engine.blender.finishes`."""
    from engine.blender.ground import ground_mesh
    from engine.blender.nodes import linear, offset

    mesh = ground_mesh("ground", spec.radius)
    return {
        "vertices": [list(vertex.co) for vertex in mesh.vertices],
        "polygons": [list(polygon.vertices) for polygon in mesh.polygons],
        "smooth": [polygon.use_smooth for polygon in mesh.polygons],
        "color": linear(spec.base_color),
        "roughness": spec.roughness,
        "offset": offset(spec.seed, 5),
    }


def main() -> None:
    options = json.loads(Path(sys.argv[1]).read_text())
    work = Path(options["work"])
    folder = options["models"]
    if folder:
        models = sorted(path for path in Path(folder).absolute().iterdir() if path.suffix.lower() in MODEL_SUFFIXES)
        if not models:
            raise SystemExit(f"{folder} holds no {', '.join(MODEL_SUFFIXES)} file.")
    else:
        (work / "models").mkdir(exist_ok=True)
        models = write_own_models(work / "models")
    write_recipe(options, models, work / "recipe.toml")
    values = plain_values(work / "recipe.toml", options["frames"])
    (work / "scene.json").write_text(json.dumps(values))


if __name__ == "__main__":
    main()
