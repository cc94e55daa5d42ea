"""Ctrl-C, SIGTERM, SIGKILL, no space: one sentence, no orphans, nothing half-written."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from hwkit import Trajectories, save_model
from hwkit.files import remove_leftovers, replacing
from tests.hardening.interruptions import STUDY, interrupt
from tests.machines import random_machine
from tests.processes import processes

CODESIGN = """
kind = "codesign"
name = "codesign"
[data]
classes = [0, 1]
[graph]
n_hidden = 0
[noising]
dt = 0.05
[boards]
fresh = 1200
samples = 64
dt = 0.05
"""

RUN = """
name = "run"
[data]
classes = [0]
[machine]
n_hidden = 0
[protocol]
t_final = 0.5
dt = 0.05
[generation]
dt = 0.05
samples = 3
ideal_samples = 20
save_every = 5
level = "mixed"
[checks]
drift_states = 0
order_paths = 0
implicit_paths = 0
known_answers = false
[distribution]
spice_runs = 0
"""


def start(*words, cwd):
    """Start hwkit in a process group of its own, as a shell does."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "hwkit", *map(str, words)]
    return subprocess.Popen(
        command, cwd=cwd, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )


def members(group):
    """Processes of a group that still run."""
    found = []
    for pid, _, text in processes():
        try:
            if os.getpgid(pid) == group and text:
                found.append(pid)
        except ProcessLookupError:
            continue
    return found


def emptied(group, seconds=300.0):
    """Wait until a group has no processes; say whether that came about."""
    end = time.monotonic() + seconds
    while members(group) and time.monotonic() < end:
        time.sleep(0.1)
    return not members(group)


def wait_for(process, line):
    """Read standard error up to a line."""
    for text in process.stderr:
        if text.startswith(line):
            return
    raise AssertionError(f"{line!r} was not announced")


def temporaries(folder):
    return [path.name for path in folder.rglob(".*")]


STUDIES = {  # text, the stage to be stopped in, after so many seconds
    "tolerance": (STUDY.format(boards=3000, batch=10), "boards", 2.0),
    "codesign": (CODESIGN, "", 0.0),
    "equivalence": (RUN, "ideal runs", 0.0),
}


@pytest.mark.spice  # an equivalence study asks for ngspice's version first
@pytest.mark.parametrize(
    ("kind", "number"),
    [*((kind, signal.SIGINT) for kind in STUDIES), ("tolerance", signal.SIGTERM)],
)
def test_a_stopped_study_says_so_and_leaves_nothing_running(kind, number, tmp_path):
    text, stage, seconds = STUDIES[kind]
    (tmp_path / "study.toml").write_text(text)
    process = start("run", "study.toml", "--out", "out", "--jobs", 2, cwd=tmp_path)
    wait_for(process, stage)
    time.sleep(seconds)
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    out, err = process.communicate(timeout=600)
    assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}[number]
    assert out == ""
    assert "Traceback" not in err
    if number == signal.SIGINT:
        last = err.splitlines()[-1]
        assert last == "hwkit: stopped; finished stages are in out; rerun the command to resume"
    assert emptied(process.pid)
    assert temporaries(tmp_path) == []


def test_workers_end_after_a_parent_that_was_killed(tmp_path):
    (tmp_path / "study.toml").write_text(STUDIES["tolerance"][0])
    process = start("run", "study.toml", "--out", "out", "--jobs", 2, cwd=tmp_path)
    wait_for(process, "boards")
    time.sleep(1.0)
    assert len(members(process.pid)) >= 2  # control: it has workers
    process.kill()
    process.communicate()
    assert emptied(process.pid)


def test_a_study_that_was_killed_ends_with_the_same_bytes(tmp_path):
    found = interrupt(tmp_path, boards=30, kills=1, seed=2, jobs=1)
    assert (found.different, found.leftovers) == ([], [])
    assert found.files >= 10


@pytest.mark.study
def test_ten_thousand_boards_killed_twenty_times_end_with_the_same_bytes(tmp_path):
    found = interrupt(tmp_path, boards=10_000, kills=20, seed=1)
    assert (found.kills, found.different, found.leftovers) == (20, [], [])
    assert len(set(found.progress)) > 5  # control: they met the study at different places


