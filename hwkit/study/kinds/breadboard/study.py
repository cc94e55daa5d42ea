"""Breadboard studies: the smallest machine that generates digits, laid out in bought parts.

Results in the run folder: `model.npz`, `bench.cir` (the board as soldered, with ngspice's noise),
`bom.csv`, `bench.json` (every number of the sheet), `samples.nc`, `verdict.json`; if the catalogue
can build it `board.zip`, the KiCad project, and `bring-up.csv`, what to measure.
"""

import csv
import io
from dataclasses import asdict
from pathlib import Path

import numpy as np

from hwkit import fidelity
from hwkit.circuit import Design
from hwkit.circuit.catalogue import read_catalogue
from hwkit.errors import DesignError
from hwkit.fidelity import Verdict
from hwkit.model import load_model, save_model
from hwkit.netlist import render
from hwkit.netlist.kicad_project import estimate_tracks
from hwkit.spice import measure_gradient
from hwkit.study.kinds.breadboard import search as searching
from hwkit.study.kinds.breadboard.board import bill, board, noise_source, units, wiring
from hwkit.study.kinds.breadboard.bring_up import bring_up, bring_up_csv
from hwkit.study.kinds.breadboard.conditions import measure_conditions
from hwkit.study.kinds.breadboard.ordering import (
    BOARD_FILE,
    Project,
    board_project,
    order_lines,
    zipped,
)
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
    Condition,
    Routed,
    Scales,
    Sheet,
    Tracks,
)
from hwkit.study.kinds.breadboard.runs import Subject
from hwkit.study.kinds.breadboard.tracks import measure_tracks
from hwkit.study.kinds.breadboard.verdict import DRIFT_STATES, judge
from hwkit.study.kinds.breadboard.yields import estimate_boards
from hwkit.study.run import Run
from hwkit.training import normalized_patterns
from hwkit.trajectories import Trajectories


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
    if sheet.bring_up:
        run.folder.write_text("bring-up.csv", bring_up_csv(sheet.bring_up))
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
    samples, passive = subject.samples(), measure_passive(subject)
    shown = describe_samples(subject, samples)
    project, not_ordered = _project(subject)
    return Sheet(
        search=tried,
        chosen=candidate,
        patterns=subject.patterns.tolist(),
        scale=Scales.of(design.scale),
        kT=subject.model.kT,
        noise=noise_source(plan.parts, subject.model).numbers(),
        units=units(design),
        wiring=wiring(design),
        bill=parts,
        order=[] if project is None else order_lines(project.board),
        not_ordered=not_ordered,
        routed=None if project is None else _routed(project),
        tracks=None if project is None else _tracks(subject, project),
        bring_up=[] if project is None else bring_up(subject, project.board, passive, shown),
        drift=_drift(subject, samples),
        passive=passive,
        rest=measure_rest(subject),
        samples=shown,
        bandwidths=folder.value("bandwidths.json", list[Bandwidth], lambda: _bandwidths(subject)),
        boards=folder.value("boards.json", BoardYield, lambda: _boards(subject)),
        conditions=folder.value("conditions.json", list[Condition], lambda: _conditions(subject)),
    )


def _project(subject: Subject) -> tuple[Project | None, str]:
    """Write the board's KiCad project; None, and why, if it can't be built of the catalogue."""
    with subject.run.stage("placing and routing the board"):
        try:
            project = board_project(subject.plan.parts, subject.model, read_catalogue())
        except DesignError as error:
            return None, str(error)
    archive = zipped(project.files)
    subject.run.folder.write("board.zip", lambda path: _write_bytes(path, archive))
    return project, ""


def _write_bytes(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _routed(project: Project) -> Routed:
    order = project.order
    assert order.quiet is not None  # it is routed
    return Routed(order.parts, order.nets, order.elements, order.apart, order.quiet)


def _tracks(subject: Subject, project: Project) -> Tracks:
    return measure_tracks(subject, estimate_tracks(project.files[BOARD_FILE]))


def _bandwidths(subject: Subject) -> list[Bandwidth]:
    with subject.run.stage("bandwidth of the amplifiers"):
        return compare_bandwidths(subject)


def _boards(subject: Subject) -> BoardYield:
    with subject.run.stage("boards") as progress:
        return estimate_boards(subject, progress)


def _conditions(subject: Subject) -> list[Condition]:
    with subject.run.stage("temperatures, amplifiers, one entry alone") as progress:
        return measure_conditions(subject, progress)


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
    table = csv.DictWriter(
        stream, ["part", "value", "grade", "n", "designators"], lineterminator="\n"
    )
    table.writeheader()
    table.writerows(map(asdict, rows))
    return stream.getvalue()
