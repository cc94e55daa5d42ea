"""Rendered files under plain `ngspice -b`: the netlist is on its own, noise included."""

import os
import subprocess

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.integrate import solve_ivp

from hwkit import EnergyModel, Quartic, compile_model, render
from tests.machines import random_machine

pytestmark = pytest.mark.spice


def read_raw(path):
    """Return the vectors of a binary raw file by name."""
    header, data = path.read_bytes().split(b"Binary:\n", 1)
    lines = header.decode().splitlines()
    first = lines.index("Variables:") + 1
    names = [line.split()[1] for line in lines[first:]]
    table = np.frombuffer(data, dtype=np.float64).reshape(-1, len(names))
    return dict(zip(names, table.T, strict=True))


def run(netlist, folder):
    (folder / "machine.cir").write_text(netlist.text)
    done = subprocess.run(
        ["ngspice", "-b", "-r", "machine.raw", "machine.cir"],
        cwd=folder,
        env=os.environ | {"HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return read_raw(folder / "machine.raw")


def test_the_file_prints_its_states_without_any_switch(tmp_path):
    (tmp_path / "machine.cir").write_text(
        render(compile_model(random_machine(10, 1)), t_final=0.1, dt=0.01).text
    )
    done = subprocess.run(
        ["ngspice", "-b", "machine.cir"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "v(x9)" in done.stdout


def test_without_noise_to_speak_of_the_circuit_slides_down_the_energy(tmp_path):
    model = random_machine(5, 3, kT=1e-12, mobility=1.4)
    x0 = np.array([1.0, -1.0, 0.5, 0.0, 2.0])
    design = compile_model(model)
    vectors = run(render(design, t_final=1.0, dt=0.005, x0=x0), tmp_path)
    exact = solve_ivp(lambda t, x: 1.4 * model.force(x), (0, 1.0), x0, rtol=1e-9, atol=1e-12)
    end = [vectors[f"v({node})"][-1] / design.scale.volt for node in design.nodes]
    np.testing.assert_allclose(end, exact.y[:, -1], atol=2e-3)
    turned = solve_ivp(lambda t, x: -1.4 * model.force(x), (0, 0.1), x0, rtol=1e-9)
    assert np.max(np.abs(end - turned.y[:, -1])) > 0.1  # control: uphill


def test_a_spring_fluctuates_by_kt_over_k(tmp_path):
    """ngspice's own noise can't be seeded: the limits are wide, 8 standard errors."""
    k, kT, units, t_final = 2.0, 0.1, 60, 60.0
    model = EnergyModel(sp.csr_array((units, units)), np.zeros(units), Quartic(k / 2, 0.0), kT)
    design = compile_model(model)
    vectors = run(render(design, t_final=t_final, dt=0.02), tmp_path)
    t = vectors["time"] / design.scale.second
    late = t > 3.0
    x = np.stack([vectors[f"v({node})"][late] for node in design.nodes]) / design.scale.volt
    weight = np.gradient(t[late])
    variances = (x**2 @ weight) / weight.sum()  # one independent value per unit
    expected = kT / k * (1 - 0.467 * 0.02 * k)  # noise of finite bandwidth
    error = variances.std(ddof=1) / np.sqrt(units)
    assert error < 0.03 * expected
    assert abs(variances.mean() - expected) < 8 * error
    assert abs(variances.mean() - 2 * expected) > 8 * error  # controls: one-sided for two-sided
    assert abs(variances.mean() - expected / 2) > 8 * error
