"""Previews show what the full render shows, and what is kept between them leaves no trace."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

import presets
from engine.annotate.passes import Passes
from engine.annotate.ray_masks import cast_masks
from engine.annotate.redraw import draw_visible
from engine.blender.frame_renderer import FrameRenderer
from engine.blender.looks import cup_material
from engine.blender.nodes import OtherNodesNeeded, Tape
from engine.blender.preview import PreviewRenderer
from engine.blender.render import RenderCancelled
from engine.errors import AssetError
from engine.frame.looks_spec import CupLook
from engine.frame.resize import resized
from engine.recipe.load import load_recipe
from engine.recipe.model import Recipe

SIZE = (64, 48)
SMALL = ("render.resolution=[64, 48]", "render.samples=2", "surroundings.hdris=['builtin:studio', 'builtin:city']")


def recipe(*overrides: str) -> Recipe:
    return load_recipe(presets.find("basic"), (*SMALL, *overrides))


def preview(r: PreviewRenderer, what: Recipe, index: int = 0, steps: tuple[int, ...] = (1, 1)) -> list[Passes]:
    found: list[Passes] = []
    r.load(what, lambda path: None)
    shown = {sum(steps[: i + 1]) for i in range(len(steps))}
    r.refine(r.draw(0, index), SIZE, list(steps), shown, sum(steps), found.append, None)
    return found


def full(r: PreviewRenderer, what: Recipe, index: int = 0) -> Passes:
    r.load(what, lambda path: None)
    return r.full(r.draw(0, index), lambda done, total: None, lambda: False)


def assert_same(a: Passes, b: Passes) -> None:
    assert np.array_equal(a.rgb, b.rgb)
    assert np.array_equal(a.instance_id, b.instance_id)
    assert np.array_equal(a.depth, b.depth)


VARIANTS = (
    (),
    ("camera.elevation=33",),
    ("surroundings.rotation=200", "surroundings.strength=0.5"),
    ("objects[0].look=imperfect", "objects[0].pattern=dots", "objects[0].imperfection=0.3"),
    ("objects[0].look=imperfect", "objects[0].pattern=dots", "objects[0].imperfection=0.9"),
    ("objects[0].look=imperfect", "objects[0].pattern=dots", "objects[0].paint.metallic=1"),
    ("objects[0].look=textured", "objects[0].pattern=stripes", "objects[0].paint.hue=10"),
    ("objects[0].look=textured", "objects[0].pattern=stripes", "objects[0].paint.hue=200"),
    ("objects[0].look=bare",),
    ("objects[0].look=colored", "objects[0].count=3"),
    ("ground.kind=none", "objects[0].count=1"),
    ("ground.finish=wood", "ground.extent=3"),
    ("ground.finish=wood", "ground.extent=3", "ground.roughness=0.6", "ground.hue=40"),
    ("ground.finish=plain", "camera.f_stop=0.5"),
    ("objects[0].material=plastic", "objects[0].wear.dents=0.9", "objects[0].wear.scratches=0.2"),
    (
        "objects[0].material=plastic",
        "objects[0].wear.dents=0.2",
        "objects[0].wear.scratches=0.9",
        "ground.finish=tiles",
    ),
    ("surroundings.hdris=['builtin:forest']",),
)

SOME = pytest.param((0, 3, 4, 6, 9, 12, 15), id="some")
"""Variants of which each keeps something else of the one before it."""


@pytest.mark.slow
@pytest.mark.parametrize("which", [SOME, pytest.param(range(len(VARIANTS)), marks=pytest.mark.long, id="all")])
def test_a_frame_shown_after_others_is_the_full_render_of_the_dataset_to_the_bit(which: Sequence[int]) -> None:
    """Whatever was kept from the recipes before it: each variant's frames equal those of a renderer made for it."""
    r = PreviewRenderer()
    ours: dict[int, list[Passes]] = {}
    variants = [(number, VARIANTS[number]) for number in which]
    for number, overrides in [*variants, *reversed(variants)]:
        preview(r, recipe(*overrides), index=1, steps=(1, 1, 2, 4)[: 1 + number % 4])
        ours.setdefault(number, []).append(full(r, recipe(*overrides)))
    for number, overrides in variants:
        own = FrameRenderer(recipe(*overrides), "auto", lambda path: None)
        expected = own.render(draw_visible(own.recipe, own.prepared.catalog, own.prepared.bodies, 0, 0))
        for passes in ours[number]:
            assert_same(passes, expected)


