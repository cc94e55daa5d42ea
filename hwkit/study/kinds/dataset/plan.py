"""Data set studies: TOML, validated into a frozen plan."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from hwkit.errors import ConfigError, DataError
from hwkit.patterns import LabelledPictures, whole_set
from hwkit.settings.needs import Needs
from hwkit.study.sections import (
    Count,
    NotNegative,
    Positive,
    Section,
    Several,
    Share,
    StudyFile,
    Whole,
)
from hwkit.training import GroupPlan, Protocol, TilePlan

Bits = Annotated[int, Field(ge=2, le=24)]


class PicturesPlan(Section):
    """The data set and its split; split and judge are the same for all seeds."""

    rules = (Needs("folder", "source", ("mnist", "arrays")),)

    source: Literal["digits", "mnist", "arrays"] = "digits"
    folder: str | None = None
    train: Count = 1400
    held_out: Annotated[int, Field(ge=10)] = 397
    split_seed: Whole = 0
    judge_units: Count = 64

    def split(self) -> tuple[LabelledPictures, LabelledPictures]:
        """Return training and held-out pictures."""
        pictures = whole_set(self.source, self.folder)
        return pictures.split(self.train, self.held_out, self.split_seed)


class TilesPlan(Section):
    """Experts of tiles, small squares of pixels with a gate each; 0 experts for none.

    The rest is as in `TilePlan`.
    """

    experts: Whole = 24
    size: Count = 2
    reach: Whole = 2
    gate_reach: Whole = 1
    border: Whole = 0
    temper: Positive = 2.0

    def groups(self, n_units: int) -> list[GroupPlan]:
        """Return the group of each tile of square pictures."""
        if not self.experts:
            return []
        plan = TilePlan(
            self.experts, self.size, self.reach, self.gate_reach, self.border, self.temper
        )
        return plan.groups(n_units)


class GatesPlan(Section):
    """Experts and segments of a machine; none and one make the directed pairwise machine."""

    experts: Whole = 10
    prototypes: Whole = 100
    segments: Count = 8
    within_classes: bool = True
    temper: Positive = 1.0
    expert_rank: Count | None = None  # of the experts' couplings, in training
    expert_samples: Count | None = None  # for the experts, if more than noising.samples
    expert_gain: Positive = 1.0  # of the experts' couplings and biases, after the fit
    tiles: TilesPlan = TilesPlan(experts=0)

    def groups(self, n_units: int) -> list[GroupPlan]:
        """Return the groups of experts to train, those of tiles first."""
        whole = [
            GroupPlan(
                n,
                full,
                within_classes=self.within_classes,
                temper=self.temper,
                rank=rank,
                samples=samples,
                gain=gain,
            )
            for n, full, rank, samples, gain in (
                (self.experts, True, self.expert_rank, self.expert_samples, self.expert_gain),
                (self.prototypes, False, None, None, 1.0),
            )
            if n
        ]
        return self.tiles.groups(n_units) + whole

    @property
    def has_experts(self) -> bool:
        """Whether there are any."""
        return bool(self.experts or self.prototypes or self.tiles.experts)

    def without_experts(self) -> "GatesPlan":
        """Return the pairwise machine of as many segments."""
        return GatesPlan(experts=0, prototypes=0, segments=self.segments, within_classes=False)

    def check(self, n_pictures: int, n_classes: int, n_units: int, where: str) -> None:
        """Refuse what can't be trained on so many pictures, classes and units."""
        self.tiles.groups(n_units)
        if self.tiles.experts > n_pictures:
            raise ConfigError(
                f"{where}.tiles.experts is {self.tiles.experts}, but there are {n_pictures} "
                "training pictures; give fewer"
            )
        for name, count in (("experts", self.experts), ("prototypes", self.prototypes)):
            if count > n_pictures:
                raise ConfigError(
                    f"{where}.{name} is {count}, but there are {n_pictures} training pictures; "
                    "give fewer"
                )
            if self.within_classes and 0 < count < n_classes:
                raise ConfigError(
                    f"{where}.{name} is {count}, fewer than {n_classes} classes; give at least "
                    f"one a class, or set {where}.within_classes to false"
                )


class TrainedPlan(GatesPlan):
    """The machine to train, its onsite energy and temperature."""

    J2: float = 1.0
    J4: float = 1.0
    kT: Positive = 0.1
    slowness: Count = 1  # generation takes so many times as long where noising has no force


class NoisingPlan(Section):
    """The noising; generation takes as long unless it is slower, in the same steps."""

    t_final: Positive = 2.5
    steps: Annotated[int, Field(ge=4)] = 128
    strength: Positive = 2.0
    ramp: Annotated[float, Field(gt=0, le=1)] = 0.75  # share of the time in which the force fades
    samples: Count = 20  # noised states of each picture and segment

    def protocol(self) -> Protocol:
        """Return the noising protocol."""
        return Protocol(self.t_final, self.t_final / self.steps, self.strength, self.ramp)


