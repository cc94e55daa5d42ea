"""Extract the machine from a netlist: what do these elements, as written, compute?

Independent of the compiler: the machine is read off the laws of the nodes (`netlist.laws`),

    J_ij = g_ij / G0_i,   b_i = k_i / (G0_i V0), ...   with G0_i = C_i / tau

A unit is a node with a capacitor to ground, or two of them, called `<unit>__p` and `<unit>__n`,
with the voltage between them for x: their difference is a node with the laws

    C dv/dt = -(i_p - i_n)   at   v_p = v/2, v_n = -v/2

Volts and seconds per model unit can't be seen in a circuit; they come from `.param hwkit_*`. What
holds inductors is read by `netlist.extract_inductive`. Units that voltage sources hold are inputs:
the machine is that of the others (`clamp_units`).
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hwkit.errors import DataError, NetlistError
from hwkit.model import Cosh, EnergyModel, Onsite, Quartic
from hwkit.model.names import checked_names
from hwkit.netlist.coils import has_inductors
from hwkit.netlist.extract_inductive import read_inductive
from hwkit.netlist.laws import Laws, collect_laws
from hwkit.netlist.reader import Behavioural, Elements, Tree, read_elements
from hwkit.netlist.reading import read_netlist
from hwkit.netlist.unit_laws import ROUNDING, UnitLaws, unit_laws
from hwkit.ordering import largest

FloatArray = NDArray[np.float64]

_PARAMETERS = ("volt", "second", "kt", "mobility", "visible")
_NOISE = 1e-6  # relative difference of a noise density that is still rounding
_NOMINAL = 0.25  # what preferred values and parasitics make of it
_DUST = 1e-12  # relative size of a coupling that a matrix inversion leaves of none


def extract_model(text: str) -> EnergyModel:
    """Return the machine that a netlist computes; its units are in the order of their capacitors.

    Raises:
        NetlistError: naming the line, if an element has no place in a gradient machine of quartic
            units or pairs of diodes, or if couplings are not reciprocal.
    """
    if not isinstance(text, str):
        kind = type(text).__name__
        raise NetlistError(
            f"extract_model takes a netlist's text but got {kind}; for a file, give its read_text()"
        )
    return machine(read_elements(text))


def extract_file(path: Path | str) -> EnergyModel:
    """Return the machine that a netlist's file computes; it may include files beside it.

    Raises:
        NetlistError: naming file and line; else as `extract_model`.
    """
    reading = read_netlist(path)
    try:
        return machine(reading.elements)
    except NetlistError as error:
        raise NetlistError(f"{path}: {reading.located(error)}") from None


def machine(elements: Elements, noise: bool = True) -> EnergyModel:
    """Return the machine that a netlist's elements compute.

    Args:
        elements: the netlist as read.
        noise: check the strength of noise sources, where it is stated, against hwkit_kt.

    Raises:
        NetlistError: as `extract_model`.
    """
    _check_parameters(elements.parameters)
    _refuse_gates(elements)
    try:
        # Arrays that overflow are refused as couplings, biases, ...
        with np.errstate(all="ignore"):
            if has_inductors(elements):
                return _inductive(elements)
            return _capacitive(elements, noise)
    except (OverflowError, ZeroDivisionError) as error:
        raise NetlistError(
            f"the netlist's numbers can't be computed with ({error}): some are too large or too "
            "small; correct them"
        ) from error


def _refuse_gates(elements: Elements) -> None:
    """Refuse branches that share a tail current: their machine has no energy."""
    tails: Counter[str] = Counter()
    for element in elements:
        if isinstance(element, Behavioural) and _holds(element.tree, "exp"):
            tails[element.plus] += 1
            if tails[element.plus] > 1:
                raise element.error(
                    f"branches that share the current of {element.plus!r} are a gate, and a gated "
                    "machine has no energy to extract; measure its force "
                    "(hwkit.validation.validate_gated)"
                )


def _holds(tree: Tree, function: str) -> bool:
    return tree[0] == function or any(
        _holds(branch, function) for branch in tree[1:] if isinstance(branch, tuple)
    )


def _capacitive(elements: Elements, noise: bool) -> EnergyModel:
    laws = collect_laws(elements)
    if not laws.capacitance:
        raise NetlistError("the netlist has no capacitor to ground, so it has no units")
    units = unit_laws(laws)
    kT = elements.parameters["kt"]
    return _model(elements, units, _temperature(laws, units, elements.parameters) if noise else kT)


def _inductive(elements: Elements) -> EnergyModel:
    parameters = elements.parameters
    found = read_inductive(elements, parameters["volt"], parameters["second"])
    own = np.diag(found.matrix)
    couplings = sp.csr_array(found.matrix - np.diag(own))
    couplings.data[np.abs(couplings.data) < _DUST * np.max(own)] = 0.0
    couplings.eliminate_zeros()
    try:
        return EnergyModel(
            _reciprocal(couplings, found.nodes),
            found.b,
            Quartic(_scalar(own / 2), _scalar(found.J4)),
            parameters["kt"],
            parameters["mobility"],
            int(parameters["visible"]),
            _names(found.nodes, elements.unit_names),
        )
    except DataError as error:
        raise NetlistError(
            f"the netlist is not a machine with a bounded energy: {error}"
        ) from error


def _check_parameters(parameters: Mapping[str, float]) -> None:
    missing = [name for name in _PARAMETERS if name not in parameters]
    if missing:
        wanted = ", ".join(f"hwkit_{name}" for name in missing)
        raise NetlistError(
            f"the netlist has no .param {wanted}; add them: they set the units of x and t"
        )
    for name in ("volt", "second"):
        if not parameters[name] > 0:
            raise NetlistError(f".param hwkit_{name} is {parameters[name]:g}; it must be above 0")
    visible = parameters["visible"]
    if not (visible.is_integer() and visible >= 0):
        raise NetlistError(
            f".param hwkit_visible is {visible:g}; it must be a whole number, 0 or more"
        )


def _names(nodes: list[str], comments: Mapping[str, str]) -> list[str] | None:
    """Return what the comments call the units, else their nodes; None for x0, x1, ..."""
    plain = [node.removesuffix("__p").removesuffix("__flux") for node in nodes]
    try:
        found = [comments[node] for node in nodes] if comments else plain
        names = list(checked_names(found, len(nodes)) or ())
    except (KeyError, ValueError, RecursionError):
        names = plain
    return None if names == [f"x{i}" for i in range(len(nodes))] else names


def _model(elements: Elements, units: UnitLaws, kT: float) -> EnergyModel:
    parameters = elements.parameters
    volt = parameters["volt"]
    unit = units.farad / parameters["second"]  # G0 of each unit
    matrix = sp.csr_array(sp.diags_array(1 / unit) @ units.siemens)
    curvature = matrix.diagonal()
    couplings = sp.csr_array(matrix - sp.diags_array(curvature))
    couplings.eliminate_zeros()
    try:
        return EnergyModel(
            _reciprocal(couplings, units.nodes),
            units.ampere / (unit * volt),
            _onsite(units, unit, volt, curvature, float(abs(matrix).max())),
            kT,
            parameters["mobility"],
            _visible(int(parameters["visible"]), units),
            _names(units.nodes, elements.unit_names),
        )
    except DataError as error:
        raise NetlistError(
            f"the netlist is not a machine with a bounded energy: {error}"
        ) from error


def _visible(stated: int, units: UnitLaws) -> int:
    """Return how many of the first `stated` units are free; held ones count among those."""
    every = len(units.nodes) + len(units.held)
    return stated if stated > every else int(np.count_nonzero(units.places < stated))


def _temperature(laws: Laws, units: UnitLaws, parameters: Mapping[str, float]) -> float:
    """Return kT: hwkit_kt, checked against the noise where a source states its strength.

    The current into a unit, the difference of its rails' where it has two, has the two-sided
    density 2 kT (C V0)^2 / tau. hwkit makes its own noise for nominal capacitances; where preferred
    values and parasitics change all of them alike, kT is what the noise has.

    Raises:
        NetlistError: if the units' noise is not of one temperature, or of another than hwkit_kt.
    """
    stated = parameters["kt"]
    density = _noise_density(laws, units)
    known = np.isfinite(density)
    if not np.any(density[known]):
        return stated
    if not np.all(density[known]):
        unit = int(np.argmin(density))
        raise NetlistError(
            f"node {units.nodes[unit]!r} has no noise, but other units have; a machine has one "
            "temperature: add its source, or remove the others"
        )
    found = density / (2 * (units.farad * parameters["volt"]) ** 2 / parameters["second"])
    kT = float(np.median(found[known]))
    node = units.nodes[int(np.argmax(known))]
    apart = known & (np.abs(found - kT) > _NOISE * kT)
    if np.any(apart):
        unit = int(np.argmax(apart))
        raise NetlistError(
            f"the noise at node {units.nodes[unit]!r} is that of kT = {found[unit]:.6g}, elsewhere "
            f"it is {kT:.6g}; a machine has one temperature: correct it"
        )
    apart_by = abs(kT - stated) / abs(kT)
    if apart_by > (_NOMINAL if known.all() else _NOISE):
        raise NetlistError(
            f"the noise at node {node!r} is that of kT = {kT:.6g}, but hwkit_kt is {stated:.6g}; "
            "correct one of them"
        )
    return stated if apart_by <= _NOISE else kT


def _noise_density(laws: Laws, units: UnitLaws) -> FloatArray:
    """Return the two-sided density of the noise current into each unit; NaN if not stated."""
    where = {node: (i, 1.0) for i, node in enumerate(units.nodes)}
    rails = {n.removesuffix("p") + "n": (i, -1.0) for n, (i, _) in where.items() if n[-3:] == "__p"}
    where |= rails
    density = np.zeros(len(units.nodes))
    for ends, value in laws.noise.items():
        into = np.zeros(len(units.nodes)) if set(ends) <= where.keys() else None
        for node, sign in zip(ends, (-1.0, 1.0), strict=True):
            if node not in where:
                continue
            unit, rail = where[node]
            if into is None:
                density[unit] += value
            else:
                into[unit] += sign * rail
        if into is not None:
            if np.count_nonzero(into) > 1:
                raise NetlistError(f"noise between {ends[0]!r} and {ends[1]!r} joins two units")
            unit = int(np.argmax(np.abs(into)))
            density[unit] += into[unit] ** 2 * value
    return density


def _onsite(
    units: UnitLaws, unit: FloatArray, volt: float, curvature: FloatArray, largest: float
) -> Onsite:
    slope_volt, ampere = units.diodes
    if not np.any(ampere):
        return Quartic(_scalar(curvature / 2), _scalar(units.cubic * volt**2 / (4 * unit)))
    if not np.all(ampere) or np.any(units.cubic):
        where = units.nodes[int(np.argmin(ampere))]
        raise NetlistError(f"some units have diodes and {where!r} has not, or has a cubic current")
    left = np.abs(curvature) > ROUNDING * max(largest, 1.0)
    if np.any(left):
        bad = int(np.argmax(left))
        name = units.nodes[bad].removesuffix("__p")
        raise NetlistError(
            f"{name!r} has a conductance of {curvature[bad]:g} G0 left beside its diodes, so its "
            "energy is not a cosh; the converter must cancel what resistors add"
        )
    r = volt / slope_volt
    return Cosh(_scalar(ampere * r / (2 * unit * volt)), _scalar(r))


def _reciprocal(couplings: sp.csr_array, nodes: list[str]) -> sp.csr_array:
    difference = sp.csr_array(abs(couplings - couplings.T))
    if difference.nnz:
        worst = largest(difference.data)
        if difference.data[worst] > ROUNDING * abs(couplings).max():
            i, j = (int(axis[worst]) for axis in difference.tocoo().coords)
            raise NetlistError(
                f"the coupling {nodes[j]} -> {nodes[i]} is {couplings[i, j]:g} but {nodes[i]} -> "
                f"{nodes[j]} is {couplings[j, i]:g}: not the gradient of an energy"
            )
    return sp.csr_array((couplings + couplings.T) / 2)


def _scalar(values: FloatArray) -> FloatArray | float:
    """Return one number if all are equal up to rounding, so that a uniform machine stays one."""
    first = float(values[0])
    return first if np.allclose(values, first, rtol=1e-12, atol=0) else values