def test_the_preview_has_the_composition_of_the_full_render_at_any_size() -> None:
    r = PreviewRenderer()
    for overrides in ((), ("camera.f_stop=0.4", "objects[0].count=3"), ("objects[0].tilt=90",)):
        what = recipe(*overrides, "render.resolution=[128, 96]")
        large = full(r, what)
        (small,) = preview(r, what, steps=(1,))
        assert small.instance_id.shape == (48, 64)
        assert set(np.unique(small.instance_id)) == set(np.unique(large.instance_id))
        same_size = full(r, recipe(*overrides))
        assert np.array_equal(small.instance_id, same_size.instance_id)
        assert np.array_equal(small.depth, same_size.depth)


def test_equal_requests_give_equal_pictures_and_another_value_another() -> None:
    r = PreviewRenderer()
    first = preview(r, recipe("objects[0].paint.hue=20"))
    preview(r, recipe("objects[0].paint.hue=200"))
    again = preview(r, recipe("objects[0].paint.hue=20"))
    for a, b in zip(first, again, strict=True):
        assert_same(a, b)
    others = ("objects[0].paint.hue=200", "surroundings.strength=3", "camera.azimuth=7", "ground.value=0.9")
    pictures = [preview(r, recipe("objects[0].paint.hue=20", other))[-1].rgb for other in others]
    for number, picture in enumerate(pictures):
        assert not np.array_equal(picture, first[-1].rgb), others[number]


def test_samples_add_up_and_come_nearer_to_the_full_picture() -> None:
    r = PreviewRenderer()
    what = recipe("render.samples=128", "objects[0].look=colored")
    goal = full(r, what).rgb.astype(float)
    pictures = preview(r, what, steps=(1, 1, 2, 4, 8, 16))
    assert [passes.samples for passes in pictures] == [1, 2, 4, 8, 16, 32]
    errors = [float(np.abs(passes.rgb - goal).mean()) for passes in pictures]
    assert errors[-1] < 0.6 * errors[0]
    assert errors[-1] < 4


def test_a_stale_refinement_ends_between_two_chunks_and_leaves_all_in_order() -> None:
    r = PreviewRenderer()
    before = preview(r, recipe())
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) == 3

    found: list[Passes] = []
    with pytest.raises(RenderCancelled):
        r.refine(r.draw(0, 1), SIZE, [1] * 8, {1, 2, 3, 4}, 8, found.append, cancelled)
    assert [passes.samples for passes in found] == [1, 2]
    for a, b in zip(preview(r, recipe()), before, strict=True):
        assert_same(a, b)


def test_files_are_read_once_and_again_when_they_change(tmp_path: Path) -> None:
    model = tmp_path / "block.obj"
    corners = "".join(f"v {x} {y} {z}\n" for x in (0, 0.1) for y in (0, 0.1) for z in (0, 0.1))
    faces = "f 1 2 4 3\nf 5 7 8 6\nf 1 5 6 2\nf 3 4 8 7\nf 1 3 7 5\nf 2 6 8 4\n"
    model.write_text(corners + faces)
    what = recipe(f"objects[0].model='{model}'", "objects[0].count=1", "visibility.least=0.01")
    r = PreviewRenderer()
    read: list[str] = []
    r.load(what, read.append)
    assert sorted(map(os.path.basename, read)) == ["block.obj", "city.exr", "studio.exr"]
    before = r.bodies[0].bounds
    for scale in ("1.5", "2.0"):
        r.load(recipe(f"objects[0].model='{model}'", f"objects[0].scale={scale}"), read.append)
    assert len(read) == 3, "a slider was moved, no file has changed"

    model.write_text(corners.replace("0.1", "0.2") + faces)
    os.utime(model, ns=(1, 1))
    r.load(what, read.append)
    assert read[3:] == [str(model)]
    assert r.bodies[0].bounds != before
    model.unlink()
    with pytest.raises(AssetError, match=r"block\.obj"):
        r.load(what, read.append)


