"""Co-design studies: TOML, validated into a frozen plan."""

from typing import Annotated, Literal, Self, cast

from pydantic import Field, model_validator

from hwkit.codesign import Dac, Generation, Mismatch, Placement, hidden_fields, interleave, place
from hwkit.errors import ConfigError
from hwkit.model import (
    Cosh,
    Onsite,
    Quartic,
    Saturating,
    Transfer,
    bipartite_mask,
    lattice_graph,
    layered_mask,
    regular_graph,
)
from hwkit.model.topology import Lattice, Mask
from hwkit.settings.needs import Among, Needs
from hwkit.study.sections import (
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
from hwkit.training import Protocol, normalized_patterns, unit_fields
from hwkit.trajectories import FloatArray

Variant = Literal["aware", "robust", "calibrated"]
"""What can be programmed into a board; "plain" is always there, for comparison."""


_PLACED = ("king", "nearest", "regular", "chimera", "pegasus", "zephyr")


class GraphPlan(Section):
    """Which units there are and which pairs may be coupled.

    `layered` and `bipartite` have `n_hidden` hidden units that repeat pixels; `king` and `nearest`
    spread square pictures over a grid; `regular` and the annealers' lattices take every k-th node.
    """

    rules = (
        Needs("n_hidden", "kind", ("layered", "bipartite", "regular")),
        Needs("spacing", "kind", ("king", "nearest")),
        Needs("degree", "kind", ("regular",)),
        Needs("size", "kind", ("chimera", "pegasus", "zephyr")),
        Needs("codes amplitude", "kind", _PLACED),
        Needs("amplitude", "codes"),
    )

    kind: Literal[
        "layered", "bipartite", "king", "nearest", "regular", "chimera", "pegasus", "zephyr"
    ] = "layered"
    n_hidden: Whole = 64
    spacing: Count = 2
    degree: Count = 8
    size: Count = 4
    codes: Whole = 0
    amplitude: NotNegative = 1.0

    def layout(self, visible: FloatArray) -> tuple[FloatArray, Placement | None]:
        """Return the fields on all units, (P, N), and the placement of a sparse graph."""
        n_visible = visible.shape[1]
        if self.kind in ("layered", "bipartite"):
            return unit_fields(visible, self.n_hidden), None
        placement = self._placement(n_visible)
        hidden = hidden_fields(visible, placement, self.codes, self.amplitude)
        return unit_fields(visible, placement.n_hidden, hidden), placement

    def mask(self, n_visible: int, placement: Placement | None) -> Mask:
        """Return the allowed couplings."""
        if placement is not None:
            return placement.mask
        make = layered_mask if self.kind == "layered" else bipartite_mask
        return make(n_visible, self.n_hidden)

    def _placement(self, n_visible: int) -> Placement:
        side = round(n_visible**0.5)
        if self.kind in ("king", "nearest"):
            if side * side != n_visible:
                raise ConfigError(
                    f"graph.kind is {self.kind!r}, which needs square pictures, not {n_visible} "
                    "pixels; choose 'regular'"
                )
            return interleave(side, side, self.spacing, self.kind == "king")
        if self.kind == "regular":
            graph = regular_graph(n_visible + self.n_hidden, self.degree, 0)
        else:
            graph = lattice_graph(cast(Lattice, self.kind), self.size)
        nodes = list(graph)
        if len(nodes) < n_visible:
            raise ConfigError(
                f"the {self.kind} graph has {len(nodes)} units, but the pictures {n_visible} "
                "pixels; raise graph.size or graph.n_hidden"
            )
        return place(graph, [nodes[i * len(nodes) // n_visible] for i in range(n_visible)])


class HardwarePlan(Section):
    """The devices of the hardware, against the quartic machine on paper.

    `steepness` is V0 over the V0 at which diodes match the quartic energy; `saturation` is g of
    couplings tanh(g x) / g, 0 for linear ones.
    """

    rules = (Needs("steepness", "onsite", ("cosh",)),)

    onsite: Literal["quartic", "cosh"] = "quartic"
    steepness: Positive = 1.0
    saturation: NotNegative = 0.0

    def device(self, J2: float, J4: float) -> tuple[Onsite, Transfer | None]:
        """Return the onsite energy and the transfer curve of the hardware."""
        transfer = Saturating(self.saturation) if self.saturation else None
        if self.onsite == "quartic":
            return Quartic(J2, J4), transfer
        match = Cosh.from_quartic(J2, J4)
        return Cosh(J2, self.steepness * match.r), transfer


class PaperPlan(Section):
    """The machine on paper that the plain training assumes."""

    J2: float = 1.0
    J4: Positive = 1.0
    kT: Positive = 0.1


class NoisingPlan(Section):
    """The noising protocol of all trainings, and weights of the patterns."""

    t_final: Positive = 2.5
    dt: Positive = 1e-3
    strength: Positive = 2.0
    weights: list[NotNegative] | None = None

    def protocol(self) -> Protocol:
        """Return the training protocol."""
        return Protocol(self.t_final, self.dt, self.strength)


class MismatchPlan(Section):
    """Standard deviations of the boards' errors, as in `hwkit.codesign.Mismatch`."""

    coupling: NotNegative = 0.0
    lot: NotNegative = 0.0
    offset: NotNegative = 0.0
    bias: NotNegative = 0.0
    bias_offset: NotNegative = 0.0
    onsite: NotNegative = 0.0

    def mismatch(self) -> Mismatch:
        """Return the mismatch of boards."""
        return Mismatch(**self.model_dump())


class BoardsPlan(Section):
    """How many boards, samples on each, and how they generate."""

    pilot: Several = 8
    fresh: Several = 20
    samples: Count = 64
    t_final: Positive = 2.5
    dt: Positive = 2.5e-3

    def generation(self, seed: int) -> Generation:
        """Return how a board with noise of this seed generates."""
        return Generation(self.t_final, self.dt, self.samples, seed)


class RobustPlan(Section):
    """Multiples of the boards' spread to train against; pilot boards choose one."""

    factors: Annotated[list[Positive], Field(min_length=1)] = [0.5, 1.0, 2.0]


class CalibrationPlan(Section):
    """What is recorded of each board, and what its bias trims can be set to (0: any value)."""

    runs: Count = 16
    t_final: Positive = 2.5
    dac_step: NotNegative = 0.0
    dac_reach: Positive = 1e3

    def dac(self) -> Dac:
        """Return the settings of a trim."""
        return Dac(self.dac_step, self.dac_reach)


class CodesignLimits(Section):
    """Limits, on the variant that is named; leaving one out reports the number only.

    `min_plain_loss`: least share that the plain machine must lose, for the study to mean anything.
    `recovered`: of the mean loss; `median_recovered`: median over boards. `max_regression`: most
    that the 95 % interval of the difference to plain may reach below 0.
    """

    variant: Variant = "aware"
    min_plain_loss: Share | None = None
    recovered: float | None = None
    median_recovered: float | None = None
    max_regression: Share | None = None
    share: Share | None = None
    class_share: Share | None = None


class CodesignPlan(StudyFile):
    """A whole co-design study."""

    rules = (
        Among("limits.variant", "variants"),
        Needs("robust boards.pilot", "variants", ("robust",)),
        Needs("calibration", "variants", ("calibrated",)),
    )

    kind: Literal["codesign"] = "codesign"
    variants: list[Variant] = ["aware"]
    data: DataPlan = DataPlan()
    paper: PaperPlan = PaperPlan()
    graph: GraphPlan = GraphPlan()
    hardware: HardwarePlan = HardwarePlan()
    noising: NoisingPlan = NoisingPlan()
    mismatch: MismatchPlan = MismatchPlan()
    boards: BoardsPlan = BoardsPlan()
    robust: RobustPlan = RobustPlan()
    calibration: CalibrationPlan = CalibrationPlan()
    limits: CodesignLimits = CodesignLimits()

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        self.noising.protocol()
        self.mismatch.mismatch()
        self.calibration.dac()
        weights, classes = self.noising.weights, self.data.classes
        if weights is not None and len(weights) != len(classes):
            raise ConfigError(
                f"noising.weights has {len(weights)} numbers for {len(classes)} classes; give one "
                "for each class"
            )
        return self

    def check_here(self) -> None:
        """See `StudyFile.check_here`; builds the graph, which may need an optional package."""
        self.graph.layout(normalized_patterns(self.data.patterns()))
