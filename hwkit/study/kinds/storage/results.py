"""What a storage study finds: quality, heat and loss of every curve at every number of bits."""

from dataclasses import dataclass

CURVES = "storage.json"


@dataclass(frozen=True)
class Facts:
    """The trained couplings: how many, and how large."""

    units: int
    couplings: int
    largest: float
    rms: float
    smallest: float


@dataclass(frozen=True)
class Repeats:
    """What one machine generates, repeat by repeat.

    Attributes:
        share: of samples that are recognisable.
        class_share: share of the rarest class.
        heat: mean of V(x0) - V(xT), in kT.
        loss: of the reversed path, per step, exact.
        drift: rms of (J' - J) x over that of J x.
    """

    share: list[float]
    class_share: list[float]
    heat: list[float]
    loss: list[float]
    drift: list[float]


@dataclass(frozen=True)
class Losses:
    """Losses of many stochastic roundings, and their exact expectation."""

    exact: float
    drawn: list[float]


@dataclass(frozen=True)
class Point:
    """One curve at one number of bits; `losses` where their expectation is known."""

    full_scale: float
    losses: Losses | None
    repeats: Repeats


@dataclass(frozen=True)
class Curves:
    """All of a study. `curves`: name -> number of bits -> what it does."""

    facts: Facts
    full_precision: Repeats
    shuffled: Repeats
    curves: dict[str, dict[int, Point]]
