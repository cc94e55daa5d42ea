"""The twin's claim: its circuit equations, from the netlist alone."""

import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwkit.files import read_text
from hwkit.twin import Circuit, System, read_circuit, system
from tests.differential import bench
from tests.differential.bench import FloatArray
from tests.differential.consumers import Claim
from tests.differential.oracle import Vectors

_ITERATIONS = 60


def claim_twin(path: Path, text: str, rng: random.Random) -> Claim:
    """Read a netlist as the twin does."""
    circuit = read_circuit(read_text(path, latin1=True))
    with np.errstate(all="ignore"):
        equations = system(circuit)(circuit.numbers[None])
    free, clamped = _free(circuit), []
    clamped = [k for k in range(circuit.n_nodes) if k not in free]
    nodes = [circuit.nodes[k] for k in clamped]
    volts = np.array([[rng.uniform(-0.15, 0.15) for _ in nodes] for _ in range(bench.STATES)])
    amplitudes = bench.amplitudes(rng, len(nodes))
    omega = _omega(equations)
    probes = {k: rng.uniform(0.5, 1.0) * 1e-6 for k in free if "#" not in circuit.nodes[k]}
    extra = [f"ihwq{k} 0 {circuit.nodes[k]} dc 0 ac {a!r}" for k, a in probes.items()]
    asked = bench.question(text, nodes, volts, amplitudes, omega, extra, bench.EXTERNAL)

    def check(answers: list[list[Vectors]]) -> list[str]:
        [answer] = answers
        with np.errstate(all="ignore"):
            return _differences(
                circuit, equations, clamped, free, volts, amplitudes, omega, probes, answer
            )

    return Claim([asked], check)


def _free(circuit: Circuit) -> list[int]:
    """Return the unknowns that no clamp can set: branch currents and the nodes at their ends."""
    branches = {k for k, name in enumerate(circuit.nodes) if name.endswith("#branch")}
    rows = [row for row in circuit.conductances.ends.tolist() if branches & set(row)]
    return sorted(branches | {k for row in rows for k in row if k >= 0})


def _omega(equations: System) -> float:
    farad = float(np.max(np.abs(equations.capacitance), initial=0.0))
    siemens = float(np.max(np.abs(np.diagonal(equations.conductance[0])), initial=0.0))
    omega = siemens / farad if farad > 0 and siemens > 0 else 1e6
    return float(min(max(omega, 1e2), 1e10)) if np.isfinite(omega) else 1e6


def _solved(equations: System, v: FloatArray, free: list[int]) -> tuple[FloatArray, FloatArray]:
    """Return the state with its free unknowns solved for, and all residuals there."""
    v = v.copy()
    for _ in range(_ITERATIONS):
        row = v[None, None]
        residual = equations.conductance[0] @ v + equations.constant[0] + equations.currents(row)[0, 0]
        if not free:
            break
        slope = equations.conductance[0] + equations.slopes(row)[0, 0]
        try:
            step = np.linalg.solve(slope[np.ix_(free, free)], residual[free])
        except np.linalg.LinAlgError:
            step = np.linalg.lstsq(slope[np.ix_(free, free)], residual[free], rcond=None)[0]
        v[free] -= step
        if np.max(np.abs(step)) < 1e-15:
            break
    return v, np.asarray(residual)


def _differences(
    circuit: Circuit,
    equations: System,
    clamped: list[int],
    free: list[int],
    volts: FloatArray,
    amplitudes: FloatArray,
    omega: float,
    probes: dict[int, float],
    answer: list[Vectors],
) -> list[str]:
    n, m = len(clamped), circuit.n_nodes
    expected, states = np.zeros((bench.STATES, n)), []
    for k, state in enumerate(volts):
        v = np.zeros(m)
        v[clamped] = state
        v, residual = _solved(equations, v, free)
        expected[k] = residual[clamped]
        states.append(v)
    measured = bench.currents(answer, n)
    found = bench.differ("force, A", expected, measured)
    names = [circuit.nodes[k] for k in probes]
    if names:
        mine = np.array([[v[k] for k in probes] for v in states])
        theirs = np.array([[_volt(answer[k], name) for name in names] for k in range(bench.STATES)])
        found += bench.differ("free nodes, V", mine, theirs, max(0.1, float(np.max(np.abs(theirs)))))
    found += _small(circuit, equations, clamped, free, states[-1], amplitudes, omega, probes, answer)
    later = expected[-1] - bench.EXTERNAL * _injected(circuit)[clamped]
    scale = max(float(np.max(np.abs(expected), initial=0)), bench.EXTERNAL)
    seen = bench.over_time(answer, n)
    if not free:
        found += bench.differ("later, A", np.broadcast_to(later, seen.shape), seen, scale)
    return found


def _volt(vectors: Vectors, name: str) -> complex:
    value = vectors.get(name, vectors.get(f"v({name})", np.array([np.nan])))
    return complex(value[0])


def _injected(circuit: Circuit) -> FloatArray:
    total = np.zeros(circuit.n_nodes)
    for a, b in circuit.noise.tolist():
        for node, sign in ((a, -1.0), (b, 1.0)):
            if node >= 0:
                total[node] += sign
    return total


def _small(
    circuit: Circuit,
    equations: System,
    clamped: list[int],
    free: list[int],
    v: FloatArray,
    amplitudes: FloatArray,
    omega: float,
    probes: dict[int, float],
    answer: list[Vectors],
) -> list[str]:
    slope = equations.conductance[0] + equations.slopes(v[None, None])[0, 0]
    matrix = slope + 1j * omega * equations.capacitance[0]
    phasor = np.zeros(circuit.n_nodes, dtype=complex)
    phasor[clamped] = amplitudes
    drive = np.zeros(circuit.n_nodes, dtype=complex)
    for k, a in probes.items():
        drive[k] = a
    if free:
        right = drive[free] - matrix[np.ix_(free, clamped)] @ phasor[clamped]
        phasor[free] = np.linalg.lstsq(matrix[np.ix_(free, free)], right, rcond=None)[0]
    mine = (matrix @ phasor)[clamped]
    theirs = bench.small(answer, len(clamped))
    scale = max(float(np.max(np.abs(theirs), initial=0)), float(np.max(np.abs(mine), initial=0)))
    found = bench.differ("conductance, A", mine.real, theirs.real, scale)
    if not free:  # each node's capacitance to itself
        mine, theirs = mine.imag / omega, theirs.imag / omega
        farad = np.maximum(np.abs(mine), np.abs(theirs))
        gap = np.abs(mine - theirs) > bench.TOLERANCE * farad + 1e-9 * scale / omega
        found += [f"capacitance, F: hwkit {mine[k]:.9g}, ngspice {theirs[k]:.9g}" for k in np.flatnonzero(gap)[:1]]
        return found
    found += bench.differ("susceptance, A", mine.imag, theirs.imag, scale)
    seen = np.array([_volt(answer[bench.STATES], circuit.nodes[k]) for k in probes])
    largest = max(float(np.max(np.abs(seen), initial=0)), 1e-9)
    own: NDArray[np.complex128] = np.array([phasor[k] for k in probes])
    found += bench.differ("small signal, V", np.abs(own - seen), np.zeros(len(own)), largest)
    return found
