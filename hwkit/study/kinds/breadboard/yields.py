"""Boards of a bench machine: every part drawn within its tolerance, the yield with an interval.

The boards are the twin's: backward Euler of the netlist's equations, which ngspice meets to 1e-6,
with amplifiers that settle at once (the study measures what their bandwidth does).
An input offset V of an amplifier is the constant current gm V into its integrator.
"""

from typing import Any

import numpy as np

from hwkit.circuit import Design
from hwkit.circuit.converters import settled, settled_values
from hwkit.circuit.variation import Spread, Variation
from hwkit.circuit.variation.distributions import Normal
from hwkit.circuit.variation.drawing import Drawing
from hwkit.study.kinds.breadboard.plan import BenchPlan
from hwkit.study.kinds.breadboard.runs import BenchRun
from hwkit.tolerance import drawn, estimate_yield
from hwkit.training import recognise
from hwkit.twin import Boards, bind, simulate_boards
from hwkit.units import engineering
from hwkit.wiener import child_seed
from hwkit.workers import Progress

_BATCH = 10


def yield_facts(run: BenchRun, progress: Progress) -> dict[str, Any]:
    """Draw boards, run each on the same noise, and count those that still generate."""
    plan, design = run.plan, run.design
    drawing = Drawing(design, variation(plan, design), child_seed(plan.seed, "fabrication"))
    seed = run.seed("boards")
    quick, count, shares = settled(design), plan.boards.count, []
    bound = bind(quick)
    for first in range(0, count, _BATCH):
        numbers = range(first, min(first + _BATCH, count))
        runs = simulate_boards(
            quick, plan.protocol.t_final, plan.boards.dt, plan.boards.paths, seed,
            boards=settled_boards(design, drawn(drawing, numbers)), mode="implicit", bound=bound,
            threads=run.jobs,
        )  # fmt: skip
        for states in runs.x[:, :, -1]:
            seen = recognise(states, run.patterns)
            shares.append((seen.share, float(seen.class_shares.min())))
        progress(numbers.stop, count)
    table = np.array(shares)
    passed = (table[:, 0] >= plan.boards.recognisable) & (table[:, 1] >= plan.boards.class_share)
    found = estimate_yield(int(passed.sum()), count)
    return {
        "recognisable": table[:, 0].tolist(),
        "class_share": table[:, 1].tolist(),
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "boards": count,
        "paths": plan.boards.paths,
        "yield": found.describe(),
        "strict": int(np.sum((table[:, 0] >= plan.choice.recognisable)
                             & (table[:, 1] >= plan.choice.class_share))),
        "offset": engineering(plan.boards.offset_volt, "V"),
    }  # fmt: skip


def settled_boards(design: Design, boards: Boards) -> Boards:
    """Return boards as those of the design whose amplifiers settle at once."""
    found = settled_values(design, boards.values)
    whole = {
        name: np.broadcast_to(values, (boards.count, values.shape[1]))
        for name, values in found.items()
    }
    return Boards(whole, boards.count)


def variation(plan: BenchPlan, design: Design) -> Variation:
    """Return what varies between boards, with the amplifiers' offsets in amperes."""
    gain = float(design.group("amplifier-gain").values[0])
    offsets = Spread(
        "amplifier offsets", "amplifier-offset", Normal(gain * plan.boards.offset_volt), False
    )
    spreads = plan.boards.variation().spreads
    return Variation((*spreads, offsets) if plan.boards.offset_volt else spreads)
