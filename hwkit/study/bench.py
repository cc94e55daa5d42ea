"""Digits on a bench: search the smallest machine, lay it out in bought parts, run it, tell how.

Results in the run folder: `model.npz`, `bench.cir` (the board as soldered, with ngspice's noise),
`bom.csv`, `bench.json` (every number of the sheet), `samples.nc`, `verdict.json`.
"""

import csv
import io
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from hwkit import fidelity
from hwkit.circuit import Design
from hwkit.fidelity import Metric, Verdict
from hwkit.files import write_text
from hwkit.langevin import simulate_langevin
from hwkit.model import EnergyModel, load_model, save_model
from hwkit.netlist import render
from hwkit.spice import measure_gradient, ngspice_version, simulate_spice
from hwkit.study import bench_search as searching
from hwkit.study.bench_board import bill, board, noise_source, units, wiring
from hwkit.study.bench_boards import yield_facts
from hwkit.study.bench_plan import BenchPlan, CandidatePlan
from hwkit.study.bench_points import bandwidth_facts, passive_facts, rest_facts, sample_facts
from hwkit.study.bench_search import Candidate
from hwkit.study.context import Announce, Stages, silent
from hwkit.study.folder import RunFolder
from hwkit.study.provenance import save_provenance
from hwkit.training import normalized_patterns, recognise
from hwkit.trajectories import FloatArray, Trajectories
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
    ngspice, jobs = ngspice_version(), jobs or available_cores()
    stages = Stages(announce or silent)
    folder = RunFolder(out, {"hwkit": version("hwkit"), "plan": plan.model_dump(mode="json")})

    def found() -> list[dict[str, Any]]:
        with stages.stage("search") as progress:
            return [one.facts() for one in searching.search(plan, progress)]

    rows = folder.json("search.json", found)
    candidate = searching.chosen(plan, [Candidate(**row) for row in rows])
    model = folder.result(
        "model.npz", lambda: searching.machine(plan, candidate), save_model, load_model
    )
    design = board(plan, model)
    write_text(folder / "bench.cir", render(design, "ngspice", "trnoise").text)
    parts = bill(plan, design)
    write_text(folder / "bom.csv", _csv(parts))
    own = CandidatePlan(classes=candidate.classes, rows=candidate.rows, columns=candidate.columns)
    patterns = normalized_patterns(own.patterns())

    def spice(name: str, count: int, what: Design, **given: Any) -> Trajectories:
        def compute() -> Trajectories:
            with stages.stage(f"SPICE runs: {name}") as progress:
                arguments: dict[str, Any] = {"t_final": plan.protocol.t_final, "dt": plan.runs.dt}
                arguments |= {"jobs": jobs, "timeout": timeout, "progress": progress}
                seed = child_seed(plan.seed, "generation", name)
                return simulate_spice(what, n_trajectories=count, seed=seed, **arguments | given)

        return folder.result(f"{name}.nc", compute, Trajectories.save, Trajectories.load)

    runs = spice("samples", plan.runs.samples, design, save_every=5)
    bits = spice("bits", plan.runs.samples, design, **_bit_stream(plan, model))
    passive = passive_facts(plan, design, spice)
    with stages.stage("bandwidth of the amplifiers"):
        bandwidths = bandwidth_facts(plan, model, patterns, jobs)
    boards = folder.json("boards.json", lambda: _boards(plan, design, patterns, jobs, stages))
    ideal = simulate_langevin(
        model, plan.protocol.t_final, plan.choice.dt, plan.choice.fresh_samples,
        child_seed(plan.seed, "generation", "ideal"),
    )  # fmt: skip
    answers: dict[str, Any] = {
        "search": rows,
        "chosen": candidate.facts(),
        "patterns": patterns.tolist(),
        "scale": {k: getattr(design.scale, k) for k in ("volt", "second", "farad", "siemens")},
        "kT": model.kT,
        "noise": noise_source(plan, model).facts(),
        "units": units(design),
        "wiring": wiring(design),
        "bill": parts,
        "drift": _drift(plan, design, runs),
        "passive": passive,
        "rest": rest_facts(plan, design, spice),
        "samples": sample_facts(plan, design, runs, patterns),
        "bandwidths": bandwidths,
        "boards": boards,
    }
    write_text(folder / ANSWERS, json.dumps(answers, indent=1) + "\n")
    verdict = fidelity.merge(
        fidelity.quality_metrics(
            ideal, patterns, plan.choice.recognisable, plan.choice.class_share, "ideal"
        ),
        _control(plan, model, patterns),
        fidelity.quality_metrics(runs, patterns, plan.choice.recognisable, None, "SPICE"),
        fidelity.quality_metrics(bits, patterns, plan.choice.recognisable, None, "bit streams"),
        _metrics(answers),
    )
    verdict.save(folder / "verdict.json")
    save_provenance(folder / "provenance.json", jobs, stages.seconds, ngspice)
    return verdict


def _bit_stream(plan: BenchPlan, model: EnergyModel) -> dict[str, Any]:
    """Return increments of a bit stream, held for one step each, at the clock's bit time."""
    scale = plan.parts.scale(plan.onsite)
    bit = noise_source(plan, model).second / scale.second
    steps = round(plan.protocol.t_final / bit)
    dt = plan.protocol.t_final / steps
    draw = np.random.Generator(np.random.Philox(child_seed(plan.seed, "generation", "bit stream")))
    shape = (plan.runs.samples, steps, model.n_units)
    signs = draw.integers(0, 2, shape) * 2.0 - 1.0
    return {"dt": dt, "increments": np.sqrt(bit) * signs * (dt / bit)}


def _boards(
    plan: BenchPlan, design: Design, patterns: FloatArray, jobs: int, stages: Stages
) -> dict[str, Any]:
    with stages.stage("boards") as progress:
        return yield_facts(plan, design, patterns, jobs, progress)


def _drift(plan: BenchPlan, design: Design, runs: Trajectories) -> float:
    """Return how far the board's force field is from the machine's, over its largest force."""
    flat = runs.x[runs.completed].reshape(-1, runs.n_units)
    states = flat[np.linspace(0, len(flat) - 1, _DRIFT_STATES).astype(int)]
    residual = fidelity.drift_residual(design.model, states, measure_gradient(design, states))
    return float(np.max(np.abs(residual)))


def _control(plan: BenchPlan, model: EnergyModel, patterns: FloatArray) -> list[Metric]:
    """Judge the same units without couplings: they must not generate."""
    alone = EnergyModel(0 * model.J, model.b, model.onsite, model.kT)
    n, seed = plan.choice.samples, child_seed(plan.seed, "control")
    seen = recognise(searching.samples(plan, alone, n, seed), patterns)
    note = "recognisable samples of units with biases but no couplings; must miss the choice"
    limit = plan.choice.recognisable
    return [Metric("control: no couplings", "quality", seen.share, limit, "<=", n=n, note=note)]


def _metrics(answers: dict[str, Any]) -> list[Metric]:
    passive, boards, chosen = answers["passive"], answers["boards"], answers["chosen"]
    note = f"{boards['yield']}; at {boards['offset']} rms of input offset"
    return [
        Metric("drift error as bought", "drift", answers["drift"], _DRIFT_LIMIT, n=_DRIFT_STATES,
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
