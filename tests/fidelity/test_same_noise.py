"""Pairs are what is driven alike: anything else is refused at the path level, by name."""

from dataclasses import replace

import numpy as np
import pytest

from hwkit import DataError, EnergyModel, Trajectories, compare, simulate_langevin
from hwkit.fidelity import (
    check_same_noise,
    convergence_metrics,
    error_budget,
    final_differences,
    machine_statistics,
    paired_quality_metric,
    path_limit,
)
from hwkit.fidelity.budget import Cause
from hwkit.langevin import simulate_backward_euler, simulate_ornstein_uhlenbeck
from hwkit.model.digest import model_digest
from hwkit.wiener import increments
from tests.machines import random_machine, springs

MACHINE = random_machine(5, seed=4)
X0 = 0.1 * np.random.default_rng(0).standard_normal((4, 5))
RUN = {"t_final": 0.5, "dt": 0.01, "n_trajectories": 4, "seed": 3, "x0": X0, "save_every": 5}
WIENER = increments(3, range(4), 50, 5, 0.01)


def ideal(model=MACHINE, **changes):
    return simulate_langevin(model, **(RUN | changes))


def real(model=MACHINE, **changes):
    return simulate_backward_euler(model, **(RUN | changes))


def hot():
    return EnergyModel(MACHINE.J, MACHINE.b, kT=0.2)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (lambda: real(seed=4), r"noise .* seed 3, .* seed 4"),
        (lambda: real(dt=0.005, save_every=10), r"step dt .* 0\.01, .* 0\.005"),
        (lambda: real(x0=None), r"run \d starts at x\[\d\]"),
        (lambda: real(hot()), r"machine \(digest of the model\)"),
        (lambda: real(increments=WIENER), "noise .* seed 3, .* increments"),
        (lambda: replace(real(), attributes={}), "circuit's side doesn't say which noise"),
        (lambda: real(n_trajectories=3, x0=X0[:3]), "has 4 runs, the circuit's side 3"),
    ],
)
def test_what_differs_is_named(other, words):
    for pair in (
        lambda a, b: compare(a, b),
        final_differences,
        lambda a, b: paired_quality_metric(a, b, np.eye(5)[:2]),
    ):
        with pytest.raises(DataError, match=words) as refusal:
            pair(ideal(), other())
        assert ";" in str(refusal.value)  # names a remedy


def test_pairs_are_compared():
    assert compare(ideal(), real(), path_limit=0.1).passed
    assert compare(ideal(increments=WIENER), real(increments=WIENER), path_limit=0.1).passed
    check_same_noise(ideal(), real().first(4))


def test_increments_are_told_apart_by_their_digest():
    other = WIENER.copy()
    other[2, 7, 1] += 1e-9
    with pytest.raises(DataError, match=r"noise .* increments"):
        compare(ideal(increments=WIENER), real(increments=other))
    with pytest.raises(DataError, match="doesn't say which noise"):  # the digest is of all four
        compare(ideal(increments=WIENER).first(2), real(increments=WIENER[:2], n_trajectories=2,
                                                        x0=X0[:2]))  # fmt: skip


def test_the_word_of_the_caller_is_in_the_verdict():
    measured = replace(real(), attributes={})
    found = compare(ideal(), measured, same_noise=True)
    assert "same noise according to the caller" in found["path error"].note
    assert "word" not in compare(ideal(), real())["path error"].note
    with pytest.raises(DataError, match="neither side says its step"):
        compare(measured, measured, same_noise=True)


def test_paths_of_eigenmodes_are_no_one_elses():
    machine = springs()
    arguments = {"t_final": 0.5, "dt": 0.01, "n_trajectories": 2, "seed": 3}
    with pytest.raises(DataError, match=r"eigenmodes 1, seed 3, .* wiener 1, seed 3"):
        compare(
            simulate_ornstein_uhlenbeck(machine, **arguments),
            simulate_langevin(machine, **arguments),
        )


def test_files_keep_what_drove_the_runs(tmp_path):
    for runs in (ideal(), ideal(increments=WIENER)):
        runs.save(tmp_path / "runs.nc")
        again = Trajectories.load(tmp_path / "runs.nc")
        check_same_noise(again, runs)
        assert again.attributes == runs.attributes
    assert again.seeds == ()  # the seed drove nothing


def test_the_limit_of_the_path_goes_with_the_step():
    for dt, every in ((0.01, 5), (0.005, 10)):
        found = compare(ideal(dt=dt, save_every=every), real(dt=dt, save_every=every))
        assert found["path error"].limit == pytest.approx(path_limit(dt)) == pytest.approx(2 * dt)
    assert path_limit(2.5e-3) == 5e-3


def levels(seeds, machine=MACHINE):
    return [
        [
            side(machine, dt=0.01 / 2**k, save_every=None, increments=
                 increments(seed, range(4), 50, 5, 0.01, halvings=k))
            for k, seed in enumerate(seeds)
        ]
        for side in (ideal, real)
    ]  # fmt: skip


def test_steps_that_are_halved_on_another_path_are_refused():
    assert len(convergence_metrics(MACHINE, *levels([3, 3, 3])))
    with pytest.raises(DataError, match=r"noise at step 0\.005 sums to"):
        convergence_metrics(MACHINE, *levels([3, 4, 3]))
    seeded = [[side(dt=0.01 / 2**k, save_every=None) for k in range(3)] for side in (ideal, real)]
    with pytest.raises(DataError, match="don't say that they follow one path"):
        convergence_metrics(MACHINE, *seeded)  # one seed at three steps is three paths


def test_a_budget_asks_for_the_same_noise():
    statistics = machine_statistics(MACHINE)
    causes = [Cause("step", ideal(), real())]
    assert error_budget(causes, ideal(), real(), statistics).rows
    with pytest.raises(DataError, match=r"seed 3, .* seed 4"):
        error_budget([Cause("step", ideal(), real(seed=4))], ideal(), real(), statistics)
    with pytest.raises(DataError, match=r"seed 3, .* seed 4"):
        error_budget(causes, ideal(), real(seed=4), statistics)


def test_a_digest_is_of_the_machine_and_not_of_how_it_is_stored():
    machine = random_machine(5, seed=4)
    import scipy.sparse as sp

    sparse = EnergyModel(sp.csr_array(machine.J), machine.b, n_visible=2, names=list("abcde"))
    assert model_digest(machine) == model_digest(sparse)
    moved = machine.J.copy()
    moved[0, 1] = moved[1, 0] = np.nextafter(moved[0, 1], 1)
    for other in (
        EnergyModel(moved, machine.b),
        EnergyModel(machine.J, machine.b + 1e-12),
        EnergyModel(machine.J, machine.b, kT=0.11),
        EnergyModel(machine.J, machine.b, mobility=2.0),
        EnergyModel(machine.J, machine.b, type(machine.onsite)(1.0, 1.1)),
    ):
        assert model_digest(other) != model_digest(machine)
