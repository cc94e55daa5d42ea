"""The command line as a process of its own: streams, exit status, interruption."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from hwkit import save_model
from tests.machines import random_machine


def start(*arguments, cwd):
    command = [sys.executable, "-m", "hwkit", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=cwd, stdout=pipe, stderr=pipe, text=True)


def call(*arguments, cwd):
    process = start(*arguments, cwd=cwd)
    out, err = process.communicate()
    return process.returncode, out, err


def test_success_is_0_and_bad_input_is_2_without_a_traceback(tmp_path):
    save_model(random_machine(3, 0), tmp_path / "model.npz")
    status, out, _ = call("compile", "model.npz", "--json", cwd=tmp_path)
    assert (status, json.loads(out)["netlist"]) == (0, "machine.cir")
    status, out, err = call("sample", "machine.cir", cwd=tmp_path)
    assert (status, out) == (2, "")
    assert err.startswith("hwkit: machine.cir")
    assert "Traceback" not in err


@pytest.mark.spice
def test_an_interrupted_simulation_leaves_nothing_behind(tmp_path):
    save_model(random_machine(5, 0), tmp_path / "model.npz")
    long = ("-n", 1, "--t-final", 5000, "--from-zero")
    process = start("simulate", "model.npz", *long, cwd=tmp_path)
    line = process.stderr.readline()
    assert line == "SPICE runs (full) ...\n"
    time.sleep(2)  # into the run
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode not in (0, 1)  # 1 would say that a limit failed
    assert os.listdir(tmp_path) == ["model.npz"]
