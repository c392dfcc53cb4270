"""The layers are proved by programs that can break them, and a machine with weaker ones is told so."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from outlay.core.errors import InvalidSettingError, MissingCapabilityError, VerifierError
from outlay.verifiers.code import batch, layers, private_root, probe
from outlay.verifiers.code.bubblewrap import command
from outlay.verifiers.code.isolation import Isolation, launch
from outlay.verifiers.code.layers import Layer, Sandbox, prove, strongest, walls
from outlay.verifiers.code.limits import CodeLimits
from tests.verifiers.code.machine import open_machine

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(os.name != "posix", reason="the sandbox needs fork")]
linux = pytest.mark.skipif(sys.platform != "linux", reason="namespaces and /proc are Linux's own")


def test_without_a_sandbox_every_attempt_manages_something() -> None:
    """So that a layer that is said to hold does."""
    with open_machine() as machine:
        folder = machine.folder / "open"
        folder.mkdir()
        told = {
            "port": machine.aim("PORT"), "secret": machine.aim("SECRET"), "folder": str(folder),
            "process": str(os.getpid()), "memory": str(1 << 28), "file": str(1 << 21),
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-I", probe.__file__], input=json.dumps(told), capture_output=True, text=True, check=True,
            cwd=machine.folder,
        )  # fmt: skip
        managed = json.loads(done.stdout)
        assert (folder / "made").exists()
    # A container may forbid namespaces, and a system without /proc shows no other process.
    del managed["no privileges"]
    if sys.platform != "linux":
        del managed["no sight of other processes"]
    assert {name for name, detail in managed.items() if not detail} == set()


async def test_each_isolation_that_starts_is_proved_layer_by_layer() -> None:
    started = 0
    for isolation in Isolation:
        try:
            found = await prove(isolation)
        except VerifierError:
            continue
        started += 1
        assert len({one.name for one in found}) == len(found) == 14
        assert all(one.holds == (one.detail == "") for one in found)
        kept = {one.name: one.holds for one in found}
        assert kept["limit on CPU time"]
        assert kept["limit on wall time"]
        assert kept["limit on output"]
    assert started


async def test_the_strongest_isolation_is_the_first_without_holes(monkeypatch: pytest.MonkeyPatch) -> None:
    holes = {Isolation.BUBBLEWRAP: 1, Isolation.NAMESPACES: 0, Isolation.CONFINED: 0}

    async def told(isolation: Isolation) -> list[Layer]:
        if isolation is Isolation.BUBBLEWRAP and not holes[isolation]:
            raise VerifierError("does not start")
        return [Layer("a", True), Layer("b", not holes[isolation], "managed")]

    monkeypatch.setattr(layers, "walls", told)
    monkeypatch.setattr(layers, "_possible", lambda: iter(Isolation))
    assert await strongest() == Sandbox(Isolation.NAMESPACES)
    holes[Isolation.NAMESPACES] = 1
    assert await strongest() == Sandbox(Isolation.CONFINED)
    holes[Isolation.CONFINED] = 1
    assert await strongest() == Sandbox(Isolation.BUBBLEWRAP, ("b",))
    holes[Isolation.BUBBLEWRAP] = 0
    assert await strongest() == Sandbox(Isolation.NAMESPACES, ("b",))
    monkeypatch.setattr(layers, "_possible", lambda: iter(()))
    with pytest.raises(VerifierError, match="needs Linux or macOS"):
        await strongest()


async def test_a_sandbox_with_a_hole_is_refused_where_a_full_one_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    async def told(isolation: Isolation) -> list[Layer]:
        return [Layer("no network", False, "connected")]

    monkeypatch.setattr(layers, "walls", told)
    assert await batch.sandbox_for("the judge", required=False) in Isolation
    with pytest.raises(MissingCapabilityError, match=r"the judge needs a full sandbox.*verify doctor"):
        await batch.sandbox_for("the judge", required=True)


def test_the_command_line_of_bubblewrap() -> None:
    found = command(["/usr/bin/python3", "-c", "pass"], ["/lib", "/usr/lib"], 16)
    text = " ".join(found)
    assert Path(found[0]).name == "bwrap"
    for option in ("user", "pid", "net", "ipc", "uts", "cgroup-try"):
        assert f"--unshare-{option} " in text
    for option in ("--die-with-parent", "--new-session", "--clearenv", "--cap-drop ALL", "--uid 65534", "--gid 65534"):
        assert f"{option} " in text
    assert "--ro-bind /lib /lib --ro-bind /usr/lib /usr/lib" in text
    assert "--size 16777216 --tmpfs /tmp --remount-ro / --chdir /tmp" in text
    assert "--bind " not in text
    assert found[found.index("--") + 1 :] == ["/usr/bin/python3", "-c", "pass"]


def test_bubblewrap_shows_python_and_nothing_of_the_system() -> None:
    found = launch("script", Isolation.BUBBLEWRAP, CodeLimits(), "/nowhere")
    shown = {found[at + 1] for at, word in enumerate(found) if word == "--ro-bind"}
    assert str(Path(os.__file__).parent) in shown or any(os.__file__.startswith(f"{one}/") for one in shown)
    assert str(Path(layers.__file__).parent) in shown
    assert not {"/", "/etc", "/home", "/proc", str(Path.home())} & shown
    assert found[found.index("--") + 1] == str(Path(sys.executable).resolve())


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bwrap is not installed")
async def test_bubblewrap_holds_where_it_works() -> None:
    try:
        found = await walls(Isolation.BUBBLEWRAP)
    except VerifierError as error:
        pytest.skip(f"bwrap is installed and does not work here: {error}")
    assert [one.name for one in found if not one.holds] == []


def test_folders_to_read_do_not_lie_in_one_another() -> None:
    found = private_root.python_folders()
    assert any(os.__file__.startswith(f"{one}/") for one in found)
    assert not any(one != other and one.startswith(f"{other}/") for one in found for other in found)


@linux
@pytest.mark.parametrize("writes", [True, False])
def test_a_filter_of_calls_lets_files_be_written_only_where_it_says(writes: bool, tmp_path: Path) -> None:
    script = (
        "import sys\nfrom outlay.verifiers.code.system_calls import filter_calls\n"
        f"held = filter_calls(writes={writes})\n"
        "try:\n    open(sys.argv[1], 'w').write('made')\n    print(held, True)\n"
        "except PermissionError:\n    print(held, False)\n"
        "import threading\nt = threading.Thread(target=print, args=('thread',))\nt.start()\nt.join()"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "made")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    held, wrote, thread = done.stdout.split()
    assert thread == "thread"
    assert wrote == str(writes or held == "False")
    assert (tmp_path / "made").exists() == (wrote == "True")


def test_settings_out_of_range_are_refused() -> None:
    assert CodeLimits.of("judge", 0.2, 64) == CodeLimits(0.2, 1, 64)
    assert CodeLimits.of("judge", 7.4, 64).cpu_seconds == 7
    for seconds, memory in ((0, 512), (float("nan"), 512), (1000, 512), (5, 1), (5, 1 << 20)):
        with pytest.raises(InvalidSettingError):
            CodeLimits.of("judge", seconds, memory)


@linux
async def test_what_is_cancelled_leaves_nothing() -> None:
    with open_machine() as machine:
        with anyio.move_on_after(1) as scope:
            await layers.run_script("while True: pass", b"", CodeLimits(60, 60), (await strongest()).isolation)
        assert scope.cancelled_caught
        machine.check_untouched()
