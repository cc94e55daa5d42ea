"""What varies from board to board, as values: spreads, gradients, drift, faults, quantisation.

A part's value on a board is

    value = (quantised nominal) * product of (1 + relative deviations) + absolute deviations

then temperature and age, then faults. Relative deviations never change a part's sign: a tail below
-1 is left out, and likewise that of an absolute deviation of a capacitor, resistor or noise source.
`drawing.draw` makes the values.
"""

import difflib
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Literal

import numpy as np

from hwkit.circuit.design import Design
from hwkit.circuit.parts import Parts
from hwkit.circuit.variation.distributions import Distribution, Normal
from hwkit.circuit.variation.temperature import Thermal
from hwkit.errors import ConfigError

Share = Literal["part", "pair", "node", "lot"]
FaultKind = Literal["open", "short", "stuck"]

ROOM_KELVIN = 300.15
AGE_HOURS = 1000.0


@dataclass(frozen=True)
class Spread:
    """Deviations of some parts.

    Attributes:
        name: of the spread; its draws depend on it and on nothing else.
        parts: a role, "role.parameter", or a pattern such as "onsite-*".
        distribution: of the deviation.
        relative: deviation times the value, or in the value's own unit.
        share: who has a deviation in common: nobody ("part", mismatch), both directions of a
            coupling ("pair"), all parts that drive one node ("node"), the whole board ("lot").
        group: name of a correlation group; "" for none.
        correlation: of any two deviations in the group (their normal scores), 0 to 1.
    """

    name: str
    parts: str
    distribution: Distribution
    relative: bool = True
    share: Share = "part"
    group: str = ""
    correlation: float = 0.0

    def __post_init__(self) -> None:
        if self.share not in ("part", "pair", "node", "lot"):
            raise ConfigError(
                f"spread {self.name!r}: share is {self.share!r}; choose part, pair, node or lot"
            )
        if not 0 <= self.correlation <= 1:
            raise ConfigError(
                f"spread {self.name!r}: correlation is {self.correlation!r}; give 0 to 1"
            )
        if self.correlation and not self.group:
            raise ConfigError(f"spread {self.name!r} has a correlation but no group")


@dataclass(frozen=True)
class Gradient:
    """A linear gradient over the placement: the units on a square grid, row by row.

    A part at (X, Y), -1 to 1 across the board, deviates by gx X + gy Y with gx, gy normal of
    standard deviation `sigma`, drawn once a board. A part is placed at the node it drives.
    """

    name: str
    parts: str
    sigma: float

    def __post_init__(self) -> None:
        if not 0 <= self.sigma < np.inf:
            raise ConfigError(
                f"gradient {self.name!r}: sigma is {self.sigma!r}; give a number >= 0"
            )


@dataclass(frozen=True)
class Drift:
    """Change with temperature and age: (1 + per_kelvin dT) (1 + per_decade log10(1 + h / 1000)).

    dT counts from 300.15 K, h are hours in use.
    """

    parts: str
    per_kelvin: float = 0.0
    per_decade: float = 0.0


@dataclass(frozen=True)
class Environment:
    """Temperature in K and hours in use: a corner.

    Diodes follow the temperature by themselves (`hwkit.circuit.junctions`); other parts do what
    a `Thermal` or a `Drift` says.
    """

    kelvin: float = ROOM_KELVIN
    hours: float = 0.0

    def __post_init__(self) -> None:
        if not self.kelvin > 0 or not self.hours >= 0:
            raise ConfigError(
                f"environment: {self.kelvin!r} K and {self.hours!r} h; kelvin must be above 0 and "
                "hours not below"
            )


@dataclass(frozen=True)
class Fault:
    """Parts that fail altogether, each with a probability of its own.

    "open": no current (a resistor of 1e6 times its value). "short": the node that the part drives
    is shorted to ground by 1e4 G0. "stuck": the largest magnitude in its group, times `level`.
    """

    name: str
    parts: str
    kind: FaultKind
    probability: float
    level: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in ("open", "short", "stuck"):
            raise ConfigError(
                f"fault {self.name!r}: kind is {self.kind!r}; choose open, short or stuck"
            )
        if not 0 <= self.probability <= 1:
            raise ConfigError(
                f"fault {self.name!r}: probability is {self.probability!r}; give 0 to 1"
            )


