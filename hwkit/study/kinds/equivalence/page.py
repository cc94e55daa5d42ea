"""Put the page together: one section per part of the results that the folder holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from hwkit.model import EnergyModel
from hwkit.netlist.schematic import draw_couplings
from hwkit.ordering import falling
from hwkit.report.drawing import Drawing, adopted
from hwkit.report.formats import count, quantity
from hwkit.report.rendering import Section, metrics_section
from hwkit.report.schematics import cell_schematic
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.equivalence import figures, noise_budget
from hwkit.study.kinds.equivalence.controls import control_rows
from hwkit.study.kinds.equivalence.covariance import covariances
from hwkit.study.kinds.equivalence.densities import heat, marginal
from hwkit.study.kinds.equivalence.errors import error_tables
from hwkit.study.kinds.equivalence.plan import EquivalencePlan
from hwkit.study.kinds.equivalence.results import Pair, Results, load_results
from hwkit.study.kinds.equivalence.samples import samples

_NETLIST_LINES = 25
_MOST_DRAWN = 200  # units whose graph of couplings can be made out


@dataclass(frozen=True)
class _Paths:
    run: int
    drawings: list[Drawing]
    volt: str
    second: str


@dataclass(frozen=True)
class _Netlist:
    name: str
    parts: list[tuple[str, str, str]]
    total: str
    bytes: str
    lines: str
    shown: int
    cell: Markup | None
    graph: Markup | None
    head: str


@dataclass(frozen=True)
class _Statistics:
    densities: list[Drawing]
    covariances: list[Drawing]


def sections(plan: EquivalencePlan, run: FinishedRun) -> Iterator[Section]:
    """Yield the sections of the page: one for each part of the results that the folder holds."""
    results = load_results(plan, run)
    yield metrics_section(results.verdict)
    shown = samples(results)
    if shown is not None:
        yield Section("samples", "Samples", shown)
    if results.pair is not None and results.pair.both.any():
        yield Section("paths", "Paths", _paths(results, results.pair))
    if results.drift is not None:
        yield Section("drift", "Drift", _drift(results, results.drift))
    yield Section("budget", "Noise budget", _budget(results))
    if results.pair is not None and results.pair.both.any():
        yield Section("distribution", "Statistics", _statistics(results, results.pair))
    if results.controls:
        yield Section("controls", "Controls", control_rows(results.controls))
    if results.errors is not None:
        yield Section("errors", "Error budget", error_tables(results.errors))
    if results.netlist is not None:
        yield Section("netlist", "Netlist", _netlist(results, results.netlist))
    if results.failures:
        yield Section("failures", "Failed runs", results.failures)


def _paths(results: Results, pair: Pair) -> _Paths:
    """Choose two visible units, of large and middling spread, and a hidden one; first run."""
    run = int(np.flatnonzero(pair.both)[0])
    chosen = []
    for layer, units in results.layers:
        spread = np.ptp(pair.ideal.x[run, :, units], axis=0)
        ranked = falling(spread) + units.start
        chosen += [(int(unit), layer) for unit in ranked[[0, len(ranked) // 2]]]
    drawings = [
        figures.path(pair, results.scale, run, unit, layer)
        for unit, layer in dict.fromkeys(chosen[:3])
    ]
    scale, mobility = results.design.scale, results.model.mobility
    return _Paths(run, drawings, quantity(scale.volt, "V"), quantity(scale.second * mobility, "s"))


def _drift(results: Results, residual: np.ndarray[Any, np.dtype[np.float64]]) -> Drawing:
    return figures.drift_residual(residual, results.layers, results.plan.limits.drift)


def _budget(results: Results) -> list[tuple[str, list[noise_budget.Row]]]:
    design = results.design
    return [
        ("Scale: what one model unit is in the circuit", noise_budget.scale_rows(design)),
        ("Noise: what the machine's temperature asks for", noise_budget.noise_rows(design)),
        ("Couplings and size", noise_budget.loading_rows(design)),
        ("Families that could realise the machine", noise_budget.family_rows(design)),
    ]


def _statistics(results: Results, pair: Pair) -> _Statistics:
    reference = results.many or pair.ideal
    ideal, spice = reference.final[reference.completed], pair.spice.final[pair.spice.completed]
    marginals = [
        marginal(ideal[:, units], spice[:, units], layer, results.scale)
        for layer, units in results.layers
        if len(ideal)
    ]
    others = [figures.autocorrelation(pair, results.scale)]
    if len(ideal):
        others.append(heat(results.model, reference, pair.spice))
    n_visible = results.model.n_visible
    pictures = covariances(pair, n_visible) if pair.both.sum() > 1 else []
    return _Statistics([*marginals, *others], pictures)


def _netlist(results: Results, path: Path) -> _Netlist:
    with path.open(encoding="utf-8", errors="replace") as stream:
        head = list(islice(stream, _NETLIST_LINES))
        n_lines = len(head) + sum(1 for _ in stream)
    return _Netlist(
        name=path.name,
        parts=[(parts.role, parts.kind, count(len(parts))) for parts in results.design.parts],
        total=count(results.design.n_elements),
        bytes=count(path.stat().st_size),
        lines=count(n_lines),
        shown=len(head),
        cell=cell_schematic(results.design.cell),
        graph=_graph(results.model),
        head="".join(head),
    )


def _graph(model: EnergyModel) -> Markup | None:
    if model.n_units > _MOST_DRAWN:
        return None
    colours = {"#444444": "ink", "#ffffff": "paper", "#b2182b": "spice", "#2166ac": "ideal"}
    return adopted(draw_couplings(model), "Graph of the strongest couplings", colours)
