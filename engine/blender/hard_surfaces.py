"""Surfaces of hard things, at their natural sizes in metres: concrete, metal, plastic, glaze, tiles, worn paint."""

from __future__ import annotations

from engine.blender.finishes import Finish, Top, uneven
from engine.blender.mapping import Place, along
from engine.blender.nodes import Graph, Socket, Value, linear

TILE, BIG_TILE = 0.024, 0.098
"""From one tile of a mosaic, or of a wall, to the next, metres."""

JOINT = 0.0022
"""Width of the joint between tiles, metres."""

DIRT = linear((0.23, 0.19, 0.15))


def concrete(g: Graph, at: Place, spec: Finish) -> Top:
    """Cloudy cement with sand in it, pores where air was, and here and there a hairline crack."""
    point = at.solid
    cloud = g.noise(point, 5.0, 6.0, 0.62)
    blotch = g.ramp(g.noise(point, 2.2, 3.0, 0.6), 0.42, 0.62)
    sand = g.noise(point, 700.0, 3.0, 0.7)
    pores = g.either(_pores(g, point, 0.011, 0.22), _pores(g, point, 0.034, 0.12))
    bent = g.vector("ADD", point, g.vector("MULTIPLY", g.noise_vector(point, 16.0, 4.0), (0.06,) * 3))
    crack = g.ramp(g.voronoi(bent, 0.45, "DISTANCE_TO_EDGE").outputs["Distance"], 0.0016, 0.0002)
    crack = g.multiply(crack, g.ramp(g.noise(point, 4.0, 1.0), 0.50, 0.60))
    value = g.add(g.add(0.50, g.multiply(cloud, 0.80)), g.multiply(g.subtract(sand, 0.5), 0.55))
    color = g.mix(g.multiply(blotch, 0.45), linear(spec.base_color), linear(spec.second_color))
    color = g.adjust(color, value=value)
    hollow = g.either(pores, crack)
    color = g.adjust(color, value=g.subtract(1.0, g.multiply(hollow, 0.62)))
    height = g.subtract(g.multiply(sand, 0.00028), g.multiply(hollow, 0.0011))
    height = g.add(height, g.multiply(cloud, 0.0008))
    return Top(color, uneven(g, max(0.6, spec.roughness), cloud, 0.25), height)


def _pores(g: Graph, point: Socket, cell: float, share: float) -> Socket:
    """Round holes of all sizes in about `share` of all cells, not quite in their middle."""
    cells = g.voronoi(point, cell)
    chance = g.separate(cells.outputs["Color"])[0]
    size = g.multiply(g.math("MAXIMUM", g.subtract(chance, 1.0 - share), 0.0), 0.20 / share)
    return g.ramp(g.subtract(cells.outputs["Distance"], size), 0.03, -0.05)


def brushed_metal(g: Graph, at: Place, spec: Finish) -> Top:
    """Fine parallel scratches: level on what stands, along one axis on what lies; light is drawn out across them."""
    x, y, z = g.separate(at.flat)
    lines = g.combine(g.multiply(x, 7.0), g.multiply(y, 2600.0), g.multiply(z, 5.0))
    broad = g.combine(g.multiply(x, 3.0), g.multiply(y, 420.0), g.multiply(z, 5.0))
    fine, coarse = g.noise(lines, 1.0, 2.0, 0.6), g.noise(broad, 1.0, 3.0, 0.6)
    stroke = g.add(g.multiply(fine, 0.6), g.multiply(coarse, 0.4))
    patina = g.noise(at.solid, 9.0, 3.0)
    color = g.adjust(linear(spec.base_color), value=g.add(0.62, g.multiply(stroke, 0.62)))
    roughness = uneven(g, uneven(g, max(0.2, spec.roughness), stroke, 0.22), patina, 0.14)
    return Top(color, roughness, g.multiply(stroke, 0.00003), metallic=1.0, anisotropy=0.75, tangent=along(g))


