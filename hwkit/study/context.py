"""What every stage of a study shares: the plan, its seeds, the run folder, workers and progress."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.files import reading, replacing
from hwkit.forecast import Forecast, spice_runs, step_count
from hwkit.model import EnergyModel
from hwkit.model.numbers import doubles
from hwkit.spice import simulate_spice
from hwkit.study.folder import RunFolder
from hwkit.study.plan import StudyPlan
from hwkit.trajectories import Trajectories
from hwkit.wiener import child_seed
from hwkit.workers import Progress

FloatArray = NDArray[np.float64]
Announce = Callable[[str], Progress]


def silent(stage: str) -> Progress:
    """Announce a stage to nobody."""
    return lambda done, total: None


class Timed:
    """What announces its stages and takes their time; one that comes again adds to it."""

    announce: Announce
    seconds: dict[str, float]

    @contextmanager
    def stage(self, name: str, expected: Forecast | None = None) -> Iterator[Progress]:
        """Announce a stage, with what it is expected to take, and take its time."""
        with self.timed(name):
            yield self.announce(name if expected is None else expected.after(name))

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Take the time of a stage that announces its own parts."""
        started = time.perf_counter()
        yield
        elapsed = time.perf_counter() - started
        self.seconds[name] = self.seconds.get(name, 0.0) + elapsed


@dataclass
class Stages(Timed):
    """The stages of a study and their times, s."""

    announce: Announce
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass
class Context(Timed):
    """A study on its way. Each stage has its own child seed, so none depends on another's draws."""

    plan: StudyPlan
    folder: RunFolder
    jobs: int
    timeout: float | None
    announce: Announce
    seconds: dict[str, float] = field(default_factory=dict)

    def seed(self, *path: str) -> int:
        """Return the seed of one stage."""
        return child_seed(self.plan.seed, *path)

    def spice(
        self, stage: str, design: Design, dt: float, n: int, **arguments: Any
    ) -> Trajectories:
        """Run a design in ngspice for the protocol's time; arguments as for `simulate_spice`.

        The crossbar's lag is checked where the caller asks for it.
        """
        unasked = {"lag_check": "never"} if arguments.get("level") == "mixed" else {}
        arguments = {"t_final": self.plan.protocol.t_final, **unasked, **arguments}
        steps = step_count(arguments["t_final"], dt)
        size = (design.n_elements, design.model.n_units)
        with self.stage(stage, spice_runs(*size, steps, n, self.jobs, 10)) as progress:
            return simulate_spice(
                design,
                dt=dt,
                n_trajectories=n,
                jobs=self.jobs,
                timeout=self.timeout,
                progress=progress,
                **arguments,
            )

    def array(self, name: str, compute: Callable[[], FloatArray]) -> FloatArray:
        """Return the array in a file of the folder, computed if it is not there."""
        return self.folder.result(name, compute, _save_array, _load_array)


@dataclass(frozen=True)
class Subject:
    """What a study is about: trained machine, compiled design, normalised patterns."""

    model: EnergyModel
    design: Design
    patterns: FloatArray


def _save_array(values: FloatArray, path: Path) -> None:
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, values=values)


def _load_array(path: Path) -> FloatArray:
    with reading(path, "an array"), np.load(path, allow_pickle=False) as archive:
        return doubles("values", archive["values"])
