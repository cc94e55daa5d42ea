"""Digits on a bench: search the smallest machine, lay it out in bought parts, run it, tell how.

Results in the run folder: `model.npz`, `bench.cir` (the board as soldered, with ngspice's noise),
`bom.csv`, `bench.json` (every number of the sheet), `samples.nc`, `verdict.json`.
"""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np

from hwkit import fidelity
from hwkit.circuit import Design
from hwkit.fidelity import Metric, Verdict
from hwkit.model import EnergyModel, load_model, save_model
from hwkit.netlist import render
from hwkit.spice import measure_gradient, ngspice_version
from hwkit.study.context import Announce, Stages, silent
from hwkit.study.folder import RunFolder
from hwkit.study.kinds.breadboard import search as searching
from hwkit.study.kinds.breadboard.board import bill, board, noise_source, units, wiring
from hwkit.study.kinds.breadboard.plan import BenchPlan
from hwkit.study.kinds.breadboard.points import (
    bandwidth_facts,
    passive_facts,
    rest_facts,
    sample_facts,
)
from hwkit.study.kinds.breadboard.runs import BenchRun
from hwkit.study.kinds.breadboard.search import Candidate
from hwkit.study.kinds.breadboard.yields import yield_facts
from hwkit.study.provenance import save_provenance
from hwkit.training import normalized_patterns, recognise
from hwkit.trajectories import Trajectories
from hwkit.wiener import child_seed
from hwkit.workers import available_cores

ANSWERS = "bench.json"
_DRIFT_STATES = 20
_DRIFT_LIMIT = 0.01
_PASSIVE_LIMIT = 4.0  # standard errors


def run_bench(
    plan: BenchPlan,
    out: Path | str,
    jobs: int | None = None,
    timeout: float | None = None,
    announce: Announce | None = None,
) -> Verdict:
    """Run a bench study into a folder and return its verdict, also in `verdict.json`.

    Args:
        plan: the validated study.
        out: run folder; resumed if it holds the same plan's results.
        jobs: worker processes; one per core if None. Results don't depend on it.
        timeout: seconds that one SPICE run may take.
        announce: called with the name of each stage, returns its progress callback.

    Raises:
        ConfigError: if no machine that was tried does what is asked.
        HwkitError: if the plan asks for what can't be, or ngspice is missing or fails.
    """
    ngspice, stages = ngspice_version(), Stages(announce or silent)
    with RunFolder.of(plan, out) as folder:

        def found() -> list[dict[str, Any]]:
            with stages.stage("search") as progress:
                return [one.facts() for one in searching.search(plan, progress)]

        rows = folder.json("search.json", found)
        candidate = searching.chosen(plan, [Candidate(**row) for row in rows])
        model = folder.result(
            "model.npz", lambda: searching.machine(plan, candidate), save_model, load_model
        )
        patterns = normalized_patterns(candidate.plan().patterns())
        run = BenchRun(
            plan, folder, model, board(plan, model), patterns, jobs or available_cores(), timeout,
            stages.stage,
        )  # fmt: skip
        sheet = {
            "search": rows,
            "chosen": candidate.facts(),
            **_design_facts(run),
            **_run_facts(run),
        }
        folder.write_json(ANSWERS, sheet)
        verdict = _verdict(run, sheet)
        folder.write("verdict.json", verdict.save)
        save_provenance(folder / "provenance.json", run.jobs, stages.seconds, ngspice)
        return verdict


def _design_facts(run: BenchRun) -> dict[str, Any]:
    """Write netlist and bill; return what the sheet says of the board as it is designed."""
    plan, design, scale = run.plan, run.design, run.design.scale
    run.folder.write_text("bench.cir", render(design, "ngspice", "trnoise").text)
    parts = bill(plan, design)
    run.folder.write_text("bom.csv", _csv(parts))
    return {
        "patterns": run.patterns.tolist(),
        "scale": {name: getattr(scale, name) for name in ("volt", "second", "farad", "siemens")},
        "kT": run.model.kT,
        "noise": noise_source(plan, run.model).facts(),
        "units": units(design),
        "wiring": wiring(design),
        "bill": parts,
    }


def _run_facts(run: BenchRun) -> dict[str, Any]:
    """Run the board, its twins and boards of real parts; return what the sheet says of them."""

    def boards() -> dict[str, Any]:
        with run.stage("boards") as progress:
            return yield_facts(run, progress)

    def bandwidths() -> list[dict[str, float]]:
        with run.stage("bandwidth of the amplifiers"):
            return bandwidth_facts(run)

    samples = run.samples()
    return {
        "drift": _drift(run.design, samples),
        "passive": passive_facts(run),
        "rest": rest_facts(run),
        "samples": sample_facts(run, samples),
        "bandwidths": run.folder.json("bandwidths.json", bandwidths),
        "boards": run.folder.json("boards.json", boards),
    }


def _drift(design: Design, runs: Trajectories) -> float:
    """Return how far the board's force field is from the machine's, over its largest force."""
    flat = runs.x[runs.completed].reshape(-1, runs.n_units)
    states = flat[np.linspace(0, len(flat) - 1, _DRIFT_STATES).astype(int)]
    residual = fidelity.drift_residual(design.model, states, measure_gradient(design, states))
    return float(np.max(np.abs(residual)))


def _verdict(run: BenchRun, sheet: dict[str, Any]) -> Verdict:
    choice, patterns = run.plan.choice, run.patterns
    judged = [
        fidelity.quality_metrics(runs, patterns, choice.recognisable, share, side)
        for runs, share, side in (
            (run.ideal(), choice.class_share, "ideal"),
            (run.samples(), None, "SPICE"),
            (run.bits(), None, "bit streams"),
        )
    ]
    ideal, *real = judged
    return fidelity.merge(ideal, _control(run), *real, _metrics(sheet))


def _control(run: BenchRun) -> list[Metric]:
    """Judge the same units without couplings: they must not generate."""
    plan, model = run.plan, run.model
    alone = EnergyModel(0 * model.J, model.b, model.onsite, model.kT)
    n, seed = plan.choice.samples, child_seed(plan.seed, "control")
    seen = recognise(searching.samples(plan, alone, n, seed), run.patterns)
    note = "recognisable samples of units with biases but no couplings; must miss the choice"
    limit = plan.choice.recognisable
    note = f"{fidelity.shown_share(seen.share, n)}; {note}"
    return [Metric("control: no couplings", "quality", seen.share, limit, "<=", n=n, note=note)]


def _metrics(sheet: dict[str, Any]) -> list[Metric]:
    passive, boards, chosen = sheet["passive"], sheet["boards"], sheet["chosen"]
    note = f"{boards['yield']}; at {boards['offset']} rms of input offset"
    return [
        Metric("drift error as bought", "drift", sheet["drift"], _DRIFT_LIMIT, n=_DRIFT_STATES,
               note="preferred values and ngspice's diode against the machine"),
        Metric("passive check: worst unit", "law", passive["worst"], _PASSIVE_LIMIT,
               n=passive["runs"],
               note="rms of units before Rx is fitted, SPICE against theory, standard errors"),
        Metric("resistors", "quality", chosen["resistors"],
               note=f"{chosen['parts']} parts in all, {chosen['couplings']} couplings"),
        Metric("yield of boards", "quality", boards["value"], n=boards["boards"], note=note),
    ]  # fmt: skip


def _csv(rows: list[dict[str, Any]]) -> str:
    stream = io.StringIO()
    table = csv.DictWriter(stream, ["part", "value", "grade", "n"], lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return stream.getvalue()
