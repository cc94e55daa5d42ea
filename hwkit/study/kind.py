"""What a kind of study is: its plan, what is computed, what its page shows, what it takes.

A kind is a folder under `hwkit/study/kinds` (or a module of another package) with one value of this
type; `kinds/__init__.py` says how it is found. The runner does everything that kinds share.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from hwkit.fidelity import Verdict
from hwkit.report.answers import Answer, verdict_answer
from hwkit.report.rendering import Section
from hwkit.study.finished import FinishedRun
from hwkit.study.run import Run
from hwkit.study.sections import StudyFile

Plan = TypeVar("Plan", bound=StudyFile)


@dataclass(frozen=True)
class Estimate:
    """What a study takes on this machine.

    Attributes:
        runs: simulated runs, of all kinds together.
        minutes: of wall time.
        bytes: on disk.
        note: what is not counted.
        stages: seconds of each stage of the work, in its order; empty if they are not told apart.
    """

    runs: int
    minutes: float
    bytes: int
    note: str = ""
    stages: Mapping[str, float] = field(default_factory=dict)


def answer_of_verdict(plan: StudyFile, run: FinishedRun) -> Answer:
    """Return what a study's verdict says first, whatever its kind."""
    return verdict_answer(run.verdict())


@dataclass(frozen=True)
class Kind(Generic[Plan]):
    """A kind of study.

    Attributes:
        name: what a study file names it: `kind = "storage"`.
        summary: one line on what it answers.
        plan: the study file's content, with checks across its fields.
        compute: does the work, through `run.stage`, `run.map` and `run.spice`, keeps results in
            `run.folder`, and returns the verdict.
        sections: of the report page, in order. A section's template lies in `templates/` beside
            the module of this function.
        needs_spice: whether a plan runs ngspice.
        estimate: what a plan takes; nothing is written.
        uses_workers: whether a plan runs tasks in worker processes.
        example: the file of `hwkit new`, beside the module of `sections`.
        answer: what the page's first screen and the terminal say first: a sentence, three numbers
            with intervals, a picture; by default what the verdict says.
        has_bench: whether `hwkit explore` makes a page of a run of a plan.
    """

    name: str
    summary: str
    plan: type[Plan]
    compute: Callable[[Plan, Run[Plan]], Verdict]
    sections: Callable[[Plan, FinishedRun], Iterable[Section]]
    needs_spice: Callable[[Plan], bool]
    estimate: Callable[[Plan], Estimate]
    uses_workers: Callable[[Plan], bool] = lambda plan: True
    example: str = "example.toml"
    answer: Callable[[Plan, FinishedRun], Answer] = answer_of_verdict
    has_bench: Callable[[Plan], bool] = lambda plan: False

    @property
    def package(self) -> str:
        """Name of the package that holds its templates and its example."""
        return self.sections.__module__.rpartition(".")[0] or self.sections.__module__
