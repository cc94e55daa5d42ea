"""Arguments of simulators that are of another kind than they should be: one sentence each."""

import numpy as np
import pandas as pd
import pytest

import hwkit
from hwkit import ConfigError, DataError, EnergyModel, Quartic

MACHINE = EnergyModel([[0, 0.5], [0.5, 0]], [0.1, -0.2], Quartic(2.0, 0.0))
SIMULATORS = {
    "simulate_langevin": {},
    "simulate_backward_euler": {},
    "simulate_ornstein_uhlenbeck": {},
    "simulate_underdamped": {"mass": 1.0},
}


@pytest.fixture(params=SIMULATORS)
def simulate(request):
    def run(model=MACHINE, **given):
        arguments = {"t_final": 0.01, "dt": 1e-3, "n_trajectories": 2, "seed": 1}
        made = getattr(hwkit, request.param)
        return made(model, **arguments | SIMULATORS[request.param] | given)

    return run


@pytest.mark.parametrize("n", [2.0, "2", None, True, [2], np.nan, 0, 2**32 + 1, 2**63])
def test_the_number_of_runs_is_a_whole_one(n, simulate):
    with pytest.raises(DataError, match=r"n_trajectories is .*; give a whole number from 1 to"):
        simulate(n_trajectories=n)


@pytest.mark.parametrize("model", [None, {"J": 1}])
def test_a_machine_is_needed(model, simulate):
    with pytest.raises(DataError, match="takes an EnergyModel and got"):
        simulate(model)


def test_no_step_is_left_out_of_what_is_kept(simulate):
    with pytest.raises(ConfigError, match="save_every"):
        simulate(save_every=(0.5,))  # was rounded, and left states as the memory had them


def test_single_precision_of_a_step_does_not_spread(simulate):
    exact = 0.0078125  # the same number in both
    single = simulate(t_final=10 * exact, dt=np.float32(exact))
    assert np.array_equal(single.x, simulate(t_final=10 * exact, dt=exact).x)
    assert type(single.attributes["dt"]) is float


def test_starts_with_names_of_units_are_not_taken_by_place(simulate):
    table = pd.DataFrame([[1.0, 2.0], [3.0, 4.0]], columns=["x1", "x0"])
    with pytest.raises(DataError, match=r"x0 has the labels 'x1', 'x0', ..., which are not read"):
        simulate(x0=table)
    rows = pd.DataFrame(table.to_numpy(), index=["a", "b"])  # runs may be called what they like
    assert np.array_equal(simulate(x0=rows).x, simulate(x0=table.to_numpy()).x)


@pytest.mark.parametrize("mass", ["1", None, True, np.nan, 0, -1.0])
def test_a_mass_is_a_number(mass):
    with pytest.raises(ConfigError, match=r"mass is .*; it must be a number above 0"):
        hwkit.simulate_underdamped(MACHINE, 0.01, mass=mass)
