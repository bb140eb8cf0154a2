"""The script `run`: what it passes on, when it sets up, and what it says when it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.packaging.run_tree import REPOSITORY, RunTree, script

OLD_PYTHON_SHIM = "#!/bin/sh\necho 'pyenv: python3.13: command not found' >&2\nexit 127\n"


@pytest.fixture
def tree(tmp_path: Path) -> RunTree:
    return RunTree(tmp_path)


@pytest.mark.parametrize("shell", ["sh", "dash", "bash", "busybox"])
def test_every_shell_can_read_it(shell: str) -> None:
    found = shutil.which(shell)
    if not found:
        pytest.skip(f"this machine has no {shell}")
    command = [found, *(["sh"] if shell == "busybox" else []), "-n", str(REPOSITORY / "run")]
    subprocess.run(command, check=True, timeout=10)


def test_first_start_sets_up_and_passes_arguments_on(tree: RunTree) -> None:
    result = tree.run("render", "my cup.toml", "", "*", "--set", "a='b c'")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "<render><my cup.toml><><*><--set><a='b c'>"
    assert "Setting Dataset Studio up" in result.stderr
    assert len(result.stderr.splitlines()) <= 6
    sync = tree.calls("pip sync")[-1]
    assert "--require-hashes" in sync
    assert sync.endswith("requirements.lock")


def test_second_start_is_silent_and_calls_nothing(tree: RunTree) -> None:
    tree.run()
    before = tree.calls()
    result = tree.run("presets", "ls")
    assert (result.stdout, result.stderr) == ("<presets><ls>", "")
    assert tree.calls() == before


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_changed_dependencies_are_installed(tree: RunTree, name: str) -> None:
    tree.run()
    before = tree.calls("pip sync")
    with (tree.root / name).open("a") as file:
        file.write("# changed\n")
    assert tree.run().returncode == 0
    assert len(tree.calls("pip sync")) > len(before)
    assert len(tree.calls("venv")) == 1, "a good environment is filled anew, not made anew"


def test_moved_folder_is_set_up_again(tree: RunTree) -> None:
    tree.run()
    tree.root = tree.root.rename(tree.folder / "elsewhere")
    result = tree.run("x")
    assert "Setting Dataset Studio up" in result.stderr
    assert result.stdout == "<x>"
    assert tree.run("x").stderr == ""


def test_found_through_links_and_from_anywhere(tree: RunTree) -> None:
    tree.run()
    (tree.folder / "links").mkdir()
    (tree.folder / "links" / "first").symlink_to("../it's a project/run")
    (tree.bin / "dataset").symlink_to(tree.folder / "links" / "first")
    for command, cwd in ((tree.bin / "dataset", Path("/")), ("./run", tree.root)):
        assert tree.run("a", command=command, cwd=cwd).stdout == "<a>"
    by_path = subprocess.run(
        ["sh", "-c", "dataset b"], env=tree.environment, cwd="/", capture_output=True, text=True, check=True
    )
    by_shell = subprocess.run(
        ["sh", "run", "c"], env=tree.environment, cwd=tree.root, capture_output=True, text=True, check=True
    )
    assert (by_path.stdout, by_shell.stdout) == ("<b>", "<c>")


def test_exit_code_and_input_are_the_programs(tree: RunTree) -> None:
    assert tree.run("exit", "42").returncode == 42
    assert tree.run("read", stdin="from a pipe").stdout == "from a pipe"


def test_first_start_leaves_input_to_the_program(tree: RunTree) -> None:
    assert tree.run("read", stdin="from a pipe").stdout == "from a pipe"


def test_foreign_python_settings_stay_out(tree: RunTree) -> None:
    tree.environment["PYTHONPATH"] = "/opt/ros/lib/python3.10/site-packages"
    assert tree.run("path").stdout == "PYTHONPATH=unset\n"


def test_tests_run_in_the_projects_folder(tree: RunTree) -> None:
    assert tree.run("test", "-k", "a b").stdout == f"tests in {tree.root}: -k a b\n"


@pytest.mark.parametrize("tool", ["flock", "no flock"])
def test_starts_at_the_same_time_set_up_once(tree: RunTree, tool: str) -> None:
    if tool == "flock":
        tree.offer("flock")
    tree.environment["STUB_SYNC_SECONDS"] = "0.5"
    starts = [
        subprocess.Popen(
            [tree.root / "run", "x"], env=tree.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    results = [start.communicate(timeout=60) for start in starts]
    assert [output for output, _ in results] == ["<x>"] * 4
    assert len(tree.calls("venv")) == 1
    assert sum("Another ./run" in said for _, said in results) == 3
    assert not (tree.root / ".venv-setup" / "lock.d").exists()


def test_lock_of_a_dead_process_is_cleared_away(tree: RunTree) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    lock = tree.root / ".venv-setup" / "lock.d"
    lock.mkdir(parents=True)
    (lock / str(gone.pid)).touch()
    assert tree.run("x").stdout == "<x>"


def test_interrupted_setup_is_done_again_from_the_start(tree: RunTree) -> None:
    tree.environment["STUB_SYNC_SECONDS"] = "30"
    start = subprocess.Popen(
        [tree.root / "run"], env=tree.environment, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 20
    while not tree.calls("pip sync") and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(start.pid, 9)
    start.wait()
    tree.environment["STUB_SYNC_SECONDS"] = "0"
    result = tree.run("x")
    assert result.stdout == "<x>"
    assert len(tree.calls("venv")) == 2


def assert_fails_with(result: subprocess.CompletedProcess[str], *words: str) -> None:
    """The last line of what was said is one sentence with these words; the exit code is 1."""
    assert result.returncode == 1
    last = result.stderr.splitlines()[-1]
    assert last.startswith("run: ")
    assert last.endswith(".")
    for word in words:
        assert word in last


def test_failed_installation_is_said_and_not_trusted(tree: RunTree) -> None:
    tree.environment["STUB_SYNC_CODE"] = "2"
    for _ in range(2):
        assert_fails_with(tree.run(), "dependencies", "network", "disk space")
    tree.environment["STUB_SYNC_CODE"] = "0"
    assert tree.run("x").stdout == "<x>"


@pytest.mark.parametrize("name", ["UV_SYSTEM_CERTS", "UV_NATIVE_TLS"])
@pytest.mark.parametrize("step", ["dependencies", "python"])
def test_an_unknown_certificate_is_told_from_other_trouble(tree: RunTree, step: str, name: str) -> None:
    """Behind a proxy that signs for the servers; the variable that helps is the one that this uv has."""
    tree.environment |= {
        "STUB_UV_SAYS": "error: Failed to fetch\n  cause: invalid peer certificate: UnknownIssuer",
        "STUB_UV_CERTS": name,
        "STUB_SYNC_CODE": "2",
    }
    if step == "python":
        tree.environment["STUB_PYTHON"] = ""
    assert_fails_with(tree.run(), "certificate", f"{name}=1", "SSL_CERT_FILE", "docs/headless-servers.md")
    tree.environment["STUB_UV_SAYS"] = "error: Failed to fetch\n  cause: dns error"
    assert_fails_with(tree.run(), "Python 3.13" if step == "python" else "dependencies", "network")


def test_an_unknown_certificate_in_getting_uv(tree: RunTree) -> None:
    (tree.bin / "uv").unlink()
    script(
        tree.bin / "curl",
        "#!/bin/sh\necho 'curl: (60) SSL certificate problem: self-signed certificate' >&2\nexit 60\n",
    )
    assert_fails_with(tree.run(), "certificate", "SSL_CERT_FILE")


def test_without_uv_and_any_way_to_it(tree: RunTree) -> None:
    (tree.bin / "uv").unlink()
    assert_fails_with(tree.run(), "uv", ".venv-setup/uv.log", "by hand")


@pytest.mark.parametrize("version", ["0.4.30", "broken"])
def test_useless_uv_is_replaced_by_one_from_pip(tree: RunTree, version: str) -> None:
    """An old uv, or a shim that fails, does not count; pip brings one into the project's folder."""
    tree.environment["STUB_UV_VERSION"] = version
    script(tree.folder / "new uv", (tree.bin / "uv").read_text().replace("${STUB_UV_VERSION:-0.9.0}", "0.10.2"))
    pip = '#!/bin/sh\n[ "$3" != --version ] || exit 0\nmkdir -p "$8/bin" && cp "$STUB_FOLDER/new uv" "$8/bin/uv"\n'
    script(tree.bin / "python3", pip.replace("$8", "${7}"))
    result = tree.run("x")
    assert result.stdout == "<x>", result.stderr
    assert "getting uv" in result.stderr
    assert (tree.root / ".venv-setup" / "uv" / "bin" / "uv").exists()
    shutil.rmtree(tree.root / ".venv")
    assert "getting uv" not in tree.run("x").stderr, "it is got once"