def test_previews_leave_nothing_behind() -> None:
    r = PreviewRenderer()
    kinds = ("objects", "meshes", "materials", "images", "node_groups", "worlds", "cameras")
    held: list[dict[str, Any]] = []
    for _ in range(3):
        for overrides in VARIANTS:
            preview(r, recipe(*overrides), steps=(1,))
        held.append({kind: len(getattr(bpy.data, kind)) for kind in kinds})
    assert held[1] == held[2]


def look(**values: Any) -> CupLook:
    usual: dict[str, Any] = {
        "look": "imperfect",
        "base_color": (0.2, 0.4, 0.6),
        "second_color": (0.9, 0.8, 0.7),
        "roughness": 0.2,
        "metallic": 0.0,
        "pattern": "waves",
        "pattern_scale": 1.0,
        "pattern_seed": 0.3,
        "bump": 0.5,
        "imperfection": 0.5,
        "imperfection_seed": 0.7,
    }
    return CupLook(**(usual | values))


def values_of(material: bpy.types.Material) -> list[Any]:
    """All nodes with their settings, values and links, in a form that can be compared."""
    found: list[Any] = []
    nodes = list(material.node_tree.nodes)
    for node in nodes:
        inputs = []
        for socket in node.inputs:
            value = getattr(socket, "default_value", None)
            source = socket.links[0].from_socket if socket.is_linked else None
            inputs.append(
                (nodes.index(source.node), source.identifier)
                if source is not None
                else (tuple(value) if hasattr(value, "__len__") and not isinstance(value, str) else value)
            )
        found.append((node.bl_idname, getattr(node, "operation", ""), getattr(node, "blend_type", ""), inputs))
    return found


def test_a_material_made_again_in_the_same_nodes_is_what_a_new_one_would_be() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    tape = Tape()
    for number in (0.1, 0.6, 0.35):
        wanted = look(imperfection=number, base_color=(number, 0.5, 0.1), bump=number, roughness=number)
        with tape.running():
            made = cup_material("taped", wanted)
        assert values_of(made) == values_of(cup_material("new", wanted))
    assert len([material for material in bpy.data.materials if material.name.startswith("taped")]) == 1


@pytest.mark.parametrize("other", [{"pattern": "dots"}, {"look": "textured"}, {"metallic": 1.0}])
def test_a_material_that_needs_other_nodes_is_not_forced_into_these(other: dict[str, Any]) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    tape = Tape()
    with tape.running():
        cup_material("taped", look())
    with pytest.raises(OtherNodesNeeded), tape.running():
        cup_material("taped", look(**other))


def test_rays_give_the_ids_that_cycles_gives() -> None:
    r = PreviewRenderer()
    what = recipe("objects[0].count=3", "objects[0].tilt=50")
    (passes,) = preview(r, what, index=2, steps=(1,))
    ids, depth = cast_masks(resized(r.draw(0, 2), SIZE), r.prepared.bodies)
    assert (ids != passes.instance_id).mean() < 1e-3
    seen = (ids > 0) & (ids == passes.instance_id)
    assert seen.sum() > 100
    assert np.abs(depth[seen] / passes.depth[seen] - 1).max() < 1e-3
