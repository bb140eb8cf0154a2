"""A user's model becomes one sound mesh, whatever the format; nothing else stays, and no foreign code runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Vector

from engine.blender import import_files, model_import
from engine.blender.axes import UP_ROTATIONS
from engine.blender.datablocks import all_datablocks
from engine.blender.model_import import ImportedModel, load_model
from engine.errors import AssetError
from tests.library.samples import (
    TRIANGLE,
    glb_bytes,
    gltf_text,
    obj_text,
    ply_bytes,
    png_bytes,
    stl_bytes,
    write,
)


@pytest.fixture(autouse=True)
def _empty_session() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)


def _kinds() -> dict[str, set[str]]:
    """Names of the datablocks that matter, by kind."""
    found: dict[str, set[str]] = {}
    for item in all_datablocks().values():
        if item.id_type not in ("SCREEN", "WORKSPACE", "WINDOWMANAGER"):
            found.setdefault(item.id_type, set()).add(item.name)
    return found


EMPTY = {"SCENE": {"Scene"}}


def _vertices(model: ImportedModel) -> np.ndarray:
    flat = np.empty(model.n_vertices * 3, np.float32)
    model.mesh.vertices.foreach_get("co", flat)
    return flat.reshape(-1, 3)


def _corner_normals(mesh: bpy.types.Mesh) -> np.ndarray:
    flat = np.empty(len(mesh.loops) * 3, np.float32)
    mesh.corner_normals.foreach_get("vector", flat)
    return flat.reshape(-1, 3)


def _add(name: str, data: bpy.types.ID | None, **attributes: object) -> bpy.types.Object:
    item = bpy.data.objects.new(name, data)
    for key, value in attributes.items():
        setattr(item, key, value)
    bpy.context.scene.collection.objects.link(item)
    return item


def _mesh(name: str = "quad", material: str | None = None, uv: str | None = None) -> bpy.types.Mesh:
    """A unit square in z = 0."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], [], [(0, 1, 2, 3)])
    if material is not None:
        mesh.materials.append(bpy.data.materials.get(material) or bpy.data.materials.new(material))
    if uv is not None:
        mesh.uv_layers.new(name=uv)
    return mesh


def _save(path: Path) -> Path:
    """Save the session as a .blend and start an empty one."""
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return path


def _export_stage(path: Path) -> Path:
    """A USD file with a textured cube 2 units wide, a camera and a light."""
    bpy.ops.mesh.primitive_cube_add(size=2)
    _add("camera", bpy.data.cameras.new("camera"))
    _add("lamp", bpy.data.lights.new("lamp", "POINT"))
    bpy.ops.wm.usd_export(filepath=str(path))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return path