def test_uv_comes_by_its_installer_where_there_is_no_pip(tree: RunTree) -> None:
    (tree.bin / "uv").rename(tree.folder / "new uv")
    installer = 'mkdir -p "$UV_UNMANAGED_INSTALL" && cp "$STUB_FOLDER/new uv" "$UV_UNMANAGED_INSTALL/uv"'
    (tree.folder / "installer").write_text(installer)
    script(tree.bin / "wget", '#!/bin/sh\n[ "$3" = -O ] && cp "$STUB_FOLDER/installer" "$4"\n')
    assert tree.run("x").stdout == "<x>"


def test_python_under_pyenv_is_used_where_the_shim_fails(tree: RunTree) -> None:
    tree.environment["STUB_PYTHON"] = ""
    script(tree.bin / "python3.13", OLD_PYTHON_SHIM)
    versions = tree.folder / "home" / ".pyenv" / "versions"
    broken, good = versions / "3.13.0" / "bin", versions / "3.13.1" / "bin"
    for folder in (broken, good):
        folder.mkdir(parents=True)
    script(broken / "python3.13", OLD_PYTHON_SHIM)
    script(good / "python3.13", (tree.folder / "python").read_text())
    result = tree.run("x")
    assert result.stdout == "<x>"
    assert str(good) in result.stderr
    assert tree.calls("python install") == []


