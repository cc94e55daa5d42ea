"""The discrete choices and some figures of representative computations, as JSON.

    python scripts/choices.py                 print them
    python scripts/choices.py --without-ties  the control: values that differ at all are not tied
    python scripts/choices.py FIRST OTHER     compare two such files; exit status 1 if they differ

On two processors, or with two kernels of OpenBLAS (`scripts/kernels.sh`), choices must be the same
and figures must agree to DIGITS, in single precision to SINGLE: units that a symmetry ties differ
in their last digits only, and no choice may hang on those.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import hwkit
from hwkit.circuit import FAULTS, with_fault
from hwkit.circuit.cells import CELLS
from hwkit.circuit.variation import Spread, Variation
from hwkit.circuit.variation.distributions import Normal
from hwkit.model import graph_mask, grid_graph, layered_mask, limited_mask
from hwkit.netlist import bill_of_materials
from hwkit.patterns import digit_patterns
from hwkit.tolerance import rank
from hwkit.training import Protocol, best_levels, noising_statistics, solve_levels
from hwkit.training.clusters import clusters
from hwkit.twin import simulate_boards
from hwkit.wiener import increments

DIGITS = 8  # of figures
SINGLE = 5  # of what is computed in single precision
LETTERS = (
    "#..#. #.#.. ##... #.#.. #..#.", "##### ..#.. ..#.. ..#.. ..#..",
    "#...# #...# #...# .#.#. ..#..",
)  # fmt: skip
FEW_BITS = (np.arange(16)[None] >> np.arange(4)[:, None]) & 1  # orthogonal patterns
Found = tuple[str, list[int] | list[float]]


def letters() -> list[list[bool]]:
    """Return K, T and V of 5 x 5 pixels: many pixels of them are alike, so many units are tied."""
    return [[pixel == "#" for row in rows.split() for pixel in row] for rows in LETTERS]


def faulty_parts(design: hwkit.Design, fault: str) -> list[int]:
    """Return which parts of a design a fault changes, in the order of all parts."""
    wrong, at, found = with_fault(design, fault), 0, []
    before = {parts.role: parts for parts in design.parts}
    for parts in wrong.parts:
        old = before.get(parts.role)
        if old is None:  # a part that was added: which node
            found += [-1, *parts.nodes.ravel().tolist()]
            continue
        moved = (parts.values != old.values) | np.any(parts.nodes != old.nodes, axis=1)
        found += (at + np.flatnonzero(moved)).tolist()
        at += len(parts.values)
    return found


def of_machine(name: str, trained: hwkit.TrainingResult) -> Iterator[Found]:
    """Yield what is chosen of a trained machine and its circuit."""
    model = trained.model
    J = np.asarray(model.J)
    yield f"{name}: loss", [trained.loss]
    yield f"{name}: couplings", [float(np.abs(J).sum()), float((J**2).sum())]
    design = hwkit.compile_model(model)
    for fault in FAULTS:
        yield f"{name}: {fault}", faulty_parts(design, fault)
    places = np.array([divmod(k, 8) for k in range(model.n_units)], dtype=float)
    mask = limited_mask(layered_mask(model.n_visible, model.n_units - model.n_visible), places,
                        degree=6, preference=np.abs(J))  # fmt: skip
    yield f"{name}: strongest couplings", np.flatnonzero(mask).tolist()
    protocol = Protocol()
    statistics = noising_statistics(protocol, trained.fields, model.onsite, model.kT, 1.0)
    levels = best_levels(statistics, J, 4)
    yield f"{name}: scale", [levels.full_scale]
    everywhere = np.ones(model.n_units, dtype=bool)
    rounded = solve_levels(
        statistics, layered_mask(model.n_visible, model.n_units - model.n_visible), everywhere,
        levels, rounds=3,
    )  # fmt: skip
    yield (
        f"{name}: levels",
        np.round(rounded.J[np.triu_indices(len(J), 1)] / levels.step).astype(int).tolist(),
    )
    starts = hwkit.prepare_states(model, 2.5, 0.01, 64, seed=1)
    final = hwkit.simulate_langevin(model, 2.5, 0.01, 64, seed=2, x0=starts).final
    seen = hwkit.recognise(final, trained.patterns)
    yield f"{name}: best pattern", seen.best.tolist()
    yield f"{name}: end states", final[:10].ravel().tolist()
    twin = simulate_boards(design, 0.5, 0.01, 2, seed=3, x0=starts[:2], mode="implicit")
    yield f"{name}: end states of the implicit twin", twin.x[0, :, -1].ravel().tolist()
    for what, states in single_precision(model, starts[:10]):
        yield f"{name}: end states in single precision, {what}", states.ravel().tolist()


def single_precision(model: hwkit.EnergyModel, x0: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield end states of the ideal machine and of the fast twin."""
    ideal = hwkit.simulate_langevin(model, 2.5, 0.01, 10, seed=3, x0=x0, precision="single")
    yield "ideal", ideal.final
    twin = simulate_boards(hwkit.compile_model(model), 2.5, 0.01, 10, seed=3, x0=x0)
    yield "fast twin", twin.x[0, :, -1]


