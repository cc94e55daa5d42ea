"""Inductors, mutual inductance and voltage sources: currents as unknowns."""

import numpy as np
import pytest

import hwkit
from hwkit.circuit.cells.resistive import ResistiveOptions
from hwkit.circuit.cells.rlc import RlcOptions
from hwkit.twin import Boards, bind, differentiate, read_circuit, simulate_boards, system
from tests.machines import random_machine

RUN = {"t_final": 0.5, "dt": 2.5e-3, "n_trajectories": 2, "seed": 4, "save_every": 50}


def flux(couplings):
    machine = random_machine(4, 1, size=0.3)
    return hwkit.compile_model(machine, "rlc", options=RlcOptions(couplings=couplings))


def supplied():
    machine = random_machine(4, 1, onsite=hwkit.Cosh.from_quartic(1.0, 1.0))
    options = ResistiveOptions(bias="resistor")
    return hwkit.compile_model(machine, "resistive", hwkit.Scale(0.0896), options)


def processing_unit():
    J = -np.array([[0, 0.3, 0.1, 0], [0.3, 0, 0.2, 0], [0.1, 0.2, 0, 0.4], [0, 0, 0.4, 0]])
    return hwkit.compile_model(
        hwkit.EnergyModel(J, np.zeros(4), hwkit.Quartic(1.0, 0.0), 0.1), "spu"
    )


DESIGNS = {
    "mutual": lambda: flux("mutual"),
    "transconductor": lambda: flux("transconductor"),
    "supplied": supplied,
    "spu": processing_unit,
}


def test_stamps_of_coupled_inductors_and_a_source():
    text = "t\nL1 a 0 4u\nL2 b 0 9u\nK1 l1 l2 0.5\nV1 c 0 dc 5\nR1 c a 10\n.end\n"
    circuit = read_circuit(text)
    equations = system(circuit)(circuit.numbers[None])
    i1, i2, source = (circuit.nodes.index(f"{n}#branch") for n in ("l1", "l2", "v1"))
    np.testing.assert_allclose(equations.capacitance[0][np.ix_([i1, i2], [i1, i2])],
                               [[4e-6, 3e-6], [3e-6, 9e-6]])  # fmt: skip
    assert equations.constant[0, source] == -5
    at_rest = np.linalg.pinv(equations.conductance[0]) @ -equations.constant[0]
    voltages = dict(zip(circuit.nodes, at_rest, strict=True))
    assert voltages["c"] == pytest.approx(5)
    assert voltages["l1#branch"] == pytest.approx(0.5)


@pytest.mark.spice
@pytest.mark.parametrize("name", DESIGNS)
def test_they_are_what_ngspice_computes(name):
    design, x0 = DESIGNS[name](), np.random.default_rng(1).standard_normal((2, 4)) / 2
    spice = hwkit.simulate_spice(design, x0=x0, tight=True, **RUN)
    twin = simulate_boards(design, x0=x0, mode="implicit", **RUN)
    assert np.max(np.abs(twin.x[0] - spice.x)) < 1e-6
    role = "capacitor" if name == "spu" else "bias"
    other = Boards({role: 1.01 * design.group(role).values[None]}, 1)
    wrong = simulate_boards(design, x0=x0, mode="implicit", boards=other, **RUN)
    assert np.max(np.abs(wrong.x[0] - spice.x)) > 1e-5
    with pytest.raises(hwkit.ConfigError, match="inductors or voltage sources"):
        simulate_boards(design, x0=x0, mode="fast", **RUN)


def test_couplings_of_the_same_inductors_add_up():
    circuit = read_circuit("t\nL1 a 0 1u\nL2 b 0 4u\nK1 L1 L2 0.5\nK2 L2 L1 0.2\n.end\n")
    henry = system(circuit)(circuit.numbers[None]).capacitance[0]
    one, two = (circuit.nodes.index(f"l{k}#branch") for k in (1, 2))
    np.testing.assert_allclose([henry[one, two], henry[two, one]], 0.7 * 2e-6)


def test_a_coupling_of_what_is_no_inductor_is_refused():
    with pytest.raises(hwkit.NetlistError, match=r"line 3 .*'l2' is not an inductor"):
        read_circuit("t\nL1 a 0 1u\nK1 l1 l2 0.5\n.end\n")


def test_derivatives_through_mutual_inductance():
    design = flux("mutual")
    bound, run = bind(design), {"t_final": 0.3, "dt": 0.01, "n_trajectories": 2, "seed": 1}

    def metric(x):
        return float(np.sum(x**2)), 2 * x

    found = differentiate(bound, metric, **run)
    for name in ("inductor", "coupling", "loss", "bias", "capacitor", "meter"):
        role = name if design.has(name) else None
        if role is None:
            continue
        nominal = design.group(role).values
        h = 1e-4 * abs(nominal[1])
        values = np.tile(nominal, (2, 1))
        values[:, 1] += [h, -h]
        runs = simulate_boards(design, boards=Boards({role: values}, 2), mode="implicit",
                               bound=bound, **run)  # fmt: skip
        up, down = (metric(x)[0] for x in runs.x[:, :, -1])
        assert found.of[role][1] == pytest.approx((up - down) / (2 * h), rel=1e-3), role
