"""The twin's step in double precision: the fast mode's paths, and what real transconductors do."""

import numpy as np
import pytest

import hwkit
from hwkit.circuit.cells.rc import RcOptions
from hwkit.twin import Boards, simulate_boards
from tests.machines import family_machine, random_machine

RUN = {"t_final": 0.5, "dt": 2.5e-3, "n_trajectories": 3, "seed": 5}
REAL = {
    "ideal": RcOptions(),
    "saturating": RcOptions(saturation_volt=0.06, offset_volt=2e-3),
    "clamped": RcOptions(supply_volt=0.03),
    "both": RcOptions(saturation_volt=0.06, supply_volt=0.03, output_ohm=1e7),
}


@pytest.mark.parametrize("cell", ["rc", "resistive"])
def test_paths_are_those_of_the_fast_mode(cell):
    design = hwkit.compile_model(family_machine(cell, 6, 3, size=0.4), cell)
    rng = np.random.default_rng(1)
    names = ("capacitor", "coupling", "noise")
    factors = {
        name: 1 + 0.1 * rng.standard_normal((2, 1 if name == "noise" else len(design.group(name))))
        for name in names
    }
    boards = Boards({name: design.group(name).values * f for name, f in factors.items()}, 2)
    fast = simulate_boards(design, boards=boards, **RUN)
    double = simulate_boards(design, boards=boards, mode="double", **RUN)
    difference = np.max(np.abs(fast.x - double.x))
    assert 0 < difference < 1e-5


@pytest.mark.parametrize("name", REAL)
def test_it_comes_to_backward_euler_in_first_order(name):
    machine = random_machine(7, 2, size=0.6)
    design = hwkit.compile_model(machine, options=REAL[name])
    fine = hwkit.wiener.increments(5, range(3), 100, 7, 5e-3, halvings=4)
    errors = []
    for halvings in (1, 4):
        dt, path = 5e-3 / 2**halvings, fine.reshape(3, 100 * 2**halvings, -1, 7).sum(axis=2)
        ends = [
            simulate_boards(design, 0.5, dt, 3, increments=path, mode=mode).x[0, :, -1]
            for mode in ("double", "implicit")
        ]
        errors.append(np.sqrt(np.mean((ends[0] - ends[1]) ** 2)))
    assert errors[0] < 0.02
    assert errors[1] < 0.3 * errors[0]  # an eighth at first order


def test_limits_do_something():
    machine = random_machine(7, 2, size=0.6)
    ends = [
        simulate_boards(hwkit.compile_model(machine, options=options), mode="double", **RUN).x
        for options in REAL.values()
    ]
    for one in range(len(ends)):
        for other in range(one):
            assert np.max(np.abs(ends[one] - ends[other])) > 1e-2
