"""How long boards take on this machine, by a few of them for a few steps."""

import time

from hwkit.circuit.variation.drawing import Drawing
from hwkit.study.kinds.tolerance.nominal import Nominal
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.tolerance import drawn
from hwkit.twin import bind, simulate_boards


def board_seconds(plan: TolerancePlan, nominal: Nominal) -> float:
    """Time a few boards for a few steps and return the seconds that a whole one takes."""
    bound, paths = bind(nominal.design), plan.boards.paths
    grades = {group.name: group.grades[0] for group in plan.grade_groups()}
    drawing = Drawing(nominal.design, plan.variation(grades), 0)
    steps = max(1, round(plan.protocol.t_final / plan.boards.dt))
    few = min(steps, 50)

    def timed(n: int) -> float:
        started = time.perf_counter()
        simulate_boards(
            nominal.design,
            few * nominal.dt,
            nominal.dt,
            paths,
            boards=drawn(drawing, range(n)),
            mode=nominal.mode,
            bound=bound,
            threads=1,
        )
        return time.perf_counter() - started

    timed(1)
    return max(timed(3) - timed(1), 1e-6) / 2 * steps / few
