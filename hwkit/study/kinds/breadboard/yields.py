"""Boards of real parts: every part drawn within its tolerance, the yield with an interval.

The boards are the twin's: backward Euler of the netlist's equations, which ngspice meets to 1e-6,
with amplifiers that settle at once (the study measures what their bandwidth does).
An input offset V of an amplifier is the constant current gm V into its integrator.
"""

import numpy as np

from hwkit.circuit import Design
from hwkit.circuit.converters import settled, settled_values
from hwkit.circuit.variation.drawing import Drawing
from hwkit.study.kinds.breadboard.results import BoardYield
from hwkit.study.kinds.breadboard.runs import Subject
from hwkit.tolerance import drawn, estimate_yield
from hwkit.training import recognise
from hwkit.trajectories import FloatArray
from hwkit.twin import Boards, bind, simulate_boards
from hwkit.units import engineering
from hwkit.wiener import child_seed
from hwkit.workers import Progress

_BATCH = 10


def estimate_boards(subject: Subject, progress: Progress) -> BoardYield:
    """Draw boards, run each on the same noise, and count those that still generate."""
    plan, design = subject.plan, subject.design
    varied = plan.boards.with_offsets(design)
    drawing = Drawing(design, varied, child_seed(plan.seed, "fabrication"))
    count, tables = plan.boards.count, []
    for first in range(0, count, _BATCH):
        numbers = range(first, min(first + _BATCH, count))
        tables.append(board_shares(subject, drawn(drawing, numbers)))
        progress(numbers.stop, count)
    table = np.concatenate(tables)
    passed = (table[:, 0] >= plan.boards.recognisable) & (table[:, 1] >= plan.boards.class_share)
    estimate = estimate_yield(int(passed.sum()), count)
    choice = plan.choice
    strict = (table[:, 0] >= choice.recognisable) & (table[:, 1] >= choice.class_share)
    return BoardYield(
        recognisable=table[:, 0].tolist(),
        class_share=table[:, 1].tolist(),
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        boards=count,
        paths=plan.boards.paths,
        text=estimate.describe(),
        strict=int(np.sum(strict)),
        offset=engineering(plan.boards.offset_volt, "V"),
    )


def board_shares(subject: Subject, boards: Boards) -> FloatArray:
    """Return recognisable share and that of the rarest class of boards, (B, 2), on one noise."""
    plan, quick = subject.plan, settled(subject.design)
    runs = simulate_boards(
        quick, plan.protocol.t_final, plan.boards.dt, plan.boards.paths, subject.seed("boards"),
        boards=settled_boards(subject.design, boards), mode="implicit", bound=bind(quick),
        threads=subject.run.jobs,
    )  # fmt: skip
    found = [recognise(states, subject.patterns) for states in runs.x[:, :, -1]]
    return np.array([(each.share, float(each.class_shares.min())) for each in found])


def settled_boards(design: Design, boards: Boards) -> Boards:
    """Return boards as those of the design whose amplifiers settle at once."""
    settled_by_name = settled_values(design, boards.values)
    whole = {
        name: np.broadcast_to(values, (boards.count, values.shape[1]))
        for name, values in settled_by_name.items()
    }
    return Boards(whole, boards.count)
