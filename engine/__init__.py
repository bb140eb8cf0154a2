"""Everything without a screen: recipes, frames, rendering, annotations, datasets.

Nothing below this package imports Textual or Rich; only `engine.blender` imports bpy.
"""

__version__ = "0.1.0"
