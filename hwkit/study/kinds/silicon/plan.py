"""Silicon studies: TOML, validated into a frozen plan."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hwkit.circuit import Scale, SiliconOptions
from hwkit.circuit.pdk import DEFAULT, TYPICAL
from hwkit.errors import ConfigError
from hwkit.patterns import first_pictures
from hwkit.settings.needs import Needs
from hwkit.study.sections import Count, Positive, Section, Share, StudyFile, Whole
from hwkit.training import Protocol
from hwkit.trajectories import FloatArray
from hwkit.units import ROOM_CELSIUS
from hwkit.validation.silicon import Generation
from hwkit.validation.silicon.measured import MOST_UNITS

Control = Literal["exchanged inputs", "no p device", "undecoupled"]


class PicturesPlan(Section):
    """The first picture of each class, on rows x columns pixels."""

    classes: Annotated[list[int], Field(min_length=1)] = [0, 6, 7]
    rows: Annotated[int, Field(ge=2, le=8)] = 4
    columns: Annotated[int, Field(ge=2, le=8)] = 3

    def patterns(self) -> FloatArray:
        """Return the pictures, (P, rows * columns)."""
        return first_pictures(self.classes, self.rows, self.columns)


class TrainedPlan(Section):
    """The machine, trained on the extracted curves; `n_pairs` keeps the strongest pairs only."""

    n_hidden: Whole = 0
    n_pairs: Count | None = None
    directed: bool = True
    kT: Positive = 0.1


class NoisingPlan(Section):
    """The noising that is reversed."""

    t_final: Positive = 1.25
    dt: Positive = 1e-3
    strength: Positive = 1.5

    def protocol(self) -> Protocol:
        """Return the training protocol."""
        return Protocol(self.t_final, self.dt, self.strength)


class SiliconCircuitPlan(Section):
    """Scale and options of the circuit."""

    volt: Positive = 0.131
    second: Positive = 2e-6
    farad: Positive = 2e-12
    corner: str = TYPICAL
    celsius: float = ROOM_CELSIUS
    decoupling_farad: Positive = 1e-9
    models: Literal["embedded", "foundry"] = "embedded"
    bias: Literal["ideal", "mirrors"] = "ideal"
    dac_bits: int = 6
    process: str = DEFAULT

    @property
    def scale(self) -> Scale:
        """Volts, seconds and farads."""
        return Scale(self.volt, self.second, self.farad)

    def options(self) -> SiliconOptions:
        """Return the family's options."""
        return SiliconOptions(
            self.corner,
            self.celsius,
            self.decoupling_farad,
            self.models,
            bias=self.bias,
            dac_bits=self.dac_bits,
            process=self.process,
        )


class ComparisonPlan(Section):
    """How circuit and machine generate. `level` "mixed": couplings beside ngspice.

    Attributes of paths: their number and the steps that are fitted; `explain` measures the
    circuit's capacitances.
    """

    level: Literal["full", "mixed"] = "full"
    t_final: Positive = 2.5
    dt: Positive = 1e-2
    samples: Annotated[int, Field(ge=2)] = 300
    steps: Annotated[list[Positive], Field(min_length=2)] = [1e-2, 5e-3, 2.5e-3]
    path_samples: Count = 10
    path_t_final: Positive = 1.25
    states: Count = 50
    explain: bool = False
    controls: list[Control] = ["exchanged inputs", "no p device", "undecoupled"]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.steps != sorted(set(self.steps), reverse=True):
            raise ConfigError(f"steps are {self.steps}; give them in falling order, each once")
        if len(set(self.controls)) < len(self.controls):
            raise ConfigError(f"controls are {self.controls}; give each once")
        return self


class SpecificationPlan(Section):
    """Boards of the foundry's mismatch, and the specification of a good one."""

    count: Annotated[int, Field(ge=2)] = 20
    samples: Annotated[int, Field(ge=2)] = 20
    share: Share = 0.9
    class_share: Share = 0.1