@dataclass(frozen=True)
class Quantised:
    """Values programmed with `bits` bits, sign included: 2^bits - 1 equidistant levels around 0.

    The largest magnitude of the group ("matrix"), or of the parts that drive one node ("row"), is
    the outermost level.
    """

    parts: str
    bits: int
    per: Literal["matrix", "row"] = "matrix"

    def __post_init__(self) -> None:
        if not 2 <= self.bits <= 32:
            raise ConfigError(f"quantised {self.parts!r}: bits is {self.bits}; give 2 to 32")
        if self.per not in ("matrix", "row"):
            raise ConfigError(f"quantised {self.parts!r}: per is {self.per!r}; matrix or row")


@dataclass(frozen=True)
class Variation:
    """Everything that varies between boards, and the corner they are in.

    Of `thermals` that name the same parts the last one holds.
    """

    spreads: tuple[Spread, ...] = ()
    gradients: tuple[Gradient, ...] = ()
    drifts: tuple[Drift, ...] = ()
    faults: tuple[Fault, ...] = ()
    quantised: tuple[Quantised, ...] = ()
    environment: Environment = field(default_factory=Environment)
    thermals: tuple[Thermal, ...] = ()

    def __post_init__(self) -> None:
        names = self.names
        for name in names:
            if names.count(name) > 1:
                raise ConfigError(f"two entries are called {name!r}; names must be unique")

    @property
    def names(self) -> list[str]:
        """Names of all that is drawn."""
        own = [spread.name for spread in self.spreads]
        own += [gradient.name for gradient in self.gradients]
        return own + [fault.name for fault in self.faults]

    @property
    def not_gaussian(self) -> list[str]:
        """Names of what is drawn from anything but a Gaussian."""
        own = [
            spread.name for spread in self.spreads if not isinstance(spread.distribution, Normal)
        ]
        own += [fault.name for fault in self.faults if fault.probability]
        warm = self.environment.kelvin != ROOM_KELVIN
        scattered = warm and any(each.of.bound or each.of.drop for each in self.thermals)
        return own + ["temperature coefficients"] * scattered

    def scaled(self, factor: float, names: tuple[str, ...] | None = None) -> "Variation":
        """Return the variation with deviations `factor` times as large, of some spreads or all."""
        wanted = set(self.names if names is None else names)
        spreads = tuple(
            replace(s, distribution=s.distribution.scaled(factor)) if s.name in wanted else s
            for s in self.spreads
        )
        gradients = tuple(
            replace(g, sigma=factor * g.sigma) if g.name in wanted else g for g in self.gradients
        )
        return replace(self, spreads=spreads, gradients=gradients)

    def only(self, *names: str) -> "Variation":
        """Return the variation with these named entries alone."""
        return replace(
            self,
            spreads=tuple(s for s in self.spreads if s.name in names),
            gradients=tuple(g for g in self.gradients if g.name in names),
            faults=tuple(f for f in self.faults if f.name in names),
        )


def value_names(design: Design) -> list[str]:
    """Return what can vary: "role", and "role.parameter" where a role has parameters."""
    names = []
    for parts in design.parts:
        names += [parts.role, *(f"{parts.role}.{name}" for name in parts.parameters)]
        names += input_offsets(parts)
    return names


def input_offsets(parts: Parts) -> list[str]:
    """Return the name of the input offsets, in V, of parts that have no parameter for it.

    These are linear couplings and the amplifiers of converters; `offsets.py` says what they do.
    """
    if parts.role == "coupling" and parts.kind == "transconductor":
        return ["coupling.offset"]
    return ["converter.offset"] * (parts.role == "converter" and parts.kind == "resistor")


def matching(design: Design, pattern: str) -> list[str]:
    """Return the names of values that a pattern means.

    Raises:
        ConfigError: if it means none, with the nearest names.
    """
    names = value_names(design)
    roles = [name for name in names if fnmatchcase(name, pattern)]
    if "." not in pattern and pattern not in names:
        roles = [name for name in roles if "." not in name]
    if not roles:
        near = difflib.get_close_matches(pattern, names, 3, 0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else f"it has {', '.join(names)}"
        raise ConfigError(f"no parts of the design are called {pattern!r}; {hint}")
    return roles