def of_parts(name: str, model: hwkit.EnergyModel) -> Iterator[Found]:
    """Yield what is chosen where parts are bought and toleranced."""
    J = np.asarray(model.J)
    yield f"{name}: signs", np.sign(np.append(J, model.b)).astype(int).tolist()
    design = hwkit.compile_model(model)
    for digits in (1, 3):
        rows = list(bill_of_materials(design, digits, references=10_000))
        yield f"{name}: bill to {digits} digits", [row.quantity for row in rows]
    variation = Variation((Spread("coupling", "coupling", Normal(0.01)),))
    derivatives = {"coupling": np.abs(design.group("coupling").values)}
    effects = rank(design, variation, derivatives, most=10_000)
    yield f"{name}: parts that matter", [row.part for row in effects]
    resistive = replace(CELLS["resistive"].options(), series="E24")
    scale = np.abs(J).max()
    cosh = hwkit.EnergyModel(0.1 * J / scale, model.b * 0, hwkit.Cosh.from_quartic(), model.kT)
    bought = hwkit.compile_model(cosh, "resistive", options=resistive).group("coupling").values
    yield f"{name}: preferred values", [round(1000 * np.log10(ohm)) for ohm in bought.tolist()]


def of_pictures() -> Iterator[Found]:
    """Yield the clusters of pictures, of few grey values among them."""
    digits = digit_patterns(list(range(10)))
    shifted = np.vstack([np.roll(digits, k, axis=1) for k in range(8)])
    yield "clusters: digits", clusters(shifted, 10, 1).tolist()
    bits = np.random.default_rng(0).integers(0, 2, (60, 6)).astype(float)
    yield "clusters: few bits", clusters(bits - bits.mean(), 5, 2).tolist()


def all_found() -> Iterator[Found]:
    """Yield every choice (whole numbers) and figure (others)."""
    for name, trained in (
        ("letters", hwkit.train(letters(), n_hidden=25)),
        ("digits", hwkit.train(digit_patterns([0, 1, 2]), n_hidden=64)),
        ("few bits", hwkit.train(FEW_BITS, n_hidden=16)),
    ):
        yield from of_machine(name, trained)
        yield from of_parts(name, trained.model)
    yield from of_pictures()
    path = increments(7, range(3), 50, 8, 0.01)
    yield "noise: every bit", path.view(np.int64).ravel().tolist()
    graph = grid_graph(6, 6, True)
    shortest = limited_mask(graph_mask(graph, list(graph)),
                            np.array(list(graph), dtype=float), degree=3)  # fmt: skip
    yield "grid: shortest wires", np.flatnonzero(shortest).tolist()


def modules_with_ties() -> list[Any]:
    """Return the modules that compare values with the tolerance TIE."""
    root = Path(hwkit.__file__).parent
    paths = [path for path in root.rglob("*.py") if re.search(r"\bTIE\b", path.read_text("utf-8"))]
    places = [path.relative_to(root).with_suffix("").parts for path in paths]
    return [import_module(".".join(("hwkit", *place))) for place in places]


def differences(first: dict[str, list[float]], other: dict[str, list[float]]) -> list[str]:
    """Return the names of choices that are not the same and of figures that are too far apart."""
    wrong = list(first.keys() ^ other.keys())
    for name in first.keys() & other.keys():
        a, b = first[name], other[name]
        if all(isinstance(value, int) for value in [*a, *b]):
            wrong += [name] * (a != b)
        else:
            digits = SINGLE if "single" in name else DIGITS
            wrong += [name] * (len(a) != len(b) or apart(a, b) > 10.0**-digits)
    return sorted(wrong)


def apart(first: list[float], other: list[float]) -> float:
    """Return the largest difference, relative to the largest figure."""
    return float(np.max(np.abs(np.subtract(first, other))) / np.max(np.abs(first)))


def compare(names: list[str]) -> int:
    """Say whether two files tell the same; return the exit status."""
    first, other = (json.loads(Path(name).read_text(encoding="utf-8")) for name in names)
    wrong = differences(first, other)
    figures = [name for name, values in first.items() if isinstance(values[0], float)]
    same = [name for name in figures if name not in wrong]
    single, double = (
        max((apart(first[name], other[name]) for name in same if ("single" in name) is which),
            default=np.nan)
        for which in (True, False)
    )  # fmt: skip
    print(
        f"{len(first) - len(figures)} choices; {len(figures)} figures, equal to {double:.1e}, "
        f"in single precision to {single:.1e}; different: {', '.join(wrong) or 'none'}"
    )
    return int(bool(wrong))


if __name__ == "__main__":
    if sys.argv[1:] == ["--without-ties"]:
        for module in modules_with_ties():
            module.TIE = 0.0
    elif sys.argv[1:]:
        sys.exit(compare(sys.argv[1:]))
    print(json.dumps(dict(all_found())))