class BoardsPlan(SpecificationPlan):
    """Boards with the foundry's mismatch times each factor, all else as it was designed.

    A factor f is that of gates with 1/f^2 of the area (Pelgrom).
    """

    factors: Annotated[list[Positive], Field(min_length=1)] = [1.0]


class WherePlan(Section):
    """Corners of the process and temperatures, degrees Celsius: all combinations."""

    corner: Annotated[list[str], Field(min_length=1)] = [TYPICAL]
    celsius: Annotated[list[float], Field(min_length=1)] = [ROOM_CELSIUS]

    @property
    def places(self) -> list[tuple[str, float]]:
        """Every corner at every temperature."""
        return [(corner, celsius) for corner in self.corner for celsius in self.celsius]

    @model_validator(mode="after")
    def _check(self) -> Self:
        for celsius in self.celsius:
            SiliconOptions(celsius=celsius)
        return self


class PlacesPlan(WherePlan):
    """The circuit as it was designed, at corners and temperatures."""

    samples: Annotated[int, Field(ge=2)] = 60


class ChipsPlan(WherePlan, SpecificationPlan):
    """Yield over the area of gates, the power, and the bits of converters: all combinations.

    A good board meets the specification at all corners and temperatures. `area` is a factor on the
    area of every gate at the same currents, which divides the foundry's mismatch by its root
    (Pelgrom). `power` is a factor on all currents, by C at the same time constant. For each power
    and number of bits the machine is trained and compiled anew.
    """

    area: Annotated[list[Positive], Field(min_length=1)] = [0.25, 1.0, 4.0]
    power: Annotated[list[Positive], Field(min_length=1)] = [1.0]
    dac_bits: list[int] = []

    @model_validator(mode="after")
    def _check_axes(self) -> Self:
        for name in ("area", "power", "dac_bits"):
            values = getattr(self, name)
            if values != sorted(set(values)):
                raise ConfigError(
                    f"chips.{name} is {values}; give its values in rising order, each once"
                )
        for bits in self.dac_bits:
            SiliconOptions(dac_bits=bits)
        return self


class SiliconLimits(Section):
    """Limits; a control must exceed those of its level."""

    cell: Positive = 1e-4
    drift: Positive = 0.01
    path: Positive = 0.01
    share: Share = 0.95
    class_share: Share = 0.12
    share_difference: Positive = 0.03
    yields: Share = 0.9


class SiliconPlan(StudyFile):
    """A whole silicon study."""

    rules = (Needs("circuit.dac_bits chips.dac_bits", "circuit.bias", ("mirrors",)),)

    kind: Literal["silicon"] = "silicon"
    pictures: PicturesPlan = PicturesPlan()
    machine: TrainedPlan = TrainedPlan()
    noising: NoisingPlan = NoisingPlan()
    circuit: SiliconCircuitPlan = SiliconCircuitPlan()
    comparison: ComparisonPlan = ComparisonPlan()
    boards: BoardsPlan | None = None
    corners: PlacesPlan | None = None
    chips: ChipsPlan | None = None
    limits: SiliconLimits = SiliconLimits()

    @model_validator(mode="after")
    def _check_corners(self) -> Self:
        own = self.circuit.options().kit.technology
        for section in (self.corners, self.chips):
            for corner in section.corner if section else ():
                own.corner(corner)
        return self

    @property
    def has_bench(self) -> bool:
        """Whether boards can be measured for the page of `hwkit explore`."""
        units = self.pictures.rows * self.pictures.columns + self.machine.n_hidden
        return self.comparison.level == "full" and units <= MOST_UNITS

    def generation(self, samples: int, seed: int) -> Generation:
        """Return how a number of samples is generated."""
        return Generation(self.comparison.t_final, self.comparison.dt, samples, seed)

    def check_here(self) -> None:
        """See `StudyFile.check_here`."""
        self.pictures.patterns()
        self.circuit.options()
