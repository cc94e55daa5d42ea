"""Run a study: train, compile, extract, simulate on both sides, compare; results on disk."""

from pathlib import Path

from hwkit import fidelity
from hwkit.spice import ngspice_version
from hwkit.study import stages
from hwkit.study.context import Announce, Context, silent
from hwkit.study.folder import RunFolder
from hwkit.study.law import controls, law
from hwkit.study.plan import StudyPlan, check_plan
from hwkit.study.provenance import save_provenance
from hwkit.study.schemes import with_lag
from hwkit.workers import available_cores


def run_study(
    plan: StudyPlan,
    out: Path | str,
    jobs: int | None = None,
    timeout: float | None = None,
    announce: Announce | None = None,
) -> fidelity.Verdict:
    """Run a study into a folder and return its verdict.

    Args:
        plan: the validated study.
        out: run folder; made if missing, resumed if it holds the same plan's results.
        jobs: worker processes; one per core if None. Results don't depend on it.
        timeout: seconds that one SPICE run may take.
        announce: called with the name of each stage, returns its progress callback.

    Returns:
        The verdict, also written to `verdict.json`.

    Raises:
        SimulationError: if ngspice is missing or fails.
        ConfigError: if the folder can't be used.
        HwkitError: before anything is written, if the plan asks for what can't be.
    """
    check_plan(plan)
    ngspice = ngspice_version()
    with RunFolder.of(plan, out) as folder:
        run = Context(plan, folder, jobs or available_cores(), timeout, announce or silent)
        subject = stages.build(run)
        ideal, real = stages.generate(run, subject)
        many = stages.generate_many(run, subject)
        limits = plan.limits
        compared = fidelity.compare(
            ideal, real, subject.patterns, limits.path, limits.correlation, limits.share_difference
        )
        verdict = fidelity.merge(
            stages.drift(run, subject, ideal),
            with_lag(compared.metrics, real),
            stages.order(run, subject, ideal, real),
            stages.implicit(run, subject),
            stages.quality(run, subject, many, real),
            law(run, subject, many),
            controls(run, subject, ideal, many),
            stages.answers(run),
        )
        stages.budget(run, subject)
        folder.write("verdict.json", verdict.save)
        save_provenance(folder / "provenance.json", run.jobs, run.seconds, ngspice)
        return verdict
