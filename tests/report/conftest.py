"""A run folder of a few small runs, made without ngspice: one run failed, one limit is missed."""

import json

import numpy as np
import pytest

from hwkit import EnergyModel, Metric, Trajectories, Verdict, compile_model, render, save_model
from hwkit.langevin import simulate_langevin
from hwkit.manifest import Digest, plan_digest, save_manifest
from hwkit.study.folder import RunFolder
from hwkit.study.kinds.equivalence.plan import EquivalencePlan
from tests.machines import random_couplings

N_VISIBLE, N_HIDDEN = 64, 3
REASON = "timestep too small; <b>run abandoned</b>"
METRICS = (
    Metric("drift error", "drift", 3e-15, 1e-6, n=5),
    Metric("path error", "path", 7.1e-3, 5e-3, stderr=1e-4, n=5, note="5 runs <script>alert(1)"),
    Metric("path correlation", "path", 0.999986, n=5),
    Metric("mean of <x0 x1> & more", "distribution", float("nan"), 0.01),
    Metric("SPICE: recognisable share", "quality", 0.5, direction=">=", stderr=0.2, n=6),
    Metric("kT/C: <x0 x0>, SPICE", "answer", 0.001, 0.02, stderr=0.005, n=100_000),
)


def make_run(folder, title="Small & <quick>"):
    plan = EquivalencePlan(name="small", title=title)
    run = RunFolder(folder, {"hwkit": "0.0.test", "plan": plan.model_dump()})
    n = N_VISIBLE + N_HIDDEN
    rng = np.random.default_rng(5)
    model = EnergyModel(
        random_couplings(n, rng, size=0.2), 0.3 * rng.standard_normal(n), n_visible=N_VISIBLE
    )
    save_model(model, run / "model.npz")
    (run / "machine.cir").write_text(render(compile_model(model)).text)

    ideal = simulate_langevin(model, 0.5, 0.01, 6, seed=1, save_every=5)
    x = ideal.x + 1e-3 * ideal.t[:, None] * rng.standard_normal(n)
    x[2] = np.nan
    ideal.save(run / "ideal.nc")
    Trajectories(ideal.t, x, {2: REASON}, ideal.attributes).save(run / "spice.nc")
    simulate_langevin(model, 0.5, 0.01, 40, seed=2).save(run / "many.nc")

    residual = 1e-15 * rng.standard_normal((4, n))
    residual[:, 7] = 0
    np.savez(run / "drift.npz", values=residual)
    Verdict(METRICS).save(run / "verdict.json")
    run.close()
    sealed(run.path)
    write_provenance(run.path, "2001-02-03T04:05:06", {"training": 0.5, "SPICE runs": 12.5})
    return run.path


def sealed(folder):
    """List what a folder holds as results, as if hwkit had written it so."""
    outside = ("plan.json", "provenance.json", "report.html", "manifest.json")
    results = [file for file in folder.iterdir() if file.name not in outside]
    plan = plan_digest((folder / "plan.json").read_text())
    save_manifest(folder, plan, {file.name: Digest.of(file) for file in results})


def write_provenance(folder, time, seconds):
    facts = {"time": time, "host": "nowhere", "versions": {"numpy": "2"}, "seconds": seconds}
    (folder / "provenance.json").write_text(json.dumps(facts))


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A run folder to be read only."""
    return make_run(tmp_path_factory.mktemp("report") / "run")
