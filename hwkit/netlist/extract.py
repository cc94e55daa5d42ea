"""Extract the machine from a netlist: what do these elements, as written, compute?

Independent of the compiler: the machine is read off the laws of the nodes (`netlist.laws`),

    J_ij = g_ij / G0_i,   b_i = k_i / (G0_i V0), ...   with G0_i = C_i / tau

A unit is a node with a capacitor to ground, or two of them, called `<unit>__p` and `<unit>__n`,
with the voltage between them for x: their difference is a node with the laws

    C dv/dt = -(i_p - i_n)   at   v_p = v/2, v_n = -v/2

Volts and seconds per model unit can't be seen in a circuit; they come from `.param hwkit_*`. What
holds inductors is read by `netlist.extract_inductive`.
"""

import json
import re

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hwkit.errors import DataError, NetlistError
from hwkit.model import Cosh, EnergyModel, Onsite, Quartic
from hwkit.model.names import checked_names
from hwkit.netlist.extract_inductive import has_inductors, read_inductive
from hwkit.netlist.laws import Laws, read_laws, read_parameters
from hwkit.netlist.unit_laws import ROUNDING, UnitLaws, unit_laws

FloatArray = NDArray[np.float64]

_PARAMETERS = ("volt", "second", "kt", "mobility", "visible")
_DUST = 1e-12  # relative size of a coupling that a matrix inversion leaves of none
_NAME = re.compile(r"^\* unit (\w+) is (\".*\")$", re.MULTILINE | re.ASCII)


def extract_model(text: str) -> EnergyModel:
    """Return the machine that a netlist computes; its units are in the order of their capacitors.

    Raises:
        NetlistError: naming the line, if an element has no place in a gradient machine of quartic
            units or pairs of diodes, or if couplings are not reciprocal.
    """
    comments = dict(_NAME.findall(text))
    try:
        # Arrays that overflow are refused as couplings, biases, ...
        with np.errstate(all="ignore"):
            return (_inductive if has_inductors(text) else _capacitive)(text, comments)
    except (OverflowError, ZeroDivisionError) as error:
        raise NetlistError(
            f"the netlist's numbers can't be computed with ({error}): some are too large or too "
            "small; correct them"
        ) from error


def _capacitive(text: str, comments: dict[str, str]) -> EnergyModel:
    laws = read_laws(text)
    _check_parameters(laws.parameters)
    if not laws.capacitance:
        raise NetlistError("the netlist has no capacitor to ground, so it has no units")
    return _model(laws, unit_laws(laws), comments)


def _inductive(text: str, comments: dict[str, str]) -> EnergyModel:
    parameters = read_parameters(text)
    _check_parameters(parameters)
    found = read_inductive(text, parameters["volt"], parameters["second"])
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
            _names(found.nodes, comments),
        )
    except DataError as error:
        raise NetlistError(f"the netlist is no machine with a bounded energy: {error}") from error


def _check_parameters(parameters: dict[str, float]) -> None:
    missing = [name for name in _PARAMETERS if name not in parameters]
    if missing:
        wanted = ", ".join(f"hwkit_{name}" for name in missing)
        raise NetlistError(
            f"the netlist has no .param {wanted}; add them: they set the units of x and t"
        )
    for name in ("volt", "second"):
        if not parameters[name] > 0:
            raise NetlistError(f".param hwkit_{name} is {parameters[name]:g}; it must be above 0")
    if not parameters["visible"].is_integer():
        raise NetlistError(
            f".param hwkit_visible is {parameters['visible']:g}; it must be a whole number"
        )


def _names(nodes: list[str], comments: dict[str, str]) -> list[str] | None:
    """Return what the comments call the units, else their nodes; None for x0, x1, ..."""
    plain = [node.removesuffix("__p").removesuffix("__flux") for node in nodes]
    try:
        found = [json.loads(comments[node]) for node in nodes] if comments else plain
        names = list(checked_names(found, len(nodes)) or ())
    except (KeyError, ValueError, RecursionError):
        names = plain
    return None if names == [f"x{i}" for i in range(len(nodes))] else names


def _model(laws: Laws, units: UnitLaws, comments: dict[str, str]) -> EnergyModel:
    volt = laws.parameters["volt"]
    unit = units.farad / laws.parameters["second"]  # G0 of each unit
    matrix = sp.csr_array(sp.diags_array(1 / unit) @ units.siemens)
    curvature = matrix.diagonal()
    couplings = sp.csr_array(matrix - sp.diags_array(curvature))
    couplings.eliminate_zeros()
    try:
        return EnergyModel(
            _reciprocal(couplings, units.nodes),
            units.ampere / (unit * volt),
            _onsite(units, unit, volt, curvature, float(abs(matrix).max())),
            laws.parameters["kt"],
            laws.parameters["mobility"],
            int(laws.parameters["visible"]),
            _names(units.nodes, comments),
        )
    except DataError as error:
        raise NetlistError(f"the netlist is no machine with a bounded energy: {error}") from error


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
            "energy is no cosh; the converter must cancel what resistors add"
        )
    r = volt / slope_volt
    return Cosh(_scalar(ampere * r / (2 * unit * volt)), _scalar(r))


def _reciprocal(couplings: sp.csr_array, nodes: list[str]) -> sp.csr_array:
    difference = sp.csr_array(abs(couplings - couplings.T))
    if difference.nnz:
        worst = int(np.argmax(difference.data))
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
