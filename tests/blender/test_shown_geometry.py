"""What is annotated is what is rendered: each way in which a .blend file makes geometry ends in the mesh, or is refused
by name; of a whole scene, it is left out with a warning."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from engine.blender.model_import import load_model
from engine.blender.scene_import import import_scene
from engine.errors import AssetError

Make = Callable[[Any], None]


def blend(path: Path, make: Make) -> Path:
    """A .blend file with a cube of 2 cm to which `make` did something."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.mesh.primitive_cube_add(size=0.02)
    make(bpy.context.object)
    bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=False)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return path


def nodes(thing: Any) -> Any:
    """A new tree of geometry nodes on an object, with the object's own geometry in it; (tree, input, output)."""
    tree = bpy.data.node_groups.new("made", "GeometryNodeTree")
    tree.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    thing.modifiers.new("nodes", "NODES").node_group = tree
    return tree, tree.nodes.new("NodeGroupInput"), tree.nodes.new("NodeGroupOutput")


def mirrored(cube: Any) -> None:
    cube.modifiers.new("array", "ARRAY").count = 3
    bevel = cube.modifiers.new("bevel", "BEVEL")
    bevel.width = 0.002


def displaced_by_modifier(cube: Any) -> None:
    cube.modifiers.new("subdivide", "SUBSURF").render_levels = 3
    move = cube.modifiers.new("displace", "DISPLACE")
    move.strength, move.mid_level = 0.01, 0.0


def instances_of_nodes(cube: Any) -> None:
    tree, begin, end = nodes(cube)
    points = tree.nodes.new("GeometryNodeMeshToPoints")
    ball = tree.nodes.new("GeometryNodeMeshUVSphere")
    ball.inputs["Radius"].default_value = 0.004
    on = tree.nodes.new("GeometryNodeInstanceOnPoints")
    tree.links.new(begin.outputs[0], points.inputs["Mesh"])
    tree.links.new(points.outputs[0], on.inputs["Points"])
    tree.links.new(ball.outputs["Mesh"], on.inputs["Instance"])
    tree.links.new(on.outputs[0], end.inputs[0])


def particle_objects(cube: Any) -> None:
    bpy.ops.mesh.primitive_ico_sphere_add(radius=0.003, location=(1, 1, 1))
    ball = bpy.context.object
    ball.hide_render = True
    system = cube.modifiers.new("particles", "PARTICLE_SYSTEM").particle_system
    settings = system.settings
    settings.type, settings.count, settings.render_type = "HAIR", 12, "OBJECT"
    settings.use_advanced_hair = True
    settings.instance_object, settings.particle_size, settings.hair_length = ball, 1.0, 0.01


def hair_particles(cube: Any) -> None:
    settings = cube.modifiers.new("fur", "PARTICLE_SYSTEM").particle_system.settings
    settings.type, settings.count, settings.hair_length = "HAIR", 20, 0.01


def hair_curves(cube: Any) -> None:
    data = bpy.data.hair_curves.new("fur")
    data.add_curves([4, 4])
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("fur", data))


def point_cloud(cube: Any) -> None:
    tree, begin, end = nodes(cube)
    points = tree.nodes.new("GeometryNodeMeshToPoints")
    tree.links.new(begin.outputs[0], points.inputs["Mesh"])
    tree.links.new(points.outputs[0], end.inputs[0])


def volume(cube: Any) -> None:
    thing = bpy.data.objects.new("mist", bpy.data.volumes.new("mist"))
    bpy.context.scene.collection.objects.link(thing)
    tree, _, end = nodes(thing)
    made = tree.nodes.new("GeometryNodeVolumeCube")
    tree.links.new(made.outputs[0], end.inputs[0])