def polished_metal(g: Graph, at: Place, spec: Finish) -> Top:
    """A mirror that is not quite flat, wiped with a cloth: the finest scratches run every way."""
    point = at.solid
    waves = g.multiply(g.noise(point, 22.0, 1.0), 0.00022)
    wiped = g.noise(point, 13.0, 4.0, 0.6)
    swirl = _swirls(g, point)
    film = g.ramp(wiped, 0.45, 0.68)
    color = g.adjust(linear(spec.base_color), value=g.subtract(1.0, g.multiply(film, 0.06)))
    roughness = g.add(min(0.25, spec.roughness), g.add(g.multiply(film, 0.07), g.multiply(swirl, 0.09)))
    return Top(color, roughness, waves, metallic=1.0)


def _swirls(g: Graph, point: Socket) -> Socket:
    """Contour lines of a noise, thin and close together."""
    level = g.math("FRACT", g.multiply(g.noise(point, 30.0, 2.0), 24.0))
    patch = g.ramp(g.noise(point, 55.0, 1.0), 0.45, 0.62)
    return g.multiply(g.ramp(g.math("ABSOLUTE", g.subtract(level, 0.5)), 0.10, 0.02), patch)


def plastic(g: Graph, at: Place, spec: Finish) -> Top:
    """Moulded: smooth with a slight orange peel, or in the upper half of the seeds grained by spark erosion."""
    point = at.solid
    wiped = g.noise(point, 14.0, 3.0)
    color = g.adjust(linear(spec.base_color), value=g.add(0.97, g.multiply(wiped, 0.06)))
    if spec.seed >= 0.5:
        grain = g.ramp(g.noise(point, 1500.0, 1.0), 0.35, 0.65)
        height = g.multiply(grain, 0.00006)
        return Top(color, uneven(g, max(0.35, spec.roughness), grain, 0.15), height)
    peel = g.multiply(g.noise(point, 210.0, 1.0), 0.00003)
    return Top(color, uneven(g, spec.roughness, g.noise(point, 26.0, 4.0, 0.6), 0.18), peel)


def ceramic(g: Graph, at: Place, spec: Finish) -> Top:
    """A glossy glaze that is thicker here than there, with pinholes; crazed in the upper third of the seeds."""
    point = at.solid
    thick = g.noise(point, 24.0, 2.0)
    pinholes = g.multiply(_pores(g, point, 0.006, 0.05), 0.8)
    specks = g.ramp(g.noise(point, 900.0, 0.0), 0.70, 0.78)
    color = g.mix(g.multiply(g.ramp(thick, 0.36, 0.70), 0.30), linear(spec.base_color), linear(spec.second_color))
    color = g.adjust(color, value=g.add(0.88, g.multiply(thick, 0.24)))
    color = g.mix(g.either(g.multiply(specks, 0.35), pinholes), color, linear((0.25, 0.2, 0.16)))
    height = g.subtract(g.multiply(thick, 0.0008), g.multiply(pinholes, 0.00015))
    height = g.add(height, g.multiply(g.noise(point, 130.0, 1.0), 0.00005))
    if spec.seed >= 0.67:
        bent = g.vector("ADD", point, g.vector("MULTIPLY", g.noise_vector(point, 90.0, 2.0), (0.0035,) * 3))
        line = g.ramp(g.voronoi(bent, 0.0085, "DISTANCE_TO_EDGE").outputs["Distance"], 0.022, 0.006)
        color = g.mix(g.multiply(line, 0.55), color, linear((0.34, 0.27, 0.20)))
    return Top(color, uneven(g, min(0.3, 0.5 * spec.roughness), g.noise(point, 20.0, 3.0), 0.06), height)


