import dataclasses

import numpy as np
import pytest

from hwkit import (
    ConfigError,
    DesignError,
    Scale,
    compile_model,
    simulate_langevin,
    simulate_spice,
)
from hwkit.langevin import simulate_semi_implicit
from hwkit.spice import Crossbar, ideal_crossbar
from hwkit.wiener import increments
from tests.implicit import newton
from tests.machines import random_machine

N, DT, STEPS, RUNS = 6, 0.01, 50, 2
SCALE = Scale(volt=0.2, second=2e-6, farad=3e-12)


@pytest.fixture(scope="module")
def machine():
    return random_machine(N, 8, kT=0.2, mobility=1.2)


@pytest.fixture(scope="module")
def design(machine):
    return compile_model(machine, scale=SCALE)


@pytest.fixture(scope="module")
def starts():
    return np.random.default_rng(2).standard_normal((RUNS, N))


@pytest.fixture(scope="module")
def ideal(design):
    return ideal_crossbar(design)


CROSSBARS = {
    "ideal": lambda ideal: ideal,
    "mismatched": lambda ideal: ideal.mismatched(0.2, seed=1),
    "offset": lambda ideal: ideal.with_input_offsets(0.05, seed=2),
    "saturating": lambda ideal: ideal.saturating(0.15),
    "all of it": lambda ideal: ideal.mismatched(0.1, 3).with_input_offsets(0.02, 4).saturating(0.2),
}


def mixed(design, starts, crossbar=None, **arguments):
    arguments = {"seed": 7, "x0": starts, "level": "mixed", "tight": True} | arguments
    return simulate_spice(design, STEPS * DT, DT, len(starts), crossbar=crossbar, **arguments)


def by_hand(model, crossbar, scale, dW, dt, x0):
    """Semi-implicit Euler with the crossbar's currents written out, term by term, in amperes."""
    rate, kick = model.mobility * dt, np.sqrt(2 * model.mobility * model.kT)
    onsite, s = model.onsite, crossbar.saturation
    states = []
    for run in range(len(dW)):
        x = x0[run]
        for dw in dW[run]:
            amperes = crossbar.offset.copy()
            for i in range(model.n_units):
                for j in range(model.n_units):
                    v = scale.volt * x[j]
                    driven = v if np.isinf(s) else s * np.tanh(v / s)
                    amperes[i] += crossbar.conductance[i, j] * driven
            field = amperes * scale.second / (scale.farad * scale.volt)
            target = x + kick * dw - rate * (model.b + field)
            x = newton(
                lambda y, t=target: y + rate * onsite.slope(y) - t,
                lambda y: np.diag(1 + rate * onsite.curvature(y)),
                x,
            )
        states.append(x)
    return np.array(states)


def rms(difference):
    return float(np.sqrt(np.mean(np.square(difference))))


# ---- in ngspice ----------------------------------------------------------------------------------


@pytest.mark.spice
def test_the_mixed_level_is_semi_implicit_euler(machine, design, starts):
    runs = mixed(design, starts, save_every=1)
    reference = simulate_semi_implicit(machine, STEPS * DT, DT, RUNS, 7, starts, save_every=1)
    assert np.max(np.abs(runs.x - reference.x)) <= 1e-6
    euler = simulate_langevin(machine, STEPS * DT, DT, RUNS, 7, starts, save_every=1)
    assert np.max(np.abs(runs.x - euler.x)) > 1e-3  # control: another scheme


@pytest.mark.spice
@pytest.mark.parametrize("kind", CROSSBARS)
def test_a_crossbar_s_currents_are_those_of_its_equation(machine, design, starts, ideal, kind):
    crossbar = CROSSBARS[kind](ideal)
    dW = increments(7, range(RUNS), STEPS, N, DT)
    expected = by_hand(machine, crossbar, SCALE, dW, DT, starts)
    assert np.max(np.abs(mixed(design, starts, crossbar).final - expected)) <= 1e-6
    plain = by_hand(machine, ideal, SCALE, dW, DT, starts)
    assert (np.max(np.abs(expected - plain)) > 1e-3) == (kind != "ideal")  # control: it matters


