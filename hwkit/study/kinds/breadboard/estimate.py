"""What a breadboard study takes: a training and samples of each candidate, a board for a moment.

The board that is measured has the fewest couplings that a wanted candidate asks for: the study
chooses the fewest parts.
"""

from functools import partial

import numpy as np

from hwkit.circuit import Design
from hwkit.circuit.converters import settled
from hwkit.forecast import step_count
from hwkit.study.kind import Estimate
from hwkit.study.kinds.breadboard import search as searching
from hwkit.study.kinds.breadboard.board import board, without_converters
from hwkit.study.kinds.breadboard.bring_up import BOARDS
from hwkit.study.kinds.breadboard.conditions import offered_amplifiers
from hwkit.study.kinds.breadboard.plan import BreadboardPlan, CandidatePlan
from hwkit.study.kinds.breadboard.points import REST_TIME
from hwkit.study.kinds.breadboard.runs import SAVED
from hwkit.study.kinds.breadboard.verdict import DRIFT_STATES
from hwkit.study.meter import Meter, force_field, in_spice
from hwkit.study.pieces import Piece, Rate
from hwkit.twin import bind, simulate_boards
from hwkit.workers import Pool

_ROUTING = 0.8  # seconds for the square of a board's units, of one core


def estimate(plan: BreadboardPlan) -> Estimate:
    """Return runs, minutes and bytes of a study."""
    meter, runs = Meter(), plan.runs
    _search(plan, meter)
    design = _board(plan)
    n = design.model.n_units
    meter.add("ideal runs", _ideal(plan, meter, design))
    _in_spice(plan, meter, design)
    _in_the_twin(plan, meter, design)
    simulated = sum(map(searching.samplings, plan.candidates)) * plan.choice.samples
    simulated += plan.choice.samples + plan.choice.fresh_samples  # control, verdict
    simulated += 3 * runs.samples + runs.passive + plan.boards.count * plan.boards.paths
    simulated += (1 + len(runs.bandwidths)) * runs.bandwidth_paths
    simulated += (_conditions(plan) + BOARDS) * plan.boards.paths
    saved = plan.choice.fresh_samples * 2 + runs.passive * 2 + runs.samples * 4
    saved += runs.samples * (step_count(plan.protocol.t_final, runs.dt) // SAVED + 1)
    return meter.estimate(simulated, 8 * n * saved + 300_000)


def _search(plan: BreadboardPlan, meter: Meter) -> None:
    """Count the trainings and samples of all candidates."""
    pieces = []
    for one in plan.candidates:
        pieces += [
            Piece(partial(_trained, plan, one), searching.trainings(one)),
            Piece(partial(_sampled, plan, one), searching.samplings(one)),
        ]
    rates = meter.rates(*pieces)
    seconds = [
        _tasks(training, searching.trainings(one)) + _tasks(sampling, searching.samplings(one))
        for one, training, sampling in zip(plan.candidates, rates[::2], rates[1::2], strict=True)
    ]
    meter.tasks("search", rates[0], seconds)


def _tasks(rate: Rate, n: int) -> float:
    return rate.task + n * rate.unit


def _trained(plan: BreadboardPlan, pictures: CandidatePlan, count: int, _: Pool) -> None:
    """Train so many machines of a candidate."""
    full = ~np.eye(pictures.rows * pictures.columns, dtype=bool)
    for _each in range(count):
        searching.trained(plan, pictures, full, [1.0] * len(pictures.classes))


def _sampled(plan: BreadboardPlan, pictures: CandidatePlan, count: int, _: Pool) -> None:
    """Take samples of a candidate's machine so many times; its couplings don't matter to that."""
    n = pictures.rows * pictures.columns
    model = searching.uncoupled_machine(plan, n)
    for _each in range(count):
        searching.samples(plan, model, plan.choice.samples, plan.seed)


def _board(plan: BreadboardPlan) -> Design:
    """Return the board of a machine with as many couplings as the smallest wanted one."""
    choice = plan.choice
    wanted = [
        one
        for one in plan.candidates
        if len(one.classes) >= choice.classes and one.rows * one.columns >= choice.pixels
    ]
    smallest = min(wanted or plan.candidates, key=lambda one: min(one.couplings))
    mask = searching.strongest(plan, smallest, min(smallest.couplings))
    return board(plan, searching.trained(plan, smallest, mask, [1.0] * len(smallest.classes)))


def _ideal(plan: BreadboardPlan, meter: Meter, design: Design) -> float:
    steps = step_count(plan.protocol.t_final, plan.choice.dt)
    return meter.ideal(design.model, steps, plan.choice.dt, plan.choice.fresh_samples)


def _in_spice(plan: BreadboardPlan, meter: Meter, design: Design) -> None:
    """Count what the board does in ngspice: samples, bit streams, measuring points, drift."""
    runs, t_final = plan.runs, plan.protocol.t_final
    bit = plan.parts.noise_second / design.scale.second
    steps, bits = step_count(t_final, runs.dt), step_count(t_final, bit)
    usual, drift = meter.rates(in_spice(design, runs.dt, steps), force_field(design, DRIFT_STATES))
    for name, count, length in (
        ("samples", runs.samples, steps),
        ("bits", runs.samples, bits),
        ("tracks", runs.samples, bits),
        ("passive", runs.passive, steps),
        ("rest", 1, step_count(REST_TIME, runs.dt)),
    ):
        meter.add(f"SPICE runs: {name}", usual.seconds(count, length, meter.jobs))
    meter.add("drift", drift.seconds(1, DRIFT_STATES, 1))  # in one worker


def _in_the_twin(plan: BreadboardPlan, meter: Meter, design: Design) -> None:
    """Count amplifiers of other bandwidths, and boards of real parts."""
    runs, boards, t_final = plan.runs, plan.boards, plan.protocol.t_final
    if runs.bandwidths:
        seconds = _twin(meter, design, t_final, runs.dt, runs.bandwidth_paths)
        meter.add("bandwidth of the amplifiers", (1 + len(runs.bandwidths)) * seconds)
    once = _twin(meter, settled(design), t_final, boards.dt, boards.paths)
    meter.add("boards", once * boards.count / meter.jobs)  # a thread each
    conditions = once * _conditions(plan) / meter.jobs
    meter.add("temperatures, amplifiers, one entry alone", conditions)
    bare = _twin(meter, without_converters(design), t_final, boards.dt, boards.paths)
    meter.add("operating points", bare * BOARDS / meter.jobs)
    meter.add("placing and routing the board", _ROUTING * design.model.n_units**2)


def _conditions(plan: BreadboardPlan) -> int:
    """Return how many boards are run in all conditions: entries alone, rooms, amplifiers."""
    boards, rooms = plan.boards, len(plan.boards.celsius)
    drawn = len(boards.spread) + len(offered_amplifiers()) * (rooms + 1)
    return drawn * boards.condition_count + rooms


def _twin(meter: Meter, design: Design, t_final: float, dt: float, paths: int) -> float:
    """Return the seconds of some paths of one board in one thread."""
    bound, steps = bind(design), step_count(t_final, dt)

    def march(n: int) -> None:
        simulate_boards(design, n * dt, dt, paths, mode="implicit", bound=bound, threads=1)

    return meter.line(march, steps)