class TestRealModels:
    @pytest.mark.parametrize(
        ("name", "size", "triangles", "material", "uv"),
        [
            ("fuze.obj", (0.0726, 0.2151, 0.0735), 1000, True, True),
            ("fuze.ply", (0.0726, 0.0735, 0.2151), 1000, True, True),
            ("Duck.glb", (1.6548, 1.1525, 1.5404), 4212, True, True),
            ("BoxTextured.glb", (1, 1, 1), 12, True, True),
            ("spot.obj", (0.9431, 1.7179, 1.6904), 5856, False, True),
            ("featuretype.STL", (5, 2.5, 1.375), 3476, False, False),
            ("box.fbx", (0.5106, 0.5293, 0.4062), 12, True, False),
        ],
    )
    def test_loads(
        self, shared_assets: Path, name: str, size: tuple[float, ...], triangles: int, material: bool, uv: bool
    ) -> None:
        model = load_model(shared_assets / "models" / name)
        assert model.size == pytest.approx(size, abs=1e-3)
        assert model.n_triangles == triangles
        assert (model.has_material, model.has_uv) == (material, uv)
        assert model.missing_textures == ()
        assert model.mesh.name == Path(name).stem
        assert model.mesh.use_fake_user
        assert _kinds().keys() <= {"SCENE", "MESH", "MATERIAL", "IMAGE"}
        assert len(bpy.data.meshes) == 1

    def test_same_photograph_on_both_bottles(self, shared_assets: Path) -> None:
        """The .ply has texture coordinates per corner and names its picture in a comment."""
        bottles = [load_model(shared_assets / "models" / name, up_axis="z") for name in ("fuze.obj", "fuze.ply")]
        for bottle in bottles:
            (material,) = bottle.mesh.materials
            assert [node.image.name for node in material.node_tree.nodes if node.type == "TEX_IMAGE"] == ["fuze uv.jpg"]
        assert len(bpy.data.images) == 1
        np.testing.assert_allclose(bottles[0].bounds_max, bottles[1].bounds_max, atol=1e-6)
        means = [_uv_by_height(bottle.mesh) for bottle in bottles]
        np.testing.assert_allclose(means[0], means[1], atol=1e-3)

    def test_a_large_part_is_said_to_be_implausible(self, shared_assets: Path) -> None:
        path = shared_assets / "models" / "featuretype.STL"
        (warning,) = load_model(path).warnings
        assert "featuretype.STL is 5 m long" in warning
        assert "inches, multiply objects[i].scale by 0.0254" in warning
        assert load_model(path, scale=0.0254).warnings == ()
        assert load_model(path, object_scale=0.0254).size[0] == pytest.approx(5)
        assert load_model(path, object_scale=0.0254).warnings == ()


def _uv_by_height(mesh: bpy.types.Mesh) -> list[float]:
    """Mean texture coordinates of the corners in the lower half."""
    uv = np.array([corner.vector[:] for corner in mesh.uv_layers[0].uv])
    height = np.array([mesh.vertices[loop.vertex_index].co.z for loop in mesh.loops])
    return list(uv[height < 0.1].mean(axis=0))


