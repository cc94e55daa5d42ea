"""Run a tolerance study: boards, yield, sensitivity, budgets, and a check in SPICE.

Results in the run folder: `model.npz`, `batches/`, `results.parquet` (one row a board),
`tolerance.json` (every answer), `worst.npz` (paths of the worst boards), `verdict.json`.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit.variation import Quantised, Variation
from hwkit.circuit.variation_drawing import Drawing
from hwkit.cluster import check_scheduler
from hwkit.errors import ConfigError
from hwkit.fidelity import Verdict, merge
from hwkit.forecast import Forecast
from hwkit.langevin import prepare_states
from hwkit.model import EnergyModel, load_model, save_model
from hwkit.netlist import render
from hwkit.spice import ngspice_version
from hwkit.study.context import Announce, Timed, silent
from hwkit.study.folder import RunFolder, check_not_another
from hwkit.study.kinds.tolerance import answers as answers
from hwkit.study.kinds.tolerance import checks as checks
from hwkit.study.kinds.tolerance import parts as parts
from hwkit.study.kinds.tolerance.batches import (
    Batch,
    Campaign,
    Campaigns,
    Columns,
    metric_arrays,
    write_table,
)
from hwkit.study.kinds.tolerance.metrics import METRICS, SMOOTH, Nominal, choose_mode
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.provenance import save_provenance
from hwkit.tolerance import BoardTable, check_names, check_scales, drawn
from hwkit.training import normalized_patterns
from hwkit.twin import Boards, bind, simulate_boards
from hwkit.wiener import child_seed
from hwkit.workers import available_cores

FloatArray = NDArray[np.float64]
SCHEMA_VERSION = 1
RESULTS, ANSWERS = "results.parquet", "tolerance.json"
_MANY_PATHS = 50_000  # from which on boards are timed, to say what they will take


@dataclass
class Run(Timed):
    """A tolerance study on its way."""

    plan: TolerancePlan
    folder: RunFolder
    nominal: Nominal
    campaigns: Campaigns
    jobs: int
    announce: Announce
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def fabrication(self) -> int:
        """Root of the boards' draws."""
        return child_seed(self.plan.seed, "fabrication")

    def table(self, campaign: Campaign, columns: Columns) -> BoardTable:
        """Return the rows of a campaign, judged."""
        boards, plan = np.array(columns["board"]), self.plan.boards
        return BoardTable(
            campaign.seed,
            boards,
            metric_arrays(columns),
            self.plan.limits(),
            plan.level,
            plan.interval,
        )

    def tables(self, stage: str, campaigns: list[Campaign]) -> list[BoardTable]:
        """Run campaigns together."""
        with self.stage(stage) as progress:
            columns = self.campaigns.tables(campaigns, progress)
        return [self.table(c, rows) for c, rows in zip(campaigns, columns, strict=True)]


def check_tolerance_plan(plan: TolerancePlan) -> None:
    """Refuse what can be seen to fail later, before anything is computed or written.

    Raises:
        HwkitError: naming the value that can't be.
    """
    check_names(plan.limits(), METRICS)
    if plan.sensitivity.metric not in SMOOTH:
        raise ConfigError(
            f"sensitivity.metric {plan.sensitivity.metric!r} has no derivative; choose one of "
            f"{', '.join(SMOOTH)}"
        )
    if plan.sensitivity.sobol_metric not in METRICS:
        known = ", ".join(METRICS)
        raise ConfigError(
            f"sensitivity.sobol_metric {plan.sensitivity.sobol_metric!r} is no metric; {known}"
        )
    variation = plan.variation()
    for group in [*(plan.budget.groups or []), *plan.budget.cost]:
        if group not in variation.names:
            raise ConfigError(
                f"budget names {group!r}, which does not vary; entries: "
                f"{', '.join(variation.names)}"
            )
    if plan.stop.rule() is not None and plan.boards.sampling != "plain":
        raise ConfigError("a stop rule needs boards.sampling = 'plain'")
    if plan.rare.boards:
        check_scales(plan.rare.scales)
    model = _untrained(plan)
    design = plan.circuit.design(model)
    Drawing(design, variation, 0)
    if plan.curves.bits:
        Drawing(design, Variation(quantised=(Quantised(plan.curves.bits_parts, 8),)), 0)


