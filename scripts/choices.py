"""Print the discrete choices and some figures of representative computations as JSON.

Run on two processors, or with two kernels of OpenBLAS (`scripts/kernels.sh`), the choices must be
the same and the figures must agree to nine digits: units that a symmetry ties differ in their last
digits only, and no choice may hang on those.
"""

import json
from collections.abc import Iterator

import numpy as np

import hwkit
from hwkit.circuit import FAULT_MEANINGS, with_fault
from hwkit.model import graph_mask, grid_graph, layered_mask, limited_mask
from hwkit.study import digit_patterns
from hwkit.training import Protocol, best_levels, noising_statistics, solve_levels

LETTERS = (
    "#..#. #.#.. ##... #.#.. #..#.", "##### ..#.. ..#.. ..#.. ..#..",
    "#...# #...# #...# .#.#. ..#..",
)  # fmt: skip
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
    for fault in FAULT_MEANINGS:
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
    yield f"{name}: mean square", [float(np.mean(final**2))]


def all_found() -> Iterator[Found]:
    """Yield every choice (whole numbers) and figure (others)."""
    yield from of_machine("letters", hwkit.train(letters(), n_hidden=25))
    yield from of_machine("digits", hwkit.train(digit_patterns([0, 1, 2]), n_hidden=64))
    graph = grid_graph(6, 6, True)
    shortest = limited_mask(graph_mask(graph, list(graph)),
                            np.array(list(graph), dtype=float), degree=3)  # fmt: skip
    yield "grid: shortest wires", np.flatnonzero(shortest).tolist()


if __name__ == "__main__":
    print(json.dumps(dict(all_found())))
