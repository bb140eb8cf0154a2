"""Which visible pixels of an instance show which of its model's named parts.

A pixel of the visible mask belongs to the part of the triangle on which the point lies that is seen at its centre: the
one that the pixel's ray meets first from just before that point on, so that what a material cuts out does not count.
So parts are disjoint, and all in the instance's mask; what is in none of them is what no part was noted for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from engine.annotate.masks import BinaryMask, encode_part
from engine.annotate.passes import Passes
from engine.annotate.record import PartRecord
from engine.annotate.visibility import Body, PlacedBody
from engine.frame.projection import Projection
from engine.frame.spec import FrameSpec

_BEFORE = 1e-4
"""Share of a depth by which rays start before the point that is seen: more than float32 loses."""


def part_records(
    passes: Passes, spec: FrameSpec, bodies: Sequence[Body], seen: Mapping[int, BinaryMask]
) -> dict[int, tuple[PartRecord, ...]]:
    """The parts of every instance of the spec, by its id, in the order of its model's; none for a model without any.

    `bodies` are the meshes of the recipe's objects, in their order; `seen` the visible masks by id.
    """
    projection = Projection.of(spec.camera)
    T_world_camera = np.array(spec.camera.T_world_camera)  # noqa: N806 - the frames' names
    records: dict[int, tuple[PartRecord, ...]] = {}
    for instance in spec.objects:
        placed = PlacedBody.of(instance, bodies)
        names = [name for name, _ in placed.body.landmarks.parts]
        mask = seen.get(instance.instance_id)
        if not names or mask is None:
            records[instance.instance_id] = tuple(PartRecord(name, 0, None, None) for name in names)
            continue
        x, y, w, h = mask.bbox
        rows, columns = np.nonzero(passes.instance_id[y : y + h, x : x + w] == instance.instance_id)
        depth = passes.depth[rows + y, columns + x].astype(np.float64)
        rays = projection.rays((columns + x).astype(np.float64), (rows + y).astype(np.float64))
        starts = rays * (depth * (1 - _BEFORE))[:, None] @ T_world_camera[:3, :3].T + T_world_camera[:3, 3]
        met = placed.triangles_met(starts, rays @ T_world_camera[:3, :3].T)
        numbers = np.zeros((h, w), np.uint8)
        numbers[rows, columns] = _parts_of(placed.body, met, np.column_stack([rows, columns]))
        records[instance.instance_id] = tuple(
            _record(name, encode_part(numbers == number, (x, y), passes.instance_id.shape))
            for number, name in enumerate(names, start=1)
        )
    return records


def _parts_of(body: Body, met: npt.NDArray[np.int32], pixels: npt.NDArray[np.intp]) -> npt.NDArray[np.uint8]:
    """The part at each of `pixels` (R, 2), whose rays meet the triangles `met` (R,). A ray that passes by an edge, to
    which the renderer's kept, has the part of the nearest pixel whose ray does not."""
    hit = met >= 0
    found = np.zeros(len(met), np.uint8)
    found[hit] = body.triangle_parts[met[hit]]
    if hit.any():
        for place in np.flatnonzero(~hit):
            nearest = np.square(pixels[hit] - pixels[place]).sum(axis=1).argmin()
            found[place] = found[hit][nearest]
    return found


def _record(name: str, mask: BinaryMask | None) -> PartRecord:
    return PartRecord(name, 0, None, None) if mask is None else PartRecord(name, mask.area, mask.bbox, mask.rle)
