"""Measuring points of the board: what an oscilloscope should show."""

import numpy as np

from hwkit.fidelity import final_differences
from hwkit.study.kinds.breadboard.board import board, passive_statistics, without_converters
from hwkit.study.kinds.breadboard.results import (
    Bandwidth,
    ClassVolts,
    Passive,
    Rest,
    Samples,
)
from hwkit.study.kinds.breadboard.runs import Subject
from hwkit.training import recognise
from hwkit.trajectories import Trajectories
from hwkit.twin import simulate_boards

REST_TIME = 20.0  # of the quiet machine, from 0 to its rest
_SHOWN = 24  # samples on the sheet, the first ones
_ENOUGH = 1e7  # Hz: an amplifier that is no limit


def measure_passive(subject: Subject) -> Passive:
    """Measure the board before Rx is fitted: mean and rms of each unit, theory and SPICE."""
    design = subject.design
    mean, rms = passive_statistics(subject.plan, design)
    runs = subject.spice("passive", subject.plan.runs.passive, without_converters(design))
    volts = runs.final[runs.completed] * design.scale.volt
    measured, n = volts.std(axis=0, ddof=1), len(volts)
    errors = (measured - rms) / (rms / np.sqrt(2 * n))
    siemens = 1 / (2 * np.pi * design.scale.second)
    loads = (design.model.kT * design.scale.volt**2) / rms**2
    return Passive(
        mean=mean.tolist(),
        rms=rms.tolist(),
        spice_mean=volts.mean(axis=0).tolist(),
        spice_rms=measured.tolist(),
        corner=(loads * siemens).tolist(),
        worst=float(np.max(np.abs(errors))),
        runs=n,
    )


def measure_rest(subject: Subject) -> Rest:
    """Let the complete board go from 0 without noise: rail-to-rail volts at rest, and outputs."""
    plan, design = subject.plan, subject.design
    n, steps = design.model.n_units, round(REST_TIME / plan.runs.dt)
    runs = subject.spice("rest", 1, design, t_final=REST_TIME, increments=np.zeros((1, steps, n)))
    volts = runs.final[0] * design.scale.volt
    gain = design.group("converter-feedback").values[:n] / plan.parts.input_ohm
    return Rest(volts.tolist(), (gain * volts / 2).tolist())


def describe_samples(subject: Subject, runs: Trajectories) -> Samples:
    """Return what samples look like at read-out: volts of each unit by pattern, swing, slew."""
    plan, design, patterns = subject.plan, subject.design, subject.patterns
    recognition, volt = recognise(runs.final, patterns), design.scale.volt
    states, n = runs.x[runs.completed], design.model.n_units
    gain = float(np.max(design.group("converter-feedback").values)) / plan.parts.input_ohm
    rate = float(np.max(np.abs(design.model.force(states)))) / design.scale.second
    by_class = []
    for k in range(len(patterns)):
        volts = runs.final[recognition.best == k] * volt
        mean: list[float | None] = [None] * n
        rms: list[float | None] = [None] * n
        if len(volts) > 1:
            mean, rms = volts.mean(axis=0).tolist(), volts.std(axis=0, ddof=1).tolist()
        by_class.append(ClassVolts(len(volts), mean, rms))
    return Samples(
        classes=by_class,
        states=runs.final[:_SHOWN].tolist(),
        best=recognition.best[:_SHOWN].tolist(),
        recognisable=recognition.recognisable[:_SHOWN].tolist(),
        largest=float(np.max(np.abs(states)) * volt),
        output=float(gain * np.max(np.abs(states)) * volt / 2),
        slew=float(gain * rate * volt / 2),
        seconds=plan.protocol.t_final * design.scale.second,
    )


def compare_bandwidths(subject: Subject) -> list[Bandwidth]:
    """Run the board's twin with slower amplifiers, on the same noise as with ones without limit."""
    plan, n, dt = subject.plan, subject.plan.runs.bandwidth_paths, subject.plan.runs.dt
    seed = subject.seed("bandwidth")

    def runs(hertz: float) -> Trajectories:
        boards = simulate_boards(
            board(plan, subject.model, hertz), plan.protocol.t_final, dt, n, seed, mode="implicit",
            threads=subject.run.jobs,
        )  # fmt: skip
        return boards.of_board(0)

    fast, rows = runs(_ENOUGH), []
    for hertz in plan.runs.bandwidths:
        slow = runs(hertz)
        apart = final_differences(fast, slow)
        rms = float(np.sqrt(np.mean(apart**2)))
        rows.append(Bandwidth(hertz, rms, recognise(slow.final, subject.patterns).share))
    return rows
