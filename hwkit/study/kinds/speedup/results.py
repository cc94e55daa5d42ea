"""What a speed-up study finds at every factor: times, costs, and what its barriers change."""

from dataclasses import dataclass

ANSWERS = "speedup.json"


@dataclass(frozen=True)
class Costs:
    """What one run takes at a factor: model time to a recognisable sample (n runs), SI units."""

    factor: float
    seconds: float
    watt: float
    joule: float
    heat: float
    heat_error: float
    noise_density: float
    noise_kelvin: float
    recognised: float
    recognised_error: float
    n: int


@dataclass(frozen=True)
class Memory:
    """The 1/e time of a ring at rest at a factor, s of the circuit, and its standard error."""

    factor: float
    seconds: float
    error: float


@dataclass(frozen=True)
class BarrierPoint:
    """What a barrier changes at a factor: the mean square, relatively; p of the distribution."""

    factor: float
    change: float
    error: float
    p: float


@dataclass(frozen=True)
class Barrier:
    """A barrier at every factor; `limit`: where its change passes the margin, if it does."""

    name: str
    points: list[BarrierPoint]
    limit: float | None


@dataclass(frozen=True)
class Answers:
    """All of a study."""

    factors: list[float]
    costs: list[Costs]
    memory: list[Memory]
    barriers: list[Barrier]
