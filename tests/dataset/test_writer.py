"""Opening a folder for writing: whose it is, and who else is at it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
import pytest

from engine.dataset.manifest import make_manifest
from engine.dataset.read import Dataset
from engine.dataset.writer import open_for_writing
from engine.errors import DatasetError
from tests.factory import add_frames, make_dataset, make_test_manifest


def snapshot(root: Path) -> dict[str, tuple[int, bytes]]:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def test_folders_are_made_and_a_dataset_continues(tmp_path: Path) -> None:
    root = tmp_path / "a" / "b" / "c"
    manifest = make_test_manifest()
    with open_for_writing(root, manifest) as writer:
        add_frames(writer, [0])
    later = msgspec.structs.replace(make_test_manifest(), created_at="2031-01-01T00:00:00+00:00")
    with open_for_writing(root, later) as writer:
        assert writer.manifest == manifest
        add_frames(writer, [1])
    assert Dataset.open(root).indices() == [0, 1]
    assert Dataset.open(root).manifest == manifest


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    with open_for_writing(tmp_path, make_test_manifest()):
        assert (tmp_path / "dataset.json").exists()


def test_another_recipe_is_refused_and_told(tmp_path: Path) -> None:
    make_dataset(tmp_path / "d", 1)
    before = snapshot(tmp_path)
    with pytest.raises(DatasetError, match=r"it differs in seed \(0 there, 7 now\)"):
        open_for_writing(tmp_path / "d", make_test_manifest(seed=7))
    with pytest.raises(DatasetError, match=r"in render\.resolution\[0\] \(160 there, 80 now\)\. Choose"):
        open_for_writing(tmp_path / "d", make_test_manifest(width=80))
    assert snapshot(tmp_path) == before


def test_foreign_folders_are_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("chapter one")
    with pytest.raises(DatasetError, match=r"is not empty and is no dataset \(it holds 'thesis.tex'"):
        open_for_writing(tmp_path, make_test_manifest())
    assert os.listdir(tmp_path) == ["thesis.tex"]


def test_frames_without_a_manifest_are_not_adopted(tmp_path: Path) -> None:
    make_dataset(tmp_path / "d", 1)
    (tmp_path / "d" / "dataset.json").unlink()
    with pytest.raises(DatasetError, match=r"holds 'frames' but no dataset\.json"):
        open_for_writing(tmp_path / "d", make_test_manifest())


def test_a_broken_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dataset.json").write_text("{")
    with pytest.raises(DatasetError, match="is not the manifest of a dataset"):
        open_for_writing(tmp_path, make_test_manifest())
    assert os.listdir(tmp_path) == ["dataset.json"]


def test_files_in_the_way_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DatasetError, match="file is not a folder"):
        open_for_writing(tmp_path / "file", make_test_manifest())
    with pytest.raises(DatasetError, match="cannot be written: a file is in the way"):
        open_for_writing(tmp_path / "file" / "deeper" / "still", make_test_manifest())
    with pytest.raises(DatasetError):
        open_for_writing(Path("/proc/nothing/here"), make_test_manifest())
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="dangling is not a folder"):
        open_for_writing(tmp_path / "dangling", make_test_manifest())
    assert sorted(os.listdir(tmp_path)) == ["dangling", "file"]


NOBODY = """
import os, sys
from pathlib import Path
from tests.factory import make_test_manifest
from engine.dataset.writer import open_for_writing
from engine.errors import DatasetError
if os.getuid() == 0:
    os.chdir("/")
    os.setgid(65534)
    os.setuid(65534)
for path in sys.argv[1:]:
    try:
        open_for_writing(Path(path), make_test_manifest())
    except DatasetError as error:
        print(error)
"""


def test_no_permission_is_said() -> None:
    """As another user where this one may do everything."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "closed").mkdir(mode=0o000)
        (folder / "shown").mkdir(mode=0o555)
        folder.chmod(0o555)
        paths = [str(folder / part) for part in ("closed", "shown", "new")]
        command = [sys.executable, "-c", NOBODY, *paths]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        folder.chmod(0o755)
        lines = result.stdout.splitlines()
        assert len(lines) == 3, result.stderr
        for path, line in zip(paths, lines, strict=True):
            assert line.startswith(path)
            assert line.endswith("cannot be written: permission is denied; choose another output folder.")


def test_a_second_writer_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tests.factory import add_frames, make_test_manifest\n"
        "from engine.dataset.writer import open_for_writing\n"
        "with open_for_writing(Path(sys.argv[1]), make_test_manifest()) as writer:\n"
        "    add_frames(writer, [0])\n"
        "    print('ready', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    root = tmp_path / "d"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        before = snapshot(root)
        with pytest.raises(DatasetError, match=f"is being written by process {holder.pid} on "):
            open_for_writing(root, make_test_manifest())
        assert snapshot(root) == before
    finally:
        holder.kill()
        holder.wait(timeout=10)
    with open_for_writing(root, make_test_manifest()) as writer:
        add_frames(writer, [1])
    assert Dataset.open(root).indices() == [0, 1]


def test_a_child_that_inherits_the_lock_keeps_it(tmp_path: Path) -> None:
    writer = open_for_writing(tmp_path, make_test_manifest())
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=(writer.lock.fileno(),))
    try:
        writer.close()
        with pytest.raises(DatasetError, match="is being written by"):
            open_for_writing(tmp_path, make_test_manifest())
    finally:
        child.kill()
        child.wait(timeout=10)
    open_for_writing(tmp_path, make_test_manifest()).close()


def test_assets_of_other_content_are_another_dataset(tmp_path: Path) -> None:
    make_dataset(tmp_path / "d", 1)
    manifest = make_test_manifest()
    asset = msgspec.structs.replace(manifest.assets[0], content_hash="changed")
    other = make_manifest(
        name=manifest.name,
        recipe=manifest.recipe,
        seed=manifest.seed,
        classes=manifest.classes,
        assets=[asset, *manifest.assets[1:]],
        storage=manifest.storage,
        blender_version="5.2.3",
    )
    with pytest.raises(DatasetError, match=r"objects\[0\]\.model"):
        open_for_writing(tmp_path / "d", other)
