"""Energy studies: TOML, validated into a frozen plan."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from hwkit.energy import UNITS, Price, Prices
from hwkit.errors import ConfigError
from hwkit.study.needs import Unused
from hwkit.study.reading import read_plan
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

    `samples` runs are made; `halved` of them are repeated at half the step, on the same noise.
    """

    name: Annotated[str, Field(min_length=1)]
    onsite: Literal["quartic", "cosh"] = "quartic"
    dt: Positive = 2.5e-3
    samples: Several = 20
    halved: Several = 4


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
    control: Positive = 10.0  # how many times its limit an account must miss without a class


class EnergyPlan(StudyFile):
    """A whole energy study."""

    rules = (Unused("machine.onsite", "each of the circuits names the energy of its own"),)

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


def load_energy(path: Path | str, seed: int | None = None) -> EnergyPlan:
    """Read an energy study.

    Raises:
        ConfigError: if the file is missing, not TOML, asks for what does not exist, or lacks a
            price.
    """
    plan = read_plan(EnergyPlan, path, seed)
    names = [circuit.name for circuit in plan.circuits]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"study file {path}: two circuits are called {name!r}")
    for circuit in plan.circuits:
        if circuit.halved > circuit.samples:
            raise ConfigError(
                f"study file {path}: {circuit.name} has {circuit.samples} samples, but "
                f"{circuit.halved} of them are to be repeated; give at most {circuit.samples}"
            )
    prices = plan.price_list()
    for name in NEEDED:
        if name not in prices.known:
            raise ConfigError(
                f"study file {path}: the price {name!r} is missing; add [prices.{name}] with "
                f'value, unit = "{UNITS[name]}" and source (a publication, or "user-set")'
            )
    return plan
