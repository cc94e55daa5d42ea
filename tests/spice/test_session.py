import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hwkit import compile_model
from hwkit.langevin import TimeGrid
from hwkit.spice import find_library, ngspice_solver, ngspice_version
from hwkit.spice.running import Setup, Task
from hwkit.workers import run_tasks
from tests.machines import random_machine

pytestmark = pytest.mark.spice

ROOT = Path(__file__).parents[2]
HOSTILE = """* a start file that changes everything
echo the start file was read
set ngbehavior=psa
set temp=99
option reltol=0.5 maxord=2 method=gear trtol=1 temp=99
alias tran op
"""
SCRIPT = """
import hashlib
from hwkit import compile_model, simulate_spice
from tests.machines import random_machine

runs = simulate_spice(compile_model(random_machine(5, 2)), 0.2, 0.01, 2, seed=3, save_every=1)
print(hashlib.sha256(runs.x.tobytes()).hexdigest())
"""


def digest(home, cwd):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SPICE")}
    environment |= {"HOME": str(home), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def folder(path, text=None):
    path.mkdir()
    if text is not None:
        (path / ".spiceinit").write_text(text)
    return path


def test_a_start_file_of_the_user_s_changes_nothing(tmp_path):
    clean, hostile = folder(tmp_path / "clean"), folder(tmp_path / "hostile", HOSTILE)
    plain = digest(home=clean, cwd=clean)
    assert len(plain) == 64
    assert digest(home=hostile, cwd=clean) == plain
    assert digest(home=clean, cwd=hostile) == plain
    assert os.listdir(clean) == []


def test_ngspice_itself_does_read_such_a_file(tmp_path):
    """The control: the start file above is one that ngspice obeys."""
    hostile = folder(tmp_path / "hostile", HOSTILE)
    (tmp_path / "circuit.cir").write_text("title\nR1 a 0 1k\nI1 0 a 1m\n.op\n.end\n")
    done = subprocess.run(
        ["ngspice", "-b", str(tmp_path / "circuit.cir")],
        cwd=hostile,
        env=os.environ | {"HOME": str(hostile)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "the start file was read" in done.stdout + done.stderr


def memory(tidy, n_runs):
    model = random_machine(20, 1, density=0.2)
    grid = TimeGrid(2.0, 0.01)
    setup = Setup(compile_model(model), grid, 1, "full", None, "")
    tasks = [Task(run, np.zeros(20), None) for run in range(n_runs)]
    return run_tasks("tests.spice.memory:runner", (setup, tidy), tasks)


def test_memory_does_not_grow_from_run_to_run():
    tidy = memory(tidy=True, n_runs=150)
    assert tidy[149] - tidy[49] < 1_000_000
    untidy = memory(tidy=False, n_runs=150)  # control: with the results of each run kept
    assert untidy[149] - untidy[49] > 3_000_000


def test_the_version_is_a_number():
    assert float(ngspice_version().split("+")[0]) >= 30


def end_of_a_run(best):
    design = compile_model(random_machine(20, 2))
    setup = Setup(design, TimeGrid(0.5, 0.0025), 1, "full", None, "")
    [answer] = run_tasks("tests.spice.solvers:runner", (setup, best), [Task(0, np.ones(20), None)])
    return answer


def test_coupled_circuits_use_klu_where_ngspice_has_it_and_reach_the_same_states():
    best, solver, words = end_of_a_run(best=True)
    plain, without, other_words = end_of_a_run(best=False)
    assert (solver, without) == (ngspice_solver(), "Sparse 1.3")
    assert np.abs(best - plain).max() < 1e-12 < np.abs(plain).max()
    if solver == "KLU":
        assert "KLU" in words
        assert "KLU" not in other_words


SHARED = """
from pathlib import Path
from hwkit.spice.session import session
simulator = session()
here = Path.cwd()
simulator.load("title\\nR1 a 0 1k\\nI1 0 a 1m\\n.end\\n", [])
simulator.command("op")
simulator.command("shell pwd > pwd.txt")
simulator.command("write results.raw")
folder = Path(simulator._folder.name)
print(Path.cwd() == here, sorted(p.name for p in folder.iterdir()), folder)
"""


def test_what_ngspice_writes_on_its_own_account_goes_with_its_folder(tmp_path):
    library = os.path.relpath(find_library(), tmp_path) if find_library().is_absolute() else ""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment |= {"NGSPICE_LIBRARY_PATH": library} if library else {}
    done = subprocess.run(
        [sys.executable, "-c", SHARED],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    came_back, rest = done.stdout.splitlines()[-1].split(" ", 1)
    assert came_back == "True"
    assert rest.startswith("['.spiceinit', 'pwd.txt', 'results.raw']")
    assert not Path(rest.split()[-1]).exists()
    assert list(tmp_path.iterdir()) == []
