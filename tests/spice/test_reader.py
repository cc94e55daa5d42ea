"""What hwkit reads of a line is what ngspice makes of it: currents at clamped nodes, capacitances.

All lines stand in one netlist, each at a node of its own, which a source holds.
"""

import numpy as np
import pytest

from hwkit.netlist.reader import read_elements
from hwkit.netlist.rewrite import rewritten
from hwkit.spice.session import session
from hwkit.twin import read_circuit, system

pytestmark = pytest.mark.spice

DEFINITIONS = """.param p=2k q={p*3} r = 'q + 1k'
.param late=5k
.func half(x) {x/2}
.func both(x,y) = 'half(x)+y'
.model dm d(is=1e-8 n=1.5 eg=0.7 xti=2)
.model dn D ( IS = 2e-9, N=1.2 TNOM=20 )
.options temp=40 tnom=30 gmin=1e-18
.subckt cell a params: k=1k s={2*k}
.param own={s+1k}
R1 a 0 {s}
R2 a inner {own}
R3 inner gnd 1k
.ends cell
.subckt outer a k=2k
X1 a cell k={k*2}
.model dl d(is=3e-9)
D1 a 0 dl
.ends
"""
ELEMENTS = [
    "R# # 0 1k", "R# 0 # 1K", "R# # 0 1MEGohm", "R# # gnd 2.5kilo", "R# # 0 r=3k", "R# # 0 1k m=2",
    "R# # 0 1k tc1=1m", "R# # 0 1k tc1=1m tc2=1m dtemp=5", "R# # 0 1k temp=60 tc1=2m",
    "R# # 0 1k scale=2", "R# # 0 {p}", "R# # 0 'p*2'", "R# # 0 {half(p)+q}", "R# # 0 p",
    "R# # 0 {both(p, 1k)}", "R# # 0 {late}", "R# # 0 {r}", "R# # 0 {2**3*100}", "R# # 0 -5k",
    "R# # 0 {sqrt(1meg)}", "R# # 0 {max(p,q)}", "R# # 0 1k\n+ m=3", "R# # 0 1k $ comment",
    "R# # 0 1k // comment", "R# # 0 1k;comment", "R# # 0 4k noisy=0", "R# # 0 1000m",
    "R# #/x 0 1k\nR#b # #/x 1k", "R# ~# 0 1k\nR#b # ~# 2k", "R# #! 0 1k\nR#b # #! 2k",
    "R# 00# 0 1k\nR#b # 00# 1k", "R# net-_#_ 0 1k\nR#b # net-_#_ 1k",
    "G# # 0 # 0 1m", "G# # 0 0 # 1m", "G# 0 # # gnd 1m m=2", "G# # 0 # 0 {1/p}",
    "G# # 0 # 0 gain=2m",
    "I# # 0 1m", "I# 0 # dc 2m", "I# # 0 dc=3m", "I# # 0 dc = 3m m=2", "I# # 0 1m ac 1",
    "I# # 0 ac 1 0 dc 4m", "I# # 0 dc {p*1u}", "I# # 0 trnoise(0 1n 0 0) dc 1m",
    "I# # 0 dc 1m trnoise 0 1n 0 0",
    "B# # 0 i=1m*v(#)*v(#)*v(#)", "B# # 0 i = {1m*v(#)}", "B# # 0 i='v(#)/p'",
    "B# # 0 I=-v(#)/{p}+1u", "B# # 0 i=half(v(#))*1m", "B# # 0 i=tanh(v(#)-(-0.1)) m=2",
    "B# # 0 i=2--v(#)/1k", "B# # 0 i=1/2/2*v( # , 0 )", "B# # 0 i=max(v(#),0.1)-pi",
    "B# # 0 i=1mil*v(#)", "B# # 0 i=-(v(#)-1)*-3",
    "D# # 0 dm", "D# # 0 dm area=2", "D# # 0 dm m=3 area=2", "D# # 0 dm temp=60", "D# 0 # dm",
    "D# # 0 dm dtemp=5", "D# # 0 dn ic=0.1", "D# # 0 dn",
    "X# # cell", "X# # cell k=3k", "X# # cell params: k={p}", "X# # cell s=1k*2", "X# # outer k=1k",
    "R# # 0 1g",
]  # fmt: skip
CAPACITORS = [
    "C# # 0 1p", "C# 0 # 2pF", "C# # 0 1p ic=0.1", "C# # 0 1p IC = 0.1 m=2", "C# # 0 c=3p",
    "C# # 0 1p tc1=1m", "C# # 0 1p scale=2 m=3", "C# # 0 {p*1f}", "C# # 0 1p dtemp=3 tc2=1m",
    "C# # 0 1p\nC#b 0 # 2p", "C# # 0 cap=4p",
]  # fmt: skip
VOLT = 0.25


def netlist(lines):
    placed = [line.replace("#", f"n{k}") for k, line in enumerate(lines)]
    return "a title\n" + DEFINITIONS + "\n".join(placed) + "\n"


