"""The working folder is not trusted: nothing in it is obeyed, and nothing is written beside it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import hwkit
from hwkit import surroundings
from tests.hostile import COMMAND, MODULE, hostile, run, snapshot
from tests.machines import random_machine


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A clean folder and a hostile one, with the same model; the canary; the user's home."""
    top = tmp_path_factory.mktemp("place")
    (top / "home").mkdir()
    (top / "clean").mkdir()
    hostile(top / "hostile", top / "canary")
    for name in ("clean", "hostile"):
        hwkit.save_model(random_machine(4, 3, n_visible=4), top / name / "model.npz")
    return top


def compared(place, command, *steps):
    """Run the steps in both folders; return what each of them wrote, after the usual checks."""
    written = {}
    before = snapshot(place / "hostile")
    for where in ("clean", "hostile"):
        already = set(snapshot(place / where))
        for words in steps:
            done = run(place, where, command, *words.split())
            assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
        now = snapshot(place / where)
        written[where] = {name: now[name][2] for name in now if name not in already}
        for name in written[where]:
            (place / where / name).unlink()
    assert not (place / "canary").exists()
    assert snapshot(place / "hostile") == before
    return written


SAMPLE = "sample model.npz -n 2 --t-final 0.2 --dt 0.01 --save-every 5 --out runs.nc"
PLOT = "plot runs.nc --show states --out runs.svg"


def test_runs_and_pictures_are_those_of_a_clean_folder(place):
    drawn = "compile model.npz --out c.cir --schematic s.svg --graph g.svg"
    written = compared(place, COMMAND, SAMPLE, PLOT, drawn)
    assert set(written["clean"]) == {"runs.nc", "runs.svg", "c.cir", "s.svg", "g.svg"}
    assert written["clean"] == written["hostile"]


def test_so_they_are_if_hwkit_is_run_as_a_module(place):
    written = compared(place, MODULE, SAMPLE)
    assert set(written["clean"]) == {"runs.nc"}
    assert written["clean"] == written["hostile"]


@pytest.mark.spice
def test_circuits_run_as_in_a_clean_folder(place):
    runs = "simulate model.npz -n 1 --t-final 0.1 --dt 0.01 --jobs 1 --out spice.nc"
    written = compared(place, COMMAND, runs)
    assert set(written["clean"]) == {"spice.nc"}
    assert written["clean"] == written["hostile"]


def test_nothing_is_left_in_the_folder_for_temporary_files(place, monkeypatch):
    (place / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(place / "tmp"))
    assert run(place, "clean", COMMAND, "sample", "model.npz", "-n", "1").returncode == 0
    assert os.listdir(place / "tmp") == []
    (place / "clean" / "ideal.nc").unlink()


# The controls: each of these is obeyed where a library is used alone in that folder.


def alone(place, program):
    done = run(place, "hostile", [sys.executable, "-P", "-c", program])
    canary = place / "canary"
    ran = canary.exists()
    canary.unlink(missing_ok=True)
    return done, ran


def test_control_numba_obeys_its_settings(place):
    done, _ = alone(place, "import numba; print(numba.config.CACHE_DIR, numba.config.DISABLE_JIT)")
    assert done.stdout.split() == [".cache", "1"]


def test_control_numba_unpickles_the_cache_that_its_settings_name(place):
    """Our own kernels, decorated as if hwkit took no care."""
    (place / "hostile" / ".numba_config.yaml").write_text("cache_dir: .cache\n")
    program = (
        "import numba, hwkit.compiling as c\n"
        "c._config.CACHE_DIR = '.cache'\n"
        "c.kept = lambda compiler, *a, **o: compiler(*a, cache=True, **o)\n"
        "from hwkit.wiener import normals\n"
        "normals(1, [0], 4, 2)\n"
    )
    _, ran = alone(place, program)
    assert ran
    (place / "hostile" / ".numba_config.yaml").write_text("cache_dir: .cache\ndisable_jit: 1\n")


def test_control_matplotlib_obeys_its_settings(place):
    done, _ = alone(place, "import matplotlib; print(matplotlib.rcParams['font.size'])")
    assert done.stdout.strip() == "30.0"


@pytest.mark.spice
def test_control_ngspice_obeys_its_settings(place):
    (place / "circuit.cir").write_text("title\nR1 a 0 1k\nI1 0 a 1m\n.tran 1u 2u\n.end\n")
    words = ("-b", "-r", str(place / "out.raw"), str(place / "circuit.cir"))
    obeyed = run(place, "hostile", ["ngspice"], *words)
    plain = run(place, "clean", ["ngspice"], *words)
    assert obeyed.stdout != plain.stdout


def test_control_python_takes_modules_of_its_folder(place):
    for module in ("numpy", "csv"):
        done = run(place, "hostile", [sys.executable, "-c", f"import {module}"])
        assert (place / "canary").exists(), done.stderr
        (place / "canary").unlink()


def test_a_removed_folder_is_one_sentence(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    model = tmp_path / "model.npz"
    hwkit.save_model(random_machine(3, 1), model)
    shell = f"cd {gone} && rmdir {gone} && exec {COMMAND[0]} sample {model} --out {tmp_path}/o.nc"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("hwkit: the folder you are in was removed")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_the_working_folder_is_the_user_s_again_even_if_it_is_gone(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    with surroundings.standing_in(tmp_path):
        assert Path.cwd() == tmp_path
    assert Path.cwd() == gone
    gone.rmdir()
    with surroundings.standing_in(tmp_path):
        assert Path.cwd() == tmp_path
    with pytest.raises(FileNotFoundError):
        Path.cwd()
    os.chdir(tmp_path)