@pytest.mark.spice
def test_the_lag_is_the_distance_to_the_full_netlist(design, starts):
    lags = []
    for halvings in (0, 1):
        dW = increments(7, range(RUNS), STEPS, N, DT, halvings)
        arguments = {"x0": starts, "increments": dW, "tight": True, "save_every": 10}
        h = DT / 2**halvings
        real = simulate_spice(design, STEPS * DT, h, RUNS, level="mixed", **arguments)
        full = simulate_spice(design, STEPS * DT, h, RUNS, level="full", **arguments)
        assert real.attributes["lag_error"] == pytest.approx(rms(real.final - full.final), rel=1e-6)
        assert real.attributes["lag_runs"] == RUNS
        assert "lag_error" not in full.attributes
        lags.append(real.attributes["lag_error"])
    assert lags[0] > 1e-4
    assert 1.7 < lags[0] / lags[1] < 2.3  # an error of the order of the step


@pytest.mark.spice
def test_with_another_crossbar_there_is_no_lag_to_measure(design, starts, ideal):
    assert "lag_error" not in mixed(design, starts, ideal.saturating(0.1)).attributes


# ---- what is refused -----------------------------------------------------------------------------


@pytest.fixture
def crossbar():
    return Crossbar(np.array([[0.0, 1e-6], [2e-6, 0.0]]), np.array([0.0, 1e-7]))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"conductance": np.zeros((2, 3))}, r"conductances of shape \(2, 3\) for 2 offsets"),
        ({"offset": np.zeros(3)}, r"conductances of shape \(2, 2\) for 3 offsets"),
        ({"conductance": np.array([[0, 1], [np.nan, 0]])}, r"conductance \[1, 0\] is not a finite"),
        ({"offset": np.array([0.0, np.inf])}, r"offset \[1\] is not a finite number"),
        ({"saturation": 0.0}, r"saturation is 0\.0 V; it must be above 0"),
        ({"saturation": -1.0}, r"saturation is -1\.0 V"),
        ({"saturation": np.nan}, r"saturation is nan V"),
    ],
)
def test_crossbars_that_can_t_be_are_refused(crossbar, changed, words):
    with pytest.raises(DesignError, match=words):
        dataclasses.replace(crossbar, **changed)


@pytest.mark.parametrize("sigma", [-0.1, np.nan, np.inf])
def test_spreads_that_can_t_be_are_refused(crossbar, sigma):
    for vary in (crossbar.mismatched, crossbar.with_input_offsets):
        with pytest.raises(DesignError, match=r"standard deviation .* is .*; give a number >= 0"):
            vary(sigma, 1)


@pytest.mark.parametrize("level", ["full", "mixed"])
def test_crossbars_that_don_t_fit_the_run_are_refused(design, ideal, crossbar, level):
    given = ideal if level == "full" else crossbar
    with pytest.raises(ConfigError, match="a crossbar is for level 'mixed' and 6 units"):
        simulate_spice(design, STEPS * DT, DT, crossbar=given, level=level)


# ---- by itself -----------------------------------------------------------------------------------


def test_the_ideal_crossbar_carries_the_couplings(machine, design, ideal):
    np.testing.assert_allclose(ideal.conductance, machine.J * SCALE.farad / SCALE.second)
    assert not ideal.offset.any()
    assert np.isinf(ideal.saturation)


def test_a_current_by_hand(crossbar):
    np.testing.assert_allclose(crossbar.current(np.array([0.3, 0.5])), [0.5e-6, 0.7e-6])
    limited = crossbar.saturating(0.1).current(np.array([30.0, -0.1]))
    np.testing.assert_allclose(limited, [-1e-7 * np.tanh(1), 2e-7 + 1e-7])


def test_mismatch_and_offsets_have_the_spread_asked_for():
    n = 300
    wide = Crossbar(np.full((n, n), 2e-6), np.zeros(n))
    errors = wide.mismatched(0.05, seed=1).conductance / wide.conductance - 1
    count = errors.size
    assert abs(errors.mean()) < 4 * 0.05 / np.sqrt(count)
    assert abs(errors.std() / 0.05 - 1) < 4 / np.sqrt(2 * count)
    # Each offset is a sum over one row: n independent shifts of 1 mV times 2 uS.
    offsets = wide.with_input_offsets(1e-3, seed=1).offset / (2e-9 * np.sqrt(n))
    assert abs(offsets.std() - 1) < 4 / np.sqrt(2 * n)
    assert np.array_equal(
        wide.mismatched(0.05, 1).conductance, wide.mismatched(0.05, 1).conductance
    )
    other = wide.mismatched(0.05, 2).conductance / wide.conductance - 1
    assert abs(np.corrcoef(errors.ravel(), other.ravel())[0, 1]) < 4 / n
    assert wide.mismatched(0.0, 1).conductance.tolist() == wide.conductance.tolist()