def tiles(g: Graph, at: Place, spec: Finish) -> Top:
    """Glazed tiles with soft edges, none quite like the next nor quite level, in rough joints: a mosaic, or in the
    upper half of the seeds tiles of a wall."""
    size = BIG_TILE if spec.seed >= 0.5 else TILE
    x, y, _ = g.separate(at.flat)
    u, v = g.multiply(x, 1.0 / size), g.multiply(y, 1.0 / size)
    dice = g.node("ShaderNodeTexWhiteNoise", noise_dimensions="3D")
    g.feed(dice.inputs["Vector"], g.combine(g.math("FLOOR", u), g.math("FLOOR", v), 0.5))
    tone, lean_u, lean_v = g.separate(dice.outputs["Color"])
    in_u, in_v = (g.subtract(g.math("FRACT", part), 0.5) for part in (u, v))
    ragged = g.multiply(g.subtract(g.noise(at.solid, 260.0, 2.0), 0.5), 0.0012)
    edge = g.subtract(0.5, g.either(g.math("ABSOLUTE", in_u), g.math("ABSOLUTE", in_v)))
    from_joint = g.add(g.subtract(g.multiply(edge, size), JOINT / 2.0), ragged)
    glazed = g.ramp(from_joint, 0.0, 0.0004)
    swell = g.ramp(from_joint, 0.0, 0.0022)

    cloud = g.noise(at.solid, 40.0, 3.0, 0.6)
    shade = g.add(g.add(0.80, g.multiply(tone, 0.28)), g.multiply(g.subtract(cloud, 0.5), 0.35))
    glaze = g.adjust(linear(spec.base_color), hue=g.add(0.49, g.multiply(lean_u, 0.02)), value=shade)
    sand = g.noise(at.solid, 1200.0, 2.0, 0.7)
    grout = g.adjust(linear(spec.second_color), value=g.add(0.55, g.multiply(sand, 0.9)))
    tilt = g.add(g.multiply(g.subtract(lean_u, 0.5), in_u), g.multiply(g.subtract(lean_v, 0.5), in_v))
    height = g.add(g.multiply(swell, 0.0009), g.multiply(glazed, g.multiply(tilt, 0.03 * size)))
    height = g.add(height, g.multiply(g.blend(glazed, sand, g.multiply(cloud, 0.6)), 0.00018))
    roughness = g.blend(glazed, 0.9, uneven(g, min(0.35, 0.6 * spec.roughness), cloud, 0.10))
    return Top(g.mix(glazed, grout, glaze), roughness, height)


def dirty_paint(g: Graph, at: Place, spec: Finish) -> Top:
    """Brushed paint, chipped to a second coat or to bare metal, with dirt in what lies low and runs down."""
    point = at.solid
    x, y, z = g.separate(at.flat)
    strokes = g.noise(g.combine(g.multiply(x, 45.0), g.multiply(y, 700.0), g.multiply(z, 45.0)), 1.0, 2.0)
    ragged = g.noise(point, 17.0, 6.0, 0.62)
    worn = g.ramp(ragged, 0.630, 0.637)
    rim = g.ramp(ragged, 0.590, 0.630)
    grime = g.ramp(g.noise(point, 13.0, 6.0, 0.68), 0.44, 0.66)
    runs = g.noise(g.combine(g.multiply(x, 60.0), g.multiply(y, 4.0), g.multiply(z, 60.0)), 1.0, 3.0, 0.6)
    runs = g.ramp(runs, 0.52, 0.68)
    specks = g.ramp(g.noise(point, 480.0, 2.0, 0.7), 0.60, 0.72)
    dirt = g.either(g.multiply(grime, 0.60), g.either(g.multiply(runs, 0.50), g.multiply(specks, 0.45)))
    dirt = g.either(dirt, g.multiply(rim, 0.45))
    paint = g.adjust(linear(spec.base_color), value=g.add(0.86, g.multiply(strokes, 0.28)))
    rust = g.adjust(linear(spec.second_color), value=g.add(0.45, g.multiply(g.noise(point, 160.0, 4.0, 0.7), 1.1)))
    color = g.mix(dirt, g.mix(worn, paint, rust), DIRT)
    height = g.add(g.multiply(strokes, 0.00007), g.multiply(worn, -0.00022))
    roughness: Value = g.blend(worn, uneven(g, spec.roughness, strokes, 0.15), 0.75)
    roughness = g.math("ADD", roughness, g.multiply(dirt, 0.55), clamp=True)
    return Top(color, roughness, height)
