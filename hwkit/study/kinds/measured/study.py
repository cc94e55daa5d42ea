"""Run a study of one board: read or emulate its records, judge it, compare distributions.

The intended machine is simulated for the distribution level alone, with noise of its own: no record
shares noise with anything. Everything else follows from the records (`hwkit.measured.judgement`).
"""

from pathlib import Path

import numpy as np

from hwkit.errors import DataError
from hwkit.fidelity import Verdict
from hwkit.files import why
from hwkit.langevin import simulate_langevin
from hwkit.manifest import Digest
from hwkit.measured import (
    Measurement,
    check_measurement,
    measurement_files,
    read_measurement,
)
from hwkit.measured.colour import colours_in_words
from hwkit.measured.distribution import compare_distributions, correlation_time
from hwkit.measured.estimated import Question
from hwkit.measured.judgement import Board, judge_board
from hwkit.measured.moments import Moments, lagged_moments
from hwkit.model import EnergyModel, load_model
from hwkit.study.kinds.measured.emulation import emulate, planted_words
from hwkit.study.kinds.measured.plan import MeasuredPlan
from hwkit.study.kinds.measured.results import (
    BOARD,
    INPUTS,
    BoardResult,
    Parameter,
    Statistic,
)
from hwkit.study.kinds.measured.verdict import judge
from hwkit.study.run import Run

_WARM = 0.1  # of a reference run that is left out


def compute(plan: MeasuredPlan, run: Run[MeasuredPlan]) -> Verdict:
    """Take the records, judge the board, compare distributions."""
    inputs = _inputs(plan)
    if run.folder.value(INPUTS, str, lambda: inputs) != inputs:
        run.folder.write_value(BOARD, _study(plan, run))
        run.folder.write_value(INPUTS, inputs)  # last: until then the old result is not of these
    result = run.folder.value(BOARD, BoardResult, lambda: _study(plan, run))
    return Verdict(tuple(judge(plan, result)))


def _inputs(plan: MeasuredPlan) -> str:
    """Return a digest of all files that describe board and machine, samples included."""
    if plan.emulated is not None:
        return ""
    files = [*measurement_files(str(plan.measurement)), Path(str(plan.model))]
    try:
        return " ".join(Digest.of(file).sha256 for file in files)
    except OSError as error:
        raise DataError(f"{error.filename} can't be read: {why(error)}") from error


def _study(plan: MeasuredPlan, run: Run[MeasuredPlan]) -> BoardResult:
    with run.stage("records") as progress:
        measurement, model = records(plan, run.seed("board"))
        findings = [str(finding) for finding in check_measurement(measurement, model)]
        progress(1, 1)
    with run.stage("estimate") as progress:
        board = judge_board(measurement, model, question(plan))
        progress(1, 1)
    with run.stage("reference") as progress:
        statistics, why_none = _distribution(plan, model, board, run.seed("reference"))
        progress(1, 1)
    return _result(plan, findings, board, statistics, why_none)


def records(plan: MeasuredPlan, seed: int) -> tuple[Measurement, EnergyModel]:
    """Return the records of the board and the intended machine."""
    if plan.emulated is not None:
        return emulate(plan.emulated, seed), plan.emulated.model()
    model = load_model(str(plan.model))
    return read_measurement(str(plan.measurement)), model


def question(plan: MeasuredPlan) -> Question:
    """Return what is asked of the board."""
    asked = plan.question
    return Question(
        asked.anchor,
        plan.specification.tolerances(),
        asked.alpha,
        asked.level,
        asked.bits,
        asked.readout,
        asked.lag,
        asked.wanted,
    )


def _distribution(
    plan: MeasuredPlan, model: EnergyModel, board: Board, seed: int
) -> tuple[list[Statistic], str]:
    """Return statistics beside those of the intended machine, or why there are none."""
    if len(board.units) < model.n_units:
        return [], "units that don't move leave no distribution to compare"
    try:
        found = compare_distributions(board.moments, reference(plan, model, board.moments, seed))
    except DataError as error:
        return [], str(error)
    return [Statistic(**vars(difference)) for difference in found], ""


def reference(plan: MeasuredPlan, model: EnergyModel, like: Moments, seed: int) -> Moments:
    """Return moments of runs of the intended machine, with the record's step and lags."""
    asked = plan.reference
    every = max(1, round(like.step / asked.dt))
    steps = max(1, round(asked.duration / like.step)) * every
    dt = like.step / every
    runs = simulate_langevin(model, steps * dt, dt, asked.runs, seed, save_every=every)
    states = runs.x[:, int(_WARM * runs.t.size) :]
    total = states.shape[0] * states.shape[1]
    pieces = ((True, piece) for piece in states)
    return lagged_moments(pieces, total, like.step, like.powers, like.lags)


def _result(
    plan: MeasuredPlan, findings: list[str], board: Board, statistics: list[Statistic], none: str
) -> BoardResult:
    moments, diagnosis = board.moments, board.diagnosis
    return BoardResult(
        units=list(board.units),
        findings=findings,
        faults=list(board.faults),
        planted=planted_words(plan.emulated) if plan.emulated is not None else [],
        largest=diagnosis.largest,
        critical=diagnosis.critical,
        alpha=diagnosis.alpha,
        inside=board.inside,
        parameters=_parameters(board, plan.question.level),
        statistics=statistics,
        why_none=none,
        resolved=board.resolved,
        longer=board.longer,
        duration=moments.duration,
        step=moments.step,
        correlation=correlation_time(moments),
        step_bias=board.step_bias,
        advice="; ".join(filter(None, (board.advice, str(board.next or "")))),
        colour=colours_in_words(board.colours, board.units),
    )


def _parameters(board: Board, level: float) -> list[Parameter]:
    answers = {answer.quantity.name: answer for answer in board.answers}
    critical = board.quantities.simultaneous(level)
    rows = []
    for row in board.quantities.rows:
        answer = answers.get(row.name)
        half = critical * row.stderr
        rows.append(
            Parameter(
                row.name,
                row.kind,
                list(row.places),
                row.value,
                row.stderr,
                row.value - half if answer is None else answer.low,
                row.value + half if answer is None else answer.high,
                row.intended,
                row.anchor,
                None if answer is None else answer.tolerance,
                "" if answer is None else answer.finding,
                1.0 if answer is None or not np.isfinite(answer.longer) else answer.longer,
            )
        )
    return rows
