"""Worst case and Monte Carlo on real circuits, through the twin."""

import numpy as np
import pytest
from scipy.stats import norm

import hwkit
from hwkit.circuit.variation import Spread, Variation
from hwkit.circuit.variation.distributions import Normal
from hwkit.patterns import digit_patterns
from hwkit.tolerance import Limit, enumerated, worst_case
from hwkit.twin import Boards, bind, differentiate, simulate_boards

RUN = {"t_final": 0.4, "dt": 0.02, "n_trajectories": 4, "seed": 3}
NAMES = ("coupling", "bias", "capacitor")


@pytest.fixture(scope="module")
def design():
    J = np.array([[0.0, 0.8, -0.6], [0.8, 0.0, 0.5], [-0.6, 0.5, 0.0]])
    return hwkit.compile_model(hwkit.EnergyModel(J, [0.5, -0.3, 0.4]))


def energy(design):
    """Mean energy of end states: value and derivative."""
    model = design.model
    return lambda x: (float(np.mean(model.energy(x))), -model.force(x) / len(x))


def test_the_led_corner_of_twelve_parts_is_the_worst_of_4096(design):
    bound, functional = bind(design), energy(design)
    found = differentiate(bound, functional, x0=np.ones((4, 3)), **RUN).of
    nominal = np.concatenate([design.group(name).values for name in NAMES])
    gradient = np.concatenate([found[name] for name in NAMES]) * nominal
    assert nominal.size == 12
    cuts = np.cumsum([len(design.group(name)) for name in NAMES])[:-1]

    def metric(corners):
        values = np.split(nominal * (1 + 0.05 * corners), cuts, axis=1)
        boards = Boards(dict(zip(NAMES, values, strict=True)), len(corners))
        runs = simulate_boards(design, x0=np.ones((4, 3)), boards=boards, bound=bound, **RUN)
        return np.array([functional(x)[0] for x in runs.x[:, :, -1]])

    for smallest in (True, False):
        led, known = worst_case(metric, gradient, smallest), enumerated(metric, 12, smallest)
        assert led.value == known.value
        assert led.evaluations < known.evaluations / 50
        np.testing.assert_array_equal(led.signs, known.signs)
    assert not worst_case(metric, -gradient, True).monotonic


def test_a_yield_from_simulated_boards_is_that_of_linear_theory(design):
    """Small deviations: the metric is Gaussian, its spread the root of the squared derivatives."""
    bound, functional = bind(design), energy(design)
    run = RUN | {"x0": np.ones((4, 3))}
    nominal = functional(simulate_boards(design, bound=bound, **run).x[0, :, -1])[0]
    slopes = differentiate(bound, functional, **run).of["coupling"]
    sigma = 0.002 * np.sqrt(np.sum((slopes * design.group("coupling").values) ** 2))

    def metric(boards):
        runs = simulate_boards(design, boards=boards, bound=bound, **run)
        return {"energy": np.array([functional(x)[0] for x in runs.x[:, :, -1]])}

    variation = Variation((Spread("m", "coupling", Normal(0.002)),))
    limits = [Limit("energy", high=nominal + 0.5 * sigma)]
    table = hwkit.monte_carlo(design, variation, metric, 400, 1, limits)
    known = norm.cdf(0.5)
    assert table.estimate.low <= known <= table.estimate.high
    assert np.std(table.metrics["energy"]) == pytest.approx(sigma, rel=0.1)


@pytest.mark.study
def test_derivatives_to_every_part_of_the_digits_machine():
    design = hwkit.compile_model(hwkit.train(digit_patterns([0, 1, 2]), 64).model)
    bound, functional = bind(design), energy(design)
    run = {"t_final": 2.5, "dt": 2.5e-3, "n_trajectories": 2, "seed": 1}
    found = differentiate(bound, functional, **run)
    rng = np.random.default_rng(0)
    for name in ("coupling", "capacitor", "bias", "onsite-cubic", "noise"):
        nominal, slopes = design.group(name).values, found.of[name]
        assert slopes.shape == nominal.shape
        strong = np.argsort(-np.abs(slopes * nominal))[: len(nominal) // 2]
        for part in rng.choice(strong, 2, replace=False):
            values = np.tile(nominal, (2, 1))
            h = 1e-4 * abs(nominal[part])
            values[:, part] += [h, -h]
            runs = simulate_boards(
                design, boards=Boards({name: values}, 2), mode="implicit", bound=bound, **run
            )
            up, down = (functional(x)[0] for x in runs.x[:, :, -1])
            assert slopes[part] == pytest.approx((up - down) / (2 * h), rel=1e-3), name
