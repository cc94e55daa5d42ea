"""Faults in the user's words, as directions in the space of coefficients.

A fault changes one parameter of a `Setup` by an unknown size; what it does to the coefficients
follows from `expected`. A gain moves a row, a column and a noise intensity; a hot unit its noise
intensity alone: directions differ, and so faults can be told from each other against the intended
machine. What no direction tells apart, such as a bias of unit i and a constant offset current into
it, is one fault here.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.measured.setup import Setup

FloatArray = NDArray[np.float64]

Apply = Callable[[Setup, float], Setup]


@dataclass(frozen=True, eq=False)
class Fault:
    """One thing that may be wrong.

    Attributes:
        kind: "gain", "offset", "coupling", "direction", "bias", "spring", "curve", "noise",
            "correlated", "readout", "lag", "pick-up", "all noise" or "time base".
        places: units or channels that it is about.
        apply: returns a setup with a fault of a size.
    """

    kind: str
    places: tuple[int, ...]
    apply: Apply


def _moved(name: str, *place: int) -> Apply:
    """Return what adds to an entry of an array of the setup."""

    def apply(setup: Setup, size: float) -> Setup:
        values = getattr(setup, name).copy()
        values[place] += size
        return replace(setup, **{name: values})

    return apply


def _scaled(name: str, *place: int) -> Apply:
    """Return what makes an entry, or the whole, 1 + size times as large."""

    def apply(setup: Setup, size: float) -> Setup:
        values = np.array(getattr(setup, name), dtype=float)
        values[place or ...] *= 1 + size
        return replace(setup, **{name: values if values.ndim else float(values)})

    return apply


def _both(name: str, i: int, j: int) -> Apply:
    there, back = _moved(name, i, j), _moved(name, j, i)
    return lambda setup, size: back(there(setup, size), size)


def _pick_up(setup: Setup, size: float) -> Setup:
    return replace(setup, excess=setup.excess + size)


def all_faults(setup: Setup, calibrated: bool, readout_known: bool) -> list[Fault]:
    """Return the faults that a record of a setup can show.

    Args:
        setup: the intended machine.
        calibrated: gains and offsets of the channels are known from calibration records.
        readout_known: the readout's variance is stated or measured, so that more is a fault.
    """
    units, quartic = range(setup.b.size), len(setup.powers) > 1
    faults = [Fault("time base", (), _scaled("rate")), Fault("all noise", (), _scaled("kT"))]
    for i in units:
        faults.append(Fault("noise", (i,), _scaled("kT", i)))
        faults.append(Fault("bias", (i,), _moved("b", i)))
        faults.append(Fault("spring", (i,), _moved("J2", i)))
        if quartic:
            faults.append(Fault("curve", (i,), _moved("J4", i)))
        if not calibrated:
            faults.append(Fault("gain", (i,), _scaled("gain", i)))
            faults.append(Fault("offset", (i,), _moved("offset", i)))
        if readout_known:
            faults.append(Fault("readout", (i,), _moved("excess", i, i)))
            faults.append(Fault("lag", (i,), _moved("lag", i)))
        for j in units:
            if j != i:
                faults.append(Fault("direction", (i, j), _moved("J", i, j)))
            if j > i:
                faults.append(Fault("coupling", (i, j), _both("J", i, j)))
                faults.append(Fault("correlated", (i, j), _both("correlated", i, j)))
    if readout_known:
        faults.append(Fault("pick-up", (), _pick_up))
    return faults


def in_words(fault: Fault, size: float, setup: Setup, channels: tuple[str, ...]) -> str:
    """Say what a fault of a size is.

    Args:
        fault, size: as fitted.
        setup: the intended machine.
        channels: name of the channel of each unit.
    """
    places, percent = fault.places, f"{100 * abs(size):.3g} %"
    unit = places[0] if places else -1
    more, up = ("more" if size > 0 else "less"), ("high" if size > 0 else "low")
    match fault.kind:
        case "gain":
            return f"gain of channel {channels[unit]} {percent} {up}"
        case "offset":
            return f"offset of channel {channels[unit]}: {size:+.3g} in x"
        case "coupling":
            i, j = places
            return f"coupling {i}-{j} {_coupling(setup.J[i, j], size)}"
        case "direction":
            i, j = places
            return f"coupling {i}-{j}, from {j} to {i} only, {_coupling(setup.J[i, j], size)}"
        case "bias":
            return f"bias of unit {unit}: {setup.b[unit] + size:.3g} instead of {setup.b[unit]:.3g}"
        case "spring":
            now = setup.J2[unit] + size
            return f"J2 of unit {unit}: {now:.3g} instead of {setup.J2[unit]:.3g}"
        case "curve":
            now = setup.J4[unit] + size
            return f"J4 of unit {unit}: {now:.3g} instead of {setup.J4[unit]:.3g}"
        case "noise":
            return f"noise of unit {unit} {_noise(size)}"
        case "all noise":
            return f"noise of all units {_noise(size)}"
        case "correlated":
            return f"noise of units {places[0]} and {places[1]} is correlated"
        case "readout":
            rms = np.sqrt(max(setup.excess[unit, unit] + size, 0.0))
            return f"readout noise of channel {channels[unit]}: {rms:.3g} rms in x"
        case "lag":
            now = setup.lag[unit] + size
            return f"channel {channels[unit]} lags by {now:.3g} of model time, or noise has a colour"
        case "pick-up":
            return "pick-up common to all channels"
    return f"all rates {percent} {more} than intended: time base, or time constant of the units"


def _coupling(intended: float, change: float) -> str:
    if intended == 0:
        return f"is {change:.3g}, but none is intended"
    share = 1 + change / intended
    if abs(share) < 0.15:
        return "missing"
    if abs(share + 1) < 0.15:
        return "has the wrong sign"
    return f"is {intended + change:.3g} instead of {intended:.3g}"


def _noise(size: float) -> str:
    if size < -0.8:
        return "missing"
    return f"{100 * abs(size):.3g} % {'hot' if size > 0 else 'cold'}"
