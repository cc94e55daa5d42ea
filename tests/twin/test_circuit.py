import numpy as np
import pytest

import hwkit
from hwkit.twin import read_circuit, system

BRIDGE = """title
C1 a 0 1p
C2 a b 2p
R1 a b 4
G1 b 0 a 0 3
I1 a 0 dc 5
I2 0 b external
B1 a b i=7*v(a,b)*v(a,b)*v(a,b)
.model junction d(is=2e-9 n=1.5)
D1 b 0 junction 3
.options gmin=1e-15
.end
"""


def test_stamps():
    circuit = read_circuit(BRIDGE)
    equations = system(circuit)(circuit.numbers[None])
    assert circuit.nodes == ("a", "b")
    np.testing.assert_allclose(equations.capacitance[0], [[3e-12, -2e-12], [-2e-12, 2e-12]])
    np.testing.assert_allclose(equations.conductance[0], [[0.25, -0.25], [-0.25 + 3, 0.25]])
    np.testing.assert_allclose(equations.constant[0], [5, 0])
    assert circuit.noise.tolist() == [[-1, 1]]


def test_nonlinear_currents_and_their_slopes():
    circuit = read_circuit(BRIDGE)
    equations = system(circuit)(circuit.numbers[None])
    v = np.array([[[0.3, 0.2], [-0.1, -0.05]]])
    volt = 1.5 * 1.38064852e-23 / 1.6021766208e-19 * 300.15
    cubic = 7 * (v[0, :, 0] - v[0, :, 1]) ** 3
    diode = 6e-9 * np.expm1(v[0, :, 1] / volt) + 1e-15 * v[0, :, 1]
    np.testing.assert_allclose(equations.currents(v)[0, :, 0], cubic)
    np.testing.assert_allclose(equations.currents(v)[0, :, 1], diode - cubic, rtol=1e-12)
    h = 1e-6
    for node in range(2):
        shift = np.zeros(2)
        shift[node] = h
        slope = (equations.currents(v + shift) - equations.currents(v - shift)) / (2 * h)
        np.testing.assert_allclose(equations.slopes(v)[..., node], slope, rtol=1e-5)


@pytest.mark.parametrize("line", ["Q1 a b c model", "V1 a 0", "R1 a b 0", "D1 a b missing",
                                  "B1 a 0 v=v(a)", "B1 a 0 i=v(a)^2", ".include x",
                                  "D1 a b bd", "D1 a b cd", "Q1 a b c q", "I1 a 0 sin(0 1 1k)",
                                  "V1 a 0 pulse(0 1)", "E1 a 0 b 0 2", "B1 a 0 i=time",
                                  "I1 a 0 trnoise(1 1 1 1)", ".options cshunt=1p",
                                  "R1 a b 1k 2k", "C1 a b 1p ic=0 rser=1"])  # fmt: skip
def test_other_elements_are_refused_with_their_line(line):
    models = ".model bd d(bv=5)\n.model cd d(is=1 cjo=2)\n.model q npn(bf=1)\n"
    with pytest.raises(hwkit.NetlistError, match="line 2"):
        read_circuit(f"title\n{line}\n{models}.end\n")


def test_noise_keeps_its_strength_and_its_constant_part():
    text = "t\nC1 a 0 1p\nI1 0 a trnoise(2u 1n 0 0) dc 3u\nI2 0 a external\n.end\n"
    circuit = read_circuit(text)
    np.testing.assert_allclose(circuit.noise_density, [4e-12 * 1e-9, np.nan])
    np.testing.assert_allclose(system(circuit)(circuit.numbers[None]).constant[0], [-3e-6])
    assert circuit.noise.tolist() == [[-1, 0], [-1, 0]]
