"""Surfaces of soft things, at their natural sizes in metres: leather and cardboard."""

from __future__ import annotations

import math

from engine.blender.finishes import Finish, Top, uneven
from engine.blender.mapping import Place
from engine.blender.nodes import Graph, linear

FLUTE = 0.0073
"""From one wave of the cardboard's inner layer to the next, metres."""


def leather(g: Graph, at: Place, spec: Finish) -> Top:
    """Pebbled grain with finer grain on it, creases that run through it, rubbed lighter where it is highest."""
    point = at.solid
    bent = g.vector("ADD", point, g.vector("MULTIPLY", g.noise_vector(point, 160.0, 2.0), (0.0016,) * 3))
    pebble = g.ramp(g.voronoi(bent, 0.0021, "DISTANCE_TO_EDGE").outputs["Distance"], 0.0, 0.30)
    fine = g.noise(point, 1500.0, 2.0, 0.6)
    folded = g.vector("ADD", point, g.vector("MULTIPLY", g.noise_vector(point, 22.0, 3.0), (0.02,) * 3))
    crease = g.ramp(g.voronoi(folded, 0.040, "DISTANCE_TO_EDGE").outputs["Distance"], 0.045, 0.0)
    crease = g.multiply(crease, g.ramp(g.noise(point, 18.0, 2.0), 0.42, 0.62))
    dyed = g.noise(point, 11.0, 4.0, 0.6)
    rubbed = g.multiply(pebble, g.ramp(g.noise(point, 9.0, 3.0), 0.48, 0.70))
    color = g.adjust(linear(spec.base_color), value=g.add(0.62, g.multiply(dyed, 0.76)))
    color = g.adjust(color, value=g.add(0.55, g.multiply(pebble, 0.45)))
    color = g.mix(g.multiply(rubbed, 0.35), color, linear(spec.second_color))
    color = g.adjust(color, value=g.subtract(1.0, g.multiply(crease, 0.45)))
    height = g.add(g.multiply(pebble, 0.00022), g.multiply(fine, 0.00005))
    height = g.subtract(height, g.multiply(crease, 0.0006))
    roughness = g.subtract(uneven(g, max(0.35, spec.roughness), dyed, 0.2), g.multiply(rubbed, 0.10))
    return Top(color, roughness, height)


def cardboard(g: Graph, at: Place, spec: Finish) -> Top:
    """Kraft paper, cloudy and full of fibres, over waves that press through."""
    x, y, z = g.separate(at.flat)
    wander = g.multiply(g.noise(at.flat, 8.0, 1.0), 0.004)
    wave = g.math("SINE", g.multiply(g.add(x, wander), 2.0 * math.pi / FLUTE))
    cloud = g.noise(at.flat, 55.0, 5.0, 0.7)
    large = g.noise(at.flat, 7.0, 2.0)
    one_way = g.noise(g.combine(g.multiply(x, 260.0), g.multiply(y, 2600.0), z), 1.0, 1.0)
    other_way = g.noise(g.combine(g.multiply(x, 2400.0), g.multiply(y, 330.0), z), 1.0, 1.0)
    dark = g.either(g.ramp(one_way, 0.66, 0.74), g.ramp(other_way, 0.68, 0.76))
    light = g.either(g.ramp(one_way, 0.33, 0.27), g.ramp(other_way, 0.31, 0.25))
    value = g.add(g.add(0.62, g.multiply(cloud, 0.50)), g.multiply(large, 0.26))
    value = g.add(value, g.multiply(wave, 0.016))
    color = g.adjust(linear(spec.base_color), value=value)
    color = g.mix(g.multiply(dark, 0.30), color, linear(spec.second_color))
    color = g.mix(g.multiply(light, 0.18), color, linear((0.88, 0.80, 0.68)))
    rough = g.noise(at.flat, 900.0, 3.0, 0.7)
    height = g.add(g.multiply(wave, 0.00007), g.add(g.multiply(rough, 0.00012), g.multiply(large, 0.0012)))
    return Top(color, uneven(g, max(0.75, spec.roughness), cloud, 0.15), height)
