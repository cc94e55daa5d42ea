"""Parameters of the machine from its coefficients, each with the anchor that it rests on.

The drift in volts and seconds is measured; couplings, biases and temperature are not, unless
something fixes the channels' gains:

    calibration      records with clamped inputs: gains and offsets with their errors
    stated           the description's volts per unit of x are taken as exact
    intended curve   the cubic term of each unit is as designed, so that the coefficients of its
                     record give the channel's gain and offset
    none             nothing: then only what does not depend on gains is a number

All parameters are fitted to the coefficients together (generalised least squares), J as symmetric:
that is an assumption too, and is named. A readout's variance that is known is not fitted, unless
the diagnosis doubts it: then the records alone tell it from the machine's noise. Without an anchor,
couplings are known in channel units, J_ij g_i / g_j, and noise as g_i^2 kT_i; asking for more is
refused.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.measured.coefficients import Coefficients
from hwkit.measured.diagnosis import Search, by_chance, whitener
from hwkit.measured.faults import Fault, all_faults
from hwkit.measured.setup import Setup

FloatArray = NDArray[np.float64]
Anchor = Literal["calibration", "stated", "intended curve", "none"]

_ANCHORED = {
    "calibration": "gains and offsets by calibration records",
    "stated": "gains and offsets as stated",
    "intended curve": "gains and offsets by the intended cubic term",
    "none": "no anchor: in channel units",
}
_MACHINE = ("coupling", "bias", "spring", "curve", "noise")
_BY_CURVE = ("coupling", "bias", "spring", "noise", "gain", "offset")
_UNANCHORED = ("direction", "bias", "spring", "curve", "noise")


@dataclass(frozen=True)
class Quantity:
    """A parameter of the machine or of a channel.

    Attributes:
        kind: as of `Fault`.
        places: units.
        name: in words.
        value, stderr: as measured.
        intended: what it should be.
        anchor: what the number rests on.
    """

    kind: str
    places: tuple[int, ...]
    name: str
    value: float
    stderr: float
    intended: float
    anchor: str


@dataclass(frozen=True, eq=False)
class Quantities:
    """All parameters, and how their errors go together.

    Attributes:
        rows: the parameters, K of them.
        covariance: (K, K).
        calibration: share of each parameter's variance that errors of calibration give, (K,).
        freedom: degrees of freedom of the errors.
        anchor: what fixes the channels' gains.
    """

    rows: tuple[Quantity, ...]
    covariance: FloatArray
    calibration: FloatArray
    freedom: int
    anchor: Anchor

    def simultaneous(self, level: float, chosen: Sequence[int] | None = None) -> float:
        """Return how many standard errors hold all chosen parameters at once at a level."""
        places = list(range(len(self.rows)) if chosen is None else chosen)
        covariance = self.covariance[np.ix_(places, places)]
        root = np.sqrt(np.diagonal(covariance))
        values, vectors = np.linalg.eigh(covariance / np.outer(root, root))
        directions = vectors * np.sqrt(np.maximum(values, 0.0))
        return float(np.quantile(by_chance(directions, self.freedom), level))


def measure_quantities(
    measured: Coefficients,
    intended: Setup,
    anchor: Anchor,
    units: Sequence[int],
    channels: Sequence[str],
    extra: FloatArray | None,
    doubtful: Collection[int],
) -> Quantities:
    """Return the parameters that an anchor makes known.

    Args:
        measured: coefficients.
        intended: the setup as intended.
        anchor: what fixes the channels' gains.
        units: numbers of the units, for names.
        channels: names of their channels.
        extra: covariance of the channels' calibration, (C, C); None for none.
        doubtful: places of the channels whose readout's variance is not taken as known.

    Raises:
        DataError: if the anchor is a curve that the machine does not have.
    """
    free, nuisance = _free(intended, anchor, doubtful)
    calibrated = np.zeros(2 * (measured.values.size,)) if extra is None else extra
    covariance = measured.covariance() + calibrated
    use = np.ones(measured.values.size, dtype=bool)
    search = Search(measured.values, intended, (), use, whitener(covariance))
    fitted = [*free, *nuisance]
    sizes = search.fit(fitted, np.zeros(len(fitted)))
    moves = search.weights(fitted, sizes)[: len(free)]
    errors = moves @ covariance @ moves.T
    share = np.diagonal(moves @ calibrated @ moves.T) / np.diagonal(errors)
    starts, scales = np.array([_intended(fault, intended) for fault in free]).T
    scaled = errors * np.outer(scales, scales)
    rows = [
        Quantity(
            fault.kind,
            tuple(units[place] for place in fault.places),
            _name(fault, units, channels, anchor),
            float(start + change),
            float(stderr),
            float(start),
            _anchored(fault, anchor, doubtful),
        )
        for fault, start, change, stderr in zip(
            free, starts, scales * sizes[: len(free)], np.sqrt(np.diagonal(scaled)), strict=True
        )
    ]
    return Quantities(tuple(rows), scaled, share, len(measured.influence) - 1, anchor)


def _free(
    intended: Setup, anchor: Anchor, doubtful: Collection[int]
) -> tuple[list[Fault], list[Fault]]:
    """Return the parameters that an anchor makes known, and those fitted beside them."""
    if anchor == "intended curve" and len(intended.powers) == 1:
        raise DataError(
            "the intended curve fixes no gain of a machine whose onsite energy is quadratic; give "
            "a calibration record with two voltages, or take the stated gains"
        )
    kinds = {"intended curve": _BY_CURVE, "none": _UNANCHORED}.get(anchor, _MACHINE)
    faults = all_faults(intended, False, True)
    beside = [fault for fault in faults if fault.kind == "correlated"]
    beside += [f for f in faults if f.kind == "readout" and f.places[0] in doubtful]
    return [fault for fault in faults if fault.kind in kinds], beside


def _intended(fault: Fault, setup: Setup) -> tuple[float, float]:
    """Return the intended value of a parameter, and what a size of 1 adds to it."""
    place = fault.places
    match fault.kind:
        case "coupling" | "direction":
            return float(setup.J[place]), 1.0
        case "noise":
            return float(setup.kT[place]), float(setup.kT[place])
        case "gain":
            return 1.0, 1.0
        case "offset":
            return 0.0, 1.0
    values = {"bias": setup.b, "spring": setup.J2, "curve": setup.J4}[fault.kind]
    return float(values[place]), 1.0


def _anchored(fault: Fault, anchor: Anchor, doubtful: Collection[int]) -> str:
    symmetric = "; J assumed symmetric" if fault.kind == "coupling" else ""
    known = "" if set(fault.places) & set(doubtful) else "; readout's noise known"
    return _ANCHORED[anchor] + symmetric + known


def _name(fault: Fault, units: Sequence[int], channels: Sequence[str], anchor: Anchor) -> str:
    place = [units[p] for p in fault.places]
    match fault.kind:
        case "coupling":
            return f"coupling {place[0]}-{place[1]}"
        case "direction":
            return f"coupling from {place[1]} to {place[0]}, in channel units"
        case "noise":
            return f"kT of unit {place[0]}" if anchor != "none" else f"gain^2 kT of unit {place[0]}"
        case "gain" | "offset":
            return f"{fault.kind} of channel {channels[fault.places[0]]}"
    words = {"bias": "bias of unit", "spring": "J2 of unit", "curve": "J4 of unit"}
    extra = ", in channel units" if anchor == "none" else ""
    return f"{words[fault.kind]} {place[0]}{extra}"
