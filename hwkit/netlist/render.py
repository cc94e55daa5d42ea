"""Render a design as netlist text in a simulator's dialect.

Noise: "trnoise" (ngspice) makes a standalone file with the simulator's own noise sources, "pwl" one
for any simulator, whose noise currents are written out: they are those of `simulate_langevin` for
the same seed (run 0), each step's mean current as a knot in its middle, joined linearly. "external"
is the run form for ngspice's shared library, driven from outside.

The form "flat" has one line per element and reads fastest; "hierarchy" has a subcircuit for the
cell and one for the pair of a coupling, with the model's values in comments. Of transistors it has
those of `subcircuits`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import GROUND, Design, Scale
from hwkit.circuit.gates import COUPLING_ROLES
from hwkit.circuit.noise_bits import noise_increments
from hwkit.errors import DataError, NetlistError
from hwkit.langevin import TimeGrid
from hwkit.netlist.dialects import DIALECTS, Spice
from hwkit.netlist.dialects.spice import quoted
from hwkit.netlist.elements import NUMBER, group_block, group_header, node_name
from hwkit.netlist.hierarchy import hierarchy
from hwkit.netlist.size import MAX_BYTES, Block, check_size, estimate
from hwkit.netlist.transistors import TRANSISTOR_OPTIONS, Models, transistor_blocks
from hwkit.showing import Shown, Summary

FloatArray = NDArray[np.float64]
Noise = Literal["external", "trnoise", "pwl", "none"]
Form = Literal["flat", "hierarchy"]

# ngspice options of the run form: truncation control off, first order: backward Euler on our grid.
RUN_OPTIONS = "trtol=1e6 maxord=1"

# A conductance that SPICE puts beside every junction: by default as large as 1e-5 of our currents.
DIODE_OPTIONS = "gmin=1e-18"

_HEAD = 18  # lines of a netlist that it shows
_KNOT_BYTES = 24  # of a time and a current, at least


def tight_options(scale: Scale) -> str:
    """Return ngspice options that solve each step until a Newton iteration changes it by 1e-6.

    Tighter ones backfire: ngspice 39 then fails its own test, cuts the step and leaves the grid.

    ngspice keeps the iterate before the one that passed its test. With the default tolerances that
    is one Newton iteration: a linearised backward Euler, with an error of its own of order dt.
    """
    return f"reltol=1e-6 vntol={1e-8 * scale.volt!r} abstol={1e-7 * scale.ampere!r}"


def bypass_options(scale: Scale) -> str:
    """Return ngspice options that spare evaluations of transistors.

    ngspice takes three Newton iterations a step, of which the last one confirms the second, whose
    states it keeps. A transistor whose voltages that one moved by less than reltol (about 1 mV) and
    whose current is within abstol of what was expected keeps its currents and slopes.
    """
    return f"bypass=1 abstol={1e-3 * scale.ampere!r}"


@dataclass(frozen=True, repr=False)
class Netlist(Shown):
    """Netlist text, and where its units and its noise are.

    Attributes:
        text: the netlist.
        nodes: node of each unit, (N,); of its positive rail where it has two.
        noise: where the noise comes from.
        references: node that each unit's voltage is counted from, (N,); empty if it is ground.
    """

    text: str
    nodes: tuple[str, ...]
    noise: Noise
    references: tuple[str, ...] = ()

    def summary(self) -> Summary:
        """Return head and size of the netlist; the whole of it is `text`."""
        lines = self.text.splitlines()
        title = f"Netlist: {len(self.nodes):,} units, {len(lines):,} lines, noise: {self.noise}"
        facts = [("size", f"{len(self.text):,} characters (all of it is .text)")]
        head = [line for line in lines[:_HEAD] if line.strip()]
        return Summary(title, facts, [*head, "..."] if len(lines) > _HEAD else head)

    @property
    def ends(self) -> list[tuple[str, str]]:
        """Both nodes of each unit."""
        return list(zip(self.nodes, self.references or ("0",) * len(self.nodes), strict=True))


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
    max_step: float | None = None,
    models: Models = "cards",
) -> Netlist:
    """Write a design as a netlist.

    Args:
        design: the circuit.
        dialect: "ngspice", "ltspice", "xyce", "spectre", "gnucap" or "vacask".
        noise: "trnoise" or "pwl" for a standalone file, "external" for the run form, "none" for
            neither noise nor analysis. None: "trnoise" for ngspice, "pwl" for the others.
        t_final, dt: duration and noise step in model time, for the standalone file.
        x0: start state in model units (N,), for the standalone file; None for zeros.
        couplings: False leaves the couplings out (the mixed level supplies their currents).
        options: further simulator options.
        form: "flat" or "hierarchy".
        seed: of the noise that "pwl" writes out.
        max_bytes: largest text that is written; its size is estimated beforehand.
        max_step: largest time step that the simulator may take, in model time; None: its own
            choice, or one noise step.
        models: of transistors: "cards" written out, or the foundry's "library", to be there too.

    Raises:
        NetlistError: unknown dialect, noise form or form, or a text that would be too large.
        DataError, ConfigError: if start state or times don't fit.
    """
    language, noise = _language(dialect, noise)
    _check_form(language, form)
    analysis = []
    if noise in ("trnoise", "pwl"):
        language, starts = _started(design, language, x0)
        analysis = [*starts, *_analysis(design, language, t_final, dt, max_step)]
    blocks = list(_blocks(design, language, form, couplings, models))
    if noise != "none":
        grid = TimeGrid(t_final, dt)
        if noise == "pwl":
            _check_noise(design, grid, max_bytes)
        blocks += _noise_blocks(design, language, noise, grid, seed)
    extra = _options(design, language, noise, options)
    analysis = language.commands([*analysis, language.options(extra)] if extra else analysis)
    header = list(_header(design, language))
    rest = Block.of([*header, *analysis, *language.end()])
    check_size("netlist", estimate([*blocks, rest]), max_bytes)
    lines = chain(header, *(block.all() for block in blocks), analysis, language.end())
    plus, minus = ([node_name(design, node) for node in ends] for ends in design.terminals.T)
    references = tuple(minus) if np.any(design.differential) else ()
    return Netlist("\n".join([*lines, ""]), tuple(plus), noise, references)


def _blocks(
    design: Design, language: Spice, form: Form, couplings: bool, models: Models
) -> Iterator[Block]:
    """Yield all elements but the noise sources."""
    nested = form == "hierarchy"
    body = hierarchy if nested and not design.transistors else _flat
    yield from body(design, language, couplings)
    yield from transistor_blocks(design, language, models, nested)


def _check_noise(design: Design, grid: TimeGrid, max_bytes: float) -> None:
    """Refuse a path that would be too large, before one of that length is drawn."""
    knots = grid.n_steps * design.machine.n_units
    check_size("noise alone", _KNOT_BYTES * knots, max_bytes)


def _options(design: Design, language: Spice, noise: Noise, options: str) -> str:
    """Return the options of a file, with those that its elements and its run need."""
    extra = f"{RUN_OPTIONS} {options}" if noise == "external" else options
    if design.transistors:
        extra = f"{TRANSISTOR_OPTIONS} {language.temperature_option(design.celsius)} {extra}"
    if any(parts.kind == "diode" for parts in design.parts):
        extra = f"{DIODE_OPTIONS} {extra}"
    return " ".join(extra.split())


def _header(design: Design, language: Spice) -> Iterator[str]:
    model, scale = design.machine, design.scale
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
    names = design.machine.names
    if names is not None:
        yield Block.of(
            language.comment(f"unit {design.nodes[node]} is {quoted(name)}")
            for node, name in zip(design.terminals[:, 0].tolist(), names, strict=True)
        )
    for parts in design.parts:
        if parts.kind != "noise" and (couplings or parts.role not in COUPLING_ROLES):
            yield Block.of(group_header(parts, language))
            yield group_block(design, parts, language)


def _noise_blocks(
    design: Design, language: Spice, noise: Noise, grid: TimeGrid, seed: int
) -> Iterator[Block]:
    if noise == "trnoise" and design.bit_hold is not None:
        raise NetlistError(
            "one-bit noise sources take a stream of bits, which trnoise does not make; choose "
            "noise = 'pwl' or 'none'"
        )
    run = _NoiseRun(design, language, grid, seed)
    writers: dict[str, Callable[..., Iterator[str]]] = {
        "trnoise": run.trnoise,
        "external": run.external,
        "pwl": run.polyline,
    }
    parts, names = design.group("noise"), [*design.nodes, "0"]
    text = f"{parts.role}: {len(parts)} white noise currents"
    text += f", seed {seed}" if noise == "pwl" else ""
    yield Block.of([language.comment(text)])

    def lines(rows: slice | NDArray[np.intp]) -> Iterator[str]:
        unit = np.arange(len(parts))[rows].tolist()
        ends = [(names[a], names[b]) for a, b in parts.nodes[rows].tolist()]
        return writers[noise](unit, ends, parts.values[rows])

    yield Block(len(parts), lines)
    if noise == "external" and len(design.followers):
        yield Block.of([language.comment("start charges of nodes that follow a unit")])
        yield Block.of(
            f"In{len(parts) + k} 0 {design.nodes[node]} external"
            for k, node in enumerate(design.followers[:, 0].tolist())
        )


Ends = list[tuple[str, str]]


@dataclass(frozen=True)
class _NoiseRun:
    """Lines of noise sources in each form: of units, between their ends, of one-sided density."""

    design: Design
    language: Spice
    grid: TimeGrid
    seed: int

    def external(self, unit: list[int], ends: Ends, psd: FloatArray) -> Iterator[str]:
        for i, (a, b) in zip(unit, ends, strict=True):
            yield f"In{i} {b} {a} external"

    def trnoise(self, unit: list[int], ends: Ends, psd: FloatArray) -> Iterator[str]:
        step = self.grid.dt * self.design.machine.mobility * self.design.scale.second
        amplitude = np.sqrt(psd / 2 / step).tolist()
        for i, (a, b), ampere in zip(unit, ends, amplitude, strict=True):
            yield f"In{i} {b} {a} dc 0 trnoise({NUMBER.format(ampere)} {NUMBER.format(step)} 0 0)"

    def polyline(self, unit: list[int], ends: Ends, psd: FloatArray) -> Iterator[str]:
        grid, model = self.grid, self.design.machine
        second = model.mobility * self.design.scale.second
        path = noise_increments(self.design, self.seed, [0], grid.n_steps, grid.dt)[0]
        middles = ((np.arange(grid.n_steps) + 0.5) * grid.dt * second).tolist()
        times = [f"{t:.9g}" for t in middles]
        # i = sqrt(two-sided PSD) dW/dt with t in seconds, where dW = sqrt(second) dW(model)
        size = np.sqrt(psd / 2 / second) / grid.dt
        for i, (a, b), factor in zip(unit, ends, size.tolist(), strict=True):
            values = [f"{value:.9g}" for value in (factor * path[:, i]).tolist()]
            knots = [f"{t} {value}" for t, value in zip(times, values, strict=True)]
            yield from self.language.polyline(f"n{i}", a, b, [f"0 {values[0]}", *knots])


def _language(dialect: str, noise: Noise | None) -> tuple[Spice, Noise]:
    """Return a dialect and the form of its noise, its first one if none is asked for."""
    if dialect not in DIALECTS:
        raise NetlistError(
            f"netlist dialect {dialect!r} is unknown; choose one of {', '.join(DIALECTS)}"
        )
    language = DIALECTS[dialect]
    chosen: Noise = language.noises[0] if noise is None else noise  # type: ignore[assignment]
    if chosen not in language.noises:
        raise NetlistError(
            f"noise form {chosen!r} is unknown to dialect {dialect}; choose one of "
            f"{', '.join(language.noises)}"
        )
    return language, chosen


def _started(design: Design, language: Spice, x0: FloatArray | None) -> tuple[Spice, list[str]]:
    """Return the language of a file that starts at x0, and the lines that say so."""
    n = design.machine.n_units
    x0 = np.zeros(n) if x0 is None else np.asarray(x0, dtype=np.float64)
    if x0.shape != (n,):
        raise DataError(f"x0 has shape {x0.shape}, but the design has {n} units")
    if not np.all(np.isfinite(x0)):
        unit = int(np.argmin(np.isfinite(x0)))
        raise DataError(f"x0[{unit}] is {x0[unit]}; give finite numbers")
    volts = zip(design.nodes, design.start_volts(x0).tolist(), strict=True)
    starts = {name: NUMBER.format(volt) for name, volt in volts if np.isfinite(volt)}
    lines = [language.start(name, volt) for name, volt in starts.items()]
    if design.start_amperes is not None and np.any(x0):
        lines.append(language.comment("start currents, beside inductors that start without one"))
        for i, ampere in enumerate((design.start_amperes @ x0).tolist()):
            a, b = (node_name(design, node) for node in design.inputs[i].tolist())
            lines.append(language.current(f"start{i}", a, b, NUMBER.format(ampere)))
    return language.starting_at(starts), lines


def _check_form(language: Spice, form: str) -> None:
    if form not in language.forms:
        choice = " or ".join(map(repr, language.forms))
        raise NetlistError(f"form {form!r} is unknown to dialect {language.name}; choose {choice}")


def _analysis(
    design: Design, language: Spice, t_final: float, dt: float, max_step: float | None
) -> Iterator[str]:
    grid, seconds = TimeGrid(t_final, dt), design.machine.mobility * design.scale.second
    if max_step is not None and not 0 < max_step < np.inf:
        raise NetlistError(f"max_step is {max_step!r}; give a time above 0, in model units")
    step, end = (NUMBER.format(t * seconds) for t in (grid.dt, grid.t_final))
    largest = None if max_step is None else NUMBER.format(max_step * seconds)
    yield language.transient(step, end, bool(design.transistors), largest)
    ends = np.unique(design.terminals[design.terminals != GROUND]).tolist()
    yield from language.outputs([design.nodes[node] for node in ends])