def _untrained(plan: TolerancePlan) -> EnergyModel:
    """Return a machine of the study's shape, whose circuit has all its kinds of parts."""
    J = np.array([[0.0, 0.1, -0.1], [0.1, 0.0, 0.1], [-0.1, 0.1, 0.0]])
    machine = plan.machine
    return EnergyModel(J, [0.1, -0.1, 0.1], machine.energy(), machine.kT, machine.mobility)


def run_tolerance(
    plan: TolerancePlan,
    out: Path | str,
    jobs: int | None = None,
    scheduler: str | None = None,
    announce: Announce | None = None,
    insecure_scheduler: bool = False,
) -> Verdict:
    """Run a tolerance study into a folder and return its verdict.

    Args:
        plan: the validated study.
        out: run folder; resumed if it holds the same plan's results.
        jobs: worker processes; one per core if None. Results don't depend on it.
        scheduler: address of a Dask scheduler in place of local workers, with the same results.
        announce: called with the name of each stage, returns its progress callback.
        insecure_scheduler: take a scheduler on another machine without TLS.

    Raises:
        ConfigError: before anything is written, if the plan asks for what can't be, or the
            scheduler is not to be trusted.
        SimulationError: if ngspice is missing or fails, or every board does.
    """
    if scheduler is not None:
        check_scheduler(scheduler, insecure_scheduler)
    check_tolerance_plan(plan)
    with RunFolder.of(plan, out) as folder:
        run = prepare(plan, folder, jobs, scheduler, announce)
        main = Campaign(
            "boards", plan.variation(), plan.boards.count, run.fabrication, plan.boards.sampling
        )
        columns = _boards(run, main)
        folder.write(RESULTS, partial(write_table, columns=columns))
        table = run.table(main, columns)
        check = checks.spice_check(run, main, len(table.boards))
        rare = answers.rare_failure(run)
        document: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "name": plan.name,
            "nominal": answers.nominal_metrics(run),
            "yield": answers.yield_facts(table),
            "causes": table.causes,
            "metrics": answers.distributions(table),
            "check": check,
            "sensitivity": parts.sensitivity(run),
            "sobol": parts.sobol(run),
            "curves": answers.curves(run),
            "budget": answers.budget(run),
            "rare": answers.rare_facts(rare),
            "worst": checks.worst(run, main, table),
        }
        text = json.dumps(answers.plain(document), indent=1, allow_nan=False)
        folder.write_text(ANSWERS, text + "\n")
        verdict = merge(
            answers.yield_metrics(run, table),
            answers.rare_metrics(run, rare),
            checks.check_metrics(run, check),
        )
        folder.write("verdict.json", verdict.save)
        ngspice = ngspice_version() if plan.check.boards else "not used"
        save_provenance(folder / "provenance.json", run.jobs, run.seconds, ngspice)
        return verdict


def prepare(
    plan: TolerancePlan,
    folder: RunFolder,
    jobs: int | None = None,
    scheduler: str | None = None,
    announce: Announce | None = None,
) -> Run:
    """Train the machine and run the nominal board."""
    model = folder.result("model.npz", lambda: _trained(plan), save_model, load_model)
    nominal = nominal_board(plan, model)
    jobs = jobs or available_cores()
    campaigns = Campaigns(nominal, folder, plan.boards.batch, jobs, scheduler)
    return Run(plan, folder, nominal, campaigns, jobs, announce or silent)


def _trained(plan: TolerancePlan) -> EnergyModel:
    return plan.machine.train(plan.data.patterns(), plan.protocol.protocol()).model


def nominal_board(plan: TolerancePlan, model: EnergyModel) -> Nominal:
    """Compile the machine, prepare its starts and run the nominal board."""
    design = plan.circuit.design(model)
    bound = bind(design)
    mode = choose_mode(bound, plan.boards.mode)
    seeds = {name: child_seed(plan.seed, name, "boards") for name in ("preparation", "generation")}
    t_final, dt, paths = plan.protocol.t_final, plan.boards.dt, plan.boards.paths
    starts = prepare_states(model, t_final, dt, paths, seeds["preparation"])
    seed = seeds["generation"]
    runs = simulate_boards(design, t_final, dt, paths, seed, starts, mode=mode, bound=bound)
    patterns = normalized_patterns(plan.data.patterns())
    return Nominal(design, patterns, starts, seed, t_final, dt, mode, runs.x[0, :, -1])


