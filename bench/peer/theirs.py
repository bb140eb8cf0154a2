"""The scene in BlenderProc, as its documentation has it done: all camera poses first, one call that renders, then the
writers. Runs in BlenderProc's environment: `Environment.command` of bench/peer/environment.py.

    theirs.py OPTIONS.json

Writes the pictures with COCO annotations, and a HDF5 file a frame with depths and instance masks. Tells when each frame
was rendered and when all was on the disk.
"""

import blenderproc as bproc  # BlenderProc asks to be imported before all else.

# isort: split
import json
import math
import os
import sys
import time
from pathlib import Path

import bpy
import numpy as np
from blenderproc.python.utility.Initializer import _Initializer

_OPENCV_AXES = ["X", "-Y", "-Z"]


def begin():
    """What `bproc.init()` does, but for Blender's language, of which the module `bpy` has no other."""
    bproc.clean_up(clean_up_camera=True)
    bpy.context.scene.render.engine = "CYCLES"
    bproc.renderer.set_render_devices()
    _Initializer.set_default_parameters()


def load(path):
    """A model as one mesh in its own frame."""
    first, *others = bproc.loader.load_obj(path)
    for part in (first, *others):
        part.persist_transformation_into_mesh()
    if others:
        first.join_with_other_objects(others)
    # Its own name is for its instances, whose categories take theirs.
    first.set_name(f"model {path}")
    return first


def place(model, thing):
    """An instance of a model in its place, under its category."""
    instance = model.duplicate()
    if thing["paint"]:
        instance.clear_materials()
        instance.add_material(painted(thing["name"], thing["paint"]))
    instance.set_local2world_mat(np.array(thing["pose"]) @ np.diag([thing["scale"]] * 3 + [1.0]))
    instance.set_name(thing["name"])
    instance.set_cp("category_id", thing["category"])


def painted(name, paint):
    """A plain material."""
    material = bproc.material.create(name)
    material.set_principled_shader_value("Base Color", paint["color"])
    material.set_principled_shader_value("Roughness", paint["roughness"])
    material.set_principled_shader_value("Metallic", paint["metallic"])
    return material


def lay_ground(spec):
    """The table top, lacquered as ours is."""
    mesh = bpy.data.meshes.new("ground")
    mesh.from_pydata(spec["vertices"], [], spec["polygons"])
    mesh.polygons.foreach_set("use_smooth", spec["smooth"])
    mesh.update()
    ground = bproc.object.create_from_blender_mesh(mesh, "ground")
    ground.set_cp("category_id", 0)
    material = painted("ground", {"color": spec["color"], "roughness": spec["roughness"], "metallic": 0.0})
    point = material.new_node("ShaderNodeVectorMath")
    point.operation = "ADD"
    point.inputs[1].default_value = spec["offset"]
    material.link(material.new_node("ShaderNodeTexCoord").outputs["Object"], point.inputs[0])
    noise = material.new_node("ShaderNodeTexNoise")
    for name, value in (("Scale", 9.0), ("Detail", 3.0), ("Roughness", 0.5)):
        noise.inputs[name].default_value = value
    material.link(point.outputs[0], noise.inputs["Vector"])
    uneven = material.new_node("ShaderNodeMath")
    uneven.operation, uneven.use_clamp = "MULTIPLY_ADD", True
    uneven.inputs[1].default_value = 0.12
    uneven.inputs[2].default_value = spec["roughness"] - 0.06
    material.link(noise.outputs["Fac"], uneven.inputs[0])
    shader = material.get_the_one_node_with_type("BsdfPrincipled")
    material.link(uneven.outputs[0], shader.inputs["Roughness"])
    ground.add_material(material)


def build(scene, frames):
    """The whole scene, with the camera's poses."""
    models = {path: load(path) for path in dict.fromkeys(thing["model"] for thing in scene["objects"])}
    for thing in scene["objects"]:
        place(models[thing["model"]], thing)
    bproc.object.delete_multiple(list(models.values()))
    lay_ground(scene["ground"])
    # Theirs turns the direction that is looked up, ours the surroundings.
    turn = [0.0, 0.0, -math.radians(scene["rotation"])]
    bproc.world.set_world_background_hdr_img(scene["hdri"], scene["strength"], turn)
    bproc.camera.set_intrinsics_from_K_matrix(np.array(scene["K"]), scene["width"], scene["height"], 0.001, 1000.0)
    for pose in scene["cameras"][:frames]:
        turned = bproc.math.change_source_coordinate_frame_of_transformation_matrix(np.array(pose), _OPENCV_AXES)
        bproc.camera.add_camera_pose(turned)


def settings(scene, options):
    """Samples and bounces as ours; no denoiser and no adaptive sampling, unless by its own defaults."""
    bproc.renderer.set_max_amount_of_samples(options["samples"])
    bounces = scene["bounces"]
    # Of each kind as many as Blender's own defaults, which ours are.
    bproc.renderer.set_light_bounces(
        diffuse_bounces=4,
        glossy_bounces=4,
        max_bounces=bounces,
        transmission_bounces=12,
        transparent_max_bounces=8,
        volume_bounces=0,
    )
    bproc.renderer.set_output_format(view_transform=scene["view"])
    if not options["defaults"]:
        bproc.renderer.set_noise_threshold(0)
        bproc.renderer.set_denoiser(None)


def main():
    options = json.loads(Path(sys.argv[1]).read_text())
    scene = json.loads(Path(options["scene"]).read_text())
    out = Path(options["out"])
    rendered = []
    begin()
    build(scene, options["frames"])
    settings(scene, options)
    bproc.renderer.enable_segmentation_output(
        map_by=["category_id", "instance", "name"], default_values={"category_id": 0}
    )
    bproc.renderer.enable_depth_output(activate_antialiasing=False)
    bpy.app.handlers.render_write.append(lambda *_: rendered.append(time.time()))
    data = bproc.renderer.render()
    bproc.writer.write_coco_annotations(
        str(out),
        instance_segmaps=data["instance_segmaps"],
        instance_attribute_maps=data["instance_attribute_maps"],
        colors=data["colors"],
        mask_encoding_format="rle",
    )
    bproc.writer.write_hdf5(str(out / "hdf5"), {"depth": data["depth"], "instance_segmaps": data["instance_segmaps"]})
    Path(options["told"]).write_text(json.dumps({"rendered": rendered, "written": time.time()}))
    # Blender as a module crashes when the interpreter ends it.
    sys.stdout.flush()
    os._exit(0)


main()
