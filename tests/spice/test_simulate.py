import dataclasses

import numpy as np
import pytest
import scipy.sparse as sp

from hwkit import (
    ConfigError,
    DataError,
    EnergyModel,
    Quartic,
    Scale,
    SimulationError,
    compile_model,
    simulate_langevin,
    simulate_spice,
)
from hwkit.wiener import increments
from tests.implicit import backward_euler, semi_implicit
from tests.machines import random_machine
from tests.statistics import agrees

N, DT, STEPS = 6, 0.01, 60


@pytest.fixture(scope="module")
def machine():
    """Quartic units, all different, with couplings, biases and a mobility."""
    onsite = Quartic(np.linspace(-0.5, 1.5, N), np.linspace(0.5, 2.0, N))
    return random_machine(N, 5, onsite=onsite, kT=0.2, mobility=1.3)


@pytest.fixture(scope="module")
def starts():
    return np.random.default_rng(1).standard_normal((3, N))


@pytest.fixture(scope="module")
def tight(machine, starts):
    """Every state of three runs, each step solved to rounding."""
    return simulate_spice(
        compile_model(machine), STEPS * DT, DT, 3, seed=7, x0=starts, save_every=1, tight=True
    )


def rms(difference):
    return float(np.sqrt(np.mean(np.square(difference))))


@pytest.mark.spice
def test_every_state_is_that_of_backward_euler(machine, starts, tight):
    dW = increments(7, range(3), STEPS, N, DT)
    reference = backward_euler(machine, dW, DT, starts)
    assert tight.x.shape == reference.shape
    assert rms(tight.x - reference) <= 1e-6
    # Controls: Euler-Maruyama on the same noise, and the same scheme on other noise.
    euler = simulate_langevin(machine, STEPS * DT, DT, 3, 7, x0=starts, save_every=1)
    assert np.max(np.abs(tight.x - euler.x)) > 1e-3
    other = backward_euler(machine, increments(8, range(3), STEPS, N, DT), DT, starts)
    assert np.max(np.abs(tight.x - other)) > 1e-1


@pytest.mark.spice
def test_the_first_step_is_one_whole_step(machine, starts, tight):
    dW = increments(7, range(3), 1, N, DT)
    whole = backward_euler(machine, dW, DT, starts)[:, 1]
    assert rms(tight.x[:, 1] - whole) <= 1e-6
    halves = backward_euler(machine, np.repeat(dW, 2, axis=1) / 2, DT / 2, starts)[:, 2]
    assert np.max(np.abs(tight.x[:, 1] - halves)) > 1e-4  # control: two half steps


@pytest.mark.spice
def test_mixed_level_takes_the_couplings_from_the_state_before(machine, starts, tight):
    mixed = simulate_spice(
        compile_model(machine),
        STEPS * DT,
        DT,
        3,
        7,
        starts,
        save_every=1,
        level="mixed",
        tight=True,
    )
    dW = increments(7, range(3), STEPS, N, DT)
    reference = semi_implicit(machine, dW, DT, starts)
    assert rms(mixed.x - reference) <= 1e-6
    assert np.max(np.abs(mixed.x - tight.x)) > 1e-4  # control: the full netlist is another scheme
    lag = rms(mixed.x[:2, -1] - tight.x[:2, -1])
    assert mixed.attributes["lag_error"] == pytest.approx(lag, rel=1e-3)
    assert mixed.attributes["lag_runs"] == 2


@pytest.mark.spice
def test_halving_the_step_halves_the_path_error_at_both_levels(machine):
    design = compile_model(machine)
    errors = {"full": [], "mixed": []}
    for halvings in (0, 1):
        dW = increments(3, range(12), 40, N, 0.02, halvings)
        h = 0.02 / 2**halvings
        ideal = simulate_langevin(machine, 0.8, h, 12, increments=dW).final
        for level, found in errors.items():
            real = simulate_spice(design, 0.8, h, 12, increments=dW, level=level, tight=True)
            found.append(rms(real.final - ideal))
    for found in errors.values():
        assert 1.7 < found[0] / found[1] < 2.3
        assert found[0] < 0.1
    assert errors["mixed"] != errors["full"]


@pytest.mark.spice
def test_default_tolerances_follow_the_tight_ones_to_the_order_of_the_step(machine, starts, tight):
    default = simulate_spice(compile_model(machine), STEPS * DT, DT, 3, 7, starts, save_every=1)
    assert 0 < rms(default.x - tight.x) < 2 * DT


@pytest.mark.spice
def test_the_same_seed_gives_the_same_bytes_for_any_number_of_jobs(machine):
    design = compile_model(machine)
    a, b, c = (
        simulate_spice(design, 0.2, DT, 5, seed=2, save_every=4, jobs=jobs) for jobs in (1, 1, 2)
    )
    assert a.x.tobytes() == b.x.tobytes() == c.x.tobytes()
    assert a.attributes == b.attributes
    given = simulate_spice(
        design, 0.2, DT, 5, increments=increments(2, range(5), 20, N, DT), save_every=4, jobs=2
    )
    assert np.array_equal(given.x, a.x)


@pytest.mark.spice
def test_states_do_not_depend_on_the_scale(machine, starts, tight):
    for scale in (Scale(1e-3, 1e-9, 1e-15), Scale(5.0, 1e-3, 1e-6)):
        other = simulate_spice(
            compile_model(machine, scale=scale), 0.2, DT, 3, 7, starts, save_every=1, tight=True
        )
        assert rms(other.x - tight.x[:, :21]) <= 1e-6


