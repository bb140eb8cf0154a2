"""The formats that ship, but for `coco`: one class each."""
