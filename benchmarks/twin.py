"""Speed of the twin: `python -m benchmarks.twin`.

Boards of the digits design, each with couplings of its own, in the fast mode on all cores: against
one ngspice run of the full netlist with external noise (paths per second on both sides, one ngspice
process per core), and against the machine's own rate of single-precision products of that shape.
"""

import argparse
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit
from threadpoolctl import threadpool_limits

import hwkit
from hwkit.patterns import digit_patterns
from hwkit.twin import Boards, bind, simulate_boards
from hwkit.workers import available_cores

RUN = {"t_final": 2.5, "dt": 2.5e-3, "seed": 1}
STEPS = 1000
LANES = 16


@njit(nogil=True)
def products(couplings, x, out, n):
    for _ in range(n):
        np.dot(couplings, x, out)


def seconds(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def product_rate(n_units, n_paths, rounds):
    """Return single-precision operations per second of (N x N)(N x paths) on all cores."""
    rng, cores = np.random.default_rng(0), available_cores()
    width = -(-n_paths // LANES) * LANES
    arrays = [
        [np.float32(rng.standard_normal(s)) for s in ((n_units, n_units), (n_units, width))]
        for _ in range(cores)
    ]
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(cores) as pool:

        def run():
            list(pool.map(lambda a: products(*a, np.empty_like(a[1]), STEPS), arrays))

        run()
        times = [seconds(run) for _ in range(rounds)]
    # Counted on the paths asked for, so padding counts against both sides alike.
    return [2 * n_units**2 * n_paths * STEPS * cores / t for t in times]


def boards_of(design, count):
    rng = np.random.default_rng(0)
    nominal = design.group("coupling").values
    return Boards(
        {"coupling": nominal * (1 + 0.05 * rng.standard_normal((count, len(nominal))))}, count
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boards", type=int, default=1000)
    parser.add_argument("--paths", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    design = hwkit.compile_model(hwkit.train(digit_patterns([0, 1, 2]), 64).model)
    n, cores = design.model.n_units, available_cores()
    bound, paths = bind(design), arguments.paths
    few = boards_of(design, 50 * cores)  # enough to share the noise
    simulate_boards(design, boards=few, n_trajectories=paths, bound=bound, **RUN)

    rates, shares = [], []
    for _ in range(arguments.rounds):  # in turn, on a machine that others use too
        rate = max(product_rate(n, paths, 3))
        spent = seconds(
            lambda: simulate_boards(design, boards=few, n_trajectories=paths, bound=bound, **RUN)
        )
        rates.append(rate / 1e9)
        shares.append(2 * n**2 * few.count * paths * STEPS / spent / rate)
    boards = boards_of(design, arguments.boards)
    twin = seconds(
        lambda: simulate_boards(design, boards=boards, n_trajectories=paths, bound=bound, **RUN)
    )
    ns = 1e9 * twin / (arguments.boards * paths * STEPS * n)
    print(f"{arguments.boards} boards x {paths} paths: {twin:.1f} s, {ns:.2f} ns per unit-step")

    spice_paths = 4 * cores
    spice = seconds(
        lambda: hwkit.simulate_spice(design, n_trajectories=spice_paths, jobs=cores, **RUN)
    )
    ratio = (arguments.boards * paths / twin) / (spice_paths / spice)
    print(f"ngspice, full netlist: {spice * cores / spice_paths:.2f} s per path and process")
    print(f"throughput, twin over ngspice: {ratio:.0f} (bar 1000)")
    share = statistics.median(shares)
    print(
        f"product rate of the machine: {statistics.median(rates):.0f} Gop/s; the twin's share of "
        f"it: {share:.0%} ({min(shares):.0%} to {max(shares):.0%}, bar 60 %)"
    )
    fast = simulate_boards(design, n_trajectories=8, bound=bound, **RUN)
    exact = simulate_boards(design, n_trajectories=8, bound=bound, mode="implicit", **RUN)
    rms = np.sqrt(np.mean((fast.x[0, :, -1] - exact.x[0, :, -1]) ** 2))
    print(f"fast mode against backward Euler: rms {rms:.2g} at t_f")


if __name__ == "__main__":
    main()
