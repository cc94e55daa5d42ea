"""The twin's claim: its circuit equations, from the netlist alone.

Clamps hold every node but those at a voltage source or an inductor; these are free, and the twin's
equations are solved for them: at rest, and for a small signal of the clamps and of probe currents.
"""

import random
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.netlist.reading import read_netlist
from hwkit.twin import Circuit, System, read_circuit, system
from tests.differential import bench
from tests.differential.bench import FloatArray
from tests.differential.consumers import Claim, UnmeasurableError
from tests.differential.questions import Question, Vectors

_ITERATIONS = 60
_SMALLEST = 1e-9  # V: small signals below are rounding
_LEAST = 1e-12  # A: so are currents


def claim_twin(path: Path, text: str, rng: random.Random) -> Claim:
    """Read a netlist as the twin does."""
    drawing = _Drawing(read_circuit(read_netlist(path).text), text, rng)
    return Claim([drawing.question()], drawing.check)


class _Drawing:
    def __init__(self, circuit: Circuit, text: str, rng: random.Random) -> None:
        self.circuit, self.text = circuit, text
        with np.errstate(all="ignore"):
            self.equations = system(circuit)(circuit.numbers[None])
        self.free = _free(circuit)
        self.clamped = [k for k in range(circuit.n_nodes) if k not in self.free]
        n = len(self.clamped)
        drawn = [[rng.uniform(-0.15, 0.15) for _ in range(n)] for _ in range(bench.STATES)]
        self.volts = np.array(drawn).reshape(bench.STATES, n)
        self.amplitudes = bench.amplitudes(rng, n)
        self.omega = _omega(self.equations)
        named = [k for k in self.free if "#" not in circuit.nodes[k]]
        self.probes = {k: rng.uniform(0.5, 1.0) * 1e-6 for k in named}
        kinds = [k for k in ("trnoise", "pwl", "external") if k in "\n".join(bench.joined(text))]
        self.external = bench.EXTERNAL if kinds == ["external"] else 0.0

    def question(self) -> Question:
        names = self.circuit.nodes
        extra = [f"ihwq{k} 0 {names[k]} dc 0 ac {a!r}" for k, a in self.probes.items()]
        nodes = [names[k] for k in self.clamped]
        return bench.question(
            self.text, nodes, self.volts, self.amplitudes, self.omega, extra, self.external
        )

    def check(self, answers: list[list[Vectors]]) -> list[str]:
        [answer] = answers
        with np.errstate(all="ignore"):
            solved = [self._solved(state) for state in self.volts]
            expected = np.array([residual[self.clamped] for _, residual in solved])
            measured = bench.currents(answer, len(self.clamped))
            largest = float(np.max(np.abs([expected, measured]), initial=_LEAST))
            found = bench.differ("force, A", expected, measured, largest)
            found += self._free_nodes(answer, [v for v, _ in solved])
            found += self._small(answer, solved[-1][0])
            if not self.free and not bench.waveform_noise(self.text):
                found += self._later(answer, expected)
        return found

    def _solved(self, state: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return all unknowns at rest, and the currents that leave the nodes there."""
        equations, free = self.equations, self.free
        v = np.zeros(self.circuit.n_nodes)
        v[self.clamped] = state
        for _ in range(_ITERATIONS):
            row = v[None, None]
            linear = equations.conductance[0] @ v + equations.constant[0]
            residual: FloatArray = linear + equations.currents(row)[0, 0]
            if not free:
                break
            slope = equations.conductance[0] + equations.slopes(row)[0, 0]
            step = _solution(slope[np.ix_(free, free)], residual[free]).real
            v[free] -= step
            if np.max(np.abs(step)) < 1e-15:
                break
        return v, residual

    def _free_nodes(self, answer: list[Vectors], states: list[FloatArray]) -> list[str]:
        names = [self.circuit.nodes[k] for k in self.probes]
        mine = np.array([[v[k] for k in self.probes] for v in states])
        theirs = np.array([[_volt(answer[k], name).real for name in names] for k in range(5)])
        largest = max(float(np.max(np.abs(theirs), initial=0.0)), 0.1)
        return bench.differ("free nodes, V", mine, theirs, largest)

    def _small(self, answer: list[Vectors], v: FloatArray) -> list[str]:
        slope = self.equations.conductance[0] + self.equations.slopes(v[None, None])[0, 0]
        matrix = slope + 1j * self.omega * self.equations.capacitance[0]
        phasor = np.zeros(self.circuit.n_nodes, dtype=complex)
        phasor[self.clamped] = self.amplitudes
        if self.free:
            drive = np.zeros(self.circuit.n_nodes, dtype=complex)
            drive[list(self.probes)] = list(self.probes.values())
            inner = matrix[np.ix_(self.free, self.free)]
            outer = matrix[np.ix_(self.free, self.clamped)] @ phasor[self.clamped]
            right = drive[self.free] - outer
            phasor[self.free] = _solution(inner, right)
        mine = (matrix @ phasor)[self.clamped]
        theirs = bench.small(answer, len(self.clamped))
        scale = float(np.max(np.abs([*mine, *theirs]), initial=0.0))
        found = bench.differ("conductance, A", mine.real, theirs.real, scale)
        if not self.free:
            return found + self._farads(mine.imag, theirs.imag, scale)
        found += bench.differ("susceptance, A", mine.imag, theirs.imag, scale)
        names = [self.circuit.nodes[k] for k in self.probes]
        seen = np.array([_volt(answer[bench.STATES], name) for name in names])
        largest = max(float(np.max(np.abs(seen), initial=0.0)), _SMALLEST)
        gap: FloatArray = np.abs(phasor[list(self.probes)] - seen)
        return found + bench.differ("small signal, V", gap, np.zeros(len(gap)), largest)

    def _farads(self, mine: FloatArray, theirs: FloatArray, scale: float) -> list[str]:
        """Compare each node's own capacitance, up to the rounding of all currents."""
        own = np.maximum(np.abs(mine), np.abs(theirs))
        apart = np.flatnonzero(np.abs(mine - theirs) > bench.TOLERANCE * own + 1e-9 * scale)
        mine, theirs = mine / self.omega, theirs / self.omega
        return [f"capacitance, F: hwkit {mine[k]:.9g}, ngspice {theirs[k]:.9g}" for k in apart[:1]]

    def _later(self, answer: list[Vectors], expected: FloatArray) -> list[str]:
        injected = np.zeros(self.circuit.n_nodes + 1)  # ground is -1
        for a, b in self.circuit.noise.tolist():
            injected[a] -= 1
            injected[b] += 1
        later = expected[-1] - self.external * injected[self.clamped]
        seen = bench.over_time(answer, len(self.clamped))
        farad = np.diagonal(self.equations.capacitance[0])
        scale = max(bench.time_scale(expected, farad, answer), self.external)
        return bench.differ("later, A", np.broadcast_to(later, seen.shape), seen, scale)


def _free(circuit: Circuit) -> list[int]:
    """Return the unknowns that no clamp can set: branch currents and the nodes at their ends."""
    branches: set[int] = {k for k, name in enumerate(circuit.nodes) if name.endswith("#branch")}
    rows = [row for row in circuit.conductances.ends.tolist() if branches & set(row)]
    return sorted(branches | {k for row in rows for k in row if k >= 0})


def _omega(equations: System) -> float:
    """Return a frequency at which capacitors and conductances count alike."""
    farad = float(np.max(np.abs(equations.capacitance), initial=0.0))
    siemens = float(np.max(np.abs(np.diagonal(equations.conductance[0])), initial=0.0))
    omega = siemens / farad if farad > 0 and siemens > 0 else 1e6
    return min(max(omega, 1e2), 1e10) if np.isfinite(omega) else 1e6


def _volt(vectors: Vectors, name: str) -> complex:
    missing: NDArray[np.float64] = np.array([np.nan])
    return complex(vectors.get(name, missing)[0])


def _solution(matrix: NDArray[Any], right: NDArray[Any]) -> NDArray[np.complex128]:
    try:
        return np.asarray(np.linalg.solve(matrix, right), dtype=np.complex128)
    except np.linalg.LinAlgError:
        raise UnmeasurableError("the circuit has no state at rest") from None
