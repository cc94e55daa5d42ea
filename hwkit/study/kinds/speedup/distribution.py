"""The law level of a speed-up study: ideal runs, both schemes, one verdict for a circuit."""

from typing import Any

from hwkit import fidelity
from hwkit.fidelity import Metric
from hwkit.fidelity.power import ALPHA
from hwkit.langevin import simulate_backward_euler, simulate_langevin
from hwkit.ordering import smallest
from hwkit.study.kinds.speedup.runs import SpeedRun
from hwkit.trajectories import Trajectories

_RESOLUTION = 0.05  # change of kT that must be visible
INCREMENTS = "law: increment variance"


def ideal_runs(run: SpeedRun, n: int, dt: float, purpose: str) -> Trajectories:
    """Simulate the original machine, on noise of its own."""
    x0 = run.starts(run.model, 1.0, dt, n, run.seed("preparation", purpose))
    with run.stage(f"ideal runs: {purpose}"):
        return simulate_langevin(
            run.model,
            run.plan.protocol.t_final,
            dt,
            n,
            run.seed("generation", purpose),
            x0,
            save_every=run.steps(dt),
        )


def scheme_runs(run: SpeedRun, n: int, dt: float) -> tuple[Trajectories, Trajectories]:
    """Return runs of backward Euler, ngspice's scheme, and of the ideal's, on the same noise."""
    x0 = run.starts(run.model, 1.0, dt, n, run.seed("preparation", "schemes"))
    times = (run.plan.protocol.t_final, dt, n, run.seed("generation", "schemes"), x0)
    found = []
    for name, simulate in (
        (f"implicit-{dt:g}.nc", simulate_backward_euler),
        (f"explicit-{dt:g}.nc", simulate_langevin),
    ):

        def compute(simulate: Any = simulate) -> Trajectories:
            with run.stage("integration schemes"):
                runs: Trajectories = simulate(run.model, *times, save_every=run.steps(dt))
                return runs

        found.append(run.folder.trajectories(name, compute))
    return found[0], found[1]


def judged(
    run: SpeedRun,
    name: str,
    ideal: Trajectories,
    real: Trajectories,
    schemes: tuple[Trajectories, Trajectories],
    leave_out: tuple[str, ...] = (),
) -> list[Metric]:
    """Return the smallest adjusted p of all tests of the law, and what they could have seen."""
    tests = fidelity.law_metrics(
        ideal, real, run.model, run.patterns, schemes, _RESOLUTION, run.seed("law", name)
    )
    *tests, power = tests
    tests = [metric for metric in tests if metric.name not in leave_out]
    worst = tests[smallest([metric.value for metric in tests])]
    note = f"smallest of {len(tests)} adjusted p: {worst.name.removeprefix('law: ')}; {worst.note}"
    return [
        Metric(name, "law", worst.value, ALPHA, ">=", n=real.n_trajectories, note=note),
        Metric(f"{name}: resolution of kT", "law", power.value, power.limit, n=power.n,
               note=power.note),
    ]  # fmt: skip
