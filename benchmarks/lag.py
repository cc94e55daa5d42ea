"""What the lag check of the mixed level costs: `python -m benchmarks.lag`.

A sparse machine of 2,000 units (each coupled to three others), as `simulate_spice` runs it by
default and with the check forced, and a small one; beside the times, what was estimated.
"""

import argparse
import time

import networkx as nx
import numpy as np
import scipy.sparse as sp

import hwkit
from hwkit.spice import ngspice_solver, ngspice_version
from hwkit.spice.cost import full_netlist_cost

DT = 2.5e-3


def machine(n_units: int, degree: int = 3) -> hwkit.EnergyModel:
    """Return a machine on a random regular graph."""
    graph = nx.random_regular_graph(degree, n_units, seed=1)
    upper = sp.triu(nx.to_scipy_sparse_array(graph, dtype=float), 1).tocsr()
    upper.data = 0.15 * np.random.default_rng(1).standard_normal(upper.nnz)
    return hwkit.EnergyModel(sp.csr_array(upper + upper.T), np.zeros(n_units))


def main() -> None:
    """Time both, in one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100, help="of each run; 1000 is a whole one")
    parser.add_argument("--runs", type=int, default=2)
    chosen = parser.parse_args()
    print(f"ngspice {ngspice_version()}, solver {ngspice_solver()}, {chosen.steps} steps, "
          f"{chosen.runs} runs, one process\n")  # fmt: skip
    print("| units | left out | by default | forced | check alone | estimated | by default? |")
    print("| --- " * 7 + "|", flush=True)
    for n_units in (50, 2000):
        design = hwkit.compile_model(machine(n_units))
        cost = full_netlist_cost(design.model, chosen.steps, min(2, chosen.runs))
        seconds = {}
        for check in ("never", "auto", "always"):
            started = time.perf_counter()
            runs = hwkit.simulate_spice(
                design, chosen.steps * DT, DT, chosen.runs, 1, level="mixed", lag_check=check
            )
            seconds[check] = time.perf_counter() - started
            if check == "auto":
                done = "yes" if "lag_error" in runs.attributes else "no"
        took = seconds["always"] - seconds["never"]
        times = [f"{seconds[check]:.2f} s" for check in ("never", "auto", "always")]
        cells = [str(n_units), *times, f"{took:.2f} s", cost.describe(), done]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
