"""Every file for ngspice, of every family, form and noise, runs as it is: `ngspice -b file`.

LTspice's and Xyce's text stays in what ngspice reads too (Xyce's but for the braces around
expressions): a test of our text, not of those simulators.
"""

import os
import re
import subprocess

import numpy as np
import pytest

from hwkit import compile_model, render, simulate_langevin
from hwkit.circuit import CELLS
from hwkit.netlist import DIALECTS, read_raw
from tests.machines import family_machine, random_machine
from tests.names import HOSTILE, named

pytestmark = pytest.mark.spice

_HEAD = 12  # letters of a vector's name that ngspice prints above a column, at least


def run(text, folder, *switches):
    """Run a file as it is; return what ngspice prints."""
    (folder / "machine.cir").write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["ngspice", *switches, "-b", "machine.cir"],
        cwd=folder,
        env=os.environ | {"HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert not re.search(r"error|unrecognized|unknown", said, re.IGNORECASE), said
    return done.stdout


def final_states(text, nodes, folder, volt):
    run(text, folder, "-r", "machine.raw")
    [plot] = read_raw(folder / "machine.raw")
    return np.array([plot[f"v({node})"][-1] for node in nodes]) / volt


@pytest.mark.parametrize("form", ["flat", "hierarchy"])
@pytest.mark.parametrize("noise", ["trnoise", "pwl"])
@pytest.mark.parametrize("cell", CELLS)
def test_every_family_runs_as_it_stands(tmp_path, cell, noise, form):
    model = named(family_machine(cell, 9, 1), HOSTILE[:9])
    netlist = render(compile_model(model, cell), noise=noise, t_final=0.1, dt=0.01, form=form)
    printed = run(netlist.text, tmp_path)
    heads = [f"v({node})"[:_HEAD] for node in netlist.nodes]
    assert all(head in printed for head in heads)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["machine.cir"]


def test_all_hostile_names_in_one_run(tmp_path):
    """Nothing is executed, and the machine moves like the one without names."""
    plain = random_machine(len(HOSTILE), 2, density=0.1)
    ends = []
    for number, model in enumerate((plain, named(plain, HOSTILE))):
        folder = tmp_path / str(number)
        folder.mkdir()
        netlist = render(compile_model(model), noise="pwl", t_final=0.1, dt=0.01, form="hierarchy")
        ends.append(final_states(netlist.text, netlist.nodes, folder, 0.1))
        assert sorted(path.name for path in folder.iterdir()) == ["machine.cir", "machine.raw"]
    np.testing.assert_array_equal(ends[0], ends[1])


def common_text(dialect, text):
    """What ngspice reads of another dialect: all, but for the braces of Xyce's expressions."""
    if dialect != "xyce":
        return text
    text = re.sub(r"i=\{(\w*_value)\*", r"i={\1}*", text)
    return re.sub(r"i=\{([^{}]*v\([^{}]*)\}", r"i=\1", re.sub(r"(v\(\w+\))\}", r"\1", text))


@pytest.mark.parametrize("form", ["flat", "hierarchy"])
@pytest.mark.parametrize("dialect", ["ngspice", "ltspice", "xyce"])
def test_the_portable_noise_drives_every_dialect_along_the_ideal_path(tmp_path, dialect, form):
    model = random_machine(8, 1, mobility=1.3)
    design = compile_model(model)
    x0 = np.linspace(-1, 1, 8)
    ideal = simulate_langevin(model, 1.0, 2.5e-3, 1, seed=5, x0=x0[None]).final[0]
    netlist = render(design, dialect, "pwl", 1.0, 2.5e-3, x0, form=form, seed=5)
    text = common_text(dialect, netlist.text)
    text = text.replace(".options plotwinsize=0\n", "")  # LTspice's own
    end = final_states(text, netlist.nodes, tmp_path, design.scale.volt)
    assert np.sqrt(np.mean((end - ideal) ** 2)) < 5e-3  # error of order dt
    other = simulate_langevin(model, 1.0, 2.5e-3, 1, seed=6, x0=x0[None]).final[0]
    assert np.sqrt(np.mean((end - other) ** 2)) > 0.05  # control: other noise


def test_every_dialect_is_named_here():
    # What gnucap and VACASK read is run there: tests/spice/test_second_opinion.py.
    assert set(DIALECTS) == {"ngspice", "ltspice", "xyce", "spectre", "gnucap", "vacask"}
