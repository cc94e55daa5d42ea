import numpy as np
import pytest

from hwkit import ConfigError, Quartic, train
from hwkit.model import Saturating
from hwkit.training import noising_statistics, reversed_path_loss, sample_noising, train_drift
from tests.statistics import agrees
from tests.training.test_train import DRAWN, QUICK


def test_without_a_transfer_curve_it_is_the_ordinary_training():
    plain, drift = train(DRAWN, 6, protocol=QUICK), train_drift(DRAWN, 6, None, protocol=QUICK)
    np.testing.assert_allclose(drift.machine.J, plain.model.J, atol=1e-7)
    assert drift.loss == pytest.approx(plain.loss, rel=1e-12)


def test_statistics_with_a_transfer_curve_are_those_of_samples():
    f, fields = Saturating(3.0), np.array([[0.5, -1.4, 2.0]])
    statistics = noising_statistics(QUICK, fields, Quartic(), 0.1, 1.0, f)
    paths = sample_noising(QUICK, fields, Quartic(), 0.1, 1.0, 400, seed=2)
    signal = f(paths[:, 1:])
    assert agrees(signal.mean(axis=1), statistics.mean)
    assert not agrees(paths[:, 1:].mean(axis=1), statistics.mean)  # control: x in place of f(x)
    second = np.sum(statistics.factor**2, axis=0) + statistics.variance
    assert agrees((signal**2).mean(axis=1), second)


def test_the_loss_of_a_saturating_machine_is_that_of_its_held_out_paths():
    result = train_drift(DRAWN, 4, Saturating(2.0), protocol=QUICK)
    fields = result.fields
    losses = [
        reversed_path_loss(
            result.machine, sample_noising(QUICK, fields, Quartic(), 0.1, 1.0, 2, seed), QUICK.dt
        )
        for seed in range(40)
    ]
    assert agrees(losses, result.loss)


def test_more_freedom_costs_no_loss_and_ends_no_gradient():
    f = Saturating(2.0)
    both = [train_drift(DRAWN, 6, f, directed=directed, protocol=QUICK) for directed in (0, 1)]
    assert both[1].loss < both[0].loss
    x = np.random.default_rng(0).standard_normal((10, 18))
    assert 0 < both[0].machine.circulation(x) < both[1].machine.circulation(x)
    with pytest.raises(ConfigError, match="one onsite energy for all units"):
        train_drift(DRAWN, 6, f, onsite=Quartic(np.ones(18)))
