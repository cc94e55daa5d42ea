"""The command line as a process of its own: streams, exit status, interruption."""

import errno
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from hwkit import cli, save_model
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
    out, err = process.communicate()
    assert (process.returncode, out) == (130, "")
    assert err == "hwkit: stopped; no file is left half-written\n"
    assert os.listdir(tmp_path) == ["model.npz"]


# ---- `hwkit ... | head` -------------------------------------------------------------------------


def unread(words, cwd, unbuffered, both=False):
    """Call with a standard output, or with both streams, that nobody reads any more."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment |= {"PYTHONUNBUFFERED": "1"} if unbuffered else {}
    ours, theirs = os.pipe()
    os.close(ours)
    command = [sys.executable, "-m", "hwkit", *map(str, words)]
    err = theirs if both else subprocess.PIPE
    done = subprocess.run(command, cwd=cwd, stdout=theirs, stderr=err, env=environment)
    os.close(theirs)
    return done.returncode, done.stderr or b""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """A folder with a machine and, as a control, its netlist of a call that was read."""
    folder = tmp_path_factory.mktemp("compiled")
    save_model(random_machine(3, 0), folder / "model.npz")
    assert call("compile", "model.npz", "--out", "y.cir", cwd=folder)[0] == 0
    return folder


@pytest.mark.parametrize(
    ("words", "both", "unbuffered", "status"),
    [
        ("--version", False, False, 141),
        ("compile model.npz --out x.cir", False, False, 141),
        ("compile model.npz --out x.cir --json", True, True, 141),
        ("sample model.npz", True, False, 141),  # at its first line on standard error
        ("compile none.npz", True, False, 2),  # an error keeps its status
        ("compile none.npz --json", False, False, 2),
        ("compile none.npz --json", False, True, 2),
        ("none", True, False, 2),
    ],
)
def test_a_reader_that_left_ends_the_command_without_a_word(
    words, both, unbuffered, status, compiled
):
    assert unread(words.split(), compiled, unbuffered, both) == (status, b"")
    written = {path.name: path.read_bytes() for path in compiled.iterdir()}
    if "x.cir" in words:
        assert written.pop("x.cir") == written["y.cir"]
        (compiled / "x.cir").unlink()
    assert written.keys() == {"model.npz", "y.cir"}


def test_head_itself(compiled):
    """Its end is waited for: hwkit writes later."""
    process = start("compile", "model.npz", "--out", "y.cir", cwd=compiled)
    head = subprocess.run(["head", "-n", "0"], stdin=process.stdout)
    process.stdout.close()
    assert (head.returncode, process.wait(), process.stderr.read()) == (0, 141, "")
    process.stderr.close()


def test_control_a_broken_pipe_elsewhere_is_a_bug(monkeypatch, capfd):
    def broken(words):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr(cli, "_call", broken)
    monkeypatch.setattr(sys, "argv", ["hwkit"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 70
    assert "unexpected error (BrokenPipeError)" in capfd.readouterr().err


@pytest.mark.parametrize("stream", [1, 2])
def test_streams_that_the_caller_closed(stream, compiled):
    words = "compile model.npz --out y.cir" if stream == 1 else "compile none.npz"
    shell = f'exec "{sys.executable}" -m hwkit {words} {stream}>&-'
    done = subprocess.run(["sh", "-c", shell], cwd=compiled, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (2 * (stream == 2), b"", b"")
