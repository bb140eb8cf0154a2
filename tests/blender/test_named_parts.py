"""Named parts of real models: noted from files, exact in rendered frames, with materials of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from engine.annotate.build import build_record
from engine.annotate.masks import decode_mask
from engine.annotate.overlay import draw
from engine.annotate.redraw import draw_visible
from engine.blender.cup import DEFAULT_SHAPE, Region, cup_quads
from engine.blender.frame_renderer import FrameRenderer
from engine.blender.model_import import load_model
from engine.blender.parts import triangle_parts
from engine.dataset.check_parts import part_problems
from engine.errors import AssetError
from engine.frame.looks_spec import CupLook, JitterLook, SlotLooks, SurfaceLook
from engine.library.notes import SIDECAR_NAME
from engine.recipe.load import recipe_from_plain
from tests.factory import make_render_info

SMALL = {"resolution": [96, 72], "samples": 1, "denoise": False}


def renderer(item: dict[str, Any]) -> FrameRenderer:
    plain = {"objects": [{"count": 2, **item}], "ground": {"finish": "plain"}, "render": SMALL}
    return FrameRenderer(recipe_from_plain({**plain, "camera": {"fill": 0.8}}, "t"), "cpu", lambda path: None)


@pytest.fixture(scope="module")
def kettle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A body with a lid of the same material on it, and a knob of another, as three objects of a .glb file."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    steel, rubber = bpy.data.materials.new("Steel"), bpy.data.materials.new("Rubber")
    boxes = (("Body", 0.1, 0.05, steel), ("Lid", 0.06, 0.14, steel), ("Knob", 0.03, 0.2, rubber))
    for name, size, height, material in boxes:
        bpy.ops.mesh.primitive_cube_add(size=size, location=(0, 0, height))
        bpy.context.object.name = name
        bpy.context.object.data.materials.append(material)
    file = tmp_path_factory.mktemp("kettle") / "kettle.glb"
    bpy.ops.export_scene.gltf(filepath=str(file))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    note(file, '["kettle.glb".parts]\nlid = ["Lid", "Rubber"]\nbody = "Body"\n')
    return file


def note(file: Path, text: str) -> None:
    (file.parent / SIDECAR_NAME).write_text(text)


def test_parts_are_objects_and_materials_of_the_file(kettle: Path) -> None:
    parts = (("lid", ("Lid", "Rubber")), ("body", ("Body",)))
    for _ in range(2):  # the second time, names are taken and Blender numbers them
        mesh = load_model(kettle, parts=parts).mesh
        heights = np.array([vertex.co.z for vertex in mesh.vertices])
        middle = np.array([heights[list(triangle.vertices)].mean() for triangle in mesh.loop_triangles])
        assert np.array_equal(triangle_parts(mesh), np.where(middle > 0.105, 1, 2))
    with pytest.raises(AssetError, match=r"its part 'lid' is noted to be 'Lit', but .* it has '.*'Steel'"):
        load_model(kettle, parts=(("lid", ("Lit",)),))


def test_parts_of_a_rendered_cup_make_up_its_mask_and_show_what_they_say() -> None:
    r = renderer({"tilt": 30, "stretch": {"x": 1.3}})
    quads = cup_quads(DEFAULT_SHAPE)
    faces = quads.vertices[quads.faces].mean(axis=1)
    wrong = seen = 0
    for index in range(2):
        spec = draw_visible(r.recipe, r.prepared.catalog, r.bodies, 3, index)
        passes = r.render(spec)
        record = build_record(passes, spec, r.bodies, make_render_info())
        drawn = draw(np.full_like(passes.rgb, 90), record, passes.instance_id, {"parts"})
        assert np.array_equal((drawn != 90).any(axis=2), passes.instance_id > 0), "all of a cup is in a part"
        for item, instance in zip(spec.objects, record.instances, strict=True):
            assert instance.parts is not None
            assert [part.name for part in instance.parts] == ["body", "handle"]
            assert sum(part.area for part in instance.parts) == instance.area
            mask = passes.instance_id == item.instance_id
            assert list(part_problems(record, instance, mask)) == []
            handle = instance.parts[1]
            if handle.mask is None:
                continue
            # An oracle without rays: the face whose middle is nearest to the point that is seen.
            v, u = np.nonzero(mask)
            K = np.array(record.cam_K).reshape(3, 3)
            points = np.stack([u, v, np.ones_like(u)], -1) @ np.linalg.inv(K).T * passes.depth[v, u][:, None]
            R = np.array(instance.cam_R_m2c).reshape(3, 3)
            own = (points - instance.cam_t_m2c) @ R / item.scale / item.stretch
            nearest = np.linalg.norm(own[:, None] - faces[None], axis=2).argmin(axis=1)
            wrong += int(((quads.region[nearest] == Region.HANDLE) != decode_mask(handle.mask)[v, u]).sum())
            seen += handle.area
    assert seen > 150
    assert wrong < 0.1 * seen  # next to the seam


def test_each_part_gets_a_material_of_its_own(kettle: Path) -> None:
    surface = {"material": "plastic", "surface": {"natural": False}, "slots": "parts"}
    r = renderer({"model": str(kettle), **surface})
    (facts,) = r.prepared.catalog.models
    assert sorted(facts.slot_parts) == ["body", "lid", "lid"]
    spec = draw_visible(r.recipe, r.prepared.catalog, r.bodies, 0, 0)
    look = spec.objects[0].look
    assert isinstance(look, SlotLooks)
    assert all(isinstance(one, SurfaceLook) for one in look.looks)
    of_part = dict(zip(facts.slot_parts, look.looks, strict=True))
    assert [of_part[part] for part in facts.slot_parts] == list(look.looks)
    assert of_part["lid"] != of_part["body"]
    assert "objects[0][0].parts.lid.material" in spec.drawn
    passes = r.render(spec)
    assert (passes.instance_id > 0).sum() > 300


def test_what_is_in_no_part_keeps_its_own_material(kettle: Path) -> None:
    note(kettle, '["kettle.glb".parts]\nlid = ["Lid"]\n')
    r = renderer({"model": str(kettle), "material": "wood", "slots": "parts"})
    (facts,) = r.prepared.catalog.models
    assert sorted(facts.slot_parts) == ["", "", "lid"]
    look = draw_visible(r.recipe, r.prepared.catalog, r.bodies, 0, 0).objects[0].look
    assert isinstance(look, SlotLooks)
    kinds = {part: type(one) for part, one in zip(facts.slot_parts, look.looks, strict=True)}
    assert kinds == {"": JitterLook, "lid": SurfaceLook}
    cup = renderer({"material": "wood", "slots": "parts"})
    look = draw_visible(cup.recipe, cup.prepared.catalog, cup.bodies, 0, 0).objects[0].look
    assert isinstance(look, SlotLooks)
    assert not any(isinstance(one, CupLook) for one in look.looks)
    note(kettle, "")
    with pytest.raises(AssetError, match=r"objects\[0\]\.slots: no parts are noted for .*kettle\.glb"):
        renderer({"model": str(kettle), "material": "wood", "slots": "parts"})
