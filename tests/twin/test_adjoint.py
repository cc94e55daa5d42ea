import numpy as np
import pytest

import hwkit
from hwkit.circuit import RcOptions
from hwkit.twin import Boards, bind, differentiate, simulate_boards
from tests.machines import random_machine

RUN = {"t_final": 0.4, "dt": 0.01, "n_trajectories": 3, "seed": 2}

CELLS = {
    "ideal": RcOptions(),
    "saturating": RcOptions(saturation_volt=0.2, offset_volt=5e-3, output_ohm=5e7),
    "driven": RcOptions(driver_second=5e-8, supply_volt=0.1),
}


def metric(x):
    """A smooth function of the end states with a derivative of every sign."""
    weights = np.linspace(-1, 1.5, x.shape[1])
    inside = x @ weights
    slope = (1 - np.tanh(inside) ** 2)[:, None] * weights + 0.2 * x
    return float(np.mean(np.tanh(inside) + 0.1 * np.sum(x**2, axis=1))), slope / len(x)


def moved(design, bound, name, part, by, starts):
    role, _, parameter = name.partition(".")
    parts = design.group(role)
    values = np.array(parts.parameter(parameter) if parameter else parts.values)
    values[part] += by
    runs = simulate_boards(design, boards=Boards({name: values[None]}, 1), mode="implicit",
                           bound=bound, x0=starts, **RUN)  # fmt: skip
    return metric(runs.x[0, :, -1])[0]


def rails():
    onsite = hwkit.Cosh.from_quartic(1.0, 1.0)
    return hwkit.compile_model(random_machine(4, 3, onsite=onsite), "resistive")


@pytest.mark.parametrize("cell", [*CELLS, "rails"])
def test_derivatives_are_those_of_finite_differences(cell):
    machine = random_machine(5, 3, size=0.8)
    design = rails() if cell == "rails" else hwkit.compile_model(machine, options=CELLS[cell])
    bound = bind(design)
    starts = np.random.default_rng(0).standard_normal((3, design.model.n_units)) / 2
    found = differentiate(bound, metric, x0=starts, **RUN)
    checked = 0
    for name, derivatives in found.of.items():
        role, _, parameter = name.partition(".")
        if name == "coupling.offset" and not parameter_of(design, role, parameter):
            continue
        parts = design.group(role)
        nominal = parts.parameter(parameter) if parameter else parts.values
        for part in range(0, len(parts), 3):
            h = 1e-4 * abs(nominal[part]) or 1e-6
            up, down = (moved(design, bound, name, part, s * h, starts) for s in (1, -1))
            numerical = (up - down) / (2 * h)
            floor = 1e-9 / h  # rounding of the difference
            assert derivatives[part] == pytest.approx(numerical, rel=1e-3, abs=floor), name
            checked += 1
    assert checked > 15
    assert found.value == pytest.approx(moved(design, bound, "bias", 0, 0.0, starts), rel=1e-12)


def parameter_of(design, role, parameter):
    return parameter in design.group(role).parameters


def test_offsets_of_linear_couplings():
    design = hwkit.compile_model(random_machine(4, 3))
    bound = bind(design)
    found = differentiate(bound, metric, **RUN).of
    coupling = design.group("coupling")
    expected = -coupling.values * found["bias"][coupling.nodes[:, 0]]
    np.testing.assert_allclose(found["coupling.offset"], expected)


def test_a_wrong_derivative_is_noticed():
    design = hwkit.compile_model(random_machine(5, 3))
    bound = bind(design)
    starts = np.zeros((3, 5))
    found = differentiate(bound, metric, x0=starts, **RUN).of["coupling"]
    h = 1e-4 * abs(design.group("coupling").values[0])
    up, down = (moved(design, bound, "coupling", 0, s * h, starts) for s in (1, -1))
    assert found[0] == pytest.approx((up - down) / (2 * h), rel=1e-3)
    assert found[1] != pytest.approx((up - down) / (2 * h), rel=1e-1)