def _boards(run: Run, main: Campaign) -> Columns:
    """Make the boards of the yield, in waves if there is a stop rule."""
    batches, rule = run.campaigns.batches(main), run.plan.stop.rule()
    with run.stage("boards", _expected(run, batches)) as progress:
        if rule is None:
            run.campaigns.run(batches, progress)
            return run.campaigns.read(batches)
        wave, done = run.plan.stop.wave, 0
        while done < len(batches):
            some = batches[done : done + wave]
            run.campaigns.run(some)
            done += len(some)
            progress(done, len(batches))
            columns = run.campaigns.read(batches[:done])
            if rule.satisfied(run.table(main, columns).estimate):
                break
        return columns


def _expected(run: Run, batches: Sequence[Batch]) -> Forecast | None:
    """Return what the boards will take here; None on a cluster, and for a few."""
    missing = sum(len(batch.boards) for batch in run.campaigns.missing(batches))
    if run.campaigns.remote or missing * run.plan.boards.paths < _MANY_PATHS:
        return None
    return Forecast(missing * _board_seconds(run.plan, run.nominal) / run.jobs, 0.0)


@dataclass(frozen=True)
class Estimate:
    """What a study would take: boards, paths, minutes on this machine, bytes on disk."""

    boards: int
    paths: int
    minutes: float
    bytes: int
    mode: str


def estimate_tolerance(plan: TolerancePlan, jobs: int | None = None) -> Estimate:
    """Time a few boards for a few steps and scale that up; nothing is written."""
    check_tolerance_plan(plan)
    nominal = nominal_board(plan, _trained(plan))
    boards, paths = answers.count_boards(plan), plan.boards.paths
    seconds = boards * _board_seconds(plan, nominal) / (jobs or available_cores())
    size = boards * (len(METRICS) + 3) * 9 + 2**20
    return Estimate(boards, boards * paths, seconds / 60, size, nominal.mode)


def _board_seconds(plan: TolerancePlan, nominal: Nominal) -> float:
    """Time a few boards for a few steps and return the seconds that a whole one takes."""
    bound, paths = bind(nominal.design), plan.boards.paths
    steps = max(1, round(plan.protocol.t_final / plan.boards.dt))
    few = min(steps, 50)

    def timed(n: int) -> float:
        started = time.perf_counter()
        simulate_boards(
            nominal.design, few * nominal.dt, nominal.dt, paths, mode=nominal.mode, bound=bound,
            boards=_first_boards(nominal, plan, n), threads=1,
        )  # fmt: skip
        return time.perf_counter() - started

    timed(1)
    return max(timed(3) - timed(1), 1e-6) / 2 * steps / few


def _first_boards(nominal: Nominal, plan: TolerancePlan, n: int) -> Boards:
    """Return the first n boards of a plan."""
    return drawn(Drawing(nominal.design, plan.variation(), 0), range(n))


def board_netlist(plan: TolerancePlan, out: Path | str, board: int) -> Path:
    """Write one board's netlist, with ngspice's own noise, and return its path.

    The machine is the one in the study's run folder `out`, or trained anew and kept there.

    Raises:
        ConfigError: if the study has no such board, or the folder holds something else.
    """
    check_tolerance_plan(plan)
    if not 0 <= board < plan.boards.count:
        raise ConfigError(f"board {board} is not in the study; it has 0 to {plan.boards.count - 1}")
    check_not_another(plan, Path(out))
    with RunFolder.of(plan, out) as folder:
        model = folder.result("model.npz", lambda: _trained(plan), save_model, load_model)
        design, name = plan.circuit.design(model), f"board-{board}.cir"
        seed, count = child_seed(plan.seed, "fabrication"), plan.boards.count
        drawing = Drawing(design, plan.variation(), seed, plan.boards.sampling, count)
        own = drawn(drawing, [board]).design(design, 0)
        netlist = render(own, t_final=plan.protocol.t_final, dt=plan.boards.dt)
        folder.write_text(name, netlist.text)
        return folder / name


def part_sensitivity(plan: TolerancePlan, out: Path | None = None) -> dict[str, Any]:
    """Differentiate the study's smooth metric to every part; see `tolerance_parts.sensitivity`.

    Args:
        plan: the study; its `sensitivity` says which metric, on how many paths.
        out: where to write every derivative, name -> (parts,), per SI unit.
    """
    check_tolerance_plan(plan)
    nominal = nominal_board(plan, _trained(plan))
    return parts.plain_sensitivity(plan, nominal, out)
