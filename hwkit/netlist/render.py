"""Render a design as netlist text in a simulator's dialect.

Noise: "trnoise" (ngspice) makes a standalone file with the simulator's own noise sources, "pwl" one
for any simulator, whose noise currents are written out: they are those of `simulate_langevin` for
the same seed (run 0), each step's mean current as a knot in its middle, joined linearly. "external"
is the run form for ngspice's shared library, driven from outside.

The form "flat" has one line per element and reads fastest; "hierarchy" has a subcircuit for the
cell and one for the pair of a coupling, with the model's values in comments.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design, Parts, Scale
from hwkit.errors import DataError, NetlistError
from hwkit.langevin import TimeGrid
from hwkit.netlist.dialects import DIALECTS, Spice
from hwkit.netlist.dialects.spice import quoted
from hwkit.netlist.elements import NUMBER, group_block
from hwkit.netlist.hierarchy import hierarchy
from hwkit.netlist.size import MAX_BYTES, Block, check_size, estimate
from hwkit.wiener import increments

FloatArray = NDArray[np.float64]
Noise = Literal["external", "trnoise", "pwl", "none"]
Form = Literal["flat", "hierarchy"]

# ngspice options of the run form: truncation control off, first order: backward Euler on our grid.
RUN_OPTIONS = "trtol=1e6 maxord=1"

_KNOT_BYTES = 24  # of a time and a current, at least


def tight_options(scale: Scale) -> str:
    """Return ngspice options that solve each step until a Newton iteration changes it by 1e-6.

    Tighter ones backfire: ngspice 39 then fails its own test, cuts the step and leaves the grid.

    ngspice keeps the iterate before the one that passed its test. With the default tolerances that
    is one Newton iteration: a linearised backward Euler, with an error of its own of order dt.
    """
    return f"reltol=1e-6 vntol={1e-8 * scale.volt!r} abstol={1e-7 * scale.ampere!r}"


@dataclass(frozen=True)
class Netlist:
    """Netlist text, the name of each unit's node, and where its noise comes from."""

    text: str
    nodes: tuple[str, ...]
    noise: Noise


def render(
    design: Design,
    dialect: str = "ngspice",
    noise: Noise | None = None,
    t_final: float = 2.5,
    dt: float = 2.5e-3,
    x0: FloatArray | None = None,
    couplings: bool = True,
    options: str = "",
    form: Form = "flat",
    seed: int = 0,
    max_bytes: float = MAX_BYTES,
) -> Netlist:
    """Write a design as a netlist.

    Args:
        design: the circuit.
        dialect: "ngspice", "ltspice", "xyce" or "spectre".
        noise: "trnoise" or "pwl" for a standalone file, "external" for the run form, "none" for
            neither noise nor analysis. None: "trnoise" for ngspice, "pwl" for the others.
        t_final, dt: duration and noise step in model time, for the standalone file.
        x0: start state in model units (N,), for the standalone file; None for zeros.
        couplings: False leaves the couplings out (the mixed level supplies their currents).
        options: further simulator options.
        form: "flat" or "hierarchy".
        seed: of the noise that "pwl" writes out.
        max_bytes: largest text that is written; its size is estimated beforehand.

    Raises:
        NetlistError: unknown dialect, noise form or form, or a text that would be too large.
        DataError, ConfigError: if start state or times don't fit.
    """
    if dialect not in DIALECTS:
        raise NetlistError(
            f"netlist dialect {dialect!r} is unknown; choose one of {', '.join(DIALECTS)}"
        )
    language = DIALECTS[dialect]
    noise = language.noises[0] if noise is None else noise  # type: ignore[assignment]
    if noise not in language.noises:
        raise NetlistError(
            f"noise form {noise!r} is unknown to dialect {dialect}; choose one of "
            f"{', '.join(language.noises)}"
        )
    if form not in ("flat", "hierarchy"):
        raise NetlistError(f"form {form!r} is unknown; choose 'flat' or 'hierarchy'")
    analysis = (
        list(_analysis(design, language, t_final, dt, x0)) if noise in ("trnoise", "pwl") else []
    )
    body = hierarchy if form == "hierarchy" else _flat
    blocks = [*body(design, language, couplings)]
    if noise != "none":
        grid = TimeGrid(t_final, dt)
        if noise == "pwl":  # before a path of that length is drawn
            knots = grid.n_steps * design.model.n_units
            check_size("noise alone", _KNOT_BYTES * knots, max_bytes)
        blocks += _noise_blocks(design, language, noise, grid, seed)
    extra = f"{RUN_OPTIONS} {options}" if noise == "external" else options
    if extra.strip():
        analysis.append(language.options(extra.strip()))
    header = list(_header(design, language))
    check_size("netlist", estimate([*blocks, Block.of([*header, *analysis])]), max_bytes)
    lines = chain(header, *(block.all() for block in blocks), analysis, language.end())
    return Netlist("\n".join([*lines, ""]), design.nodes, noise)


