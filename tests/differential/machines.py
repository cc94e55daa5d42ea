"""Numbers of a random machine, and the circuit they stand for, in volts and amperes."""

import random
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True)
class Machine:
    """A circuit of units: everything an author has to write down.

    Attributes:
        volt, second: of a model unit.
        farad: capacitance of each unit, F.
        linear: conductance of each unit to ground, S.
        cubic: A/V^3.
        bias: current into each unit, A.
        coupling: (i, j) -> conductance between them, S: current g v_j leaves i and g v_i leaves j.
    """

    volt: float
    second: float
    farad: list[float]
    linear: list[float]
    cubic: list[float]
    bias: list[float]
    coupling: dict[tuple[int, int], float]

    @property
    def n(self) -> int:
        """Number of units."""
        return len(self.farad)


def round4(value: float) -> float:
    """Return a number of four digits, so that every spelling of it is exact."""
    return float(f"{value:.3e}")


def draw_machine(rng: random.Random, uniform: bool | None = None) -> Machine:
    """Draw a machine with reciprocal couplings and a bounded energy."""
    n = rng.choice([1, 2, 2, 3, 4])
    volt, second = rng.choice([0.05, 0.1, 0.2, 1.0]), rng.choice([1e-6, 1e-7, 2e-6, 1e-3])
    farad = rng.choice([1e-12, 2e-12, 1e-9, 4.7e-12])
    same = rng.random() < 0.6 if uniform is None else uniform
    siemens = farad / second
    sizes = [1.0 if same else rng.choice([1.0, 2.0, 0.5, 4.0]) for _ in range(n)]
    coupling = {
        # force i: J_ij = g_ij second / C_i must be symmetric, so couple only units of one size
        pair: round4(siemens * rng.uniform(-1, 1))
        for pair in combinations(range(n), 2)
        if rng.random() < 0.7 and sizes[pair[0]] == sizes[pair[1]]
    }
    return Machine(
        volt,
        second,
        [round4(farad * size) for size in sizes],
        [round4(siemens * rng.uniform(0.2, 3)) for _ in range(n)],
        [round4(siemens / volt**2 * rng.uniform(0.5, 4)) for _ in range(n)],
        [round4(siemens * volt * rng.uniform(-1, 1)) for _ in range(n)],
        coupling,
    )