def displaced_by_material(cube: Any) -> None:
    material = bpy.data.materials.new("rough clay")
    material.displacement_method = "DISPLACEMENT"
    tree = material.node_tree
    move = tree.nodes.new("ShaderNodeDisplacement")
    move.inputs["Scale"].default_value = 0.5
    move.inputs["Height"].default_value = 1.0
    output = next(node for node in tree.nodes if node.type == "OUTPUT_MATERIAL")
    tree.links.new(move.outputs[0], output.inputs["Displacement"])
    cube.data.materials.append(material)


@pytest.mark.parametrize(
    ("make", "size", "most_triangles"),
    [
        (mirrored, (0.06, 0.02, 0.02), 12 * 3 * 9),
        (displaced_by_modifier, (0.0366, 0.0366, 0.0366), 10_000),
        (instances_of_nodes, (0.028, 0.028, 0.028), 8 * 1000),
        (particle_objects, None, 12 + 12 * 80),
    ],
)
def test_geometry_that_is_made_becomes_part_of_the_mesh(
    tmp_path: Path, make: Make, size: tuple[float, ...] | None, most_triangles: int
) -> None:
    model = load_model(blend(tmp_path / "made.blend", make), object_scale=None)
    assert 12 < model.n_triangles <= most_triangles
    if size is not None:
        assert model.size == pytest.approx(size, rel=0.1)


def test_particles_that_show_objects_are_all_there(tmp_path: Path) -> None:
    model = load_model(blend(tmp_path / "made.blend", particle_objects), object_scale=None)
    assert model.n_triangles == 12 + 12 * 80


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (hair_particles, "its object 'Cube' shows hair (the particle system"),
        (hair_curves, "its object 'fur' shows hair curves"),
        (point_cloud, "its object 'Cube' shows a point cloud"),
        (volume, "its object 'mist' shows a volume"),
    ],
)
def test_what_has_no_faces_is_refused_by_name(tmp_path: Path, make: Make, said: str) -> None:
    path = blend(tmp_path / "made.blend", make)
    with pytest.raises(AssetError) as caught:
        load_model(path, object_scale=None)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")


def test_what_is_hidden_in_renders_is_not_refused(tmp_path: Path) -> None:
    def hidden(cube: Any) -> None:
        hair_particles(cube)
        cube.modifiers["fur"].show_render = False

    assert load_model(blend(tmp_path / "made.blend", hidden), object_scale=None).n_triangles == 12


def test_displacement_by_a_material_is_shown_as_bumps(tmp_path: Path) -> None:
    model = load_model(blend(tmp_path / "made.blend", displaced_by_material), object_scale=None)
    (material,) = model.mesh.materials
    assert material.displacement_method == "BUMP"
    assert any("displacement of its materials is shown as bumps: 'rough clay'" in text for text in model.warnings)
    assert np.allclose(model.size, 0.02)


def test_a_whole_scene_is_shown_without_what_has_no_faces_and_that_is_said(tmp_path: Path) -> None:
    def made(cube: Any) -> None:
        for make in (displaced_by_material, hair_particles, hair_curves, volume):
            make(cube)

    scene = import_scene(str(blend(tmp_path / "room.blend", made)), up_axis=None, scale=1.0)
    assert [part.name for part in scene.things] == ["Cube"]
    assert [material.displacement_method for material in scene.things[0].data.materials] == ["BUMP"]
    (left_out,) = (text for text in scene.warnings if "no faces" in text)
    assert left_out.startswith("room.blend: shown without what has no faces: ")
    assert {"'Cube' (hair (the particle system 'fur'))", "'fur' (hair curves)", "'mist' (a volume)"} == set(
        left_out.removeprefix("room.blend: shown without what has no faces: ").partition(";")[0].split(", ")
    )
    assert any("shown as bumps: 'rough clay'" in text for text in scene.warnings)


def test_a_whole_scene_of_meshes_has_nothing_to_be_said_of(tmp_path: Path) -> None:
    scene = import_scene(str(blend(tmp_path / "room.blend", mirrored)), up_axis=None, scale=1.0)
    assert scene.warnings == ()
