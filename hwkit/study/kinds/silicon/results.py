"""What a silicon study finds."""

from dataclasses import dataclass

SAMPLES, MACHINE_ENDS = "samples.nc", "machine-ends.npz"  # paths of the circuit; (samples, N)


@dataclass(frozen=True)
class Facts:
    """The circuit. SI units.

    Attributes:
        units, couplings, transistors: how many.
        volt, ampere: V0 and I0 of the extracted pair.
        odd, even: its deviations from the quartic.
        residual: of the expansion of couplings, over the tail current.
        watt: static power: measured at the supplies, or the estimate at the mixed level.
        gate_area: of all gates, m^2.
        capacitor_farad: of all units and both bias lines together.
        joule: of a sample: the power over preparation and generation.
        capacitor_area: of those capacitors, m^2.
    """

    units: int
    couplings: int
    transistors: int
    volt: float
    ampere: float
    odd: float
    even: float
    residual: float
    watt: float
    gate_area: float
    capacitor_farad: float
    joule: float
    capacitor_area: float


@dataclass(frozen=True)
class Drifts:
    """Drift errors, of the cells alone and of the machine."""

    cell: float
    machine: float


@dataclass(frozen=True)
class Floor:
    """The path error over steps and its fit, as `PathFloor`."""

    steps: list[float]
    errors: list[float]
    floor: float
    slope: float
    unexplained: float | None


@dataclass(frozen=True)
class Shares:
    """Samples of circuit and machine on the same noise."""

    circuit: float
    machine: float
    circuit_classes: list[float]
    machine_classes: list[float]
    difference: float
    difference_error: float


@dataclass(frozen=True)
class Fault:
    """A negative control: the error at its named level, and the limit that it must exceed."""

    name: str
    level: str
    error: float
    limit: float


@dataclass(frozen=True)
class Boards:
    """Boards of one factor on the mismatch: recognisable and rarest share of each.

    Attributes:
        factor: on the foundry's standard deviations.
        gate_area: that has this mismatch, m^2.
        share, class_share: of each board.
        good: share of boards that meet the specification.
    """

    factor: float
    gate_area: float
    share: list[float]
    class_share: list[float]
    good: float


@dataclass(frozen=True)
class Place:
    """The circuit at one corner and temperature."""

    corner: str
    celsius: float
    share: float
    class_share: float


@dataclass(frozen=True)
class Chip:
    """Boards of a design at one area, power and number of bits. SI units.

    Attributes:
        area, power: factors on the area of every gate and on all currents.
        dac_bits: of the converters; None without them.
        gate_area, capacitor_area: of the chip, m^2.
        watt: static power, as in `Facts`.
        places: names of the corners and temperatures.
        place_good: share of boards that meet the specification at each of them.
        good: share of boards that meet it at all of them.
        worst: recognisable share of the worst board at its worst place.
    """

    area: float
    power: float
    dac_bits: int | None
    gate_area: float
    capacitor_area: float
    watt: float
    places: list[str]
    place_good: list[float]
    good: float
    worst: float
