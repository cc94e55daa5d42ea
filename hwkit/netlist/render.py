"""Render a design as SPICE text (dialect ngspice).

Two forms. `noise="trnoise"`: a standalone file with ngspice's own noise sources, that runs under
plain `ngspice -b`. `noise="external"`: the run form, whose noise sources are driven from outside
through ngspice's shared library.

Quirks: `v^3` is |v|^3 in ngspice, so cubes are written as products; `M` is milli, so numbers are
plain exponents; a source that is both `dc` and `external` crashes, so biases are sources of their
own; trnoise has a fixed power only on its own grid and can't be seeded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design, Parts, Scale
from hwkit.errors import DataError, NetlistError
from hwkit.langevin import TimeGrid

FloatArray = NDArray[np.float64]
Noise = Literal["external", "trnoise", "none"]

_NUMBER = "{!r}"  # the shortest text that reads back as the same number
_NODES_PER_LINE = 8

# ngspice options of the run form: truncation control off, first order: backward Euler on our grid.
RUN_OPTIONS = "trtol=1e6 maxord=1"


def tight_options(scale: Scale) -> str:
    """Return ngspice options that solve each step to 1e-6 relative.

    ngspice keeps the iterate before the one that passed its test. With the default tolerances that
    is one Newton iteration: a linearised backward Euler, with an error of its own of order dt.
    """
    return f"reltol=1e-6 vntol={1e-8 * scale.volt!r} abstol={1e-7 * scale.ampere!r}"


@dataclass(frozen=True)
class Netlist:
    """SPICE text, the name of each unit's node, and where its noise comes from."""

    text: str
    nodes: tuple[str, ...]
    noise: Noise


def render(
    design: Design,
    dialect: str = "ngspice",
    noise: Noise = "trnoise",
    t_final: float = 2.5,
    dt: float = 2.5e-3,
    x0: FloatArray | None = None,
    couplings: bool = True,
    options: str = "",
) -> Netlist:
    """Write a design as a netlist.

    Args:
        design: the circuit.
        dialect: "ngspice".
        noise: "trnoise" for a standalone file, "external" for the run form, "none" for neither.
        t_final, dt: duration and noise step in model time, for the standalone file.
        x0: start state in model units (N,), for the standalone file; None for zeros.
        couplings: False leaves the couplings out (the mixed level supplies their currents).
        options: further ngspice options.

    Raises:
        NetlistError: unknown dialect or noise form.
        DataError, ConfigError: if start state or times don't fit.
    """
    if dialect != "ngspice":
        raise NetlistError(f"netlist dialect {dialect!r} is unknown; choose 'ngspice'")
    if noise not in ("external", "trnoise", "none"):
        raise NetlistError(f"noise form {noise!r} is unknown; choose 'external' or 'trnoise'")
    analysis = list(_analysis(design, t_final, dt, x0)) if noise == "trnoise" else []
    lines = [*_header(design), *_elements(design, noise, dt, couplings), *analysis]
    extra = f"{RUN_OPTIONS} {options}" if noise == "external" else options
    if extra.strip():
        lines.append(f".options {extra.strip()}")
    return Netlist("\n".join([*lines, ".end", ""]), design.nodes, noise)


def _header(design: Design) -> Iterator[str]:
    model, scale = design.model, design.scale
    yield f"hwkit {design.cell} machine: {model.n_units} units, {design.n_elements} elements"
    yield f"* {scale.describe()}"
    yield "* node voltage = volt * x; seconds = second * mobility * t"
    for name, value in (
        ("volt", scale.volt),
        ("second", scale.second),
        ("kt", model.kT),
        ("mobility", model.mobility),
        ("visible", model.n_visible),
    ):
        yield f".param hwkit_{name}={_NUMBER.format(value)}"


def _elements(design: Design, noise: Noise, dt: float, couplings: bool) -> Iterator[str]:
    for parts in design.parts:
        if parts.kind == "noise":
            if noise != "none":
                yield f"* {parts.role}: {len(parts)} white noise currents"
                yield from _noise(design, parts, noise, dt)
        elif couplings or parts.role != "coupling":
            yield f"* {parts.role}: {len(parts)} elements"
            yield from group_lines(design, parts)


def group_lines(design: Design, parts: Parts) -> Iterator[str]:
    """Yield one line per element of a group other than noise."""
    nodes, unit = design.nodes, parts.nodes[:, 0].tolist()
    values = map(_NUMBER.format, parts.values.tolist())
    if parts.kind == "capacitor":
        for i, value in zip(unit, values, strict=True):
            yield f"C{i} {nodes[i]} 0 {value}"
    elif parts.kind == "cubic":
        for i, value in zip(unit, values, strict=True):
            v = f"v({nodes[i]})"
            yield f"Bcubic{i} {nodes[i]} 0 i={value}*{v}*{v}*{v}"
    elif parts.kind == "current":
        for i, value in zip(unit, values, strict=True):
            yield f"Ibias{i} {nodes[i]} 0 dc {value}"
    else:
        for i, j, value in zip(unit, parts.nodes[:, 1].tolist(), values, strict=True):
            yield f"G{i}_{j} {nodes[i]} 0 {nodes[j]} 0 {value}"


def _noise(design: Design, parts: Parts, noise: Noise, dt: float) -> Iterator[str]:
    source = "external"
    step = dt * design.model.mobility * design.scale.second
    for i, psd in zip(parts.nodes[:, 0].tolist(), parts.values.tolist(), strict=True):
        if noise == "trnoise":
            amplitude = np.sqrt(psd / 2 / step)
            source = f"dc 0 trnoise({_NUMBER.format(float(amplitude))} {_NUMBER.format(step)} 0 0)"
        yield f"In{i} 0 {design.nodes[i]} {source}"


def _analysis(design: Design, t_final: float, dt: float, x0: FloatArray | None) -> Iterator[str]:
    grid = TimeGrid(t_final, dt)
    n = design.model.n_units
    x0 = np.zeros(n) if x0 is None else np.asarray(x0, dtype=np.float64)
    if x0.shape != (n,):
        raise DataError(f"x0 has shape {x0.shape}, but the design has {n} units")
    if not np.all(np.isfinite(x0)):
        unit = int(np.argmin(np.isfinite(x0)))
        raise DataError(f"x0[{unit}] is {x0[unit]}; give finite numbers")
    seconds = design.model.mobility * design.scale.second
    for name, volt in zip(design.nodes, (x0 * design.scale.volt).tolist(), strict=True):
        yield f".ic v({name})={_NUMBER.format(volt)}"
    step, end = (_NUMBER.format(t * seconds) for t in (grid.dt, grid.t_final))
    yield f".tran {step} {end} uic"
    for first in range(0, n, _NODES_PER_LINE):
        vectors = " ".join(f"v({name})" for name in design.nodes[first : first + _NODES_PER_LINE])
        yield f".save {vectors}"
        yield f".print tran {vectors}"
