"""What a build sheet is made of: every number that a breadboard study finds."""

from collections.abc import Sequence
from dataclasses import dataclass

from hwkit.circuit import Scale

SHEET = "bench.json"


@dataclass(frozen=True)
class Candidate:
    """A machine that was tried.

    Attributes:
        alike: largest correlation between two of its patterns.
        parts: resistors, capacitors and packages of the machine itself.
        chance: recognisable share without couplings.
        meets: whether it does what is asked of a machine, whatever its pictures are.
        eligible: whether its pictures are what is asked for, too.
        weights: of its patterns in training.
        pairs: its couplings, by unit.
    """

    classes: list[int]
    rows: int
    columns: int
    couplings: int
    resistors: int
    parts: int
    alike: float
    recognisable: float
    class_share: float
    chance: float
    meets: bool
    eligible: bool
    weights: list[float]
    pairs: list[tuple[int, int]]


@dataclass(frozen=True)
class Scales:
    """What one unit of the model is in the circuit, SI."""

    volt: float
    second: float
    farad: float
    siemens: float

    @classmethod
    def of(cls, scale: Scale) -> "Scales":
        """Return those of a scale."""
        return cls(scale.volt, scale.second, scale.farad, scale.siemens)


@dataclass(frozen=True)
class Noise:
    """The bit streams: resistor, amplitude, bit time, clock, one-sided densities."""

    ohm: float
    volt: float
    second: float
    hertz: float
    density: float
    ampere_density: float


@dataclass(frozen=True)
class Unit:
    """Resistors of a unit: bias (None: not fitted), to which supply; R2, Rx of its converter.

    `number` counts units from 1: R301 is part 1 of unit 3.
    """

    name: str
    number: int
    bias: float | None
    plus_to: str
    R2: float
    Rx: float


@dataclass(frozen=True)
class Wire:
    """A coupling: its units, whether its resistors cross, their value, |J| wanted and as bought.

    `resistors` are their designators, that at the first unit's + rail first.
    """

    a: str
    b: str
    crossed: bool
    ohm: float
    wanted: float
    got: float
    resistors: str


@dataclass(frozen=True)
class BillRow:
    """What to buy, and where it goes."""

    part: str
    value: str
    grade: str
    n: int
    designators: str


@dataclass(frozen=True)
class OrderLine:
    """A part of the catalogue: its number, where it goes, what nobody has checked."""

    number: str
    maker: str
    value: str
    package: str
    designators: str
    unverified: str
    source: str


@dataclass(frozen=True)
class Routed:
    """The board: number of parts and of nets, elements read back, how far the machine is apart.

    `quiet` is the least distance of a line of bits from a summing node, mm.
    """

    parts: int
    nets: int
    elements: int
    apart: float
    quiet: float


@dataclass(frozen=True)
class Tracks:
    """The board with its tracks in SPICE, on the bits of the runs without them.

    Attributes:
        ohm: of the tracks of one net, at most.
        farad: of the tracks of one rail to ground, at most, F.
        of_capacitor: the same over the rail's capacitor.
        crosstalk: what a neighbour's bit adds to a unit's noise when it changes, over a bit.
        rms: distance of final states, in units of x.
        recognisable, without: share with and without tracks.
        runs: how many.
    """

    ohm: float
    farad: float
    of_capacitor: float
    crosstalk: float
    rms: float
    recognisable: float
    without: float
    runs: int


@dataclass(frozen=True)
class Expected:
    """One measurement: step, test points or header pin, net, quantity, expected and limits, V."""

    step: str
    point: str
    net: str
    quantity: str
    expected: float
    low: float
    high: float


@dataclass(frozen=True)
class Passive:
    """Each unit before Rx is fitted: theory and SPICE, V; corner of its spectrum, Hz."""

    mean: list[float]
    rms: list[float]
    spice_mean: list[float]
    spice_rms: list[float]
    corner: list[float]
    worst: float
    runs: int


@dataclass(frozen=True)
class Rest:
    """Volts at rest without noise, of units and of amplifiers' outputs."""

    volts: list[float]
    outputs: list[float]


@dataclass(frozen=True)
class ClassVolts:
    """Volts of each unit in samples of one class; None where there are too few."""

    count: int
    mean: list[float | None]
    rms: list[float | None]


@dataclass(frozen=True)
class Samples:
    """What samples look like at read-out; `states` are the first ones, in units of x."""

    classes: list[ClassVolts]
    states: list[list[float]]
    best: list[int]
    recognisable: list[bool]
    largest: float
    output: float
    slew: float
    seconds: float


@dataclass(frozen=True)
class Bandwidth:
    """Amplifiers of a gain-bandwidth product: rms distance to ones without limit, and quality."""

    hertz: float
    rms: float
    recognisable: float


@dataclass(frozen=True)
class BoardYield:
    """Boards of real parts; `strict` counts those that meet the limits of the ideal machine."""

    recognisable: list[float]
    class_share: list[float]
    value: float
    low: float
    high: float
    boards: int
    paths: int
    text: str
    strict: int
    offset: str


@dataclass(frozen=True)
class Condition:
    """Boards at a temperature with an amplifier, or with one entry alone that varies.

    Attributes:
        name: of the condition.
        alone: whether all else is nominal.
        boards, passed: how many were drawn, and meet the limits.
        text: the yield with its interval.
        recognisable, class_share: means over the boards.
    """

    name: str
    alone: bool
    boards: int
    passed: int
    text: str
    recognisable: float
    class_share: float


def costliest(rows: Sequence[Condition]) -> Condition:
    """Return the entry that alone leaves the fewest boards, or else the smallest rarest share."""
    return min((row for row in rows if row.alone), key=lambda row: (row.passed, row.class_share))


@dataclass(frozen=True)
class Sheet:
    """Everything; `search` has all machines that were tried, `chosen` is the one to build.

    `order` is empty where the catalogue can't build it; `not_ordered` then says why.
    """

    search: list[Candidate]
    chosen: Candidate
    patterns: list[list[float]]
    scale: Scales
    kT: float
    noise: Noise
    units: list[Unit]
    wiring: list[Wire]
    bill: list[BillRow]
    order: list[OrderLine]
    not_ordered: str
    routed: Routed | None
    tracks: Tracks | None
    bring_up: list[Expected]
    drift: float
    passive: Passive
    rest: Rest
    samples: Samples
    bandwidths: list[Bandwidth]
    boards: BoardYield
    conditions: list[Condition]
