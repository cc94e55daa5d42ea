"""Compare a transistor netlist with the machine of its extracted curves: drift, path, samples.

DEFINITIONS of the measures: cell drift is the largest difference over the largest force, machine
drift the rms over units and states over the rms force; the path error is the rms over units, runs
and all saved times on the same noise.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.langevin import TimeGrid, simulate_drift_machines
from hwkit.model import CurveMachine
from hwkit.spice import measure_gradient, simulate_spice
from hwkit.spice.crossbar import ideal_crossbar, separated
from hwkit.spice.running import Level
from hwkit.spice.silicon import with_curves
from hwkit.training import Recognition, recognise
from hwkit.trajectories import Trajectories
from hwkit.wiener import child_seed
from hwkit.workers import Pool

FloatArray = NDArray[np.float64]

_SAVED = 25  # times at which paths are compared


@dataclass(frozen=True)
class Generation:
    """How a machine generates: duration and step, number of samples, root of the noise."""

    t_final: float = 1.25
    dt: float = 2.5e-3
    samples: int = 20
    seed: int = 0

    @property
    def save_every(self) -> int:
        """Steps between saved states."""
        return max(1, round(self.t_final / self.dt / _SAVED))

    @property
    def grid(self) -> TimeGrid:
        """The times of the runs."""
        return TimeGrid(self.t_final, self.dt, self.save_every)


def start_states(reference: CurveMachine, generation: Generation) -> FloatArray:
    """Return starts (samples, N): the uncoupled units after t_final from 0."""
    seed = child_seed(generation.seed, "preparation")
    alone = reference.uncoupled()
    x = simulate_drift_machines(
        [alone], generation.t_final, generation.dt, generation.samples, seed
    )
    return np.asarray(x[0, :, -1])


def ideal_paths(reference: CurveMachine, generation: Generation, starts: FloatArray) -> FloatArray:
    """Return states (samples, T, N) of the machine of curves."""
    seed = child_seed(generation.seed, "generation")
    x = simulate_drift_machines(
        [reference],
        generation.t_final,
        generation.dt,
        len(starts),
        seed,
        starts,
        save_every=generation.save_every,
    )
    return np.asarray(x[0])


def transistor_paths(
    design: Design,
    generation: Generation,
    starts: FloatArray,
    jobs: int | Pool = 1,
    tight: bool = False,
    level: Level = "full",
) -> Trajectories:
    """Return the runs of the circuit on the same noise.

    Args:
        design: the circuit of transistors.
        generation: duration, step and root of the noise.
        starts: start states, (samples, N).
        jobs: as for `simulate_spice`.
        tight, level: as for `simulate_spice`; the mixed level's lag is not checked.
    """
    return simulate_spice(
        design,
        generation.t_final,
        generation.dt,
        len(starts),
        child_seed(generation.seed, "generation"),
        starts,
        save_every=generation.save_every,
        jobs=jobs,
        tight=tight,
        level=level,
        lag_check="never" if level == "mixed" else "auto",
    )


def path_error(ideal: FloatArray, real: FloatArray) -> float:
    """Return the rms difference of states (samples, T, N), times after the start."""
    return float(np.sqrt(np.mean((real[:, 1:] - ideal[:, 1:]) ** 2)))


@dataclass(frozen=True)
class StepFit:
    """A path error as floor + slope h, from two steps."""

    floor: float
    slope: float


def step_fit(steps: tuple[float, float], errors: tuple[float, float]) -> StepFit:
    """Return the line through the path errors at two steps."""
    slope = (errors[0] - errors[1]) / (steps[0] - steps[1])
    return StepFit(errors[0] - slope * steps[0], slope)


def cell_drift(
    design: Design, reference: CurveMachine, states: FloatArray, level: Level = "full"
) -> float:
    """Return the largest drift error of a design's cells at states (K, N), over the largest force.

    At level "full" for designs without couplings; "mixed" adds those beside the cells.
    """
    gradient = _gradient(design, states, level)
    expected = -reference.force(states)
    return float(np.max(np.abs(gradient - expected)) / np.max(np.abs(expected)))


def machine_drift(
    design: Design, reference: CurveMachine, states: FloatArray, level: Level = "full"
) -> float:
    """Return the rms drift error of a design at states (K, N), over the rms force of its curves."""
    gradient = _gradient(design, states, level)
    expected = -reference.force(states)
    return float(np.sqrt(np.mean((gradient - expected) ** 2) / np.mean(expected**2)))


def _gradient(design: Design, states: FloatArray, level: Level) -> FloatArray:
    """Return what the units draw, (K, N): of cells in ngspice, with what is beside them."""
    if level == "full":
        return measure_gradient(design, states)
    whole = with_curves(design)
    crossbar, volt = ideal_crossbar(whole), design.scale.volt
    beside = np.stack([crossbar.current(volt * state) for state in states])
    return measure_gradient(separated(whole).cells, states) + beside / design.scale.ampere


@dataclass(frozen=True, eq=False)
class Samples:
    """What a circuit and its machine of curves generate on the same noise.

    Attributes:
        ideal, real: of each.
    """

    ideal: Recognition
    real: Recognition

    @property
    def paired_difference(self) -> float:
        """Recognisable share of the circuit minus that of the machine, same noise."""
        return float(np.mean(self.real.recognisable * 1.0 - self.ideal.recognisable * 1.0))


def compare_samples(ideal: FloatArray, real: Trajectories, patterns: FloatArray) -> Samples:
    """Recognise end states of both; failed runs count as not recognisable.

    Args:
        ideal: states of the machine of curves, (samples, T, N).
        real: the circuit's runs on the same noise.
        patterns: (P, N).
    """
    return Samples(recognise(ideal[:, -1], patterns), recognise(real.x[:, -1], patterns))