class TestFrames:
    @pytest.mark.parametrize("axis", UP_ROTATIONS)
    def test_rotation_is_proper_and_lifts_the_axis(self, axis: str) -> None:
        rotation = UP_ROTATIONS[axis]
        assert rotation.determinant() == pytest.approx(1)
        index, sign = "xyz".index(axis[-1]), -1 if axis[0] == "-" else 1
        assert tuple(rotation.col[index] * sign) == pytest.approx((0, 0, 1))

    @pytest.mark.parametrize("make", ["obj", "ply", "stl", "glb"])
    @pytest.mark.parametrize("axis", [None, *UP_ROTATIONS])
    def test_up_axis_is_one_of_the_files_coordinates(self, tmp_path: Path, make: str, axis: str | None) -> None:
        corners = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 2.0, 3.0)
        content: dict[str, bytes | str] = {
            "obj": "v 0 0 0\nv 1 0 0\nv 0 2 3\nf 1 2 3\n",
            "ply": ply_bytes(corners),
            "stl": stl_bytes(corners),
            "glb": glb_bytes(corners),
        }
        path = write(tmp_path / f"a.{make}", content[make])
        rotation = UP_ROTATIONS[axis or {"obj": "y", "glb": "y"}.get(make, "z")]
        expected = [tuple(10 * (rotation @ Vector(corner))) for corner in _triples(corners)]
        found = [tuple(v) for v in _vertices(load_model(path, up_axis=axis, scale=10))]
        assert sorted(_rounded(found)) == sorted(_rounded(expected))

    @pytest.mark.parametrize("up", ["Y", "Z"])
    def test_usd_states_its_up_axis_and_unit(self, tmp_path: Path, up: str) -> None:
        text = (
            f'#usda 1.0\n(\n upAxis = "{up}"\n metersPerUnit = 0.01\n)\ndef Mesh "m" {{\n'
            "int[] faceVertexCounts = [3]\nint[] faceVertexIndices = [0, 1, 2]\n"
            "point3f[] points = [(0, 0, 0), (100, 0, 0), (0, 200, 300)]\n}\n"
        )
        path = write(tmp_path / "a.usda", text)
        assert load_model(path).size == pytest.approx((1, 3, 2) if up == "Y" else (1, 2, 3), abs=1e-5)
        assert load_model(path, up_axis="y").size == pytest.approx((1, 3, 2), abs=1e-5)
        assert load_model(path, up_axis="x").size[2] == pytest.approx(1, abs=1e-5)

    @pytest.mark.parametrize("up", ["Y", "Z"])
    def test_fbx_states_its_up_axis(self, tmp_path: Path, up: str) -> None:
        _add("m", _mesh(), scale=(1, 2, 1))
        forward = {"Y": "-Z", "Z": "Y"}[up]
        bpy.ops.export_scene.fbx(filepath=str(tmp_path / "a.fbx"), axis_up=up, axis_forward=forward)
        bpy.ops.wm.read_factory_settings(use_empty=True)
        assert load_model(tmp_path / "a.fbx").size == pytest.approx((1, 2, 0), abs=1e-4)
        same = load_model(tmp_path / "a.fbx", up_axis=up.lower())
        assert same.size == pytest.approx((1, 2, 0), abs=1e-4)
        assert load_model(tmp_path / "a.fbx", up_axis="x").size[2] == pytest.approx(1, abs=1e-4)

    def test_origin_stays_and_base_offset_puts_it_on_the_floor(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.obj", obj_text(origin=(1, 2, 3), size=0.5))
        model = load_model(path, up_axis="z", scale=2)
        assert model.bounds_min == pytest.approx((2, 4, 6))
        assert model.bounds_max == pytest.approx((3, 5, 7))
        assert model.center == pytest.approx((2.5, 4.5, 6.5))
        assert model.base_offset == pytest.approx((-2.5, -4.5, -6))
        assert model.radius == pytest.approx(math.sqrt(3) / 2)

    def test_impossible_settings(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.obj", obj_text())
        with pytest.raises(AssetError, match=r"'w' is no up axis; use one of x, y, z"):
            load_model(path, up_axis="w")
        for scale in (0, -1, math.nan, math.inf):
            with pytest.raises(AssetError, match="scale"):
                load_model(path, scale=scale)
        assert _kinds() == EMPTY


def _triples(flat: tuple[float, ...]) -> list[tuple[float, ...]]:
    return [flat[i : i + 3] for i in range(0, len(flat), 3)]


def _rounded(points: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    return [tuple(round(float(x), 4) + 0.0 for x in point) for point in points]


class TestMaterials:
    def test_missing_texture_is_a_warning_and_unplugged(self, tmp_path: Path) -> None:
        model = load_model(write(tmp_path / "a.gltf", gltf_text(image="no%20such.png")))
        assert model.missing_textures == ("no such.png",)
        assert any("no such.png" in warning for warning in model.warnings)
        (material,) = model.mesh.materials
        assert not [node for node in material.node_tree.nodes if node.type == "TEX_IMAGE"]
        assert not bpy.data.images

    def test_unreadable_texture_of_an_obj(self, tmp_path: Path) -> None:
        write(tmp_path / "red paint.png", "no picture")
        write(tmp_path / "a.mtl", "newmtl paint\nKd 0.2 0.4 0.6\nmap_Kd red paint.png\nmap_Ks gone.png\n")
        path = write(tmp_path / "a.obj", obj_text("mtllib a.mtl\nusemtl paint"))
        model = load_model(path)
        assert model.missing_textures == ("gone.png", "red paint.png")
        shader = _shader(model.mesh.materials[0])
        assert tuple(shader.inputs["Base Color"].default_value)[:3] == pytest.approx((0.2, 0.4, 0.6))
        assert not shader.inputs["Base Color"].is_linked
        write(tmp_path / "red paint.png", png_bytes())
        write(tmp_path / "gone.png", png_bytes())
        assert load_model(path).missing_textures == ()

    def test_a_texture_that_changed_on_disk_is_read_again(self, tmp_path: Path) -> None:
        write(tmp_path / "a.mtl", "newmtl paint\nmap_Kd paint.png\n")
        path = write(tmp_path / "a.obj", obj_text("mtllib a.mtl\nusemtl paint"))
        colours = []
        for rgb in ((255, 0, 0), (0, 0, 255)):
            write(tmp_path / "paint.png", png_bytes(rgb))
            material = load_model(path).mesh.materials[0]
            image = next(node.image for node in material.node_tree.nodes if node.type == "TEX_IMAGE")
            colours.append(tuple(image.pixels[:3]))
        assert colours == [(1, 0, 0), (0, 0, 1)]

    def test_missing_material_library(self, tmp_path: Path) -> None:
        model = load_model(write(tmp_path / "a.obj", obj_text("mtllib gone.mtl\nusemtl paint")))
        assert any("gone.mtl" in warning for warning in model.warnings)

    def test_vertex_colours_become_a_material(self, tmp_path: Path) -> None:
        header = ply_bytes().split(b"end_header\n")[0].decode().replace("binary_little_endian", "ascii")
        header = header.replace(
            "property float z\n", "property float z\nproperty uchar red\nproperty uchar green\nproperty uchar blue\n"
        )
        rows = "end_header\n0 0 0 {c}\n1 0 0 {c}\n0 1 0 {c}\n3 0 1 2\n"
        model = load_model(write(tmp_path / "red.ply", header + rows.format(c="255 0 0")))
        assert [node.type for node in model.mesh.materials[0].node_tree.nodes].count("VERTEX_COLOR") == 1
        assert not load_model(write(tmp_path / "white.ply", header + rows.format(c="255 255 255"))).has_material

    def test_faces_without_material_do_not_take_their_neighbours(self, tmp_path: Path) -> None:
        _add("red", _mesh(material="red"))
        _add("bare", _mesh(), location=(5, 0, 0))
        model = load_model(_save(tmp_path / "a.blend"))
        used = {model.mesh.materials[polygon.material_index].name for polygon in model.mesh.polygons}
        assert used == {"red", "grey"}

    def test_material_linked_to_the_object_wins(self, tmp_path: Path) -> None:
        item = _add("a", _mesh(material="of the mesh"))
        item.material_slots[0].link = "OBJECT"
        item.material_slots[0].material = bpy.data.materials.new("of the object")
        model = load_model(_save(tmp_path / "a.blend"))
        assert [material.name for material in model.mesh.materials] == ["of the object"]
        assert _kinds()["MATERIAL"] == {"of the object"}

    def test_differing_uv_maps_meet_in_one_render_map(self, tmp_path: Path) -> None:
        _add("a", _mesh("a", uv="first"))
        _add("b", _mesh("b", uv="second"))
        mesh = load_model(_save(tmp_path / "a.blend")).mesh
        render = next(layer for layer in mesh.uv_layers if layer.active_render)
        values = np.empty(len(mesh.loops) * 2, np.float32)
        render.uv.foreach_get("vector", values)
        for part in values.reshape(2, 4, 2):
            assert sorted(map(tuple, part)) == [(0, 0), (0, 1), (1, 0), (1, 1)]
        assert {"first", "second"} <= {layer.name for layer in mesh.uv_layers}


class TestEvaluation:
    def test_everything_with_a_surface_is_joined_and_the_rest_dropped(self, tmp_path: Path) -> None:
        parent = _add("parent", None, location=(0, 0, 10))
        _add("child", _mesh("child", "red"), parent=parent)
        array = _add("array", _mesh("array", "blue"), location=(0, 0, -1))
        array.modifiers.new("array", "ARRAY").count = 3
        curve = bpy.data.curves.new("wire", "CURVE")
        curve.splines.new("POLY").points.add(1)
        curve.splines[0].points[1].co = (1, 0, 0, 1)
        curve.bevel_depth = 0.1
        _add("wire", curve)
        text = bpy.data.curves.new("text", "FONT")
        text.body = "l"
        _add("text", text, location=(0, 20, 0))
        _add("camera", bpy.data.cameras.new("camera"))
        _add("lamp", bpy.data.lights.new("lamp", "POINT"))
        _add("hidden", _mesh("hidden"), hide_render=True, location=(0, 0, 99))
        model = load_model(_save(tmp_path / "a.blend"))
        assert model.bounds_max[2] == pytest.approx(10)
        assert model.bounds_min[2] == pytest.approx(-1)
        assert model.bounds_max[0] == pytest.approx(3)
        assert model.bounds_max[1] > 20
        assert {material.name for material in model.mesh.materials} >= {"red", "blue"}
        assert _kinds().keys() == {"SCENE", "MESH", "MATERIAL"}
        assert _kinds()["SCENE"] == {"Scene"}

    def test_surface_count_is_not_doubled(self, tmp_path: Path) -> None:
        """Blender lists a curve twice, as itself and as the mesh it becomes."""
        curve = bpy.data.curves.new("wire", "CURVE")
        curve.splines.new("POLY").points.add(1)
        curve.splines[0].points[1].co = (1, 0, 0, 1)
        curve.bevel_depth, curve.bevel_resolution = 0.1, 0
        _add("wire", curve)
        assert load_model(_save(tmp_path / "a.blend")).n_triangles == 8

    def test_instances_of_a_collection_are_made_real(self, tmp_path: Path) -> None:
        collection = bpy.data.collections.new("parts")
        collection.objects.link(bpy.data.objects.new("part", _mesh()))
        for x in (0, 10):
            _add("copy", None, instance_type="COLLECTION", instance_collection=collection, location=(x, 0, 0))
        model = load_model(_save(tmp_path / "a.blend"))
        assert (model.n_triangles, model.bounds_max[0]) == (4, 11)

    def test_shape_keys_and_armatures_count_as_they_stand(self, tmp_path: Path) -> None:
        item = _add("a", _mesh())
        item.shape_key_add(name="Basis")
        key = item.shape_key_add(name="up")
        for point in key.data:
            point.co.z = 2
        key.value = 0.5
        model = load_model(_save(tmp_path / "a.blend"))
        assert model.bounds_max[2] == pytest.approx(1)
        assert model.mesh.shape_keys is None
        assert _kinds().keys() == {"SCENE", "MESH"}

    def test_subdivision_as_rendered(self, tmp_path: Path) -> None:
        modifier = _add("a", _mesh()).modifiers.new("s", "SUBSURF")
        modifier.levels, modifier.render_levels = 0, 2
        assert load_model(_save(tmp_path / "a.blend")).n_triangles == 32

    @pytest.mark.parametrize("scale", [(1, 1, 1), (-1, 1, 1), (1, 2, 4), (-3, 1, 0.5)])
    def test_custom_normals_follow_the_transform(self, tmp_path: Path, scale: tuple[float, float, float]) -> None:
        mesh = _mesh()
        normals = np.array([(0.3, 0, 1), (0, 0.5, 1), (-0.2, 0.1, 1), (0, 0, 1)], np.float64)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        mesh.normals_split_custom_set(normals)
        _add("a", mesh, scale=scale)
        loaded = load_model(_save(tmp_path / "a.blend")).mesh
        expected = normals / scale
        expected /= np.linalg.norm(expected, axis=1, keepdims=True)
        corner_of = {tuple(np.round(np.multiply(v, scale), 4)): n for v, n in zip(_square(), expected, strict=True)}
        found = _corner_normals(loaded)
        for loop, normal in zip(loaded.loops, found, strict=True):
            place = tuple(round(float(x), 4) for x in loaded.vertices[loop.vertex_index].co)
            np.testing.assert_allclose(normal, corner_of[place], atol=2e-3)
        assert loaded.polygons[0].normal.z == pytest.approx(1)

    def test_custom_normals_survive_joining(self, tmp_path: Path) -> None:
        mesh = _mesh("bent")
        mesh.normals_split_custom_set([(0.6, 0, 0.8)] * 4)
        _add("bent", mesh)
        _add("flat", _mesh("flat"), location=(5, 0, 0))
        loaded = load_model(_save(tmp_path / "a.blend")).mesh
        bent = [loop.vertex_index for loop in loaded.loops]
        x = np.array([loaded.vertices[index].co.x for index in bent])
        found = _corner_normals(loaded)
        np.testing.assert_allclose(found[x < 2], [(0.6, 0, 0.8)] * 4, atol=2e-3)
        np.testing.assert_allclose(found[x > 2], [(0, 0, 1)] * 4, atol=2e-3)

    def test_usd_with_camera_and_light(self, tmp_path: Path) -> None:
        for suffix in (".usd", ".usdc", ".usda", ".usdz"):
            model = load_model(_export_stage(tmp_path / f"stage{suffix}"))
            assert model.size == pytest.approx((2, 2, 2), abs=1e-5)
            assert _kinds().keys() == {"SCENE", "MESH"}

    def test_round_parts_without_normals_look_round(self, tmp_path: Path) -> None:
        bpy.ops.mesh.primitive_cylinder_add(vertices=32)
        bpy.ops.wm.stl_export(filepath=str(tmp_path / "a.stl"))
        bpy.ops.wm.read_factory_settings(use_empty=True)
        mesh = load_model(tmp_path / "a.stl").mesh
        angles = {
            round(math.degrees(math.acos(min(1.0, mesh.polygons[p].normal.dot(mesh.corner_normals[i].vector)))))
            for p in range(len(mesh.polygons))
            for i in mesh.polygons[p].loop_indices
        }
        assert max(angles) < 10, "the rim must stay sharp"
        assert max(angles) > 2, "the side must be smooth"


def _square() -> list[tuple[int, int, int]]:
    return [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]


class TestBlendNames:
    @pytest.fixture
    def library(self, tmp_path: Path) -> Path:
        wheel = _mesh("wheel", "rubber")
        car = _add("Car", _mesh("body", "paint"))
        _add("Wheel", wheel, parent=car, location=(10, 0, 0))
        group = bpy.data.collections.new("Toys")
        bpy.context.scene.collection.children.link(group)
        group.objects.link(bpy.data.objects.new("Ball", _mesh("ball")))
        bpy.data.objects["Ball"].location = (0, 0, 50)
        return _save(tmp_path / "library.blend")

    def test_object_with_its_children(self, library: Path) -> None:
        model = load_model(f"{library}#Car")
        assert (model.n_triangles, model.bounds_max[0], model.mesh.name) == (4, 11, "Car")
        assert load_model(f"{library}#Wheel").bounds_min[0] == 10
        assert _kinds().keys() == {"SCENE", "MESH", "MATERIAL"}

    def test_object_whose_name_is_taken_in_the_session(self, library: Path) -> None:
        _add("Car", None)
        assert load_model(f"{library}#Car").n_triangles == 4
        assert _kinds()["OBJECT"] == {"Car"}

    def test_collection(self, library: Path) -> None:
        model = load_model(f"{library}#Toys")
        assert (model.n_triangles, model.bounds_min[2]) == (2, 50)

    def test_whole_file(self, library: Path) -> None:
        assert load_model(library).n_triangles == 6

    def test_unknown_name(self, library: Path) -> None:
        with pytest.raises(AssetError, match=r"library\.blend: it has no object or collection 'Whee'; it has 'Wheel'"):
            load_model(f"{library}#Whee")
        assert _kinds() == EMPTY


class TestForeignCode:
    @pytest.fixture
    def trap(self, tmp_path: Path) -> Path:
        """A .blend that tries to write files beside it, by a registered text and by Python drivers."""

        def attack(source: str) -> str:
            return f"__import__('pathlib').Path({str(tmp_path / source)!r}).with_suffix('.ran').write_text('x')"

        text = bpy.data.texts.new("startup.py")
        text.write(attack("text"))
        text.use_module = True
        item = _add("trap", _mesh(material="driven"))
        item["script"] = text
        item.shape_key_add(name="Basis")
        key = item.shape_key_add(name="key")
        shader = _shader(bpy.data.materials["driven"])
        _drive(item, "location", attack("object"), 0)
        _drive(key, "value", attack("shape key"))
        _drive(shader.inputs["Metallic"], "default_value", attack("material"))
        _drive(item, "location", "frame * 0 + 7", 1)
        variable = _drive(shader.inputs["Roughness"], "default_value", "y / 14").variables.new()
        variable.name = "y"
        variable.targets[0].id = item
        variable.targets[0].data_path = "location.y"
        path = _save(tmp_path / "trap.blend")
        for file in tmp_path.glob("*.ran"):
            file.unlink()
        return path

    def test_the_trap_works_where_scripts_are_allowed(self, trap: Path) -> None:
        """Otherwise the next tests would prove nothing."""
        bpy.ops.wm.open_mainfile(filepath=str(trap), use_scripts=True)
        bpy.context.view_layer.update()
        ran = {file.stem for file in trap.parent.glob("*.ran")}
        bpy.context.preferences.filepaths.use_scripts_auto_execute = False
        assert ran == {"text", "object", "shape key", "material"}

    @pytest.mark.parametrize("name", ["", "#trap"])
    def test_nothing_runs_and_the_model_still_loads(self, trap: Path, name: str) -> None:
        bpy.context.preferences.filepaths.use_scripts_auto_execute = True
        handlers = {name: list(getattr(bpy.app.handlers, name)) for name in _handler_lists()}
        namespace = set(bpy.app.driver_namespace)
        model = load_model(f"{trap}{name}")
        bpy.context.scene.frame_set(5)
        bpy.context.view_layer.update()
        assert not list(trap.parent.glob("*.ran"))
        assert model.n_triangles == 2
        assert model.bounds_min == pytest.approx((0, 7, 0)), "drivers that need no Python are evaluated"
        assert any("not run" in warning for warning in model.warnings)
        assert not bpy.context.preferences.filepaths.use_scripts_auto_execute
        assert {name: list(getattr(bpy.app.handlers, name)) for name in _handler_lists()} == handlers
        assert set(bpy.app.driver_namespace) == namespace
        assert _kinds().keys() == {"SCENE", "MESH", "MATERIAL"}

    @pytest.mark.parametrize("lock", ["disarm", "forbid_scripts"])
    def test_each_lock_holds_alone(self, trap: Path, lock: str, monkeypatch: pytest.MonkeyPatch) -> None:
        bpy.context.preferences.filepaths.use_scripts_auto_execute = True
        if lock == "disarm":
            monkeypatch.setattr(model_import, "forbid_scripts", lambda: None)
        else:
            monkeypatch.setattr(import_files, "disarm", lambda datablocks: 0)
        model = load_model(trap)
        bpy.context.preferences.filepaths.use_scripts_auto_execute = False
        assert not list(trap.parent.glob("*.ran"))
        assert model.n_triangles == 2

    def test_driven_materials_are_frozen(self, trap: Path) -> None:
        material = load_model(trap).mesh.materials[0]
        assert _shader(material).inputs["Roughness"].default_value == pytest.approx(0.5)
        assert material.node_tree.animation_data is None


def _shader(material: bpy.types.Material) -> bpy.types.Node:
    return next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")


def _drive(owner: bpy.types.bpy_struct, path: str, expression: str, index: int = -1) -> bpy.types.Driver:
    driver = owner.driver_add(path, index).driver
    driver.expression = expression
    return driver


def _handler_lists() -> list[str]:
    return [name for name in dir(bpy.app.handlers) if isinstance(getattr(bpy.app.handlers, name), list)]


class TestBadInput:
    @pytest.mark.parametrize(
        ("name", "content", "expected"),
        [
            ("far.obj", "v 0 0 0\nv 5e10 0 0\nv 0 1 0\nf 1 2 3\n", "50,000,000 km|49,999,99. km"),
            ("point.obj", "v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n", "no size"),
            ("line.obj", "v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n", "no area"),
            ("nan.stl", stl_bytes((*TRIANGLE, 0, 0, 0, 1, math.nan, 0, 0, 1, 5)), "not finite"),
            ("nan.ply", ply_bytes((0, 0, 0, 1, 0, 0, 0, math.inf, 0)), "not finite"),
            ("points.ply", ply_bytes(faces=()), "no faces"),
            ("words.fbx", "; FBX 7.3.0 project file\nwords\n", "Blender cannot read|no faces"),
            ("words.usda", "#usda 1.0\nwords\n", "Blender cannot read"),
            ("nothing.usda", "#usda 1.0\n", "no faces"),
            ("words.glb", png_bytes(), "PNG"),
            ("indices.ply", ply_bytes(faces=((0, 1, 9),)), "no faces"),
            (
                "nan.usda",
                '#usda 1.0\ndef Mesh "m" {\nint[] faceVertexCounts = [3]\nint[] faceVertexIndices = [0, 1, 2]\n'
                "point3f[] points = [(0, 0, 0), (1, 0, 0), (0, nan, 1)]\n}\n",
                "not finite",
            ),
        ],
    )
    def test_is_refused_and_leaves_nothing(
        self, tmp_path: Path, name: str, content: bytes | str, expected: str
    ) -> None:
        path = write(tmp_path / name, content)
        with pytest.raises(AssetError, match=expected) as caught:
            load_model(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
        assert "Traceback" not in str(caught.value)
        assert _kinds() == EMPTY

    @pytest.mark.parametrize("make", [lambda p: _save(p / "a.blend"), lambda p: _export_stage(p / "a.usdc")])
    @pytest.mark.parametrize("part", [0.3, 0.9])
    def test_truncated(self, tmp_path: Path, make: Callable[[Path], Path], part: float) -> None:
        _add("a", _mesh())
        path = make(tmp_path)
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * part)])
        with pytest.raises(AssetError, match="truncated"):
            load_model(path)
        assert _kinds() == EMPTY

    def test_truncated_compressed_blend(self, tmp_path: Path) -> None:
        _add("a", _mesh())
        path = tmp_path / "a.blend"
        bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True, compress=True)
        bpy.ops.wm.read_factory_settings(use_empty=True)
        assert load_model(path).n_triangles == 2
        bpy.ops.wm.read_factory_settings(use_empty=True)
        path.write_bytes(path.read_bytes()[:2000])
        with pytest.raises(AssetError, match="Blender cannot read"):
            load_model(path)
        assert _kinds() == EMPTY

    def test_corrupt_glb_behind_a_sound_header(self, tmp_path: Path) -> None:
        extra = {"meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 77}]}]}
        with pytest.raises(AssetError, match="Blender cannot read"):
            load_model(write(tmp_path / "a.glb", glb_bytes(**extra)))
        assert _kinds() == EMPTY

    def test_flat_model_is_a_warning(self, tmp_path: Path) -> None:
        model = load_model(write(tmp_path / "a.stl", stl_bytes()))
        assert any("flat" in warning for warning in model.warnings)

    def test_small_model_is_a_warning(self, tmp_path: Path) -> None:
        model = load_model(write(tmp_path / "a.obj", obj_text(size=1e-4)))
        assert any("only 0.1 mm" in warning for warning in model.warnings)

    def test_a_session_in_use_is_left_as_it_was(self, tmp_path: Path) -> None:
        _add("mine", _mesh("mine", "my material"))
        before = _kinds()
        with pytest.raises(AssetError):
            load_model(write(tmp_path / "point.obj", "v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n"))
        assert _kinds() == before
        model = load_model(write(tmp_path / "a.obj", obj_text()))
        assert {item.name for item in bpy.context.scene.objects} == {"mine"}
        bpy.data.meshes.remove(model.mesh)
        assert _kinds() == before
