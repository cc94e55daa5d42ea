"""The distribution level of a speed-up study: ideal runs, both schemes, one row for a circuit."""

from typing import Any

from hwkit import fidelity
from hwkit.fidelity import Metric
from hwkit.fidelity.power import ALPHA
from hwkit.langevin import simulate_backward_euler, simulate_langevin
from hwkit.ordering import smallest
from hwkit.study.kinds.speedup.runs import Subject
from hwkit.trajectories import Trajectories

INCREMENTS = "increment variance"


def ideal_runs(subject: Subject, n: int, dt: float, purpose: str) -> Trajectories:
    """Simulate the original machine, on noise of its own."""
    x0 = subject.starts(subject.model, 1.0, dt, n, subject.seed("preparation", purpose))
    with subject.run.stage(f"ideal runs: {purpose}"):
        return simulate_langevin(
            subject.model,
            subject.plan.protocol.t_final,
            dt,
            n,
            subject.seed("generation", purpose),
            x0,
            save_every=subject.steps(dt),
        )


def scheme_runs(subject: Subject, n: int, dt: float) -> tuple[Trajectories, Trajectories]:
    """Return runs of backward Euler, ngspice's scheme, and of the ideal's, on the same noise."""
    x0 = subject.starts(subject.model, 1.0, dt, n, subject.seed("preparation", "schemes"))
    times = (subject.plan.protocol.t_final, dt, n, subject.seed("generation", "schemes"), x0)
    both = []
    for name, simulate in (
        (f"implicit-{dt:g}.nc", simulate_backward_euler),
        (f"explicit-{dt:g}.nc", simulate_langevin),
    ):

        def compute(simulate: Any = simulate) -> Trajectories:
            with subject.run.stage("integration schemes"):
                runs: Trajectories = simulate(subject.model, *times, save_every=subject.steps(dt))
                return runs

        both.append(subject.run.folder.trajectories(name, compute))
    return both[0], both[1]


def judged(
    subject: Subject,
    name: str,
    ideal: Trajectories,
    real: Trajectories,
    schemes: tuple[Trajectories, Trajectories],
    leave_out: tuple[str, ...] = (),
    purpose: str | None = None,
) -> list[Metric]:
    """Return the smallest adjusted p of all tests, and which change they have the power to detect.

    Args:
        subject: the study.
        name: of the row.
        ideal, real, schemes: as for `distribution_metrics`.
        leave_out: quantities that are not tested.
        purpose: names the seed of the permutations; `name` if None.
    """
    *tests, power = fidelity.distribution_metrics(
        ideal,
        real,
        subject.model,
        subject.patterns,
        schemes,
        subject.plan.limits.resolution,
        subject.seed("law", purpose or name),
    )
    tests = [metric for metric in tests if metric.quantity not in leave_out]
    worst = tests[smallest([metric.value for metric in tests])]
    note = f"smallest of {len(tests)} adjusted p: {worst.quantity}; {worst.note}"
    return [
        Metric(name, "distribution", worst.value, ALPHA, ">=", n=real.n_trajectories, note=note),
        Metric(f"{name}: resolution of kT", "distribution", power.value, power.limit, n=power.n,
               note=power.note),
    ]  # fmt: skip
