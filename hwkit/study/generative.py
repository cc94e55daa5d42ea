"""Run a generative study: what its file has a table for, one file of the run folder after another.

Results are kept in `generative.json` (numbers) and `pictures.npz` (states and fields to look at).
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hwkit import fidelity
from hwkit.files import replacing
from hwkit.spice import ngspice_version
from hwkit.study import generative_heat as heat
from hwkit.study.context import Announce, FloatArray, silent
from hwkit.study.folder import RunFolder
from hwkit.study.generative_found import Judged, joules
from hwkit.study.generative_plan import DURATION, GenerativePlan, Settings
from hwkit.study.generative_search import rank, search_settings
from hwkit.study.generative_training import Learnt, Task, learn_all
from hwkit.study.generative_verdict import judge
from hwkit.study.provenance import save_provenance
from hwkit.study.schemes import with_lag
from hwkit.training import normalized_patterns, recognise, unit_fields
from hwkit.wiener import child_seed
from hwkit.workers import available_cores

RESULTS = "generative.json"
SHOWN = 16  # samples of each machine that are kept as pictures, the first ones
Facts = dict[str, Any]


def run_generative(
    plan: GenerativePlan,
    out: Path | str,
    jobs: int | None = None,
    timeout: float | None = None,
    announce: Announce | None = None,
) -> fidelity.Verdict:
    """Run a generative study into a folder and return its verdict, also in `verdict.json`.

    Args:
        plan: the validated study.
        out: run folder; made if missing, resumed if it holds the same plan's results.
        jobs: worker processes; one per core if None. Results don't depend on it.
        timeout: seconds that one SPICE run may take.
        announce: called with the name of each stage, returns its progress callback.

    Raises:
        SimulationError: if ngspice is needed and missing, or a run fails.
        ConfigError: if the folder can't be used.
        HwkitError: if the plan asks for what can't be.
    """
    plan.data.patterns()
    in_spice = plan.found is not None and plan.found.spice_samples > 0
    ngspice = ngspice_version() if in_spice else "not used"
    with RunFolder.of(plan, out) as folder:
        run = _Run(plan, folder, jobs or available_cores(), timeout, announce or silent)
        results: Facts = {}
        if plan.training is not None:
            learnt = learn_all(plan, folder, run.jobs, run.announce("training"))
            results["training"] = _losses(learnt)
            if plan.heat is not None:
                beside = [_samples("-".join(task)) for task in learnt]
                results["heat"] = folder.json("heat.json", lambda: run.heat(learnt), beside)
        if plan.sweep is not None:
            results["sweep"] = folder.json("sweep.json", run.sweep)
        if plan.search is not None:
            results["search"] = folder.json("search.json", run.search)
        if plan.found is not None:
            results["found"] = run.found()
            if plan.search is not None:
                results["found"]["rank"] = rank(results["search"]["trials"], plan.found.settings)
        run.keep_pictures()
        folder.write_json(RESULTS, results)
        verdict = judge(plan, results, run.metrics)
        folder.write("verdict.json", verdict.save)
        save_provenance(folder / "provenance.json", run.jobs, {}, ngspice)
        return verdict


@dataclass
class _Run:
    """A study on its way."""

    plan: GenerativePlan
    folder: RunFolder
    jobs: int
    timeout: float | None
    announce: Announce

    def __post_init__(self) -> None:
        self.patterns = normalized_patterns(self.plan.data.patterns())
        self.metrics: list[fidelity.Metric] = []

    def heat(self, learnt: dict[Task, Learnt]) -> Facts:
        """Account for the heat of every trained machine's samples."""
        plan, how = self.plan, self.plan.heat
        assert how is not None
        progress, machines = self.announce("samples and heat"), {}
        for done, (task, trained) in enumerate(sorted(learnt.items())):
            name = "-".join(task)
            machines[", ".join(task)] = self.folder.json(
                f"heat-{name}.json", partial(self.machine_heat, name, trained), [_samples(name)]
            )
            progress(done + 1, len(learnt))
        spread = heat.start_spread(
            trained.model(plan, self.patterns.shape[1]),
            DURATION,
            plan.dt,
            how.samples,
            child_seed(plan.seed, "start spread"),
        )
        return {"machines": machines, "start": spread}

    def machine_heat(self, name: str, trained: Learnt) -> Facts:
        """Generate samples of one machine, keep the first ones, and account for their heat."""
        plan, how = self.plan, self.plan.heat
        assert how is not None
        model = trained.model(plan, self.patterns.shape[1])
        runs = heat.generate(model, DURATION, how.dt, how.samples, child_seed(plan.seed, "heat"))
        accounts = heat.heat_accounts(model, runs)
        seen = recognise(runs.final, self.patterns)
        self._keep(_samples(name), {"x": runs.final[:SHOWN]})
        return {
            "accounts": {kind: heat.summary(values) for kind, values in accounts.items()},
            "heat": accounts["fixed potential"].tolist(),
            "course": heat.course(model, runs, self.patterns),
            "share": seen.share,
            "classes": seen.class_shares.tolist(),
        }

    def sweep(self) -> Facts:
        """Train and generate over other durations."""
        plan, how = self.plan, self.plan.sweep
        assert how is not None
        progress, rows = self.announce("sweep of durations"), []
        cases = [(field, t) for field in ("repeat", "projection") for t in how.times]
        for done, (field, t) in enumerate(cases):
            trained = plan.trained(Settings(hidden=field, t_final=t))
            seed = child_seed(plan.seed, "sweep")
            runs = heat.generate(trained.model, t, how.dt, how.samples, seed, t)
            accounts = heat.heat_accounts(trained.model, runs)
            seen = recognise(runs.final, trained.patterns)
            rows.append(
                {
                    "field": field,
                    "t": t,
                    "share": seen.share,
                    "classes": seen.class_shares.tolist(),
                    "heat": heat.summary(accounts["fixed potential"]),
                    "cycle": heat.summary(accounts["whole cycle"]),
                    "n": how.samples,
                }
            )
            progress(done + 1, len(cases))
        return {"rows": rows}

    def search(self) -> Facts:
        """Search, and keep every trial."""
        progress = self.announce("search")
        return {"trials": search_settings(self.plan, self.jobs, progress)}

    def found(self) -> Facts:
        """Judge the settings found; its metrics are kept for the verdict."""
        how = self.plan.found
        assert how is not None
        progress = self.announce("samples of the settings found")
        judged = Judged.of(self.plan)
        model, shown = judged.trained.model, {}
        shuffled = judged.shuffled()
        cases = [("many", model, how.samples), ("control", shuffled, how.control_samples)]
        runs = {}
        for done, (role, machine, n) in enumerate(cases):
            runs[role] = self.folder.trajectories(
                f"{role}.nc", partial(judged.sample, machine, role, n)
            )
            progress(done + 1, len(cases))
        shown["ideal"] = runs["many"].final[:SHOWN]
        accounts = heat.heat_accounts(model, runs["many"])
        facts: Facts = {
            "accounts": {
                name: heat.summary(accounts[name]) for name in heat.ACCOUNTS if name != "Ito sum"
            },
            "control": recognise(runs["control"].final, self.patterns).share,
            "coupling_sum": float(np.abs(np.asarray(model.J)).sum(axis=1).max()),
        }
        limits = self.plan.limits
        self.metrics += fidelity.quality_metrics(
            runs["many"], self.patterns, limits.share, limits.class_share
        )
        mean = facts["accounts"]["fixed potential"]["mean"]
        if how.spice_samples:
            ideal = self.folder.trajectories(
                "ideal.nc", lambda: judged.sample(model, "paired", how.spice_samples)
            )
            stage = "SPICE runs (mixed)"
            real = self.folder.trajectories(
                "spice.nc", lambda: judged.in_spice(self.jobs, self.timeout, self.announce(stage))
            )
            compared = fidelity.compare(
                ideal, real, self.patterns, limits.path, None, limits.share_difference
            )
            self.metrics += with_lag(compared.metrics, real)
            self.metrics += fidelity.quality_metrics(
                real, self.patterns, limits.share, limits.class_share, "SPICE"
            )
            whole = heat.heat_accounts(model, real)["fixed potential"]
            facts["spice_heat"] = heat.summary(whole[np.isfinite(whole)])
            mean = facts["spice_heat"]["mean"]
            shown |= {"paired": ideal.final[:SHOWN], "SPICE": real.final[:SHOWN]}
        facts["joules"] = joules(judged.design, mean)
        self._keep("found.npz", shown)
        return facts

    def keep_pictures(self) -> None:
        """Keep patterns and hidden fields, to be looked at."""
        machine = self.plan.machine
        arrays = {"patterns": self.patterns}
        for kind in ("repeat", "projection", "codes"):
            hidden = self.plan.hidden(Settings(hidden=kind))
            fields = unit_fields(self.patterns, machine.n_hidden, hidden, machine.projection_seed)
            arrays[kind] = fields[:, self.patterns.shape[1] :]
        self._keep("pictures.npz", arrays)

    def _keep(self, name: str, arrays: dict[str, FloatArray]) -> None:
        self.folder.write(name, lambda path: _save_arrays(arrays, path))


def _samples(name: str) -> str:
    return f"samples-{name}.npz"


def _losses(learnt: dict[Task, Learnt]) -> Facts:
    return {
        f"{field}, {way}": {
            "held_out": trained.held_out.tolist(),
            "expected": trained.expected.tolist(),
        }
        for (field, way), trained in sorted(learnt.items())
    }


def _save_arrays(arrays: dict[str, FloatArray], path: Path) -> None:
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]
