"""Generative studies (arXiv 2506.15121 and beyond): TOML, validated into a frozen plan.

A study does what its file has a table for: `training` compares ways to train, `heat` accounts for
the heat of samples, `sweep` changes how long everything takes, `search` looks for better settings,
`found` judges the settings that a search found, in the ideal machine and in SPICE.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from hwkit.model import Quartic
from hwkit.patterns import class_codes
from hwkit.study.needs import Needs
from hwkit.study.reading import read_plan
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

    `codes`: hidden units see a code of their own for each pattern, +-amplitude, codes orthogonal
    to each other, in place of the pattern. `observation`: time of generation.
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


class FoundPlan(Section):
    """The settings to be judged, on samples that no search has seen."""

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
    """A generative study."""

    rules = (
        Needs("name", "training sweep search found"),
        Needs("heat", "training"),
        Needs("circuit", "found"),
        Needs("limits.share limits.class_share limits.control", "found"),
        Needs("limits.spread", "heat"),
        Needs("limits.path limits.share_difference", "found.spice_samples"),
    )

    dt: Positive = 1e-3
    data: PicturesPlan = PicturesPlan()
    machine: MachinePlan = MachinePlan()
    training: TrainingPlan | None = None
    heat: HeatPlan | None = None
    sweep: SweepPlan | None = None
    search: SearchPlan | None = None
    found: FoundPlan | None = None
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
        """Return what hidden units see."""
        if settings.hidden != "codes":
            return settings.hidden
        return settings.amplitude * class_codes(len(self.data.classes), self.machine.n_hidden)


def load_generative(
    path: Path | str, seed: int | None = None, folder: Path | str | None = None
) -> GenerativePlan:
    """Read a generative study.

    Args:
        path: the TOML file.
        seed: root seed in place of the file's.
        folder: folder of the data set in place of the file's.

    Raises:
        ConfigError: if the file is missing, not TOML, or asks for what does not exist.
    """
    return read_plan(GenerativePlan, path, seed, folder=None if folder is None else str(folder))
