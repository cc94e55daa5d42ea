"""Family spu in ngspice: capacitances, paths, samples on the floor, inverse and solution."""

import numpy as np
import pytest

import hwkit
from hwkit.circuit.cells.spu import SpuOptions, gaussian_machine
from hwkit.fidelity.lc_cells import cell_covariance, cell_generator
from hwkit.fidelity.sampling import (
    block_errors,
    correlation_time,
    floor_metrics,
    relative_error,
    sampling_floor,
    second_moments,
    solve_from_samples,
)
from hwkit.spice.gaussian import sample_gaussian
from hwkit.wiener import increments
from tests.machines import capacitive_machine

pytestmark = pytest.mark.spice

STEP = 0.1


def precision(n, seed):
    model = capacitive_machine(n, seed)
    return model.hessian(np.zeros(n))


def compiled(matrix, quality=1.0):
    return hwkit.compile_model(gaussian_machine(matrix), "spu", options=SpuOptions(quality))


def test_paths_are_those_of_backward_euler():
    quality, h, steps = 2.0, 0.05, 60
    design = compiled(precision(5, 1), quality)
    x0 = np.random.default_rng(2).normal(size=(3, 5))
    path = increments(3, range(3), steps, 5, h)
    real = hwkit.simulate_spice(
        design, h * steps, h, 3, x0=x0, increments=path, save_every=1, tight=True
    )
    for wrong, limit in ((1.0, 1e-12), (1.1, None)):
        G, push = cell_generator(design.model, wrong * quality)
        M = np.linalg.inv(np.eye(10) - h * G)
        z, states = np.hstack([x0, np.zeros((3, 5))]), [x0]
        for k in range(steps):
            z = (z + path[:, k] @ push.T) @ M.T
            states.append(z[:, :5])
        error = np.max(np.abs(np.stack(states, axis=1) - real.x))
        assert error < limit if limit else error > 0.01


@pytest.mark.parametrize("role", ["capacitor", "coupling", "noise"])
def test_a_wrong_part_is_a_systematic_error(role):
    """The control of the sampling floor: parts 20 % off show within 1,000 samples."""
    design = compiled(precision(6, 4))
    parts = tuple(
        hwkit.circuit.Parts(p.role, p.kind, p.nodes, 1.2 * p.values) if p.role == role else p
        for p in design.parts
    )
    wrong = hwkit.Design(
        design.model, design.cell, design.scale, design.nodes, design.terminals, parts
    )
    expected = cell_covariance(design.model, 1.0, STEP, "backward-euler")
    n = 1000 if role != "coupling" else 8000
    good, bad = (
        relative_error(second_moments(samples.reshape(-1, 6)), expected)
        for samples in (sample_gaussian(d, n, STEP, 8.0, seed=5) for d in (design, wrong))
    )
    assert good < 2 * sampling_floor(expected, n)
    assert bad > 1.5 * good


def test_eight_cells_follow_the_sampling_floor_over_two_decades():
    design = compiled(precision(8, 1))
    samples = sample_gaussian(design, 10_000, STEP, 8.0, seed=6)
    expected = cell_covariance(design.model, 1.0, STEP, "backward-euler")
    assert correlation_time(samples) < 0.6
    flat = samples.reshape(-1, 8)
    assert all(row.passed for row in floor_metrics("spu", flat, expected, [10, 100, 1000]))
    true = np.linalg.inv(precision(8, 1))  # control: the step's own error is systematic
    assert not floor_metrics("spu", flat, true, [1000])[0].passed


@pytest.mark.study
@pytest.mark.parametrize(
    ("n", "n_samples", "sizes"),
    [
        (8, 100_000, (100, 1000, 10_000)),
        (50, 30_000, (30, 300, 3000)),
    ],
)
def test_the_sampling_floor_at_full_size(n, n_samples, sizes):
    design = compiled(precision(n, 1))
    samples = sample_gaussian(design, n_samples, STEP, 8.0, seed=7).reshape(-1, n)
    expected = cell_covariance(design.model, 1.0, STEP, "backward-euler")
    rows = floor_metrics(f"spu {n}", samples, expected, sizes)
    assert all(row.passed for row in rows), [row.note for row in rows]


def test_the_inverse_is_as_good_as_that_of_direct_draws():
    matrix = precision(8, 3)
    design = compiled(matrix)
    covariance = cell_covariance(design.model, 1.0, STEP, "backward-euler")
    flat = sample_gaussian(design, 8000, STEP, 8.0, seed=8).reshape(-1, 8)
    direct = np.random.default_rng(9).multivariate_normal(np.zeros(8), covariance, 8000)
    ours, theirs = (block_errors(samples, covariance, 100) for samples in (flat, direct))
    stderr = np.sqrt(ours.var() / ours.size + theirs.var() / theirs.size)
    assert abs(ours.mean() - theirs.mean()) < 4 * stderr
    assert abs(1.2 * ours.mean() - theirs.mean()) > 4 * stderr
    b = np.arange(8.0) - 3
    solution = solve_from_samples(flat, b)
    products = flat * (flat @ b)[:, None]
    stderr = products.std(axis=0) / np.sqrt(len(flat))
    assert np.all(np.abs(solution - covariance @ b) < 4 * stderr)


def test_numbers_of_samples_that_do_not_fit_are_refused():
    design = compiled(precision(3, 1))
    with pytest.raises(hwkit.ConfigError, match="100 samples don't divide into 8 runs"):
        sample_gaussian(design, 100)
    with pytest.raises(hwkit.ConfigError, match=r"spacing = 0\.01 is less than one step"):
        sample_gaussian(design, 80, spacing=0.01)
