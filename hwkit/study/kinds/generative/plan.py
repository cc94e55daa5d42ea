"""Generative studies (arXiv 2506.15121 and beyond): TOML, validated into a frozen plan.

A study does what its file has a table for: `training` compares ways to train, `heat` accounts for
the heat of samples, `sweep` changes how long everything takes, `search` looks for better settings,
`found` judges selected settings, as a search finds them, in the ideal machine and in SPICE.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hwkit.circuit import family_options
from hwkit.errors import ConfigError
from hwkit.model import Quartic
from hwkit.patterns import class_codes
from hwkit.settings.needs import Needs
from hwkit.study.sections import (
    CircuitPlan,
    Count,
    DataPlan,
    NotNegative,
    Positive,
    Section,
    Several,
    Share,
    StudyFile,
    Whole,
)
from hwkit.training import Protocol, TrainingResult, train
from hwkit.training.train import TrainedBiases
from hwkit.trajectories import FloatArray

Hidden = Literal["repeat", "projection", "codes"]

DURATION = 2.5  # of preparation and generation in the paper, whatever the noising


class PicturesPlan(DataPlan):
    """Which patterns to train on; MNIST's unless another set is named."""

    source: Literal["digits", "mnist"] = "mnist"


class MachinePlan(Section):
    """Units and energies that all machines of the study share."""

    n_hidden: Count = 512
    J2: float = 1.0
    J4: Positive = 1.0
    kT: Positive = 0.1
    projection_seed: Whole = 0


class Settings(Section):
    """How one machine is trained and observed.

    `codes`: the field on the hidden units during training is a code of each pattern, +-amplitude,
    codes orthogonal to each other, in place of the pattern. `observation`: time of generation.
    """

    rules = (Needs("amplitude", "hidden", ("codes",)),)

    hidden: Hidden = "repeat"
    amplitude: Positive = 1.0
    t_final: Positive = DURATION
    strength: Positive = 2.0
    biases: TrainedBiases = "hidden"
    weights: list[NotNegative] | None = None
    observation: Positive = DURATION


class TrainingPlan(Section):
    """Ways to train that are compared; rate dt / t_final. 0 cycles leave a way out."""

    fields: Annotated[list[Literal["repeat", "projection"]], Field(min_length=1)] = ["repeat"]
    batch_cycles: Whole = 100
    online_cycles: Whole = 0
    held_out: Count = 10


class HeatPlan(Section):
    """Samples of every trained machine whose heat is accounted for, against a quoted number."""

    samples: Several = 256
    quoted: Positive = 2.9e3
    dt: Positive = 2.5e-3


class SweepPlan(Section):
    """Durations, of noising and generation alike."""

    times: Annotated[list[Positive], Field(min_length=1)]
    samples: Several = 128
    dt: Positive = 5e-3


class SearchPlan(Section):
    """All combinations of the lists, tried on few samples; the best again on more.

    `noising`: pairs of duration and strength. `amplitudes` matter to `codes` alone.
    """

    rules = (Needs("amplitudes", "hidden", ("codes",)),)

    hidden: list[Hidden] = ["repeat", "projection", "codes"]
    amplitudes: list[Positive] = [1.0, 2.0]
    noising: list[tuple[Positive, Positive]] = [(2.5, 2.0), (1.25, 1.5)]
    biases: list[TrainedBiases] = ["hidden", "all"]
    weights: list[list[NotNegative]] = []
    observations: Annotated[list[Positive], Field(min_length=1)] = [1.25, 2.5]
    first: Count = 32
    keep: Count = 4
    second: Count = 128
    dt: Positive = 5e-3


class SelectedPlan(Section):
    """The settings to be judged, on samples other than those of any search."""

    settings: Settings
    samples: Several = 2000
    control_samples: Several = 200
    spice_samples: Whole = 100
    dt: Positive = 2.5e-3


class GenerativeLimits(Section):
    """Limits of the verdict; leaving one out reports the number without judging it."""

    spread: Positive | None = 4.0
    share: Share | None = None
    class_share: Share | None = None
    path: Positive | Literal["step"] | None = "step"
    share_difference: Positive | None = 0.03
    control: Share | None = 0.05


class GenerativePlan(StudyFile):
    """A whole generative study."""

    rules = (
        Needs("name", "training sweep search found"),
        Needs("heat", "training"),
        Needs("circuit", "found"),
        Needs("limits.share limits.class_share limits.control", "found"),
        Needs("limits.spread", "heat"),
        Needs("limits.path limits.share_difference", "found.spice_samples"),
    )

    kind: Literal["generative"] = "generative"
    dt: Positive = 1e-3
    data: PicturesPlan = PicturesPlan()
    machine: MachinePlan = MachinePlan()
    training: TrainingPlan | None = None
    heat: HeatPlan | None = None
    sweep: SweepPlan | None = None
    search: SearchPlan | None = None
    found: SelectedPlan | None = None
    circuit: CircuitPlan = CircuitPlan()
    limits: GenerativeLimits = GenerativeLimits()

    def trained(self, settings: Settings) -> TrainingResult:
        """Train a machine exactly."""
        return train(
            self.data.patterns(),
            self.machine.n_hidden,
            hidden=self.hidden(settings),
            projection_seed=self.machine.projection_seed,
            onsite=Quartic(self.machine.J2, self.machine.J4),
            kT=self.machine.kT,
            protocol=Protocol(settings.t_final, self.dt, settings.strength),
            biases=settings.biases,
            weights=settings.weights,
        )

    def hidden(self, settings: Settings) -> Literal["repeat", "projection"] | FloatArray:
        """Return the field on hidden units during training: its name, or codes (P, n_hidden)."""
        if settings.hidden != "codes":
            return settings.hidden
        return settings.amplitude * class_codes(len(self.data.classes), self.machine.n_hidden)

    def needs_spice(self) -> bool:
        """Whether the selected machine runs in SPICE."""
        return self.found is not None and self.found.spice_samples > 0

    def uses_workers(self) -> bool:
        """Whether trainings, candidates or SPICE runs are shared among workers."""
        return self.training is not None or self.search is not None or self.needs_spice()

    def _trains_codes(self) -> bool:
        searched = self.search is not None and "codes" in self.search.hidden
        return searched or (self.found is not None and self.found.settings.hidden == "codes")

    def _every_weights(self) -> list[list[float]]:
        """Return the weights of patterns that the study names."""
        named = list(self.search.weights) if self.search is not None else []
        if self.found is not None and self.found.settings.weights is not None:
            named.append(self.found.settings.weights)
        return named

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        if self._trains_codes():
            class_codes(len(self.data.classes), self.machine.n_hidden)
        family_options(self.circuit.cell, self.circuit.options)
        for weights in self._every_weights():
            if len(weights) != len(self.data.classes):
                raise ConfigError(
                    f"weights are {weights} for {len(self.data.classes)} classes; give one for "
                    "each class"
                )
        return self

    def check_here(self) -> None:
        """See `StudyFile.check_here`."""
        self.data.patterns()
