"""Studies of measured boards: TOML, validated into a frozen plan."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hwkit.errors import ConfigError
from hwkit.measured.quantities import Anchor
from hwkit.measured.specification import Tolerances
from hwkit.model import EnergyModel, Quartic
from hwkit.settings.needs import Needs
from hwkit.study.sections import Count, NotNegative, Positive, Section, StudyFile, Whole

Probability = Annotated[float, Field(gt=0, lt=0.5)]
Level = Annotated[float, Field(gt=0.5, lt=1)]

_SIZED = ("noise", "1/f noise", "gain", "offset")


class PlantedPlan(Section):
    """One fault of an emulated board.

    `units` are the unit (or the channel's), or two of a coupling. `size`: factor on the noise or
    the gain, an offset in units of x, or the
    corner of 1/f noise, in cycles per unit of model time.
    """

    rules = (Needs("size", "fault", _SIZED),)

    fault: Literal["missing coupling", "wrong sign", "noise", "1/f noise", "gain", "offset", "dead"]
    units: Annotated[list[Whole], Field(min_length=1, max_length=2)]
    size: float | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        pair = self.fault in ("missing coupling", "wrong sign")
        if len(self.units) != 1 + pair:
            raise ValueError(f"fault {self.fault} takes {1 + pair} units, not {self.units}")
        if self.fault in _SIZED and self.size is None:
            raise ValueError(f"fault {self.fault} needs a size")
        if self.fault == "1/f noise" and self.size is not None and self.size <= 0:
            raise ValueError(f"1/f noise has the corner {self.size:g}; it must be above 0")
        return self


class EmulatedPlan(Section):
    """A board that is emulated: a machine in the twin behind a converter, and its faults."""

    couplings: Annotated[list[tuple[Whole, Whole, float]], Field(min_length=1)]
    biases: Annotated[list[float], Field(min_length=2)]
    J2: Positive = 1.0
    J4: NotNegative = 1.0
    kT: Positive = 0.1
    samples: Annotated[int, Field(ge=50)] = 1000  # of each restart
    restarts: Count = 64
    step: Positive = 0.05  # between samples, in model time
    dt: Positive = 2.5e-3  # of the simulation
    bits: Annotated[int, Field(ge=2, le=24)] = 8
    span: Positive = 2.0  # of the converter, from -span to span, in x
    faults: list[PlantedPlan] = []

    def model(self) -> EnergyModel:
        """Return the intended machine."""
        n = len(self.biases)
        J = [[0.0] * n for _ in range(n)]
        for i, j, value in self.couplings:
            J[i][j] = J[j][i] = value
        return EnergyModel(J, self.biases, Quartic(self.J2, self.J4), self.kT)

    @model_validator(mode="after")
    def _check(self) -> Self:
        n = len(self.biases)
        for i, j, _ in self.couplings:
            if i == j or max(i, j) >= n:
                raise ValueError(f"coupling {i}-{j}: {n} biases make units 0 to {n - 1}")
        pairs = {frozenset((i, j)) for i, j, _ in self.couplings}
        if len(pairs) < len(self.couplings):
            raise ValueError("emulated.couplings give a pair of units twice; keep one value")
        for fault in self.faults:
            if max(fault.units) >= n:
                raise ValueError(f"fault {fault.fault} names unit {max(fault.units)} of {n}")
            if len(fault.units) == 2 and frozenset(fault.units) not in pairs:
                raise ValueError(f"units {fault.units} have no coupling to be wrong")
        return self


class SpecificationPlan(Section):
    """Limits on the distance from what is intended; a line that is left out is not specified.

    J2, J4, noise (kT) and gain are relative; coupling and bias are in model units, offset in x.
    """

    coupling: Positive | None = None
    bias: Positive | None = None
    J2: Positive | None = None
    J4: Positive | None = None
    noise: Positive | None = None
    gain: Positive | None = None
    offset: Positive | None = None

    def tolerances(self) -> Tolerances:
        """Return the limits."""
        return Tolerances(
            self.coupling, self.bias, self.J2, self.J4, self.noise, self.gain, self.offset
        )


class QuestionPlan(Section):
    """How records are judged."""

    anchor: Anchor = "stated"
    alpha: Probability = 0.01  # false alarms of "differs from the intended machine"
    level: Level = 0.95  # of all intervals together
    bits: Positive | None = None  # of the converters, as stated
    readout: NotNegative | None = None  # rms noise of the channels, in x, as stated
    lag: NotNegative = 0.0  # time constant of the channels, in model time
    wanted: Positive = 0.1  # change of kT that a record should resolve


class ReferencePlan(Section):
    """Runs of the intended machine that distributions are compared with."""

    runs: Annotated[int, Field(ge=8)] = 64
    duration: Positive = 50.0  # of each, in model time
    dt: Positive = 2.5e-3


class MeasuredPlan(StudyFile):
    """A whole study of one board: measured, or emulated."""

    kind: Literal["measured"] = "measured"
    measurement: Annotated[str, Field(min_length=1)] | None = None
    model: Annotated[str, Field(min_length=1)] | None = None
    emulated: EmulatedPlan | None = None
    question: QuestionPlan = QuestionPlan()
    specification: SpecificationPlan = SpecificationPlan()
    reference: ReferencePlan = ReferencePlan()

    def check_here(self) -> None:
        """See `StudyFile.check_here`."""
        for name, file in (("measurement", self.measurement), ("model", self.model)):
            if file is not None and not Path(file).is_file():
                raise ConfigError(f"{name} = {file!r} is not a file; name one that is there")

    @model_validator(mode="after")
    def _check(self) -> Self:
        given = self.measurement is not None or self.model is not None
        if given == (self.emulated is not None):
            raise ValueError(
                "give measurement and model, the files of a board, or a table emulated; not both"
            )
        if given and (self.measurement is None or self.model is None):
            raise ValueError("a board needs both measurement and model")
        return self
