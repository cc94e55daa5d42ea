"""Runs a study of any kind: stamps the folder, computes, keeps verdict and provenance, renders."""

from dataclasses import dataclass
from importlib.resources import files as resource_files
from pathlib import Path
from typing import Any

from hwkit.cluster import Cluster
from hwkit.errors import DataError
from hwkit.fidelity import Verdict
from hwkit.files import reading, write_text
from hwkit.report.answers import Answer
from hwkit.report.files import files_section
from hwkit.report.rendering import PAGE, Head, Section, render_page
from hwkit.report.verdict import summarise
from hwkit.spice import ngspice_version
from hwkit.study.finished import FinishedRun, finished_run
from hwkit.study.folder import RunFolder, stamp_of
from hwkit.study.kind import Estimate, Kind
from hwkit.study.kinds import load_kind
from hwkit.study.provenance import provenance_section, save_provenance
from hwkit.study.run import Run
from hwkit.study.sections import StudyFile
from hwkit.workers import Announce, available_cores, silent

VERDICT, PROVENANCE = "verdict.json", "provenance.json"


@dataclass(frozen=True)
class Outcome:
    """What became of a study: its page, what that says first, its verdict."""

    page: Path
    answer: Answer
    verdict: Verdict


def run_study(
    plan: StudyFile,
    out: Path | str,
    jobs: int | None = None,
    timeout: float | None = None,
    announce: Announce | None = None,
    scheduler: str | None = None,
    insecure_scheduler: bool = False,
) -> Verdict:
    """Run a study into a folder, write its page and return its verdict.

    Args:
        plan, out, jobs, timeout, announce, scheduler, insecure_scheduler: as for `conclude_study`.

    Raises:
        HwkitError: as `conclude_study`.
    """
    return conclude_study(plan, out, jobs, timeout, announce, scheduler, insecure_scheduler).verdict


def conclude_study(
    plan: StudyFile,
    out: Path | str,
    jobs: int | None = None,
    timeout: float | None = None,
    announce: Announce | None = None,
    scheduler: str | None = None,
    insecure_scheduler: bool = False,
) -> Outcome:
    """Run a study into a folder, write its page and return its answer and its verdict.

    Args:
        plan: the validated study, as `load_plan` returns it.
        out: run folder; made if missing, resumed if it holds the same plan's results.
        jobs: worker processes; one per core if None. Results don't depend on it.
        timeout: seconds that one SPICE run may take.
        announce: called with the name of each stage, returns its progress callback.
        scheduler: address of a Dask scheduler to run on, with the same results.
        insecure_scheduler: take a scheduler on another machine without TLS.

    Raises:
        SimulationError: if ngspice is needed and missing, or fails.
        ConfigError: if the folder or the scheduler can't be used.
        HwkitError: before anything is written, if the plan asks for what can't be.
    """
    kind, say = load_kind(plan.kind), announce or silent
    plan.check_here()
    ngspice = ngspice_version() if kind.needs_spice(plan) else "not used"
    local = jobs or available_cores()
    with Cluster.of(scheduler, insecure_scheduler) as cluster, RunFolder.of(plan, out) as folder:
        run = Run(plan, folder, local, cluster or local, timeout, say)
        verdict = kind.compute(plan, run)
        folder.write(VERDICT, verdict.save)
        save_provenance(folder / PROVENANCE, local, run.seconds, ngspice)
        say("report")
        answer = _render(FinishedRun(folder.path, folder.names, stamp_of(plan)))
    return Outcome(folder.path / PAGE, answer, verdict)


def estimate_study(plan: StudyFile) -> Estimate:
    """Return what a study takes on this machine; nothing is written.

    Raises:
        HwkitError: if the plan asks for what can't be.
    """
    plan.check_here()
    return load_kind(plan.kind).estimate(plan)


def write_report(folder: Path | str) -> Path:
    """Write `report.html` into the folder of a finished run and return its path.

    The page needs no other file and no network. The same results give the same bytes, but for the
    section on provenance.

    Raises:
        DataError: if the folder is not a finished run folder, or a file in it can't be read.
        ConfigError: if no kind of study of its name is installed.
    """
    return report_again(folder).page


def report_again(folder: Path | str) -> Outcome:
    """Write the page as `write_report` does, and return what it says first and the verdict too."""
    with finished_run(Path(folder)) as run, reading(folder, "a finished run"):
        return Outcome(run / PAGE, _render(run), run.verdict())


def _render(run: FinishedRun) -> Answer:
    if not run.kind:
        made = run.stamp.get("hwkit")
        raise DataError(f"{run.path} was filled by hwkit {made}; run its study again to update it")
    kind: Kind[Any] = load_kind(run.kind)
    plan = run.plan(kind.plan)
    answer, summary = kind.answer(plan, run), summarise(run.verdict())
    files = files_section(run.path, run.names, kind.has_bench(plan))
    sections = [*kind.sections(plan, run), files, _provenance(run)]
    head = Head(plan.name, kind.name, plan.title or plan.name, kind.summary)
    write_text(run / PAGE, render_page(head, answer, summary, sections, kind.package))
    return answer


def _provenance(run: FinishedRun) -> Section:
    facts = provenance_section(run / PROVENANCE, run.stamp)
    return Section("provenance", "Cost and provenance", facts)


def example_text(name: str) -> str:
    """Return a study file of a kind that runs as it is, with comments.

    Raises:
        ConfigError: if there is no such kind.
    """
    kind = load_kind(name)
    return resource_files(kind.package).joinpath(kind.example).read_text(encoding="utf-8")
