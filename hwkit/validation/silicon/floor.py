"""The path error of a transistor machine as floor + c h, and what the floor comes from.

Circuit and machine of curves run on one Wiener path that is refined from step to step. Their
difference d(h), a number for each run, time and unit, is fitted element by element:

    d(h) = d_0 + h d_1          floor = rms d_0,    c = rms d_1

h d_1 is the integrators' (backward against forward Euler, and the mixed level's lag). d_0 is the
circuit's own: above all its capacitances. Couplings answer late, by the pole of their mirrors,
which acts as a capacitance between units; `measure_farads` has the whole matrix M. The machine
with it,

    (M / C) dx = -mu [U'(x) + l x + b + f(x)] dt + sqrt(2 mu kT) dW,

has the same delays to first order; what is left of the floor beside it is `unexplained`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.errors import ConfigError
from hwkit.model import CurveMachine
from hwkit.spice import simulate_spice
from hwkit.spice.devices import measure_farads
from hwkit.spice.running import Level
from hwkit.validation.silicon.comparison import Generation, path_error, start_states
from hwkit.wiener import child_seed
from hwkit.wiener import increments as wiener_increments
from hwkit.workers import Pool

FloatArray = NDArray[np.float64]

STEPS = (1e-2, 5e-3, 2.5e-3)


@dataclass(frozen=True)
class PathFloor:
    """A path error over steps, fitted.

    Attributes:
        steps: h, from the longest to the shortest.
        errors: path error at each.
        floor, slope: rms of both parts, as the module says.
        unexplained: floor beside the machine with the measured capacitances; None if they were
            not asked for.
    """

    steps: tuple[float, ...]
    errors: tuple[float, ...]
    floor: float
    slope: float
    unexplained: float | None = None


def path_floor(
    design: Design,
    reference: CurveMachine,
    generation: Generation,
    steps: tuple[float, ...] = STEPS,
    level: Level = "full",
    jobs: int | Pool = 1,
    explain: bool = False,
) -> PathFloor:
    """Run a design at several steps on one Wiener path and fit its error.

    Args:
        design: the circuit of transistors.
        reference: the machine of its extracted curves.
        generation: duration, number of runs and root of the noise; its own step is not used.
        steps: at least two, each a whole multiple of the last.
        level: of the circuit.
        jobs: as for `simulate_spice`.
        explain: measure the design's capacitances, and fit again beside the machine with them.

    Raises:
        ConfigError: if the steps don't refine each other.
    """
    _check_steps(steps)
    n, fine = design.machine.n_units, steps[-1]
    starts = start_states(reference, generation)
    seed, count = child_seed(generation.seed, "floor"), round(generation.t_final / fine)
    path = wiener_increments(seed, range(generation.samples), count, n, fine)
    identity = np.eye(n)
    matrices = [identity, _relative_farads(design)] if explain else [identity]
    differences: list[list[FloatArray]] = [[] for _ in matrices]
    for step in steps:
        ratio = round(step / fine)
        coarse = path.reshape(generation.samples, -1, ratio, n).sum(axis=2)
        every = max(1, round(generation.save_every * generation.dt / step))
        runs = simulate_spice(
            design, generation.t_final, step, generation.samples, 0, starts, coarse, every, level,
            jobs=jobs, lag_check="never" if level == "mixed" else "auto",
        )  # fmt: skip
        for matrix, found in zip(matrices, differences, strict=True):
            found.append(runs.x - euler_paths(reference, coarse, step, starts, every, matrix))
    errors = tuple(path_error(np.zeros_like(d), d) for d in differences[0])
    (floor, slope), *other = (_fit(steps, found) for found in differences)
    return PathFloor(steps, errors, floor, slope, other[0][0] if other else None)


def euler_paths(
    machine: CurveMachine,
    increments: FloatArray,
    dt: float,
    starts: FloatArray,
    save_every: int,
    capacitance: FloatArray,
) -> FloatArray:
    """Return states (R, T, N) of a machine whose units have a matrix of capacitances.

    Args:
        machine: the machine of curves.
        increments: of the Wiener path, (R, K, N).
        dt: time step.
        starts: (R, N).
        save_every: steps between saved states, the start included.
        capacitance: M / C, (N, N).
    """
    answer = np.linalg.inv(capacitance).T
    amplitude = np.sqrt(2 * machine.mobility * machine.kT)
    x, saved = starts.copy(), [starts.copy()]
    for k in range(increments.shape[1]):
        drift = machine.mobility * dt * machine.force(x)
        x = x + (drift + amplitude * increments[:, k]) @ answer
        if (k + 1) % save_every == 0:
            saved.append(x)
    return np.stack(saved, axis=1)


def _relative_farads(design: Design) -> FloatArray:
    return np.asarray(measure_farads([design])[0] / design.scale.farad)


def _fit(steps: tuple[float, ...], differences: list[FloatArray]) -> tuple[float, float]:
    """Return rms of the constant and of the linear part of differences at steps."""
    design = np.stack([np.ones(len(steps)), np.asarray(steps)], axis=1)
    flat = np.stack([d[:, 1:].ravel() for d in differences])
    parts = np.linalg.lstsq(design, flat, rcond=None)[0]
    floor, slope = np.sqrt(np.mean(parts**2, axis=1))
    return float(floor), float(slope)


def _check_steps(steps: tuple[float, ...]) -> None:
    ratios = np.asarray(steps) / steps[-1]
    if len(steps) < 2 or np.any(np.abs(ratios - np.rint(ratios)) > 1e-9) or min(steps) < steps[-1]:
        raise ConfigError(
            f"steps are {list(steps)}; give at least two, each a whole multiple of the last"
        )
