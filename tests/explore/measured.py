"""A bench of boards as if they had been measured: random smooth curves, no simulator."""

import numpy as np

import hwkit
from hwkit.circuit import Scale
from hwkit.explore.controls import Control, default_controls
from hwkit.explore.description import Bench
from hwkit.model import CurveMachine, DriftMachine, Tabulated
from hwkit.tolerance import Limit

SCALE = Scale(0.131, 2e-6, 2e-12)
COUNT, FACTORS = 4, (1.0, 2.0)  # boards, of each mismatch
MISMATCH = Control("mismatch", "Mismatch", "mismatch", "×", 1.0, 2.0, 0.0, 1.0, choices=FACTORS)


def measured_bench(n=6, **settings):
    """A transistor design of n units, and curves of it and of its boards."""
    rng = np.random.default_rng(7)
    couplings = rng.uniform(0.3, 0.9, (n, n)) * rng.choice([-1, 1], (n, n)) * (1 - np.eye(n))
    biases = 0.2 * rng.standard_normal(n)
    machine = DriftMachine(couplings, biases, hwkit.Quartic(), mobility=1.2)
    design = hwkit.compile_model(machine, "silicon", SCALE)
    x = np.linspace(-2.3, 2.3, 61)
    fine = np.linspace(-2.3, 2.3, 241)
    onsite = Tabulated(fine, 2 * fine + 4 * fine**3 + 0.02 * fine**2)
    functions = np.stack([np.tanh(1.8 * x), x / np.cosh(x), 1 - np.cos(x)], axis=1)
    weights = np.stack([couplings / 1.8, 0.1 * couplings, np.zeros((n, n))])
    machines = tuple(
        CurveMachine(
            weights + factor * 0.1 * rng.standard_normal(weights.shape), x, functions,
            machine.b + factor * 0.05 * rng.standard_normal(n), onsite,
            machine.kT, machine.mobility,
        )
        for factor in (0.0, *np.repeat(FACTORS, COUNT))
    )  # fmt: skip
    named = {"t_final": 0.5, "dt": 2.5e-3, "samples": 5, "paths": 6, "boards_seed": 2**63 + 5}
    limits = (Limit("recognisable share", low=0.4), Limit("smallest class share", low=0.1))
    return Bench(
        "measured", design, None, rng.standard_normal((3, n)), ("0", "6", "7"),
        (MISMATCH, *default_controls(design)), specification=limits, machines=machines,
        **(named | settings),
    )  # fmt: skip
