"""Faults in the user's words, as directions in the space of coefficients.

A fault changes one parameter of a `Setup` by an unknown size; what it does to the coefficients
follows from `expected`. A gain moves a row, a column and a noise intensity; a hot unit its noise
intensity alone: directions differ, and so faults can be told from each other against the intended
machine. What no direction tells apart, such as a bias of unit i and a constant offset current into
it, is one fault here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.measured.coefficients import expected
from hwkit.measured.setup import Setup, repeated

FloatArray = NDArray[np.float64]

_SMALL = 1e-5  # size of a fault whose effect is a slope


@dataclass(frozen=True)
class Fault:
    """One thing that may be wrong.

    Attributes:
        kind: "gain", "offset", "coupling", "direction", "bias", "spring", "curve", "noise",
            "correlated", "readout", "lag", "pick-up", "all lags", "all noise" or "time base".
        places: units or channels that it is about.
        array: of the setup, which it changes.
        entries: of that array; () for all.
        relative: entries become 1 + size times as large; else the size is added.
    """

    kind: str
    places: tuple[int, ...]
    array: str
    entries: tuple[tuple[int, ...], ...] = ()
    relative: bool = False

    def apply(self, setup: Setup, size: float) -> Setup:
        """Return a setup with a fault of a size."""
        values = np.array(getattr(setup, self.array), dtype=np.float64)
        self._change(values, size)
        changed: dict[str, Any] = {self.array: values}
        return replace(setup, **changed)

    def _change(self, values: FloatArray, size: float) -> None:
        for entry in self.entries or (...,):
            values[entry] = values[entry] * (1 + size) if self.relative else values[entry] + size


def each_applied(setup: Setup, faults: Sequence[Fault], sizes: Sequence[float]) -> Setup:
    """Return a setup with one fault each, in a leading axis, (F, ...)."""
    many = repeated(setup, len(faults))
    for k, (fault, size) in enumerate(zip(faults, sizes, strict=True)):
        fault._change(getattr(many, fault.array)[k, ...], size)
    return many


def all_faults(setup: Setup, calibrated: bool, readout_known: bool) -> list[Fault]:
    """Return the faults that a record of a setup can show.

    Args:
        setup: the intended machine.
        calibrated: gains and offsets of the channels are known from calibration records.
        readout_known: the readout's variance is stated or measured, so that more is a fault.
    """
    units, quartic = range(setup.b.size), len(setup.powers) > 1
    faults = [Fault("time base", (), "rate", (), True), Fault("all noise", (), "kT", (), True)]
    for i in units:
        faults.append(Fault("noise", (i,), "kT", ((i,),), True))
        faults.append(Fault("bias", (i,), "b", ((i,),)))
        faults.append(Fault("spring", (i,), "J2", ((i,),)))
        if quartic:
            faults.append(Fault("curve", (i,), "J4", ((i,),)))
        if not calibrated:
            faults.append(Fault("gain", (i,), "gain", ((i,),), True))
            faults.append(Fault("offset", (i,), "offset", ((i,),)))
        if readout_known:
            faults.append(Fault("readout", (i,), "excess", ((i, i),)))
            faults.append(Fault("lag", (i,), "lag", ((i,),)))
        for j in units:
            if j != i:
                faults.append(Fault("direction", (i, j), "J", ((i, j),)))
            if j > i:
                both = (i, j), (j, i)
                faults.append(Fault("coupling", (i, j), "J", both))
                faults.append(Fault("correlated", (i, j), "correlated", both))
    if readout_known:
        faults += [Fault("pick-up", (), "excess"), Fault("all lags", (), "lag")]
    return faults


def effects(setup: Setup, faults: Sequence[Fault]) -> FloatArray:
    """Return what each fault does to the coefficients, for a size of 1, (F, C)."""
    if not faults:
        return np.zeros((0, expected(setup).size))
    sizes = [_SMALL] * len(faults) + [-_SMALL] * len(faults)
    both = expected(each_applied(setup, [*faults, *faults], sizes))
    return np.asarray((both[: len(faults)] - both[len(faults) :]) / (2 * _SMALL))


def can_be(fault: Fault, size: float, setup: Setup) -> bool:
    """Whether a fault of a size leaves lags and variances of the readout at 0 or above."""
    moved = fault.apply(setup, size)
    return bool(moved.lag.min() >= 0 and np.diagonal(moved.excess).min() >= 0)


def in_words(
    fault: Fault, size: float, setup: Setup, units: Sequence[int], channels: Sequence[str]
) -> str:
    """Say what a fault of a size is.

    Args:
        fault, size: as fitted.
        setup: the intended machine.
        units: number of each unit of the setup.
        channels: name of the channel of each unit.
    """
    place = fault.places
    if not place:
        return _of_all(fault.kind, size, setup)
    unit, channel = units[place[0]], channels[place[0]]
    match fault.kind:
        case "gain":
            return f"gain of channel {channel} {_percent(size)} {'high' if size > 0 else 'low'}"
        case "offset":
            return f"offset of channel {channel}: {size:+.3g} in x"
        case "readout":
            rms = np.sqrt(max(setup.excess[place[0], place[0]] + size, 0.0))
            return f"readout noise of channel {channel}: {rms:.3g} rms in x"
        case "lag":
            now = setup.lag[place] + size
            return f"channel {channel} {_lags(now)}"
        case "noise":
            return f"noise of unit {unit} {_noise(size)}"
    if len(place) == 1:
        name, values = _OF_UNITS[fault.kind]
        start = float(getattr(setup, values)[place])
        return f"{name} of unit {unit}: {start + size:.3g} instead of {start:.3g}"
    other = units[place[1]]
    if fault.kind == "correlated":
        return f"noise of units {unit} and {other} is correlated"
    one_way = f", from {other} to {unit} only," if fault.kind == "direction" else ""
    return f"coupling {unit}-{other}{one_way} {_coupling(float(setup.J[place]), size)}"


_OF_UNITS = {"bias": ("bias", "b"), "spring": ("J2", "J2"), "curve": ("J4", "J4")}


def _of_all(kind: str, size: float, setup: Setup) -> str:
    if kind == "all noise":
        return f"noise of all units {_noise(size)}"
    if kind == "pick-up":
        return "pick-up common to all channels"
    if kind == "all lags":
        return f"every channel {_lags(float(setup.lag.mean()) + size)}"
    more = f"{_percent(size)} {'above' if size > 0 else 'below'}"
    return f"all rates {more} what is intended: time base, or the units' time constant"


def _percent(size: float) -> str:
    return f"{100 * abs(size):.3g} %"


def _lags(lag: float) -> str:
    return f"lags by {lag:.3g} of model time, or noise has a colour"


_NONE = 0.25  # of a coupling's size, below which it is missing


def _coupling(intended: float, change: float) -> str:
    if intended == 0:
        return f"is {change:.3g}, but none is intended"
    share = 1 + change / intended
    if abs(share) < _NONE:
        return "missing"
    values = f"{intended + change:.3g} instead of {intended:.3g}"
    return f"is {values}" if share > 0 else f"has the wrong sign: {values}"


def _noise(size: float) -> str:
    if size < -0.8:
        return "missing"
    return f"{100 * abs(size):.3g} % {'hot' if size > 0 else 'cold'}"
