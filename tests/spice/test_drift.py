import dataclasses

import numpy as np
import pytest

from hwkit import DataError, Scale, SimulationError, compile_model
from hwkit.spice import measure_gradient
from tests.machines import random_machine


@pytest.mark.spice
@pytest.mark.parametrize("scale", [Scale(), Scale(5e-3, 1e-8, 1e-13)])
def test_the_measured_gradient_is_that_of_the_energy(scale):
    model = random_machine(8, 2, size=1.5)
    states = 1.5 * np.random.default_rng(0).standard_normal((5, 8))
    measured = measure_gradient(compile_model(model, scale=scale), states)
    assert np.max(np.abs(measured + model.force(states))) <= 1e-6 * np.max(np.abs(measured))


@pytest.mark.spice
def test_a_coupling_of_the_wrong_sign_shows():
    model = random_machine(8, 2)
    design = compile_model(model)
    couplings = design.group("coupling")
    values = couplings.values.copy()
    weakest = int(np.argmin(np.abs(values)))
    values[weakest] *= -1
    parts = [dataclasses.replace(p, values=values) if p is couplings else p for p in design.parts]
    wrong = dataclasses.replace(design, parts=tuple(parts))
    states = np.random.default_rng(0).standard_normal((3, 8))
    measured = measure_gradient(wrong, states)
    difference = np.max(np.abs(measured + model.force(states)), axis=0)
    assert np.argmax(difference) == couplings.nodes[weakest, 0]
    assert difference.max() > 1e-4 * np.max(np.abs(measured))


def test_states_of_another_shape_are_refused():
    design = compile_model(random_machine(3, 0))
    with pytest.raises(DataError, match=r"states have shape \(3,\); expected \(n_states, 3\)"):
        measure_gradient(design, np.zeros(3))


def test_without_ngspice_the_command_that_installs_it_is_given(monkeypatch):
    monkeypatch.setenv("NGSPICE_LIBRARY_PATH", "/nowhere")
    with pytest.raises(SimulationError, match="apt-get install ngspice libngspice0"):
        measure_gradient(compile_model(random_machine(3, 0)), np.zeros((1, 3)))
