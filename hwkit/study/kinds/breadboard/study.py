"""Breadboard studies: the smallest machine that generates digits, laid out in bought parts.

Results in the run folder: `model.npz`, `bench.cir` (the board as soldered, with ngspice's noise),
`bom.csv`, `bench.json` (every number of the sheet), `samples.nc`, `verdict.json`.
"""

import csv
import io
import time
from dataclasses import asdict

import numpy as np

from hwkit import fidelity
from hwkit.circuit import Design
from hwkit.fidelity import Verdict
from hwkit.forecast import spice_runs, step_count
from hwkit.model import load_model, save_model
from hwkit.netlist import render
from hwkit.spice import measure_gradient
from hwkit.study.kind import Estimate
from hwkit.study.kinds.breadboard import search as searching
from hwkit.study.kinds.breadboard.board import bill, board, noise_source, units, wiring
from hwkit.study.kinds.breadboard.plan import BreadboardPlan
from hwkit.study.kinds.breadboard.points import (
    compare_bandwidths,
    describe_samples,
    measure_passive,
    measure_rest,
)
from hwkit.study.kinds.breadboard.results import (
    SHEET,
    Bandwidth,
    BillRow,
    BoardYield,
    Candidate,
    Scales,
    Sheet,
)
from hwkit.study.kinds.breadboard.runs import SAVED, Subject
from hwkit.study.kinds.breadboard.verdict import DRIFT_STATES, judge
from hwkit.study.kinds.breadboard.yields import estimate_boards
from hwkit.study.run import Run
from hwkit.training import normalized_patterns
from hwkit.trajectories import Trajectories
from hwkit.workers import available_cores

_UNIT_ELEMENTS, _COUPLING_ELEMENTS = 40, 4  # of the netlist
_SPICE_STAGES = 5  # samples, bits, passive, rest, drift
_START = 4.0  # s until the workers of a stage run, of two cores


def compute(plan: BreadboardPlan, run: Run[BreadboardPlan]) -> Verdict:
    """Search the machine, lay it out, run it and boards of real parts, fill the sheet."""
    tried = run.folder.value("search.json", list[Candidate], lambda: _search(run))
    candidate = searching.chosen(plan, tried)
    model = run.folder.result(
        "model.npz", lambda: searching.machine(plan, candidate), save_model, load_model
    )
    patterns = normalized_patterns(searching.plan_of(candidate).patterns())
    subject = Subject(run, model, board(plan, model), patterns)
    sheet = _sheet(subject, tried, candidate)
    run.folder.write_value(SHEET, sheet)
    return judge(subject, sheet)


def _search(run: Run[BreadboardPlan]) -> list[Candidate]:
    numbers = list(range(len(run.plan.candidates)))
    found = run.map("search", f"{searching.__name__}:worker", run.plan, numbers)
    return [candidate for tried in found for candidate in tried]


def _sheet(subject: Subject, tried: list[Candidate], candidate: Candidate) -> Sheet:
    """Write netlist and bill; run the board, its twins and boards of real parts."""
    plan, design, folder = subject.plan, subject.design, subject.run.folder
    folder.write_text("bench.cir", render(design, "ngspice", "trnoise").text)
    parts = bill(plan, design)
    folder.write_text("bom.csv", _csv(parts))
    samples = subject.samples()
    return Sheet(
        search=tried,
        chosen=candidate,
        patterns=subject.patterns.tolist(),
        scale=Scales.of(design.scale),
        kT=subject.model.kT,
        noise=noise_source(plan, subject.model).numbers(),
        units=units(design),
        wiring=wiring(design),
        bill=parts,
        drift=_drift(subject, samples),
        passive=measure_passive(subject),
        rest=measure_rest(subject),
        samples=describe_samples(subject, samples),
        bandwidths=folder.value("bandwidths.json", list[Bandwidth], lambda: _bandwidths(subject)),
        boards=folder.value("boards.json", BoardYield, lambda: _boards(subject)),
    )


def _bandwidths(subject: Subject) -> list[Bandwidth]:
    with subject.run.stage("bandwidth of the amplifiers"):
        return compare_bandwidths(subject)


def _boards(subject: Subject) -> BoardYield:
    with subject.run.stage("boards") as progress:
        return estimate_boards(subject, progress)


def _drift(subject: Subject, runs: Trajectories) -> float:
    """Return how far the board's force field is from the machine's, over its largest force."""
    design: Design = subject.design
    flat = runs.x[runs.completed].reshape(-1, runs.n_units)
    states = flat[np.linspace(0, len(flat) - 1, DRIFT_STATES).astype(int)]
    with subject.run.stage("drift") as progress:
        gradient = measure_gradient(design, states, progress=progress)
    return float(np.max(np.abs(fidelity.drift_residual(design.model, states, gradient))))


def _csv(rows: list[BillRow]) -> str:
    stream = io.StringIO()
    table = csv.DictWriter(stream, ["part", "value", "grade", "n"], lineterminator="\n")
    table.writeheader()
    table.writerows(map(asdict, rows))
    return stream.getvalue()


def estimate(plan: BreadboardPlan) -> Estimate:
    """Time one training and its samples; scale ngspice's steps by the largest candidate."""
    cores, runs = available_cores(), plan.runs
    largest = max(plan.candidates, key=lambda one: one.rows * one.columns)
    n, couplings = largest.rows * largest.columns, max(largest.couplings)
    elements, t_final = _UNIT_ELEMENTS * n + _COUPLING_ELEMENTS * couplings, plan.protocol.t_final
    bit = plan.parts.noise_second / plan.parts.scale(plan.onsite).second
    seconds = _SPICE_STAGES * _START + _searched(plan) / min(cores, len(plan.candidates))
    for count, dt in ((runs.samples + runs.passive, runs.dt), (runs.samples, bit)):
        seconds += spice_runs(elements, n, step_count(t_final, dt), count, cores).seconds
    simulated = sum(map(searching.samplings, plan.candidates)) * plan.choice.samples
    simulated += plan.choice.samples + plan.choice.fresh_samples  # control, verdict
    simulated += 2 * runs.samples + runs.passive + plan.boards.count * plan.boards.paths
    simulated += (1 + len(runs.bandwidths)) * runs.bandwidth_paths
    saved = plan.choice.fresh_samples * 2 + runs.passive * 2 + runs.samples * 2
    saved += runs.samples * (step_count(t_final, runs.dt) // SAVED + 1)
    note = "boards and bandwidths, which run as twins of the netlist, are not timed"
    return Estimate(simulated, seconds / 60, 8 * n * saved + 300_000, note)


def _searched(plan: BreadboardPlan) -> float:
    """Return the seconds that the search takes on one core."""
    first = plan.candidates[0]
    full = ~np.eye(first.rows * first.columns, dtype=bool)
    started = time.perf_counter()
    model = searching.trained(plan, first, full, [1.0] * len(first.classes))
    trained = time.perf_counter()
    searching.samples(plan, model, plan.choice.samples, plan.seed)
    sampled = time.perf_counter()
    return sum(
        (trained - started) * searching.trainings(one)
        + (sampled - trained) * searching.samplings(one)
        for one in plan.candidates
    )
