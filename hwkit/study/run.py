"""The carrier of a running study: plan, folder, child seeds, workers, progress, times."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from hwkit.circuit import Design
from hwkit.forecast import Forecast, step_count
from hwkit.spice import Level, simulate_spice
from hwkit.spice.cost import forecast
from hwkit.study.folder import RunFolder
from hwkit.study.sections import StudyFile
from hwkit.trajectories import Trajectories
from hwkit.wiener import child_seed
from hwkit.workers import Announce, Failure, Finished, Pool, Progress, run_tasks, silent

Plan = TypeVar("Plan", bound=StudyFile)


@dataclass
class Run(Generic[Plan]):
    """A study on its way. Each stage has its own child seed, so none depends on another's draws.

    Attributes:
        plan: the validated study.
        folder: where results are kept; those that are there are not computed again.
        jobs: processes or threads to use on this machine.
        pool: where tasks run: as many processes here, or a cluster. Results don't depend on it.
        timeout: seconds that one SPICE run may take; None for no limit.
        announce: called with the name of each stage, returns its progress callback.
        seconds: what each stage took; one that comes again adds to it.
    """

    plan: Plan
    folder: RunFolder
    jobs: int = 1
    pool: int | Pool = 1
    timeout: float | None = None
    announce: Announce = silent
    seconds: dict[str, float] = field(default_factory=dict)

    def seed(self, *path: int | str) -> int:
        """Return the seed of one stage."""
        return child_seed(self.plan.seed, *path)

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

    def map(
        self,
        stage: str,
        factory: str,
        setup: object,
        tasks: Sequence[Any],
        finished: Finished | None = None,
        expected: Forecast | None = None,
    ) -> list[Any]:
        """Run tasks in worker processes, here or on a cluster, and return their results in order.

        Args:
            stage: its name.
            factory: "package.module:function"; called once a worker as `function(setup)`, it
                returns what gets the tasks one by one. A task's result may depend on nothing else.
            setup: sent once to each worker.
            tasks: anything that can be pickled.
            finished: called as finished(index, result) as results arrive, to keep them.
            expected: what the stage is expected to take.

        Raises:
            HwkitError: if a task failed, after all others have run; of the first one's kind.
        """
        with self.stage(stage, expected) as progress:
            return self.tasks(stage, progress, factory, setup, tasks, finished)

    def tasks(
        self,
        stage: str,
        progress: Progress,
        factory: str,
        setup: object,
        tasks: Sequence[Any],
        finished: Finished | None = None,
    ) -> list[Any]:
        """Run tasks within a stage that has been announced.

        Args:
            stage, factory, setup, tasks, finished: as for `map`.
            progress: that of the stage, called as progress(done, total).
        """
        results = run_tasks(
            factory, setup, tasks, self.pool, None, progress, self.folder.handles, finished
        )
        failures = [result for result in results if isinstance(result, Failure)]
        if failures:
            share = f"{len(failures)} of {len(tasks)}"
            raise failures[0].kind(f"{stage}: {share} failed; the first: {failures[0].reason}")
        return results

    def spice(
        self, stage: str, design: Design, t_final: float, dt: float, n: int, **arguments: Any
    ) -> Trajectories:
        """Run a design in ngspice.

        The crossbar's lag is checked only where the caller asks for it.

        Args:
            stage: its name.
            design, t_final, dt: as for `simulate_spice`.
            n: number of runs.
            arguments: further ones of `simulate_spice`.
        """
        level: Level = arguments.get("level", "full")
        if level == "mixed":
            arguments.setdefault("lag_check", "never")
        expected = forecast(design, level, step_count(t_final, dt), n, self.jobs, 10)
        with self.stage(stage, expected) as progress:
            return simulate_spice(
                design,
                t_final,
                dt,
                n,
                jobs=self.pool,
                timeout=self.timeout,
                progress=progress,
                **arguments,
            )