def _header(design: Design, language: Spice) -> Iterator[str]:
    model, scale = design.model, design.scale
    elements = f"{model.n_units} units, {design.n_elements} elements"
    yield language.title(f"hwkit {design.cell} machine: {elements}")
    yield from language.header()
    yield language.comment(scale.describe())
    yield language.comment("node voltage = volt * x; seconds = second * mobility * t")
    for name, value in (
        ("volt", scale.volt),
        ("second", scale.second),
        ("kt", model.kT),
        ("mobility", model.mobility),
        ("visible", model.n_visible),
    ):
        yield language.parameter(f"hwkit_{name}", NUMBER.format(value))


def _flat(design: Design, language: Spice, couplings: bool) -> Iterator[Block]:
    names = design.model.names
    if names is not None:
        yield Block.of(
            language.comment(f"unit {node} is {quoted(name)}")
            for node, name in zip(design.nodes, names, strict=True)
        )
    for parts in design.parts:
        if parts.kind != "noise" and (couplings or parts.role != "coupling"):
            yield Block.of([language.comment(f"{parts.role}: {len(parts)} elements")])
            yield group_block(design, parts, language)


def _noise_blocks(
    design: Design, language: Spice, noise: Noise, grid: TimeGrid, seed: int
) -> Iterator[Block]:
    writers: dict[str, Callable[..., Iterator[str]]] = {
        "trnoise": _trnoise,
        "external": _external,
        "pwl": _polyline,
    }
    for parts in design.parts:
        if parts.kind != "noise":
            continue
        text = f"{parts.role}: {len(parts)} white noise currents"
        text += f", seed {seed}" if noise == "pwl" else ""
        yield Block.of([language.comment(text)])

        def lines(rows: slice | NDArray[np.intp], parts: Parts = parts) -> Iterator[str]:
            unit, psd = parts.nodes[rows, 0].tolist(), parts.values[rows].tolist()
            return writers[noise](design, language, unit, psd, grid, seed)

        yield Block(len(parts), lines)


def _external(
    design: Design, language: Spice, unit: list[int], psd: list[float], grid: TimeGrid, seed: int
) -> Iterator[str]:
    for i in unit:
        yield f"In{i} 0 {design.nodes[i]} external"


def _trnoise(
    design: Design, language: Spice, unit: list[int], psd: list[float], grid: TimeGrid, seed: int
) -> Iterator[str]:
    step = grid.dt * design.model.mobility * design.scale.second
    for i, density in zip(unit, psd, strict=True):
        amplitude = float(np.sqrt(density / 2 / step))
        source = f"dc 0 trnoise({NUMBER.format(amplitude)} {NUMBER.format(step)} 0 0)"
        yield f"In{i} 0 {design.nodes[i]} {source}"


def _polyline(
    design: Design, language: Spice, unit: list[int], psd: list[float], grid: TimeGrid, seed: int
) -> Iterator[str]:
    second = design.model.mobility * design.scale.second
    path = increments(seed, [0], grid.n_steps, design.model.n_units, grid.dt)[0]
    middles = [f"{t:.9g}" for t in ((np.arange(grid.n_steps) + 0.5) * grid.dt * second).tolist()]
    # i = sqrt(two-sided PSD) dW/dt with t in seconds, where dW = sqrt(second) dW(model)
    size = np.sqrt(np.asarray(psd) / 2 / second) / grid.dt
    for i, factor in zip(unit, size.tolist(), strict=True):
        values = [f"{value:.9g}" for value in (factor * path[:, i]).tolist()]
        knots = [f"{t} {value}" for t, value in zip(middles, values, strict=True)]
        yield from language.polyline(f"n{i}", design.nodes[i], [f"0 {values[0]}", *knots])


def _analysis(
    design: Design, language: Spice, t_final: float, dt: float, x0: FloatArray | None
) -> Iterator[str]:
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
        yield language.start(name, NUMBER.format(volt))
    step, end = (NUMBER.format(t * seconds) for t in (grid.dt, grid.t_final))
    yield language.transient(step, end)
    yield from language.outputs(design.nodes)