def test_without_any_python(tree: RunTree) -> None:
    tree.environment["STUB_PYTHON"] = ""
    result = tree.run()
    assert_fails_with(result, "Python 3.13", "install")
    assert tree.calls("python install")


def test_folder_that_cannot_be_written_to(tree: RunTree) -> None:
    (tree.root / ".venv-setup").touch()  # stops root too, whom permissions do not
    assert_fails_with(tree.run(), str(tree.root), "cannot be written", "copy")


def test_missing_libraries_stop_the_tests_but_not_the_program(tree: RunTree) -> None:
    tree.environment["STUB_LIBRARIES"] = "1"
    assert tree.run("inspect", "cups").stdout == "<inspect><cups>"
    assert_fails_with(tree.run("test"), "libraries")
    tree.environment["STUB_LIBRARIES"] = "0"
    assert tree.run("test").returncode == 0


def test_libraries_are_installed_by_apt_for_root(tree: RunTree) -> None:
    (tree.bin / "id").unlink()
    script(tree.bin / "id", "#!/bin/sh\necho 0\n")
    script(tree.bin / "apt-get", '#!/bin/sh\necho "$*" >>"$STUB_FOLDER/apt"\n[ -f "$STUB_FOLDER/apt" ]\n')
    lacking = (
        '"-m engine.system_libraries") [ "${3-}" != --packages ] || echo libxi6 libgl1; test -f "$STUB_FOLDER/apt"'
    )
    text = (tree.folder / "python").read_text()
    script(
        tree.folder / "python",
        text.replace('"-m engine.system_libraries") exit "${STUB_LIBRARIES:-0}"', lacking),
    )
    result = tree.run("x")
    assert result.stdout == "<x>", result.stderr
    installed = (tree.folder / "apt").read_text().splitlines()
    assert any(line.endswith("install --no-install-recommends libxi6 libgl1") for line in installed)


def test_real_second_start(capsys: pytest.CaptureFixture[str]) -> None:
    """This very checkout, if `run` has set it up: prints what `run` adds to a start."""
    venv = REPOSITORY / ".venv"
    if not (venv / ".made-for").exists():
        pytest.skip("this checkout was not set up by ./run")

    def shortest(command: Path) -> float:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            result = subprocess.run([command, "--version"], capture_output=True, text=True, timeout=60, check=True)
            times.append(time.perf_counter() - start)
            assert result.stdout.startswith("studio ")
            assert result.stderr == ""
        return min(times)

    through, direct = shortest(REPOSITORY / "run"), shortest(venv / "bin" / "studio")
    with capsys.disabled():
        print(f"\nsecond start: {through:.3f} s by ./run, {direct:.3f} s without, {through - direct:.3f} s added")