@pytest.mark.spice
def test_kept_states_and_sparse_machines(machine, starts, tight):
    model = EnergyModel(
        sp.csr_array(machine.J), machine.b, machine.onsite, machine.kT, machine.mobility
    )
    runs = simulate_spice(
        compile_model(model), STEPS * DT, DT, 3, 7, starts, save_every=25, tight=True
    )
    np.testing.assert_allclose(runs.t, [0, 0.25, 0.5, 0.6])
    assert np.array_equal(runs.x, tight.x[:, [0, 25, 50, 60]])
    np.testing.assert_allclose(runs.x[:, 0], starts, rtol=1e-15)


@pytest.mark.spice
def test_the_variance_of_a_spring_is_that_of_backward_euler():
    k, kT, h, units = 2.0, 0.1, 0.1, 100
    model = EnergyModel(sp.csr_array((units, units)), np.zeros(units), Quartic(k / 2, 0.0), kT)
    runs = simulate_spice(compile_model(model), 1200.0, h, 1, seed=4, save_every=15, tight=True)
    x2 = runs.x[0, 2:].ravel() ** 2  # 1.5 time units apart: correlated by exp(-6)
    assert agrees(x2, kT / k / (1 + k * h / 2))
    assert not agrees(x2, kT / k)  # controls: no bias, and that of Euler-Maruyama
    assert not agrees(x2, kT / k / (1 - k * h / 2))


# ---- runs that fail ---------------------------------------------------------------------------


def with_values(design, role, values):
    """The design with other values in one group of parts: boards that no model would allow."""
    parts = tuple(
        dataclasses.replace(p, values=np.broadcast_to(values, p.values.shape).copy())
        if p.role == role
        else p
        for p in design.parts
    )
    return dataclasses.replace(design, parts=parts)


@pytest.fixture
def free_units():
    return compile_model(EnergyModel(np.zeros((2, 2)), np.zeros(2), kT=0.01))


@pytest.mark.spice
def test_a_runaway_circuit_is_reported_though_ngspice_is_content(free_units):
    unstable = with_values(
        with_values(free_units, "onsite-linear", -10 * free_units.scale.siemens),
        "onsite-cubic",
        0.0,
    )
    with pytest.raises(
        SimulationError, match=r"all 2 SPICE runs failed; the first: unit \d ran away"
    ):
        simulate_spice(unstable, 3.0, 0.01, 2, x0=np.ones((2, 2)))


@pytest.mark.spice
def test_a_run_that_cannot_go_on_is_lost_alone(free_units):
    """A kick beyond all numbers: no step is short enough for its current."""
    dW = np.zeros((3, 50, 2))
    dW[1, 20, 0] = 1e200
    runs = simulate_spice(free_units, 0.5, 0.01, 3, x0=np.full((3, 2), 0.5), increments=dW)
    assert list(runs.failures) == [1]
    assert runs.failures[1].startswith("ngspice stopped at 3")
    assert "Timestep too small" in runs.failures[1]
    assert runs.failures[1].endswith("try a shorter dt")
    assert runs.completed.tolist() == [True, False, True]
    assert np.all(np.isnan(runs.x[1]))
    assert np.all((runs.final[[0, 2]] > 0) & (runs.final[[0, 2]] < 0.5))


@pytest.mark.spice
def test_a_run_over_its_time_is_lost(free_units):
    with pytest.raises(SimulationError, match=r"the first: took longer than 0\.01 s, 2 times"):
        simulate_spice(free_units, 1.0, 0.01, timeout=0.01)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"x0": [[np.nan, 0.0]]}, DataError, r"x0\[0, 0\] is nan; give finite numbers"),
        ({"x0": np.zeros((2, 2))}, DataError, r"x0 has shape \(2, 2\); this run needs \(1, 2\)"),
        ({"increments": np.zeros((1, 7, 2))}, DataError, r"increments has shape \(1, 7, 2\)"),
        ({"n_trajectories": 0}, DataError, r"n_trajectories is 0; give a whole number from 1"),
        ({"level": "half"}, ConfigError, r"level 'half' is unknown; choose 'full' or 'mixed'"),
        ({"dt": 0.03}, ConfigError, r"choose dt so that it divides t_final"),
        ({"dt": 0.0}, ConfigError, r"dt is 0\.0; it must be a number above 0"),
        ({"save_every": 0}, ConfigError, r"save_every is 0"),
        ({"seed": -1}, ConfigError, r"seed must be a whole number >= 0, not -1"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_before_ngspice_is_asked_for(
    free_units, arguments, error, words, monkeypatch
):
    monkeypatch.setenv("NGSPICE_LIBRARY_PATH", "/nowhere")
    with pytest.raises(error, match=words):
        simulate_spice(free_units, **({"t_final": 0.1, "dt": 0.01} | arguments))


@pytest.mark.spice
@pytest.mark.parametrize("arguments", [{"jobs": 0}, {"timeout": 0.0}])
def test_jobs_and_timeout_are_checked(free_units, arguments):
    with pytest.raises(ConfigError, match=r"(jobs|timeout) is"):
        simulate_spice(free_units, 0.1, 0.01, **arguments)


@pytest.mark.spice
def test_progress_is_told(free_units):
    seen = []
    simulate_spice(free_units, 0.1, 0.01, 3, progress=lambda *args: seen.append(args))
    assert seen == [(1, 3), (2, 3), (3, 3)]
