"""One contract for every simulator: distributions that are known exactly, each beside a control.

A simulator is a function of (model, t_final, dt, n, seed, x0, save_every) and the scheme whose
discrete-time distribution it must show.
"""

from functools import partial

import numpy as np
import pytest
from scipy.linalg import expm

import hwkit
from hwkit.fidelity import known_answers
from hwkit.fidelity.answers import linear_covariance
from hwkit.fidelity.inertia import inertial_covariance
from hwkit.langevin import simulate_backward_euler, simulate_semi_implicit
from hwkit.twin import simulate_boards
from tests.statistics import LIMIT, agrees, deviation


def in_spice(level):
    def simulate(model, *times, **arguments):
        design = hwkit.compile_model(model)
        return hwkit.simulate_spice(design, *times, **arguments, level=level, tight=True)

    return simulate


def in_single_precision(*times, **arguments):
    return hwkit.simulate_langevin(*times, **arguments, precision="single")


def as_twin(mode):
    def simulate(model, t_final, dt, n_trajectories, **arguments):
        design = hwkit.compile_model(model)
        runs = simulate_boards(design, t_final, dt, n_trajectories, mode=mode, **arguments)
        return runs.of_board(0)

    return simulate


SIMULATORS = {
    "euler-maruyama": (hwkit.simulate_langevin, "euler-maruyama"),
    "euler-maruyama-single": (in_single_precision, "euler-maruyama"),
    "backward-euler": (simulate_backward_euler, "backward-euler"),
    "semi-implicit": (simulate_semi_implicit, "semi-implicit-euler"),
    "ornstein-uhlenbeck": (hwkit.simulate_ornstein_uhlenbeck, "exact"),
    "twin-implicit": (as_twin("implicit"), "backward-euler"),
    "twin-fast": (as_twin("fast"), "linearly-implicit-euler"),
    "spice-full": (in_spice("full"), "backward-euler"),
    "spice-mixed": (in_spice("mixed"), "semi-implicit-euler"),
}
EVERY = [
    pytest.param(*SIMULATORS[name], id=name, marks=pytest.mark.spice if "spice" in name else ())
    for name in SIMULATORS
]
QUARTIC = [parameters for parameters in EVERY if parameters.id != "ornstein-uhlenbeck"]

PAIR = hwkit.EnergyModel([[0.0, 1.2], [1.2, 0.0]], [0.0, 0.0], hwkit.Quartic(1.0, 0.0), kT=0.2)
WELL = hwkit.Quartic(J2=-1.0, J4=1.0)
WELL_KT = 0.1


def side_by_side(block, copies):
    """Independent copies of a machine as one."""
    onsite = block.onsite
    J = np.kron(np.eye(copies), block.J)
    return hwkit.EnergyModel(J, np.tile(block.b, copies), onsite, block.kT)


@pytest.mark.parametrize(("simulate", "scheme"), EVERY)
def test_covariance_at_equal_and_later_times(simulate, scheme):
    h, lag, copies, n, settled = 0.05, 10, 10, 400, 100
    runs = simulate(
        side_by_side(PAIR, copies),
        (settled + lag) * h,
        h,
        n_trajectories=n,
        seed=1,
        save_every=(settled,),
    )
    x = runs.x.reshape(n, -1, copies, 2)
    early, late = x[:, 1], x[:, 2]
    for name, products in (
        ("equal", np.einsum("rci,rcj->rcij", early, early)),
        ("later", np.einsum("rci,rcj->rcij", late, early)),
    ):
        samples = products.reshape(-1, 4)
        expected = linear_covariance(PAIR, h, scheme, lag if name == "later" else 0).ravel()
        assert agrees(samples, expected), name
        assert not agrees(samples, 1.15 * expected), name


@pytest.mark.parametrize(("simulate", "scheme"), QUARTIC)
def test_moments_of_a_quartic_unit(simulate, scheme):
    answer = known_answers()[1]
    machine = hwkit.EnergyModel(np.zeros((10, 10)), np.zeros(10), answer.block.onsite, kT=0.1)
    runs = simulate(machine, answer.settle * 10, answer.step, 200, seed=2, save_every=50)
    states = runs.x[:, 1:].ravel()
    expected = answer.expected(answer.step, scheme)
    for power in (2, 4):
        samples = states**power
        assert abs(deviation(samples, expected[f"<x^{power}>"])) < LIMIT
        assert abs(deviation(samples, 1.1 * expected[f"<x^{power}>"])) > LIMIT


MASS = 0.1