def test_what_a_killed_writer_leaves_is_removed_and_nothing_else(tmp_path):
    left = [".model.npz.abcd1234.hwkit-part", ".plan.json.x_8zkqpq.hwkit-part"]
    others = [".a.toolong123.hwkit-part", ".env.template", ".hidden", "model.npz"]
    names = left + others
    for name in names:
        (tmp_path / name).touch()
    remove_leftovers(tmp_path)
    assert sorted(os.listdir(tmp_path)) == others
    with replacing(tmp_path / "x.npz") as temporary:  # the pattern is that of real ones
        remove_leftovers(tmp_path)
        assert not temporary.exists()
        temporary.touch()


# ---- no space, no permission -------------------------------------------------------------------

LIMITED = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
sys.argv = ["hwkit", *sys.argv[1:]]
runpy.run_module("hwkit", run_name="__main__")
"""


@pytest.fixture
def machine(tmp_path):
    save_model(random_machine(20, 0), tmp_path / "model.npz")
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ["sample", "model.npz", "-n", 200, "--out", "x.nc"],
        ["import", "model.npz", "--out", "x.safetensors"],
    ],
)
def test_a_full_disk_is_told_in_one_sentence(machine, words):
    """A limit on the size of files stands for the disk: the same code meets the same error."""
    command = [sys.executable, "-c", LIMITED.format(size=10**8), *map(str, words)]
    # Control: there is space. It also leaves numba nothing to write in the second run.
    assert subprocess.run(command, cwd=machine, capture_output=True).returncode == 0
    os.remove(machine / words[-1])
    command[2] = LIMITED.format(size=1500)
    done = subprocess.run(command, cwd=machine, capture_output=True, text=True)
    assert done.returncode == 2
    name = words[-1]
    expected = f"hwkit: {name} can't be written: file too large; free some space or name another"
    assert done.stderr.splitlines()[-1].startswith(expected)
    assert "Traceback" not in done.stderr
    assert os.listdir(machine) == ["model.npz"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_standard_output_that_is_full(machine, unbuffered):
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "hwkit", "compile", "model.npz", "--out", "x.out"]
        done = subprocess.run(
            command,
            cwd=machine,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
    assert done.returncode == 2
    assert "standard output" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("sample", ["model.npz", "-n", "2"]),
        ("run", ["study.toml"]),
    ],
)
@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc, where nobody can write")
def test_a_place_where_nobody_can_write(verb, words, machine):
    (machine / "study.toml").write_text(STUDIES["tolerance"][0])
    process = start(verb, *words, "--out", "/proc/none/out", cwd=machine)
    out, err = process.communicate()
    assert (process.returncode, out) == (2, "")
    assert "/proc/none/out" in err.splitlines()[-1]
    assert "can't be written" in err.splitlines()[-1]


def test_runs_that_could_not_be_written_leave_the_old_file(machine, monkeypatch):
    runs = Trajectories(np.arange(3.0), np.ones((2, 3, 4)))
    runs.save(machine / "x.nc")
    before = (machine / "x.nc").read_bytes()
    command = "import numpy as np, resource; from hwkit import Trajectories, ConfigError\n"
    command += "resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))\n"
    command += "try: Trajectories(np.arange(3.0), np.ones((2, 3, 900))).save('x.nc')\n"
    command += "except ConfigError: print('refused')"
    done = subprocess.run([sys.executable, "-c", command], cwd=machine, capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"refused\n")
    assert (machine / "x.nc").read_bytes() == before
    runs.save(machine / "y.nc")
    assert (machine / "y.nc").read_bytes() == before  # the same runs give the same bytes


def test_a_batch_that_can_not_be_written_is_no_failure_of_the_simulator(tmp_path):
    """The model fits under the limit, a batch of a thousand boards does not."""
    (tmp_path / "study.toml").write_text(STUDY.format(boards=1000, batch=1000))
    code = LIMITED.format(size=60_000)
    command = [sys.executable, "-c", code, "run", "study.toml", "--out", "out", "--jobs", "1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("hwkit: out/batches/boards-0000000.parquet can't be written: file too")
    assert last.endswith("free some space or name another place")
    assert temporaries(tmp_path) == []