class SamplesPlan(Section):
    """How many machines are trained, each with a seed of its own, and what each generates."""

    seeds: Several = 5
    generated: Annotated[int, Field(ge=20)] = 1500


class ConditionsPlan(Section):
    """Generation with a condition, by the first machine."""

    of_each_class: Count = 100
    masked: Count = 200  # held-out pictures of which a half is known
    emphasis: Positive = 1.0  # of the class among experts of several, see `restrict_to_class`


class FrontierPlan(GatesPlan):
    """A machine with more or less hardware than the one of the study, trained with seed 0.

    What is left out is as in [machine]. `rank`, `density`, `bits`, `gate_bits`, `mismatch`
    and `kT`, the temperature of generation, change the machine after its training.
    """

    name: Annotated[str, Field(min_length=1)]
    rank: Count | None = None
    density: Annotated[float, Field(gt=0, le=1)] | None = None
    bits: Bits | None = None
    gate_bits: Bits | None = None
    mismatch: Positive | None = None
    kT: Positive | None = None

    @property
    def kind(self) -> Literal["trained", "rank", "density", "bits", "gate bits", "mismatch", "kT"]:
        """What makes it differ."""
        if self.rank is not None:
            return "rank"
        if self.density is not None:
            return "density"
        if self.bits is not None:
            return "bits"
        if self.gate_bits is not None:
            return "gate bits"
        if self.mismatch is not None:
            return "mismatch"
        return "trained" if self.kT is None else "kT"


class DatasetLimits(Section):
    """What the mean over seeds must reach, and what controls must miss."""

    precision: Share = 0.85
    recall: Share = 0.90
    confident: Share = 0.78
    smallest_class: Share = 0.05
    novelty: NotNegative = 0.9
    fd_of_pairwise: Positive = 0.6
    class_right: Share = 0.9
    prior_margin: Share = 0.1  # of the share of a class without a condition
    bits: Bits = 6
    bits_loss: Positive = 0.03
    permuted: Share = 0.2  # precision of pictures with permuted pixels stays below


class DatasetPlan(StudyFile):
    """A whole data set study."""

    rules = (
        Needs("limits.class_right limits.prior_margin", "conditions"),
        Needs("limits.bits limits.bits_loss", "frontier"),
    )

    kind: Literal["dataset"] = "dataset"
    data: PicturesPlan = PicturesPlan()
    machine: TrainedPlan = TrainedPlan()
    noising: NoisingPlan = NoisingPlan()
    samples: SamplesPlan = SamplesPlan()
    conditions: ConditionsPlan | None = None
    frontier: list[FrontierPlan] = []
    limits: DatasetLimits = DatasetLimits()

    @model_validator(mode="before")
    @classmethod
    def _inherit(cls, settings: Any) -> Any:
        """Give each machine of the frontier what it leaves out, from [machine]."""
        if not isinstance(settings, dict):
            return settings
        machine, frontier = settings.get("machine", {}), settings.get("frontier", [])
        if not isinstance(machine, dict) or not isinstance(frontier, list):
            return settings
        shared = {name: machine[name] for name in GatesPlan.model_fields if name in machine}
        filled = [shared | each if isinstance(each, dict) else each for each in frontier]
        return settings | ({"frontier": filled} if filled else {})

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [each.name for each in self.frontier]
        for name in names:
            if names.count(name) > 1:
                raise ConfigError(f"two machines are called {name!r}; give each its own name")
        for where, gates in self.all_gates():
            if gates.expert_samples is not None and gates.expert_samples < self.noising.samples:
                raise ConfigError(
                    f"{where}.expert_samples is {gates.expert_samples}, but noising.samples is "
                    f"{self.noising.samples} for all; give more, or leave it out"
                )
            if self.noising.steps % gates.segments:
                raise ConfigError(
                    f"{where}.segments is {gates.segments}, which does not divide the "
                    f"{self.noising.steps} steps of the noising; choose a divisor"
                )
        if self.conditions is not None and not self.machine.has_experts:
            raise ConfigError(
                "a class can't be asked of a machine without experts; set machine.experts or leave "
                "[conditions] out"
            )
        return self

    def all_gates(self) -> list[tuple[str, GatesPlan]]:
        """Return the machines that are trained, and where the file has each."""
        return [("machine", self.machine), *(("frontier", each) for each in self.frontier)]

    def check_here(self) -> None:
        """See `StudyFile.check_here`."""
        training, held_out = self.data.split()
        known = set(training.labels.tolist())
        for label in range(max(training.n_classes, held_out.n_classes)):
            if label not in known:
                raise DataError(
                    f"class {label} has no pictures among the {len(training)} to train; raise "
                    "data.train, or number the classes without gaps"
                )
        for where, gates in self.all_gates():
            gates.check(len(training), training.n_classes, training.pictures.shape[1], where)
