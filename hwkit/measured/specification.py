"""Is a machine inside its specification? Intervals against limits, and how long a record must be.

A parameter with simultaneous interval [low, high] and limits intended +- tolerance is "inside" if
the interval is, "outside" if no part of it is, and otherwise "can't tell". A longer record narrows
the interval by the root of its length: to tell takes ((half width) / (distance to the limit))^2
times as long, if the value stays.
"""

from dataclasses import dataclass
from typing import Literal

from hwkit.errors import DataError
from hwkit.measured.quantities import Quantities, Quantity

Finding = Literal["inside", "outside", "can't tell"]

_RELATIVE = ("spring", "curve", "noise")  # to the intended value


@dataclass(frozen=True)
class Tolerances:
    """Limits on the distance from what is intended; None: not specified.

    Attributes:
        coupling: of each J_ij.
        bias: of each b_i.
        spring, curve: of J2 and J4, relative to the intended value.
        noise: of kT, relative.
        gain: of a channel, relative.
        offset: of a channel, in x.
    """

    coupling: float | None = None
    bias: float | None = None
    spring: float | None = None
    curve: float | None = None
    noise: float | None = None
    gain: float | None = None
    offset: float | None = None

    def of(self, quantity: Quantity) -> float | None:
        """Return the tolerance of a parameter, in its unit."""
        kind = "coupling" if quantity.kind == "direction" else quantity.kind
        limit: float | None = getattr(self, kind)
        if limit is None or kind not in _RELATIVE:
            return limit
        return limit * abs(quantity.intended)


@dataclass(frozen=True)
class Answer:
    """One parameter against its limits.

    Attributes:
        quantity: the parameter.
        low, high: simultaneous interval.
        tolerance: largest distance from the intended value.
        finding: inside, outside, or can't tell.
        longer: times the record's length that it would take to tell; 1 if it tells.
    """

    quantity: Quantity
    low: float
    high: float
    tolerance: float
    finding: Finding
    longer: float


def judge_specification(
    quantities: Quantities, tolerances: Tolerances, level: float
) -> tuple[Answer, ...]:
    """Compare parameters with their limits.

    Args:
        quantities: as measured.
        tolerances: the limits.
        level: chance that all intervals hold at once.

    Raises:
        DataError: if a limit is on what the anchor does not make known.
    """
    limits = [tolerances.of(row) for row in quantities.rows]
    _check_anchored(quantities, tolerances)
    places = [k for k, limit in enumerate(limits) if limit is not None]
    if not places:
        return ()
    critical = quantities.simultaneous(level, places)
    return tuple(_answer(quantities.rows[k], limits[k], critical) for k in places)


def _check_anchored(quantities: Quantities, tolerances: Tolerances) -> None:
    known = {row.kind for row in quantities.rows}
    for kind in ("noise", "coupling", "bias", "curve"):
        if quantities.anchor == "none" and getattr(tolerances, kind) is not None:
            raise DataError(
                f"a limit on {kind} needs the channels' gains, and nothing fixes them; add a "
                "calibration record with two clamped voltages, or name another anchor"
            )
    if tolerances.curve is not None and "gain" in known:
        raise DataError(
            "the intended curve is the anchor, so that it can't be judged; add a calibration "
            "record, or leave out the limit on curve"
        )
    for kind in ("gain", "offset"):
        if getattr(tolerances, kind) is not None and kind not in known:
            raise DataError(
                f"a limit on {kind} of channels needs an anchor that measures it: calibration "
                "records, or the intended curve of a quartic machine"
            )


def _answer(quantity: Quantity, tolerance: float | None, critical: float) -> Answer:
    limit, half = tolerance or 0.0, critical * quantity.stderr
    away = abs(quantity.value - quantity.intended)
    finding: Finding = "can't tell"
    if away + half <= limit:
        finding = "inside"
    elif away - half > limit:
        finding = "outside"
    longer = 1.0
    if finding == "can't tell":
        room = abs(limit - away)
        longer = (half / room) ** 2 if room > 0 else float("inf")
    return Answer(quantity, quantity.value - half, quantity.value + half, limit, finding, longer)


def resolution(
    quantities: Quantities, kind: str, wanted: float, level: float
) -> tuple[float, float]:
    """Return the change of a kind of parameter that a record resolves, and how much longer.

    Args:
        quantities: as measured.
        kind: such as "noise" or "coupling".
        wanted: the change that is to be resolved, relative to the intended value for noise and
            curves, in model units otherwise.
        level: chance that all intervals of the kind hold at once.

    Returns:
        The largest half width of the kind's simultaneous intervals, and the factor on the record's
        length that makes it `wanted`.
    """
    places = [k for k, row in enumerate(quantities.rows) if row.kind == kind]
    if not places:
        raise DataError(f"no parameter of kind {kind} was estimated; name another")
    critical = quantities.simultaneous(level, places)
    halves = [
        critical * row.stderr / (abs(row.intended) if kind in _RELATIVE else 1.0)
        for row in (quantities.rows[k] for k in places)
    ]
    resolved = max(halves)
    return resolved, (resolved / wanted) ** 2


def too_short(resolved: float, wanted: float, longer: float) -> str:
    """Say what a record resolves of kT and what more would take."""
    first = f"this record resolves {100 * resolved:.2g} % of kT"
    if longer <= 1:
        return f"{first}, enough for {100 * wanted:.2g} %"
    return f"{first}; {100 * wanted:.2g} % needs {longer:.2g} times as long"
