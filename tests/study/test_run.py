"""A tiny study, end to end through the command line."""

import json
import os
import shutil
import signal
import subprocess
import sys

import h5py
import numpy as np
import pytest

import hwkit
from hwkit.fidelity import Verdict

pytestmark = pytest.mark.spice

STUDY = """
name = "tiny"
seed = 3
[data]
classes = [0, 1]
[machine]
n_hidden = 4
[generation]
dt = 0.025
samples = 3
ideal_samples = 20
[checks]
drift_states = 4
order_paths = 2
implicit_paths = 1
known_answers = false
[distribution]
spice_runs = 0
[limits]
path = {path}
"""
RESULTS = {
    "drift.npz",
    "half.npz",
    "ideal.nc",
    "implicit.npz",
    "machine.cir",
    "manifest.json",
    "many.nc",
    "model.npz",
    "plan.json",
    "spice.nc",
    "verdict.json",
}
BESIDE = {"provenance.json", "report.html"}  # they say where and when


def command(*arguments):
    jobs = () if "--jobs" in arguments else ("--jobs", 1)  # workers take a while to start
    return [sys.executable, "-m", "hwkit", "run", *map(str, (*arguments, *jobs))]


def call(*arguments, cwd):
    return subprocess.run(command(*arguments), cwd=cwd, capture_output=True, text=True, check=False)


def content(folder):
    """The bytes of every file that must be the same again."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in BESIDE}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("study")
    (place / "study.toml").write_text(STUDY.format(path=0.2))
    return place


@pytest.fixture(scope="module")
def done(place):
    """The study, run once with one worker."""
    answer = call("study.toml", "--jobs", 1, "--json", cwd=place)
    assert answer.returncode == 0, answer.stderr
    return answer


@pytest.fixture(scope="module")
def folder(place, done):
    return place / "runs" / "tiny"


def test_it_writes_the_documented_files(folder):
    assert {path.name for path in folder.iterdir()} == RESULTS | BESIDE
    provenance = json.loads((folder / "provenance.json").read_text())
    assert provenance["jobs"] == 1
    assert provenance["versions"]["hwkit"] == hwkit.__version__
    assert "<html" in (folder / "report.html").read_text()


def test_it_prints_its_verdict_as_one_object_and_progress_elsewhere(done, folder):
    assert json.loads(done.stdout) == json.loads((folder / "verdict.json").read_text())
    assert "training ..." in done.stderr


def test_the_files_belong_together(folder):
    model = hwkit.load_model(folder / "model.npz")
    ideal, spice = (hwkit.Trajectories.load(folder / name) for name in ("ideal.nc", "spice.nc"))
    assert model.n_units == ideal.n_units == spice.n_units == 68
    assert np.allclose(ideal.x[:, 0], spice.x[:, 0], rtol=1e-14)  # through volts and back
    rms = np.sqrt(np.mean((ideal.final - spice.final) ** 2))
    assert Verdict.load(folder / "verdict.json")["path error"].value == pytest.approx(rms)
    extracted = hwkit.extract_model((folder / "machine.cir").read_text())
    assert np.allclose(extracted.b, model.b)


def test_the_circuit_is_first_order_close_to_the_machine(folder):
    verdict = Verdict.load(folder / "verdict.json")
    assert verdict.passed
    assert verdict["drift error"].value < 1e-12
    assert verdict["path error ratio on halving h"].value == pytest.approx(2, abs=0.2)
    assert 1e-4 < verdict["path error"].value < 0.05


def test_a_second_run_elsewhere_gives_the_same_bytes(place, folder):
    answer = call("study.toml", "--jobs", 2, "--out", "again", cwd=place)
    assert answer.returncode == 0
    assert "again" in answer.stdout
    assert content(place / "again") == content(folder)


def test_what_is_lost_is_computed_again_and_nothing_else(place, folder):
    before = content(folder)
    for lost in ("half.npz", "verdict.json"):
        (folder / lost).unlink()
    assert call("study.toml", cwd=place).returncode == 0
    assert content(folder) == before
    redone = json.loads((folder / "provenance.json").read_text())["seconds"]
    assert list(redone) == ["SPICE runs at half the step"]


def test_what_is_damaged_is_told_and_computed_again(place, folder):
    before = content(folder)
    data = bytearray((folder / "spice.nc").read_bytes())
    with h5py.File(folder / "spice.nc") as file:
        place_of_states = file["x"].id.get_offset()
    data[place_of_states + 6] ^= 0x10  # another number, and still a file that can be read
    (folder / "spice.nc").write_bytes(data)
    half = (folder / "half.npz").read_bytes()
    (folder / "half.npz").write_bytes(half[: len(half) // 2])
    answer = call("study.toml", cwd=place)
    assert answer.returncode == 0
    for name in ("spice.nc", "half.npz"):
        assert f"hwkit: runs/tiny/{name} is not as it was written; it is computed" in answer.stderr
    assert content(folder) == before


def test_a_run_killed_on_its_way_is_resumed(place, folder):
    process = subprocess.Popen(
        command("study.toml", "--out", "killed"), cwd=place, stderr=subprocess.PIPE, text=True
    )
    while "SPICE runs" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    left = {path.name for path in (place / "killed").iterdir()}
    assert "ideal.nc" in left
    assert "verdict.json" not in left
    started = os.stat(place / "killed" / "ideal.nc").st_mtime_ns
    assert call("study.toml", "--out", "killed", cwd=place).returncode == 0
    assert os.stat(place / "killed" / "ideal.nc").st_mtime_ns == started
    again = {n: b for n, b in content(place / "killed").items() if not n.startswith(".")}
    assert again == content(folder)


def test_another_plan_replaces_what_is_there(place, folder):
    shutil.copytree(folder, place / "changed")
    options = ("--classes", "3,4,7", "--seed", 4, "--out", "changed")
    assert call("study.toml", *options, cwd=place).returncode == 0
    plan = json.loads((place / "changed" / "plan.json").read_text())["plan"]
    assert (plan["data"]["classes"], plan["seed"]) == ([3, 4, 7], 4)
    first, second = content(folder), content(place / "changed")
    assert set(first) == set(second)
    assert not [name for name in first if first[name] == second[name]]


def test_a_limit_that_can_not_be_met_is_exit_status_1(place):
    text = STUDY.format(path=1e-9)
    for check in ("drift_states = 4", "order_paths = 2", "implicit_paths = 1"):
        text = text.replace(check, f"{check.split()[0]} = 0")  # what is left out takes no time
    (place / "strict.toml").write_text(text)
    answer = call("strict.toml", "--out", "strict", cwd=place)
    assert answer.returncode == 1
    assert "FAILED  path error" in answer.stdout
    verdict = Verdict.load(place / "strict" / "verdict.json")
    assert [m.name for m in verdict.metrics if not m.passed] == ["path error"]
    assert (place / "strict" / "report.html").exists()
