"""Named parts in a frame: the parts' pixels make up the mask, and each shows what it says."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from engine.annotate.build import build_record
from engine.annotate.masks import decode_mask
from engine.annotate.passes import Passes
from engine.annotate.ray_masks import cast_masks
from engine.annotate.record import FrameRecord, InstanceRecord
from engine.annotate.visibility import Body
from engine.dataset.check_parts import part_problems
from engine.frame.draw import draw
from engine.frame.landmarks import Landmarks, Parts
from engine.frame.spec import FrameSpec
from engine.recipe.load import recipe_from_plain
from tests.annotate.test_redraw import BOX, CORNERS, TRIANGLES
from tests.factory import make_render_info
from tests.frame.catalogs import catalog

TOP, FRONT = CORNERS[:, 2].max(), CORNERS[:, 0].max()
PARTS: Parts = (("top", ("Top",)), ("bottom", ("Bottom",)), ("front", ("Front",)))


def _part_of(triangle: np.ndarray) -> int:
    corners = CORNERS[triangle]
    if (corners[:, 2] == TOP).all():
        return 1
    if (corners[:, 2] == 0).all():
        return 2
    return 3 if (corners[:, 0] == FRONT).all() else 0


NUMBERS = np.array([_part_of(triangle) for triangle in TRIANGLES], np.uint8)
BODY = Body(CORNERS.astype(np.float32), TRIANGLES, CORNERS, Landmarks(parts=PARTS), NUMBERS)


def framed(body: Body = BODY, lens: dict[str, float] | None = None) -> tuple[FrameRecord, FrameSpec, Passes]:
    """Three stretched boxes, some before others, as a renderer shows them."""
    plain = {
        "objects": [{"count": 3, "stretch": {"x": 1.6, "z": 0.7}, "scale": 2}],
        "camera": {"fill": 0.7, "elevation": 35, "lens": lens or {}},
        "render": {"resolution": [160, 120]},
    }
    spec = draw(recipe_from_plain(plain, "t"), catalog(), 0, 1)
    ids, depth = cast_masks(spec, (body,))
    passes = Passes(np.zeros((120, 160, 3), np.uint8), ids, depth, samples=1)
    return build_record(passes, spec, (body,), make_render_info()), spec, passes


def model_points(record: FrameRecord, instance: InstanceRecord, passes: Passes) -> np.ndarray:
    """(H, W, 3) of the model frame at each pixel, before scale and stretch; without a lens."""
    v, u = np.mgrid[0:120, 0:160]
    rays = np.stack([u, v, np.ones_like(u)], -1) @ np.linalg.inv(np.array(record.cam_K).reshape(3, 3)).T
    R = np.array(instance.cam_R_m2c).reshape(3, 3)
    depth = np.where(np.isfinite(passes.depth), passes.depth, 0)
    here = (rays * depth[..., None] - instance.cam_t_m2c) @ R
    return np.asarray(here / (2 * np.array([1.6, 1, 0.7])))


def test_each_pixel_of_a_part_shows_it_and_the_rest_is_in_none() -> None:
    record, _, passes = framed()
    seen = 0
    for instance in record.instances:
        assert instance.parts is not None
        assert [part.name for part in instance.parts] == ["top", "bottom", "front"]
        points = model_points(record, instance, passes)
        left = passes.instance_id == instance.instance_id
        there = {"top": points[..., 2] > TOP - 1e-5, "front": points[..., 0] > FRONT - 1e-5}
        for part in instance.parts:
            if part.mask is None:
                assert (part.area, part.bbox) == (0, None)
                continue
            own = decode_mask(part.mask)
            assert part.area == own.sum()
            assert there[part.name][own].all()  # the bottom is not seen from above
            assert left[own].all()
            left &= ~own
            seen += part.area
        assert not (points[..., 2] > TOP - 1e-7)[left].any()
        assert list(part_problems(record, instance, passes.instance_id == instance.instance_id)) == []
    assert seen > 2000


@pytest.mark.parametrize("lens", [{}, {"k1": -0.3}])
def test_where_every_face_is_in_a_part_they_make_up_the_whole_mask(lens: dict[str, float]) -> None:
    both = Landmarks(parts=(("rest", ("Rest",)), *PARTS[:1]))
    body = Body(BODY.vertices, TRIANGLES, CORNERS, both, np.where(NUMBERS == 1, 2, 1).astype(np.uint8))
    record, spec, passes = framed(body, lens)
    # A renderer may see an edge where a ray just passes by it.
    spread = passes.instance_id.copy()
    rows, columns = np.nonzero((spread[:, 1:] == 0) & (spread[:, :-1] > 0))
    spread[rows[::3], columns[::3] + 1] = spread[rows[::3], columns[::3]]
    depth = passes.depth.copy()
    depth[rows[::3], columns[::3] + 1] = depth[rows[::3], columns[::3]]
    record = build_record(Passes(passes.rgb, spread, depth, samples=1), spec, (body,), make_render_info())
    for instance in record.instances:
        assert instance.parts is not None
        assert sum(part.area for part in instance.parts) == instance.area > 0


def test_a_model_without_parts_has_none_and_a_wrong_part_is_found_out() -> None:
    plain, _, _ = framed(BOX)
    assert all(instance.parts == () for instance in plain.instances)
    record, _, passes = framed()
    instance = max(record.instances, key=lambda item: item.area)
    mask = passes.instance_id == instance.instance_id
    assert instance.parts is not None
    top = instance.parts[0]

    def told(*parts: object) -> list[str]:
        return list(part_problems(record, msgspec.structs.replace(instance, parts=parts), mask))

    assert told(top, msgspec.structs.replace(top, name="lid")) == [
        "pixels of its part 'lid' are not its own, or another part's"
    ]
    assert told(msgspec.structs.replace(top, area=1)) == ["area and box of its part 'top' are not those of its mask"]
    assert told(msgspec.structs.replace(top, mask=None)) == ["its part 'top' has an area or a box, but no mask"]
    unknown = msgspec.structs.replace(instance, parts=None)
    assert list(part_problems(record, unknown, mask)) == ["its parts are not known"]
    assert list(part_problems(msgspec.structs.replace(record, version=4), unknown, mask)) == []