def in_rlc(model, t_final, dt, save_every, **arguments):
    """Family rlc in SPICE; backward Euler's velocity is the last move over the step."""
    design = hwkit.compile_model(model, "rlc", hwkit.Scale(farad=MASS * 1e-9))
    assert design.mass == pytest.approx(MASS)
    last = round(t_final / dt)
    kept = (*save_every, last)
    steps = tuple(step - back for step in kept for back in (1, 0))
    runs = hwkit.simulate_spice(design, t_final, dt, **arguments, save_every=steps, tight=True)
    slots = np.array([0, *(2 + 2 * k for k in range(len(kept)))])
    x = runs.x[:, slots]
    v = np.concatenate([0 * x[:, :1], (x - runs.x[:, slots - 1])[:, 1:] / dt], axis=1)
    return hwkit.Trajectories(runs.t[slots], x, attributes=runs.attributes, v=v)


INERTIAL = {
    "rlc-spice": (in_rlc, "backward-euler"),
    "exact": (partial(hwkit.simulate_underdamped, mass=MASS, method="exact"), "exact"),
    "ubu": (partial(hwkit.simulate_underdamped, mass=MASS, method="ubu"), "ubu"),
}


@pytest.mark.parametrize(
    ("simulate", "scheme"),
    [
        pytest.param(*INERTIAL[name], id=name, marks=pytest.mark.spice if "spice" in name else ())
        for name in INERTIAL
    ],
)
def test_covariance_of_an_underdamped_oscillator(simulate, scheme):
    """Of position and velocity, at equal times and later, when velocities have turned."""
    h, lag, copies, n, settled = 0.05, 5, 10, 400, 150
    runs = simulate(
        side_by_side(PAIR, copies),
        (settled + lag) * h,
        h,
        n_trajectories=n,
        seed=4,
        save_every=(settled,),
    )
    x, v = (part.reshape(n, -1, copies, 2)[:, 1:] for part in (runs.x, runs.v))
    early, late = np.moveaxis(np.concatenate([x, v], axis=-1), 1, 0)
    for name, first in (("equal", early), ("later", late)):
        samples = np.einsum("rci,rcj->rcij", first, early).reshape(-1, 16)
        steps = lag if name == "later" else 0
        expected = inertial_covariance(PAIR, MASS, h, scheme, steps).ravel()
        assert agrees(samples, expected), name
        assert not agrees(samples, 1.15 * expected), name
        heavier = inertial_covariance(PAIR, 1.5 * MASS, h, scheme, steps).ravel()
        assert not agrees(samples, heavier), name


def survival_by_fokker_planck(start, boundary, t, cells=800):
    """Probability that a unit in the double well has not passed the boundary (from below) by t."""
    edges = np.linspace(-2.2, boundary, cells + 1)
    x, width = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
    climb = np.diff(WELL.energy(x)) / WELL_KT
    up = climb / np.expm1(climb)
    down = up + climb
    rate = WELL_KT / width**2
    A = np.zeros((cells, cells))
    face = np.arange(cells - 1)
    A[face, face] -= rate * up
    A[face + 1, face] += rate * up
    A[face + 1, face + 1] -= rate * down
    A[face, face + 1] += rate * down
    A[-1, -1] -= 2 * rate  # absorbed at the boundary, half a cell away
    weights = np.zeros(cells)
    below = int(np.searchsorted(x, start)) - 1
    share = (start - x[below]) / width
    weights[below], weights[below + 1] = 1 - share, share
    return float((expm(A * t) @ weights).sum())


def survival_of_runs(runs, boundary, dt):
    """Per path, the probability not to have passed between its points either (Brownian bridge)."""
    gap = boundary - runs.x
    before, after = gap[:, :-1], gap[:, 1:]
    passed = np.where(
        (before > 0) & (after > 0), np.exp(-np.maximum(before * after, 0) / (WELL_KT * dt)), 1.0
    )
    return np.prod(1 - passed, axis=1).ravel()


@pytest.mark.parametrize(("simulate", "scheme"), QUARTIC)
def test_first_passage_over_the_barrier_of_a_double_well(simulate, scheme):
    start, boundary, t, dt = -0.7, 0.4, 10.0, 0.01
    machine = hwkit.EnergyModel(np.zeros((10, 10)), np.zeros(10), WELL, kT=WELL_KT)
    x0 = np.full((200, 10), start)
    runs = simulate(machine, t, dt, n_trajectories=200, seed=3, x0=x0, save_every=1)
    survived = survival_of_runs(runs, boundary, dt)
    expected = survival_by_fokker_planck(start, boundary, t)
    assert 0.2 < expected < 0.9
    assert agrees(survived, expected)
    assert not agrees(survived, survival_by_fokker_planck(start, boundary, 0.8 * t))
