"""What a tolerance study answers: the content of `tolerance.json`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from hwkit.study.kinds.tolerance.facts import Number, YieldFacts
from hwkit.study.kinds.tolerance.results_grades import GradesAnswer, TemperatureYield
from hwkit.twin import Mode

SCHEMA_VERSION = 1
RESULTS, ANSWERS, WORST = "results.parquet", "tolerance.json", "worst.npz"
CHECK, SENSITIVITY = "check.json", "sensitivity.json"


@dataclass(frozen=True)
class BoardYield(YieldFacts):
    """The yield of the study, and what a board must do to pass."""

    specification: tuple[str, ...]


@dataclass(frozen=True)
class CurvePoint(YieldFacts):
    """The yield at one factor on the deviations, or at one number of bits."""

    at: float


@dataclass(frozen=True)
class Curve:
    """Yields of one entry of the variation, or of all."""

    group: str
    against: Literal["deviations", "bits"]
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class Distribution:
    """A metric over the boards that could be simulated; quantiles by their level."""

    mean: Number
    std: Number
    quantiles: dict[str, Number]


@dataclass(frozen=True)
class Apart:
    """How far the twin's end states are from SPICE's, in units of x."""

    largest: float
    rms: float


@dataclass(frozen=True)
class CheckedBoard:
    """One board in ngspice and in both modes of the twin; `failure` is why ngspice failed."""

    board: int
    paths: int
    mode: Mode
    failure: str = ""
    implicit: Apart | None = None
    fast: Apart | None = None


@dataclass(frozen=True)
class Part:
    """What one part does to a metric; see `Ranked`."""

    name: str
    part: int
    derivative: Number
    effect: Number
    share: Number
    between: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """What one entry of the variation does to a metric; see `GroupShare`."""

    group: str
    effect: Number
    share: Number


@dataclass(frozen=True)
class Sensitivity:
    """Parts and entries that move a smooth metric most."""

    metric: str
    paths: int
    value: Number
    parts: tuple[Part, ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class SobolIndex:
    """Sobol indices of one entry with their intervals; see `Index`."""

    group: str
    first: Number
    first_low: Number
    first_high: Number
    total: Number
    total_low: Number
    total_high: Number


@dataclass(frozen=True)
class Sobol:
    """Sobol indices of all entries."""

    metric: str
    boards: int
    groups: tuple[SobolIndex, ...]


@dataclass(frozen=True)
class Loosest:
    """How many times as large the deviations of one entry may be, alone; see `Largest`."""

    group: str
    factor: float
    fails_at: Number
    yields: Annotated[YieldFacts, Field(alias="yield")]


@dataclass(frozen=True)
class Cheapest:
    """The cheapest classes that reach the target; see `Allocation`."""

    factors: dict[str, float]
    cost: Number
    tried: int
    yields: Annotated[YieldFacts | None, Field(alias="yield")]


@dataclass(frozen=True)
class Trimmed(YieldFacts):
    """The yield with so many parts trimmed to their nominal values."""

    parts: int


@dataclass(frozen=True)
class Budget:
    """How loose the entries may be, which classes are cheapest, what trimming buys."""

    target: float
    boards: int
    loosest: tuple[Loosest, ...]
    cheapest: Cheapest | None
    trimming: tuple[Trimmed, ...]


@dataclass(frozen=True)
class Rare:
    """The failure probability by scaled-sigma sampling; see `RareFailure`."""

    outcome: Literal["estimate", "can't tell"]
    probability: Number
    low: Number
    high: Number
    at_most: Number
    level: float
    why: str
    scales: tuple[float, ...]
    failures: tuple[int, ...]
    boards: tuple[int, ...]
    residuals: tuple[Number, ...]
    text: str


@dataclass(frozen=True)
class WorstBoard:
    """A board that misses the first limit by most; `shown`: the best pattern of each path."""

    board: int
    shown: tuple[int, ...]
    metrics: dict[str, Number]


@dataclass(frozen=True)
class Answers:
    """All answers of a study; what was not asked for is None or empty."""

    schema_version: int
    name: str
    nominal: dict[str, Number]
    yields: Annotated[BoardYield, Field(alias="yield")]
    causes: dict[str, int]
    metrics: dict[str, Distribution]
    check: tuple[CheckedBoard, ...]
    sensitivity: Sensitivity | None
    sobol: Sobol | None
    curves: tuple[Curve, ...] | None
    budget: Budget | None
    rare: Rare | None
    worst: tuple[WorstBoard, ...]
    sentence: str = ""
    temperatures: tuple[TemperatureYield, ...] = ()
    grades: GradesAnswer | None = None
