"""Choose parts that can be ordered; where there is none, say which one comes nearest."""

from collections.abc import Sequence

import numpy as np

from hwkit.circuit.catalogue.reading import Catalogue
from hwkit.circuit.catalogue.rows import Orderable
from hwkit.circuit.preferred import preferred
from hwkit.errors import DesignError
from hwkit.ordering import largest, smallest
from hwkit.units import engineering

_SAME = 1e-9  # relative difference of two values that are the same


def choose_resistor(catalogue: Catalogue, ohm: float) -> Orderable:
    """Return the first resistor that comes in this resistance.

    Raises:
        DesignError: naming the nearest, if there is none.
    """
    rows = _rows(catalogue, "resistor")
    nearest = [_nearest_ohm(row, ohm) for row in rows]
    for row, value in zip(rows, nearest, strict=True):
        if _same(value, ohm):
            return row
    k = smallest([_apart(value, ohm) for value in nearest])
    raise DesignError(
        f"the catalogue has no resistor of {engineering(ohm, 'ohm', 6)}; the nearest is "
        f"{engineering(nearest[k], 'ohm', 4)} ({rows[k].ordered_as(nearest[k])}): compile with "
        f"preferred values ({rows[k].series}) or add your part to the catalogue"
    )


def choose_capacitor(catalogue: Catalogue, farad: float, dielectric: str = "") -> Orderable:
    """Return the first capacitor of this capacitance, and dielectric if one is asked for.

    Raises:
        DesignError: naming the nearest, if there is none.
    """
    rows = [row for row in _rows(catalogue, "capacitor") if dielectric in ("", row.dielectric)]
    return _with_value(rows, f"{dielectric} capacitor".strip(), "farad", farad, "F")


def choose_diode(catalogue: Catalogue, ampere: float, emission: float, name: str = "") -> Orderable:
    """Return the first pair of diodes with these numbers, of this name if one is given.

    Each diode must have pads of its own, or share them with the other's opposite end: only then
    can the two be antiparallel.

    Raises:
        DesignError: naming the nearest, if there is none.
    """
    named = [row for row in _rows(catalogue, "dual-diode") if row.number.startswith(name)]
    if not named:
        raise _unknown("dual diode", name, _rows(catalogue, "dual-diode"))
    rows = [row for row in named if _can_be_antiparallel(row)]
    if not rows:
        raise DesignError(
            f"{named[0].number} ties two like ends of its diodes together, so they can't be "
            "antiparallel; take a series pair such as BAT54S"
        )
    fitting = [row for row in rows if _same(row.value("emission"), emission)]
    if not fitting:
        raise DesignError(
            f"the catalogue has no dual diode with n = {emission:g}; {rows[0].number} has "
            f"{rows[0].value('emission'):g}: compile for its numbers or add your part"
        )
    return _with_value(fitting, "dual diode", "ampere", ampere, "A")


def choose_amplifier(
    catalogue: Catalogue, supply: float, gain_bandwidth: float, name: str = ""
) -> Orderable:
    """Return the first dual amplifier for a supply voltage, V, with at least a bandwidth, Hz.

    Raises:
        DesignError: naming the nearest, if there is none.
    """
    every = _rows(catalogue, "dual-amplifier")
    named = [row for row in every if row.number.startswith(name)]
    if not named:
        raise _unknown("dual amplifier", name, every)
    rows = _supplied(named, "dual amplifier", supply)
    fast = [row for row in rows if row.value("gain_bandwidth") >= gain_bandwidth]
    if fast:
        return fast[0]
    best = rows[largest([row.value("gain_bandwidth") for row in rows])]
    raise DesignError(
        f"the catalogue has no dual amplifier of {engineering(gain_bandwidth, 'Hz')} at "
        f"{supply:g} V; the nearest is {best.number} with "
        f"{engineering(best.value('gain_bandwidth'), 'Hz')}"
    )


def choose_supplied(catalogue: Catalogue, role: str, supply: float) -> Orderable:
    """Return the first part with a role that works from a supply voltage, V.

    Raises:
        DesignError: naming the nearest, if there is none.
    """
    return _supplied(_rows(catalogue, role), role, supply)[0]


def choose_plain(catalogue: Catalogue, role: str) -> Orderable:
    """Return the first part with a role.

    Raises:
        DesignError: if there is none.
    """
    return _rows(catalogue, role)[0]


def _rows(catalogue: Catalogue, role: str) -> list[Orderable]:
    rows = [row for row in catalogue if row.role == role]
    if not rows:
        raise DesignError(f"the catalogue has no part with the role {role!r}; add one")
    return rows


def _unknown(what: str, name: str, rows: Sequence[Orderable]) -> DesignError:
    known = ", ".join(row.number for row in rows)
    return DesignError(f"the catalogue has no {what} {name!r}; it has {known}: add yours")


def _supplied(rows: Sequence[Orderable], what: str, supply: float) -> list[Orderable]:
    limits = [(row.value("least_supply"), row.value("largest_supply")) for row in rows]
    fitting = [row for row, (low, high) in zip(rows, limits, strict=True) if low <= supply <= high]
    if fitting:
        return fitting
    k = smallest([max(low - supply, supply - high) for low, high in limits])
    low, high = limits[k]
    raise DesignError(
        f"the catalogue has no {what} for {supply:g} V between its supplies; the nearest is "
        f"{rows[k].number}, for {low:g} to {high:g} V: change the supplies or add your part"
    )


def _with_value(
    rows: Sequence[Orderable], what: str, name: str, wanted: float, unit: str
) -> Orderable:
    for row in rows:
        if _same(row.value(name), wanted):
            return row
    if not rows:
        raise DesignError(f"the catalogue has no {what}; add one")
    best = rows[smallest([_apart(row.value(name), wanted) for row in rows])]
    raise DesignError(
        f"the catalogue has no {what} of {engineering(wanted, unit, 4)}; the nearest is "
        f"{engineering(best.value(name), unit, 4)} ({best.number}): compile for it or add your part"
    )


def _nearest_ohm(row: Orderable, ohm: float) -> float:
    low, high = row.value("smallest"), row.value("largest")
    near = [float(preferred(ohm, series)) for series in row.series.split()]
    return float(np.clip(near[smallest([_apart(value, ohm) for value in near])], low, high))


def _same(a: float, b: float) -> bool:
    return abs(a - b) <= _SAME * abs(b)


def _apart(a: float, b: float) -> float:
    return abs(float(np.log(a / b))) if a > 0 and b > 0 else np.inf


def _can_be_antiparallel(row: Orderable) -> bool:
    forth = {row.pins["A.anode"], row.pins["B.cathode"]}
    return forth.isdisjoint({row.pins["A.cathode"], row.pins["B.anode"]})
