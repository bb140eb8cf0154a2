"""Assets and frames that travel between machines, without a cluster: what is stored is what was sent, or nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.cluster.assets import AssetStore, Digests, asset_files, moved
from engine.cluster.station import Station
from engine.dataset.models import model_files, model_path, publish_received_models, read_model, stored_models
from engine.dataset.publish import frame_files, publish_received
from engine.dataset.read import Dataset
from engine.errors import DatasetError, StorageError
from engine.queue.jobs import NewJob
from engine.queue.ledger import Ledger
from engine.queue.local_backend import LocalBackend
from engine.queue.supervisor import Supervisor
from engine.queue.workplace import Place
from tests.queue.supervised import Heard, plain_recipe


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset with one frame."""
    import asyncio

    root: Path = tmp_path_factory.mktemp("sent") / "data"

    async def render() -> None:
        with Ledger(":memory:") as ledger:
            recipe = {**plain_recipe(), "render": {**plain_recipe()["render"], "passes": ["depth"]}}
            ledger.add_job(NewJob(name="a", recipe=recipe, recipe_name="a", seed=1, count=1, root=str(root)))
            heard = Heard()
            supervisor = Supervisor(ledger, LocalBackend((Place("cpu"),)), heard, renderer="fake")
            running = asyncio.create_task(supervisor.run())
            while not heard.finished:
                await asyncio.sleep(0.02)
            supervisor.stop()
            await running

    asyncio.run(render())
    return root


def test_a_frame_that_travelled_is_stored_as_it_was(frame: Path, tmp_path: Path) -> None:
    files = frame_files(frame, 0)
    assert len(files) == 3
    record = publish_received(tmp_path, 0, files)
    assert record == Dataset.open(frame).record(0)
    assert {path: (tmp_path / path).read_bytes() for path in files} == files
    with pytest.raises(DatasetError, match="there already"):
        publish_received(tmp_path, 0, files)


@pytest.mark.parametrize("suffix", [".png", ".npz", ".json"])
@pytest.mark.parametrize("harm", ["cut", "flipped", "missing"])
def test_a_frame_that_was_damaged_on_its_way_is_not_stored(frame: Path, tmp_path: Path, suffix: str, harm: str) -> None:
    files = frame_files(frame, 0)
    path = next(path for path in files if path.endswith(suffix))
    data = files.pop(path)
    if harm != "missing":
        middle = len(data) // 2
        files[path] = data[:middle] if harm == "cut" else data[:middle] + b"\0\0\0" + data[middle + 3 :]
    with pytest.raises(StorageError):
        publish_received(tmp_path, 0, files)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_meshes_that_travelled_are_stored_once_and_whole(frame: Path, tmp_path: Path) -> None:
    files = model_files(frame)
    assert list(files) == [model_path(0)]
    assert model_files(frame, without=stored_models(frame)) == {}
    for harmed in ({model_path(0): files[model_path(0)][:-1]}, {"models/../000.ply": files[model_path(0)]}):
        with pytest.raises(StorageError, match="damaged"):
            publish_received_models(tmp_path, harmed)
    assert list(tmp_path.iterdir()) == []
    publish_received_models(tmp_path, files)
    assert model_files(tmp_path) == files
    assert read_model(tmp_path, 0) is not None


def test_a_frame_cannot_be_sent_to_another_place(frame: Path, tmp_path: Path) -> None:
    files = frame_files(frame, 0)
    with pytest.raises(StorageError):
        publish_received(tmp_path, 1, files)
    with pytest.raises(StorageError):
        publish_received(tmp_path, 0, files | {"../outside": b"x"})


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model that refers to a library of materials, which refers to a picture; with notes on it."""
    folder = tmp_path / "home" / "models"
    (folder / "pictures").mkdir(parents=True)
    (folder / "cup.obj").write_text("mtllib cup.mtl\nv 0 0 0\n", encoding="utf-8")
    (folder / "cup.mtl").write_text("newmtl a\nmap_Kd pictures/wood.png\n", encoding="utf-8")
    (folder / "pictures" / "wood.png").write_bytes(b"wood")
    (folder / "studio-assets.toml").write_text('["cup.obj".keypoints]\nrim = [0, 0, 1]\n', encoding="utf-8")
    return folder / "cup.obj"


def test_assets_are_found_under_the_same_names_below_a_folder(model: Path, tmp_path: Path) -> None:
    recipe = {"objects": [{"model": str(model), "count": 2}], "surroundings": {"hdris": ["builtin:city"]}}
    files = asset_files(recipe, Digests())
    assert [Path(file.path).name for file in files] == ["cup.mtl", "cup.obj", "wood.png", "studio-assets.toml"]
    contents = {file.digest: Path(file.path).read_bytes() for file in files}

    shared = AssetStore(tmp_path / "shared")
    assert shared.lacks(files) == []
    assert shared.prefix(files) == ""

    shutil.move(tmp_path / "home", tmp_path / "elsewhere")
    store = AssetStore(tmp_path / "node")
    assert {file.digest for file in store.lacks(files)} == set(contents)
    for digest, data in contents.items():
        store.add(digest, data)
    assert store.lacks(files) == []
    prefix = store.prefix(files)
    assert prefix == store.prefix(files)
    assert {Path(prefix + file.path).read_bytes() for file in files} == set(contents.values())
    shutil.move(tmp_path / "elsewhere", tmp_path / "home")
    there = moved(recipe, prefix)
    assert there["objects"] == [{"model": prefix + str(model), "count": 2}]
    assert there["surroundings"] == recipe["surroundings"]


def test_an_asset_that_was_damaged_on_its_way_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="damaged"):
        AssetStore(tmp_path).add("00" * 16, b"something else")


def test_a_station_says_whether_it_sees_a_file(tmp_path: Path, user_folders: Path) -> None:
    station = Station("test")
    (tmp_path / "probe").write_text("mine", encoding="utf-8")
    assert station.sees(str(tmp_path / "probe"), "mine")
    assert not station.sees(str(tmp_path / "probe"), "another's")
    assert not station.sees(str(tmp_path / "nothing"), "mine")
