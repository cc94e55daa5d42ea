"""What study files have in common: tables that many kinds of study share."""

from typing import Annotated, Literal

from pydantic import Field

from hwkit.circuit import Design, Scale, compile_model, family_options
from hwkit.model import Cosh, EnergyModel, Onsite, Quartic
from hwkit.patterns import glyph_patterns, load_patterns
from hwkit.settings.needs import Needs
from hwkit.settings.problems import in_one_sentence
from hwkit.settings.sections import Count as Count
from hwkit.settings.sections import NotNegative as NotNegative
from hwkit.settings.sections import Positive as Positive
from hwkit.settings.sections import Section as Section
from hwkit.settings.sections import Several as Several
from hwkit.settings.sections import Share as Share
from hwkit.settings.sections import Whole as Whole
from hwkit.training import HiddenField, Protocol, TrainingResult, train
from hwkit.trajectories import FloatArray
from hwkit.workers import Progress


class StudyFile(Section):
    """A whole study file; the name is that of its run folder unless another is given.

    A kind of study derives its plan from this and sets `kind` to a literal of its own name.

    Raises:
        ConfigError: if a setting is unknown, out of range or without effect.
    """

    kind: str
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
    title: str = ""
    seed: Whole = 0

    def __init__(self, /, **settings: object) -> None:  # a file may have a key "self"
        with in_one_sentence(type(self)):
            super().__init__(**settings)

    def check_here(self) -> None:
        """Refuse what would fail later on this machine, such as missing data.

        Called before anything is computed or written; what settings alone tell is checked when the
        plan is made.

        Raises:
            HwkitError: naming the value.
        """


class DataPlan(Section):
    """Which patterns to train on."""

    rules = (Needs("folder", "source", ("mnist",)),)

    source: Literal["digits", "mnist"] = "digits"
    classes: list[int] = [0, 1, 2]
    folder: str | None = None

    def patterns(self) -> FloatArray:
        """Load the patterns, (P, pixels), in grey values."""
        return load_patterns(self.source, self.classes, self.folder)


class MachinePlan(Section):
    """The machine to train."""

    rules = (
        Needs("hidden projection_seed", "n_hidden"),
        Needs("projection_seed", "hidden", ("projection",)),
    )

    n_hidden: Whole = 64
    hidden: HiddenField = "repeat"
    projection_seed: Whole = 0
    onsite: Literal["quartic", "cosh"] = "quartic"
    J2: float = 1.0
    J4: float = 1.0
    kT: Positive = 0.1
    mobility: Positive = 1.0
    biases: Literal["all", "hidden", "none"] = "all"

    def energy(self) -> Onsite:
        """Return the onsite energy; a cosh has the linear and cubic force of that quartic."""
        return (Quartic if self.onsite == "quartic" else Cosh.from_quartic)(self.J2, self.J4)

    def train(
        self, patterns: FloatArray, protocol: Protocol, progress: Progress | None = None
    ) -> TrainingResult:
        """Train the machine exactly, on patterns (P, pixels)."""
        return train(
            patterns,
            self.n_hidden,
            hidden=self.hidden,
            projection_seed=self.projection_seed,
            onsite=self.energy(),
            kT=self.kT,
            mobility=self.mobility,
            protocol=protocol,
            biases=self.biases,
            progress=progress,
        )


class ProtocolPlan(Section):
    """The noising protocol; generation takes as long."""

    t_final: Positive = 2.5
    dt: Positive = 1e-3

    def protocol(self) -> Protocol:
        """Return the training protocol."""
        return Protocol(self.t_final, self.dt)


class CircuitPlan(Section):
    """The circuit family and its scale."""

    cell: str = "rc"
    volt: Positive = 0.1
    second: Positive = 1e-6
    farad: Positive = 1e-12
    options: dict[str, float | str] = {}

    @property
    def has_bench(self) -> bool:
        """Whether the page of `hwkit explore` has equations for the family."""
        return self.cell in ("rc", "resistive")

    def design(self, model: EnergyModel) -> Design:
        """Compile a machine."""
        scale = Scale(self.volt, self.second, self.farad)
        return compile_model(model, self.cell, scale, family_options(self.cell, self.options))


class GlyphPlan(Section):
    """Small digits: which classes, on how many pixels."""

    classes: list[int] = [0, 1]
    rows: Annotated[int, Field(ge=2, le=8)] = 4
    columns: Annotated[int, Field(ge=2, le=8)] = 4

    def patterns(self) -> FloatArray:
        """Return the pictures, (P, rows * columns)."""
        return glyph_patterns(self.classes, self.rows, self.columns)
