import numpy as np
import pytest

import hwkit
from hwkit import DataError, EnergyModel, Quartic
from hwkit.circuit import with_fault
from hwkit.fidelity import drift_metric, drift_residual, extraction_metric
from tests.machines import random_machine


@pytest.fixture
def machine():
    return random_machine(6, seed=2, n_visible=4)


@pytest.fixture
def states():
    return np.random.default_rng(1).standard_normal((20, 6))


def drift(machine, states, measured):
    return drift_metric(drift_residual(machine, states, -measured.force(states)))


def test_the_machine_itself_has_no_residual(machine, states):
    assert drift(machine, states, machine).value == 0.0


def test_the_residual_is_relative_to_the_largest_gradient(machine, states):
    gradient = -machine.force(states)
    wrong = gradient.copy()
    wrong[7, 3] += 0.01 * np.max(np.abs(gradient))
    residual = drift_residual(machine, states, wrong)
    assert residual[7, 3] == pytest.approx(0.01)
    metric = drift_metric(residual)
    assert metric.value == pytest.approx(0.01)
    assert metric.note == "largest at unit 3, state 7"
    assert metric.n == 20
    assert not metric.passed


def changed(machine, J=None, b=None, onsite=None, kT=None, mobility=None):
    return EnergyModel(
        machine.J if J is None else J,
        machine.b if b is None else b,
        onsite or machine.onsite,
        kT or machine.kT,
        mobility or machine.mobility,
        machine.n_visible,
    )


def flipped(machine):
    J = machine.J.copy()
    J[0, 1] = J[1, 0] = -J[0, 1]
    return changed(machine, J=J)


def swapped(machine):
    order = [1, 0, *range(2, 6)]
    return changed(machine, J=machine.J[np.ix_(order, order)], b=machine.b[order])


def without_bias(machine):
    return changed(machine, b=np.zeros(6))


def slightly_soft(machine):
    return changed(machine, onsite=Quartic(1.0, 1.0 - 1e-5))


@pytest.mark.parametrize("spoil", [flipped, swapped, without_bias, slightly_soft])
def test_another_machine_is_rejected(machine, states, spoil):
    assert not drift(machine, states, spoil(machine)).passed


def test_a_missing_current_is_rejected(machine, states):
    gradient = -machine.force(states)
    gradient[0, 0] = np.nan
    assert not drift_metric(drift_residual(machine, states, gradient)).passed


def test_shapes_must_agree(machine, states):
    with pytest.raises(DataError, match=r"\(20, 5\).*\(20, 6\)"):
        drift_residual(machine, states, np.zeros((20, 5)))


def test_extraction_of_the_same_machine_passes(machine):
    assert extraction_metric(machine, changed(machine)).value == 0.0


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"kT": 0.1 * (1 + 1e-8)}, "kT"),
        ({"mobility": 1 + 1e-8}, "mobility"),
        ({"onsite": Quartic(1 + 1e-8, 1.0)}, "J2"),
        ({"onsite": Quartic(1.0, np.array([1, 1, 1, 1, 1, 1 - 1e-8]))}, "J4"),
        ({"b": np.zeros(6)}, "b"),
        ({"J": np.zeros((6, 6))}, "J"),
    ],
)
def test_extraction_names_what_differs(machine, change, name):
    metric = extraction_metric(machine, changed(machine, **change))
    assert not metric.passed
    assert metric.note == f"largest in {name}"


def test_extraction_of_another_size_is_infinitely_wrong(machine):
    assert extraction_metric(machine, random_machine(5, seed=2)).value == np.inf


@pytest.mark.spice
@pytest.mark.parametrize("fault", [None, "sign-flip", "dead-node", "swap"])
def test_the_drift_of_the_circuit_is_that_of_the_machine_unless_it_is_faulty(
    machine, states, fault
):
    design = hwkit.compile_model(machine)
    design = design if fault is None else with_fault(design, fault)
    gradient = hwkit.measure_gradient(design, states)
    assert drift_metric(drift_residual(machine, states, gradient)).passed is (fault is None)
