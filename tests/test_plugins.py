"""Packages that add kinds and families: installed ones count, those of the working folder never."""

import os
import subprocess
import sys

import pytest

import hwkit

MODULE = """
from pathlib import Path

Path({canary!r}).touch()
"""
POINTS = "[hwkit.kinds]\nmine = own_kind:KIND\n[hwkit.cells]\nmine = own_kind:FAMILY\n"


@pytest.fixture
def package(tmp_path):
    """A folder that holds a distribution; importing its module leaves a canary."""
    folder = tmp_path / "package"
    (folder / "own_kind-1.0.dist-info").mkdir(parents=True)
    (folder / "own_kind-1.0.dist-info" / "METADATA").write_text("Name: own-kind\nVersion: 1.0\n")
    (folder / "own_kind-1.0.dist-info" / "entry_points.txt").write_text(POINTS)
    (folder / "own_kind.py").write_text(MODULE.format(canary=str(tmp_path / "canary")))
    return folder


def call(folder, *words, path=None):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"PYTHONPATH": str(path)} if path else {}
    command = [sys.executable, "-m", "hwkit", *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_a_package_in_the_working_folder_is_not_loaded(package, tmp_path):
    answer = call(package, "new", "mine")
    assert answer.returncode == 2
    assert "'mine' is not a kind of study; choose from equivalence, tolerance" in answer.stderr
    assert not (tmp_path / "canary").exists()


def test_control_an_installed_package_is_loaded_and_held_to_its_word(package, tmp_path):
    answer = call(tmp_path, "new", "mine", path=package)
    assert answer.returncode == 2
    assert (tmp_path / "canary").exists()
    assert "entry point 'mine' of hwkit.kinds" in answer.stderr


@pytest.mark.parametrize("module", ["raise SystemExit(0)", "import not_there", "KIND = FAMILY = 3"])
def test_a_package_that_fails_is_told_and_stops_nothing_else(package, tmp_path, module):
    (package / "own_kind.py").write_text(module)
    answer = call(tmp_path, "new", path=package)
    assert answer.returncode == 0
    assert "entry point 'mine' of hwkit.kinds" in answer.stdout
    assert "storage" in answer.stdout
    answer = call(tmp_path, "new", "mine", path=package)
    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1)
    hwkit.save_model(hwkit.EnergyModel([[0, 1], [1, 0]], [0, 0]), tmp_path / "m.npz")
    answer = call(tmp_path, "compile", "m.npz", path=package)
    assert answer.returncode == 0, answer.stderr
    assert "entry point 'mine' of hwkit.cells" in answer.stdout
