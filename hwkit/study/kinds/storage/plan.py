"""Storage studies: TOML, validated into a frozen plan."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hwkit.errors import ConfigError
from hwkit.settings.needs import Needs
from hwkit.study.sections import (
    DataPlan,
    MachinePlan,
    Positive,
    ProtocolPlan,
    Section,
    Several,
    StudyFile,
)

Bits = Annotated[int, Field(ge=2, le=24)]


class CurvePlan(Section):
    """One way to store couplings in few bits.

    `rounding`: to the nearest level; to either neighbour at random, right in the mean; or in
    rounds, those that are left and the biases solved for again ("retrain"). `full_scale`: one for
    all couplings, the largest of them, or the one at which plain rounding loses least.
    """

    name: Annotated[str, Field(min_length=1)]
    rounding: Literal["nearest", "stochastic", "retrain"]
    full_scale: Literal["largest", "best"] = "largest"


class RepeatsPlan(Section):
    """Independent repeats; within one, all curves have the same starts and the same noise."""

    count: Several = 8
    samples: Annotated[int, Field(ge=10)] = 250
    dt: Positive = 2.5e-3


class StorageLimits(Section):
    """Limits at the most bits, margins of what counts as enough, what a control must lose."""

    share: Positive = 0.01
    heat: Positive = 0.005
    expected_loss: Positive = 4.0  # standard errors
    share_margin: Positive = 0.02
    heat_margin: Positive = 0.01
    control: Positive = 0.3


class StoragePlan(StudyFile):
    """A whole storage study."""

    rules = (Needs("limits.expected_loss", "curves.rounding", ("stochastic",)),)

    kind: Literal["storage"] = "storage"
    data: DataPlan = DataPlan()
    machine: MachinePlan = MachinePlan()
    protocol: ProtocolPlan = ProtocolPlan()
    bits: Annotated[list[Bits], Field(min_length=2)] = list(range(2, 17))
    curves: Annotated[list[CurvePlan], Field(min_length=1)]
    repeats: RepeatsPlan = RepeatsPlan()
    limits: StorageLimits = StorageLimits()

    @model_validator(mode="after")
    def _check_lists(self) -> Self:
        if self.bits != sorted(set(self.bits)):
            raise ConfigError(f"bits are {self.bits}; give them in ascending order, each once")
        names = [curve.name for curve in self.curves]
        for name in names:
            if names.count(name) > 1:
                raise ConfigError(f"two curves are called {name!r}; give each its own name")
        return self

    def check_here(self) -> None:
        """See `StudyFile.check_here`."""
        self.data.patterns()