def clamps(names):
    return "".join(f"Vclamp{k} {name} 0 dc {VOLT} ac 1\n" for k, name in enumerate(names))


def asked(text, names, command, sources):
    simulator = session()
    simulator.load(f"{text}{clamps(names)}.end\n", [])
    simulator.command(command)
    read = simulator.vector if command == "op" else simulator.complex_vector
    return -np.array([read(f"vclamp{k}#branch")[0] for k in range(sources)])


def of_the_twin(text, names):
    """Currents out of the held nodes, from the twin's equations; others are solved for."""
    circuit = read_circuit(f"{text}.end\n")
    equations = system(circuit)(circuit.numbers[None])
    held = np.array([circuit.nodes.index(name) for name in names])
    free = np.setdiff1d(np.arange(circuit.n_nodes), held)
    v = np.zeros((1, 1, circuit.n_nodes))
    v[..., held] = VOLT
    G = equations.conductance[0]
    if free.size:
        drawn = G[np.ix_(free, held)] @ v[0, 0, held]
        v[0, 0, free] = np.linalg.solve(G[np.ix_(free, free)], -drawn)
    current = G @ v[0, 0] + equations.constant[0] + equations.currents(v)[0, 0]
    capacitance = equations.capacitance[0].diagonal()
    return current[held], capacitance[held]


def test_every_form_of_an_element_draws_the_current_that_ngspice_says():
    text, names = netlist(ELEMENTS), [f"n{k}" for k in range(len(ELEMENTS))]
    right = asked(text, names, "op", len(names))
    found, _ = of_the_twin(text, names)
    wrong = np.abs(found - right) > 1e-6 * np.abs(right)
    assert not [line for line, bad in zip(ELEMENTS, wrong, strict=True) if bad]
    assert np.all(right != 0)


def test_what_hwkit_writes_of_them_is_the_same_circuit():
    text, names = netlist(ELEMENTS), [f"n{k}" for k in range(len(ELEMENTS))]
    right = asked(text, names, "op", len(names))
    written = rewritten(read_elements(text))
    again = "\n".join(["title", *written.lines, ""])
    found = asked(again, [written.nodes[name] for name in names], "op", len(names))
    assert found == pytest.approx(right, rel=1e-8)


def test_capacitances_are_those_of_a_small_signal():
    text, names = netlist(CAPACITORS), [f"n{k}" for k in range(len(CAPACITORS))]
    hertz = 1 / (2 * np.pi)
    right = asked(text, names, f"ac lin 1 {hertz!r} {hertz!r}", len(names)).imag
    _, found = of_the_twin(text, names)
    assert found == pytest.approx(right, rel=1e-9)


def test_start_voltages_are_those_of_a_run():
    text = (
        "t\n.ic v(a)=0.5 V(B) = {0.1*2}\nC1 a 0 1p\nC2 b 0 1p\nC3 c 0 1p ic=0.2\nC4 c 0 2p ic=0.4\n"
        "C5 0 d 1p ic=0.3\nC6 a 0 1p\nRa a 0 1g\nRb b 0 1g\nRc c 0 1g\nRd d 0 1g\n.end\n"
    )
    simulator = session()
    simulator.load(text, [])
    simulator.command("tran 1n 10n uic")
    right = {name: float(simulator.vector(f"v({name})")[0]) for name in "abcd"}
    assert dict(read_elements(text).starts) == pytest.approx(right, rel=1e-5)


MEASURED = [
    "Q# # # 0 qn", "Q# # # 0 qn 2 temp=50", "M# # # 0 0 mn w=10u l={p*1n} m=2", "J# # # 0 jn",
    "E#a #e 0 # 0 3\nR# # #e 1k", "S# # 0 # 0 sw", "D# # 0 dr", "V#s #s 0 dc 0.1\nR# # #s 1k",
    "B#v #s 0 v=2*v(#)\nR# # #s 1k", "I# # 0 dc 1m pulse(0 1 1 1 1 1 1)", "B# # 0 i=(v(#))^3",
    "B# # 0 i=atan(v(#))*u(v(#))+time", "G# # 0 # ~/# 1m\nR# ~/# 0 1k",
]  # fmt: skip
MODELS = """.model qn npn(is=1e-15 bf=100)
.model mn nmos(level=1 vto=0.1 kp=1e-4)
.model jn njf(vto=-2 beta=1e-4)
.model sw sw(vt=0.1 ron=1k roff=1meg)
.model dr d(is=1e-9 rs=10 cjo=1p)
.options rshunt=1e9
"""


def test_what_only_ngspice_runs_is_written_as_it_was():
    text = netlist(MEASURED) + MODELS
    names = [f"n{k}" for k in range(len(MEASURED))]
    right = asked(text, names, "op", len(names))
    written = rewritten(read_elements(text))
    again = "\n".join(["title", *written.lines, ""])
    found = asked(again, [written.nodes[name] for name in names], "op", len(names))
    assert found == pytest.approx(right, rel=1e-8)
    assert np.all(np.abs(right) > 1e-12)
