import os
import re
from pathlib import Path

import numpy as np
import pytest

import hwkit
from hwkit.spice import find_library, find_program, library
from tests.machines import random_machine, same_machine

SETUP = Path(__file__).parents[2] / "scripts" / "setup.sh"
HINTS = [
    r"apt-get install ngspice libngspice0",
    r"dnf install ngspice libngspice",
    r"brew install ngspice libngspice",
    r"conda install -c conda-forge ngspice ngspice-lib",
]


@pytest.fixture
def nowhere(monkeypatch):
    """A machine on which no ngspice library can be found."""
    monkeypatch.delenv("NGSPICE_LIBRARY_PATH", raising=False)
    monkeypatch.setattr(library, "_candidates", lambda: iter(()))


def test_without_the_library_every_system_s_command_is_given(nowhere):
    with pytest.raises(hwkit.SimulationError, match="shared library was not found") as refusal:
        find_library()
    assert all(hint in str(refusal.value) for hint in HINTS)
    assert refusal.value.exit_code == 3


def test_the_commands_are_those_of_the_set_up_script():
    """The same packages, though the script installs Python with them."""
    script = re.sub(r"'python>=3.11' |python3? ?(python3-venv )?", "", SETUP.read_text())
    assert all(hint in script for hint in HINTS)


@pytest.mark.parametrize("content", [None, b"no library"])
def test_a_variable_that_names_no_library_is_refused(tmp_path, monkeypatch, content):
    path = tmp_path / "libngspice.so"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("NGSPICE_LIBRARY_PATH", str(path))
    with pytest.raises(
        hwkit.SimulationError, match=r"NGSPICE_LIBRARY_PATH names .*libngspice\.so"
    ) as e:
        find_library()
    assert HINTS[0] in str(e.value)


def test_a_library_of_something_else_is_refused(monkeypatch):
    monkeypatch.setenv("NGSPICE_LIBRARY_PATH", library.ctypes.util.find_library("c"))
    with pytest.raises(hwkit.SimulationError, match="can't be loaded as ngspice's library"):
        find_library()


@pytest.mark.parametrize("script", ["exit 5", "echo something else", "sleep 100", None])
def test_a_program_that_is_not_ngspice_is_refused(tmp_path, monkeypatch, script):
    monkeypatch.setattr(library, "_SECONDS", 0.3)
    program = tmp_path / "ngspice"
    program.write_text("\xff" if script is None else f"#!/bin/sh\nexec {script}\n")
    program.chmod(0o755)
    with pytest.raises(hwkit.SimulationError, match="does not say its version"):
        library.program_version(program)


@pytest.mark.spice
def test_the_program_says_its_version():
    assert float(library.program_version(find_program())) > 30


def test_without_the_program_every_system_s_command_is_given(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(hwkit.SimulationError, match="program ngspice was not found") as refusal:
        find_program()
    assert all(hint in str(refusal.value) for hint in HINTS)


def test_without_ngspice_all_that_needs_none_works(nowhere, tmp_path):
    model = random_machine(4, 0)
    design = hwkit.compile_model(model)
    with pytest.raises(hwkit.SimulationError, match="apt-get install ngspice libngspice0"):
        hwkit.simulate_spice(design, 0.1, 0.01)
    hwkit.save_model(model, tmp_path / "model.npz")
    assert same_machine(hwkit.load_model(tmp_path / "model.npz"), model)
    assert same_machine(hwkit.extract_model(hwkit.render(design).text), model, rtol=1e-9)
    runs = hwkit.simulate_langevin(model, 0.1, 0.01, 2)
    runs.save(tmp_path / "trajectories.nc")
    assert np.array_equal(hwkit.Trajectories.load(tmp_path / "trajectories.nc").x, runs.x)
    assert design.realisability.describe()


def test_folders_are_searched_in_the_order_of_the_set_up_script(tmp_path, monkeypatch):
    monkeypatch.delenv("NGSPICE_LIBRARY_PATH", raising=False)
    monkeypatch.setattr(library.sys, "platform", "linux")
    for name in ("conda", "prefix"):
        (tmp_path / name / "lib").mkdir(parents=True)
        (tmp_path / name / "lib" / "libngspice.so").touch()
    monkeypatch.setenv("CONDA_PREFIX", str(tmp_path / "conda"))
    monkeypatch.setattr(library.sys, "prefix", str(tmp_path / "prefix"))
    monkeypatch.setattr(library.ctypes.util, "find_library", lambda name: "libngspice.so.9")
    found = list(library._candidates())
    ours = [str(tmp_path / name / "lib" / "libngspice.so") for name in ("conda", "prefix")]
    assert found[:2] == ours
    assert found[-3:] == ["libngspice.so.9", "libngspice.so.0", "libngspice.so"]
    # Files that are there but can't be loaded are passed over.
    monkeypatch.setattr(library, "_loads", lambda path: path == "libngspice.so.0")
    assert find_library() == Path("libngspice.so.0")


@pytest.mark.spice
def test_what_is_found_can_be_loaded_by_name_or_by_path(monkeypatch, tmp_path):
    monkeypatch.delenv("NGSPICE_LIBRARY_PATH", raising=False)
    assert library._loads(str(find_library()))
    assert os.access(find_program(), os.X_OK)
