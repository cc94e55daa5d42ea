"""Speed-up studies: TOML, validated into a frozen plan."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hwkit.circuit import family_options
from hwkit.settings.needs import Needs
from hwkit.study.sections import (
    CircuitPlan,
    Count,
    GlyphPlan,
    MachinePlan,
    NotNegative,
    Positive,
    ProtocolPlan,
    Section,
    Several,
    Share,
    StudyFile,
)

Factors = Annotated[list[Annotated[float, Field(ge=1)]], Field(min_length=2)]


class SpeedPlan(Section):
    """Which factors, and the runs that compare each with the ideal machine; dt at factor 1."""

    factors: Factors = [1.0, 2.0, 4.0, 8.0]
    runs: Count = 300
    ideal_runs: Count = 4000
    scheme_runs: Count = 300
    path_runs: Count = 10
    dt: Positive = 5e-3
    control_factor: Annotated[float, Field(gt=1)] = 2.0


class RelaxationPlan(Section):
    """A ring of coupled units at rest in its noise, whose memory is timed; times at factor 1."""

    units: Several = 6
    coupling: float = -0.8
    runs: Several = 40
    settle: Positive = 10.0
    length: Positive = 60.0
    dt: Positive = 0.02


class BarrierPlan(Section):
    """Something of the hardware that does not get faster: options of the family, or the noise.

    `noise_second`: the noise source holds each value for so long, with the density of the machine's
    noise at low frequency.
    """

    rules = (Needs("name", "options noise_second"),)

    name: Annotated[str, Field(min_length=1)]
    options: dict[str, float | str] = {}
    noise_second: NotNegative = 0.0


class BarriersPlan(Section):
    """The barriers, and the runs and factors that measure each; dt at factor 1."""

    rules = (Needs("factors runs dt margin", "causes"),)

    factors: Factors = [1.0, 4.0, 16.0, 64.0]
    runs: Several = 100
    dt: Positive = 1e-2
    margin: Positive = 0.05
    causes: list[BarrierPlan] = []


class SpeedupLimits(Section):
    """Limits of the verdict."""

    path: Positive = 1e-6
    recognisable: Share = 0.8
    class_share: Share = 0.15
    resolution: Positive = 0.05  # change of kT that must be visible
    exponent: Positive = 3.0  # standard errors from -1


class SpeedupPlan(StudyFile):
    """A whole speed-up study."""

    kind: Literal["speedup"] = "speedup"
    glyphs: GlyphPlan = GlyphPlan()
    machine: MachinePlan = MachinePlan()
    protocol: ProtocolPlan = ProtocolPlan()
    circuit: CircuitPlan = CircuitPlan()
    speed: SpeedPlan = SpeedPlan()
    relaxation: RelaxationPlan = RelaxationPlan()
    barriers: BarriersPlan = BarriersPlan()
    limits: SpeedupLimits = SpeedupLimits()

    @model_validator(mode="after")
    def _check_options(self) -> Self:
        for options in ({}, *(barrier.options for barrier in self.barriers.causes)):
            family_options(self.circuit.cell, self.circuit.options | options)
        return self
