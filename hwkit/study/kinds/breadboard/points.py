"""Measuring points of a bench machine: what a person with an oscilloscope should see."""

from typing import Any

import numpy as np

from hwkit.fidelity import final_differences
from hwkit.study.kinds.breadboard.board import board, passive_statistics, without_converters
from hwkit.study.kinds.breadboard.runs import BenchRun
from hwkit.training import recognise
from hwkit.trajectories import Trajectories
from hwkit.twin import simulate_boards

_REST_TIME = 20.0  # of the quiet machine, from 0 to its rest
_ENOUGH = 1e7  # Hz: an amplifier that is no limit


def passive_facts(run: BenchRun) -> dict[str, Any]:
    """Measure the board before Rx is fitted: mean and rms of each unit, theory and SPICE."""
    design = run.design
    mean, rms = passive_statistics(run.plan, design)
    runs = run.spice("passive", run.plan.runs.passive, without_converters(design))
    volts = runs.final[runs.completed] * design.scale.volt
    found, n = volts.std(axis=0, ddof=1), len(volts)
    errors = (found - rms) / (rms / np.sqrt(2 * n))
    siemens = 1 / (2 * np.pi * design.scale.second)
    loads = (design.model.kT * design.scale.volt**2) / rms**2
    return {
        "mean": mean.tolist(),
        "rms": rms.tolist(),
        "spice_mean": volts.mean(axis=0).tolist(),
        "spice_rms": found.tolist(),
        "corner": (loads * siemens).tolist(),
        "worst": float(np.max(np.abs(errors))),
        "runs": n,
    }


def rest_facts(run: BenchRun) -> dict[str, Any]:
    """Let the complete board go from 0 without noise: rail-to-rail volts at rest, and outputs."""
    plan, design = run.plan, run.design
    n, steps = design.model.n_units, round(_REST_TIME / plan.runs.dt)
    runs = run.spice("rest", 1, design, t_final=_REST_TIME, increments=np.zeros((1, steps, n)))
    volts = runs.final[0] * design.scale.volt
    gain = design.group("converter-feedback").values[:n] / plan.parts.input_ohm
    return {"volts": volts.tolist(), "outputs": (gain * volts / 2).tolist()}


def sample_facts(run: BenchRun, runs: Trajectories) -> dict[str, Any]:
    """Return what samples look like at read-out: volts of each unit by pattern, swing, slew."""
    plan, design, patterns = run.plan, run.design, run.patterns
    seen, volt = recognise(runs.final, patterns), design.scale.volt
    states, n = runs.x[runs.completed], design.model.n_units
    gain = float(np.max(design.group("converter-feedback").values)) / plan.parts.input_ohm
    rate = float(np.max(np.abs(design.model.force(states)))) / design.scale.second
    by_class = []
    for k in range(len(patterns)):
        own = runs.final[seen.best == k] * volt
        there = len(own) > 1
        by_class.append(
            {
                "count": len(own),
                "mean": own.mean(axis=0).tolist() if there else [None] * n,
                "rms": own.std(axis=0, ddof=1).tolist() if there else [None] * n,
            }
        )
    return {
        "classes": by_class,
        "states": runs.final[:24].tolist(),
        "best": seen.best[:24].tolist(),
        "recognisable": seen.recognisable[:24].tolist(),
        "largest": float(np.max(np.abs(states)) * volt),
        "output": float(gain * np.max(np.abs(states)) * volt / 2),
        "slew": float(gain * rate * volt / 2),
        "seconds": plan.protocol.t_final * design.scale.second,
    }


def bandwidth_facts(run: BenchRun) -> list[dict[str, float]]:
    """Run the board's twin with slower amplifiers, on the same noise as with ones without limit."""
    plan, n, dt = run.plan, run.plan.runs.bandwidth_paths, run.plan.runs.dt
    seed = run.seed("bandwidth")

    def runs(hertz: float) -> Trajectories:
        found = simulate_boards(
            board(plan, run.model, hertz), plan.protocol.t_final, dt, n, seed, mode="implicit",
            threads=run.jobs,
        )  # fmt: skip
        return found.of_board(0)

    fast, rows = runs(_ENOUGH), []
    for hertz in plan.runs.bandwidths:
        slow = runs(hertz)
        apart = final_differences(fast, slow)
        rows.append(
            {
                "hertz": hertz,
                "rms": float(np.sqrt(np.mean(apart**2))),
                "recognisable": recognise(slow.final, run.patterns).share,
            }
        )
    return rows
