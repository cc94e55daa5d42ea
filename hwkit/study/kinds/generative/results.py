"""What a generative study finds, part by part; a part that the study leaves out is None."""

from dataclasses import dataclass
from typing import Literal

from hwkit.study.kinds.generative.plan import Settings

RESULTS, PICTURES, SELECTED_STATES = "generative.json", "pictures.npz", "found.npz"

ACCOUNTS = (
    "fixed potential",
    "switching on",
    "switching off",
    "forgetting",
    "whole cycle",
    "Ito sum",
)

Field = Literal["repeat", "projection"]
Way = Literal["exact", "batch", "online"]


@dataclass(frozen=True, order=True)
class Task:
    """One training: field on the hidden units, and way to train."""

    field: Field
    way: Way

    @property
    def name(self) -> str:
        """Name in the verdict and on the page."""
        return f"{self.field}, {self.way}"

    @property
    def file(self) -> str:
        """Part of the names of its files."""
        return f"{self.field}-{self.way}"

    @property
    def samples(self) -> str:
        """File with the samples that are shown."""
        return f"samples-{self.file}.npz"


@dataclass(frozen=True)
class Account:
    """Mean of a quantity over runs, its standard error, and the standard deviation of a run."""

    mean: float
    stderr: float
    spread: float


@dataclass(frozen=True)
class Losses:
    """Losses per step after each cycle of a training (exact: one entry).

    Attributes:
        task: the training.
        held_out: on noising paths kept aside, the same for all.
        expected: without sampling.
    """

    task: Task
    held_out: list[float]
    expected: list[float]


@dataclass(frozen=True)
class Course:
    """Times of a run; mean heat so far, in kT, and recognisable share at them."""

    t: list[float]
    heat: list[float]
    share: list[float]


@dataclass(frozen=True)
class MachineHeat:
    """What the samples of one machine cost.

    Attributes:
        task: how the machine was trained.
        accounts: name of an account -> its value in kT.
        heat: of every sample at fixed potential, in kT.
        course: of the runs.
        share: of samples that are recognisable.
        classes: share of each class.
    """

    task: Task
    accounts: dict[str, Account]
    heat: list[float]
    course: Course
    share: float
    classes: list[float]


@dataclass(frozen=True)
class StartSpread:
    """Standard deviation of x over n states when generation starts, with its standard error."""

    value: float
    stderr: float
    n: int


@dataclass(frozen=True)
class Heat:
    """Heat of every trained machine, by the name of its training, and the spread of starts."""

    machines: dict[str, MachineHeat]
    start: StartSpread


@dataclass(frozen=True)
class SweepRow:
    """One duration: samples, n of them, and what they cost."""

    field: Field
    t: float
    share: float
    classes: list[float]
    heat: Account
    cycle: Account
    n: int


@dataclass(frozen=True)
class Sweep:
    """All durations."""

    rows: list[SweepRow]


@dataclass(frozen=True)
class SearchTrial:
    """One candidate of a search, tried on n samples.

    Attributes:
        settings: of the candidate.
        share: of samples that are recognisable.
        classes: share of each class.
        score: share minus the rarest class's shortfall below half of 1/P.
        n: samples.
        round: 1 for all candidates, 2 for the best of them.
    """

    settings: Settings
    share: float
    classes: list[float]
    score: float
    n: int
    round: int


@dataclass(frozen=True)
class Search:
    """Every trial of the second round, best first, then those of the first round."""

    trials: list[SearchTrial]


@dataclass(frozen=True)
class Joules:
    """Heat of a sample in joules at one scale: node capacitance, V0, noise temperature."""

    farad: float
    volt: float
    kelvin: float
    joule: float


@dataclass(frozen=True)
class Selected:
    """What the selected settings do.

    Attributes:
        accounts: name of an account of heat -> its value in kT.
        control: recognisable share with shuffled couplings.
        coupling_sum: largest sum of |J| at a unit.
        joules: heat of a sample at several scales, the design's own first.
        spice_heat: heat at fixed potential of the runs in SPICE, in kT; None without any.
        rank: place of the settings among the search's trials; 0 if not among them, None without
            a search.
    """

    accounts: dict[str, Account]
    control: float
    coupling_sum: float
    joules: list[Joules]
    spice_heat: Account | None = None
    rank: int | None = None


@dataclass(frozen=True)
class GenerativeResults:
    """All of a study; `training` is by the name of the training."""

    training: dict[str, Losses] | None = None
    heat: Heat | None = None
    sweep: Sweep | None = None
    search: Search | None = None
    found: Selected | None = None
