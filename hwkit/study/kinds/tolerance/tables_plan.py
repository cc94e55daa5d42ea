"""The tables of a tolerance study: what varies, which boards are made, what is asked."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from scipy.constants import zero_Celsius

from hwkit.circuit.variation import ROOM_KELVIN
from hwkit.errors import ConfigError
from hwkit.settings.needs import Needs, NotBoth
from hwkit.study.sections import Count, NotNegative, Positive, Section, Share, Whole
from hwkit.tolerance import Limit, StopRule

Fraction = Annotated[float, Field(gt=0, lt=1)]
Widening = Annotated[float, Field(gt=1)]
Celsius = Annotated[float, Field(gt=-zero_Celsius)]


def check_different(what: str, numbers: Sequence[float]) -> None:
    """Refuse numbers of which two are the same to six digits, by which their results are called.

    Raises:
        ConfigError: naming them.
    """
    names = [f"{number:g}" for number in numbers]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigError(f"{what} has {twice} twice; leave one of them out")


def _as_list(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


class GradientPlan(Section):
    """See `Gradient`."""

    name: str
    parts: str
    sigma: NotNegative


class DriftPlan(Section):
    """See `Drift`."""

    rules = (Needs("parts", "per_kelvin per_decade"),)

    parts: str
    per_kelvin: float = 0.0
    per_decade: float = 0.0


class FaultPlan(Section):
    """See `Fault`."""

    rules = (Needs("level", "kind", ("stuck",)),)

    name: str
    parts: str
    kind: Literal["open", "short", "stuck"]
    probability: Share
    level: float = 1.0


class QuantisedPlan(Section):
    """See `Quantised`."""

    parts: str
    bits: Annotated[int, Field(ge=2, le=32)]
    per: Literal["matrix", "row"] = "matrix"


class EnvironmentPlan(Section):
    """The temperatures that every board must work at, and its hours in use.

    `celsius` is one temperature or several; `kelvin` another way to give one.
    """

    rules = (NotBoth("kelvin", "celsius"),)

    celsius: Annotated[list[Celsius], BeforeValidator(_as_list), Field(max_length=20)] = []
    kelvin: Positive = ROOM_KELVIN
    hours: NotNegative = 0.0

    @model_validator(mode="after")
    def _check_celsius(self) -> Self:
        check_different("environment.celsius", self.celsius)
        return self


class LimitPlan(Section):
    """One line of the specification."""

    metric: str
    min: float | None = None
    max: float | None = None

    def limit(self) -> Limit:
        """Return the limit."""
        return Limit(self.metric, self.min, self.max)


class BoardsPlan(Section):
    """How many boards, how many thermal paths on each, and how they are simulated.

    `mode` "auto" takes the twin's fast mode where the design allows it; `required` is a yield that
    the study's verdict asks for.
    """

    count: Count = 1000
    paths: Count = 100
    dt: Positive = 2.5e-3
    batch: Count = 50
    mode: Literal["auto", "fast", "implicit"] = "auto"
    sampling: Literal["plain", "lhs", "sobol"] = "plain"
    required: Fraction | None = None
    level: Fraction = 0.95
    interval: Literal["wilson", "clopper-pearson"] = "wilson"


class StopPlan(Section):
    """See `StopRule`; the rule is asked after every `wave` batches."""

    rules = (Needs("least wave", "half_width target"),)

    half_width: Fraction | None = None
    target: Fraction | None = None
    least: Count = 50
    wave: Count = 4

    def rule(self) -> StopRule | None:
        """Return the rule, None if none is set."""
        if self.half_width is None and self.target is None:
            return None
        return StopRule(self.half_width, self.target, self.least)


class CheckPlan(Section):
    """Boards that are simulated again in ngspice, path by path; 0 leaves the check out."""

    rules = (Needs("paths implicit fast", "boards"),)

    boards: Whole = 3
    paths: Count = 2
    implicit: Positive | None = 1e-6
    fast: Positive | None = 1e-2


class SensitivityPlan(Section):
    """Derivatives to every part, and Sobol indices of the groups; 0 boards leave those out.

    `metric` is smooth: one of "energy", "heat", "mean correlation", "soft share". `top` lists so
    many parts; 0 leaves the derivatives out of the study, but for a budget that trims.
    """

    rules = (Needs("sobol_metric", "sobol_boards"),)

    metric: str = "soft share"
    paths: Count = 8
    top: Whole = 30
    sobol_boards: Whole = 0
    sobol_metric: str = "path rms"


class CurvesPlan(Section):
    """Yield against the deviations' factor, of all entries and of each, and against bits."""

    rules = (Needs("factors each bits bits_parts", "boards"), Needs("bits_parts", "bits"))

    boards: Whole = 0
    factors: Annotated[list[Positive], Field(min_length=1)] = [0.5, 1.0, 2.0, 4.0]
    each: bool = True
    bits: list[int] = []
    bits_parts: str = "coupling"


class BudgetPlan(Section):
    """The loosest deviations of each group that keep the yield, and the cheapest classes.

    `cost` maps an entry to {factor on its deviations: cost of that class}. The table asks the
    question by being there; 0 boards leave all of it out.
    """

    rules = (Needs("target largest precision groups cost trim", "boards"),)

    boards: Whole = 100
    target: Fraction = 0.9
    largest: Positive = 16.0
    precision: Fraction = 0.15
    groups: list[str] | None = None
    cost: dict[str, dict[str, float]] = {}
    trim: list[int] = []


class RarePlan(Section):
    """Scaled-sigma sampling; 0 boards leave it out."""

    rules = (Needs("scales", "boards"),)

    boards: Whole = 0
    scales: Annotated[list[Widening], Field(min_length=4)] = [1.6, 1.9, 2.3, 2.8, 3.4]
