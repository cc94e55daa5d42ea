"""Energy studies: TOML, validated into a frozen plan."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hwkit.energy import UNITS, Price, Prices
from hwkit.energy.digital import RAPL, counter_joules
from hwkit.errors import ConfigError
from hwkit.settings.needs import Unused, is_given
from hwkit.study.sections import (
    CircuitPlan,
    Count,
    DataPlan,
    MachinePlan,
    NotNegative,
    Positive,
    ProtocolPlan,
    Section,
    Several,
    StudyFile,
)

NEEDED = ("readout", "weight", "noise", "supply")


class LedgerCircuitPlan(CircuitPlan):
    """A circuit whose energy is accounted for: its machine's onsite energy, its SPICE runs.

    `samples` runs are made; `halved` of them are repeated at half the step, on the same noise. Of a
    circuit of transistors the power is measured at states of that many runs of the model.
    """

    name: Annotated[str, Field(min_length=1)]
    onsite: Literal["quartic", "cosh"] = "quartic"
    dt: Positive = 2.5e-3
    samples: Several = 20
    halved: Several = 4

    @property
    def in_transistors(self) -> bool:
        """Whether the power at the supplies is measured, not that of each class of elements."""
        return self.cell == "silicon"

    @model_validator(mode="after")
    def _check_transistors(self) -> Self:
        if not self.in_transistors:
            return self
        if self.onsite != "quartic":
            raise ConfigError(
                f"{self.name}: family silicon makes a quartic onsite energy, not {self.onsite!r}; "
                'set onsite = "quartic"'
            )
        if is_given(self, "halved"):
            raise ConfigError(
                f"{self.name}: halved changes nothing for a circuit of transistors, whose power is "
                "measured at rest in each state; leave it out"
            )
        return self


class ProbePlan(Section):
    """The small circuits that ngspice's own probes account for."""

    units: Annotated[int, Field(ge=2, le=8)] = 3
    t_final: Positive = 0.25


class DigitalPlan(Section):
    """The digital simulation of the same samples; without the price "digital", RAPL is read."""

    dt: Positive = 2.5e-3
    samples: Count = 500


class PricePlan(Section):
    """A price and its source."""

    value: NotNegative
    unit: str
    source: str


class EnergyLimits(Section):
    """Limits of the verdict."""

    imbalance: Positive = 1e-5
    probe: Positive = 1e-6
    probe_imbalance: Positive = 1e-3
    power: Positive = 0.05  # of a design's power at rest, against ngspice
    control: Positive = 10.0  # how many times its limit an account must miss without a class


class EnergyPlan(StudyFile):
    """A whole energy study."""

    rules = (Unused("machine.onsite", "each circuit names its own onsite energy"),)

    kind: Literal["energy"] = "energy"
    data: DataPlan = DataPlan()
    machine: MachinePlan = MachinePlan()
    protocol: ProtocolPlan = ProtocolPlan()
    circuits: Annotated[list[LedgerCircuitPlan], Field(min_length=1)]
    probe: ProbePlan = ProbePlan()
    digital: DigitalPlan = DigitalPlan()
    stage: Literal["A", "B"] = "A"
    samples_per_program: Count = 1000
    prices: dict[str, PricePlan] = {}
    limits: EnergyLimits = EnergyLimits()

    def price_list(self) -> Prices:
        """Return the prices.

        Raises:
            ConfigError: if a price has no source, or another unit than it should.
        """
        return Prices({name: Price(p.value, p.unit, p.source) for name, p in self.prices.items()})

    @model_validator(mode="after")
    def _check_circuits(self) -> Self:
        names = [circuit.name for circuit in self.circuits]
        for circuit in self.circuits:
            if names.count(circuit.name) > 1:
                raise ConfigError(f"two circuits are called {circuit.name!r}; rename one of them")
            if circuit.halved > circuit.samples and not circuit.in_transistors:
                raise ConfigError(
                    f"{circuit.name} has {circuit.samples} samples, but {circuit.halved} of them "
                    f"are to be repeated; give at most {circuit.samples}"
                )
        if is_given(self.limits, "power") and not any(c.in_transistors for c in self.circuits):
            raise ConfigError(
                "limits.power changes nothing while no circuit is of family silicon; leave it out"
            )
        return self

    @model_validator(mode="after")
    def _check_prices(self) -> Self:
        known = self.price_list().known
        for name in NEEDED:
            if name not in known:
                raise ConfigError(
                    f"the price {name!r} is missing; add [prices.{name}] with value, "
                    f'unit = "{UNITS[name]}" and source (a publication, or "user-set")'
                )
        return self

    def check_here(self) -> None:
        """See `StudyFile.check_here`."""
        self.data.patterns()
        if "digital" not in self.prices:
            counter_joules(RAPL)
