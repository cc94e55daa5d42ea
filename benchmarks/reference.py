"""Speed of the ideal reference against peers and limits: `python -m benchmarks.reference`.

Needs the extra `bench`. Prints a section of docs/performance.md.
"""

import argparse
import importlib.util
import subprocess
import sys
import tracemalloc

import networkx as nx
import numpy as np
import scipy.sparse as sp
from threadpoolctl import threadpool_info, threadpool_limits

import hwkit
from benchmarks import peers
from benchmarks.timing import in_turn, medians, ratio, row, seconds, spread, table, timed
from hwkit.langevin.compiled import CompiledMachine
from hwkit.model import layered_mask
from hwkit.workers import available_cores

INTRODUCTION = """
## Reference simulation

    python -m benchmarks.reference

Euler-Maruyama, only the end states kept, all cores; `single` and `double` are the precisions of
`simulate_langevin`. Peers run the same machine in single precision, compiled before they are timed.
A unit-step is one step of one unit of one chain."""

DT, KT = 1e-3, 0.1


def random_machine(n, n_visible=None, size=0.1):
    upper = np.triu(np.random.default_rng(0).standard_normal((n, n)), 1) * size
    J = upper + upper.T
    if n_visible is not None:
        J *= layered_mask(n_visible, n - n_visible)
    return hwkit.EnergyModel(J, np.zeros(n), kT=KT, n_visible=n_visible)


def king_grid(side):
    """A torus whose units are coupled to their eight neighbours."""
    offsets = [(0, 1), (1, 0), (1, 1), (1, -1)]
    cells = [(i, j) for i in range(side) for j in range(side)]
    edges = [(c, ((c[0] + a) % side, (c[1] + b) % side)) for c in cells for a, b in offsets]
    graph = nx.Graph(edges)
    J = nx.to_scipy_sparse_array(graph, nodelist=cells, dtype=float, format="csr")
    return hwkit.EnergyModel(0.1 * sp.csr_array(J), np.zeros(side**2), kT=KT)


def run(model, n_steps, n_runs, precision="single"):
    return lambda: hwkit.simulate_langevin(
        model, n_steps * DT, DT, n_runs, seed=1, precision=precision
    )


def against_peers(rounds, n_steps=400, n_runs=512):
    model = random_machine(128)
    case = (np.float32(model.J), KT, DT, n_steps, n_runs)
    sides = {
        "single": run(model, n_steps, n_runs),
        "double": run(model, n_steps, n_runs, "double"),
        "JAX": peers.jax_scan(*case),
        "torchsde": peers.torchsde_euler(*case),
        "diffrax": peers.diffrax_euler(*case),
        "diffrax-unsafe": peers.diffrax_euler(*case, tree=False),
    }
    times = in_turn(rounds, **{name: timed(action) for name, action in sides.items()})
    scale = 1e9 / (model.n_units * n_steps * n_runs)
    row(f"N = 128, {n_runs} chains, ns a unit-step", medians(times, scale, 2))
    row("N = 128, single / JAX scan", ratio(times, "single", "JAX", 2), "<= 0.8")
    row("N = 128, torchsde Euler / single", ratio(times, "torchsde", "single"), ">= 10")
    row("N = 128, diffrax Euler / single", ratio(times, "diffrax", "single"), ">= 25")
    unsafe = ratio(times, "diffrax-unsafe", "single")
    row("N = 128, diffrax Euler with its unsafe path / single", unsafe)


def against_multiply_rate(rounds, n_steps=50, n_runs=256):
    model = random_machine(1296, n_visible=784, size=0.03)
    J = np.float32(model.J)
    x, out = np.ones((1296, n_runs), np.float32), np.empty((1296, n_runs), np.float32)

    def multiply():
        for _ in range(n_steps):
            np.matmul(J, x, out=out)

    times = in_turn(
        rounds,
        single=timed(run(model, n_steps, n_runs)),
        multiply=timed(multiply),
        JAX=timed(peers.jax_scan(J, KT, DT, n_steps, n_runs)),
    )
    products = CompiledMachine(model, DT, "single").n_products * n_runs * n_steps
    rates = [2e-9 * products / t for t in times["single"]]
    limits = [2e-9 * J.size * n_runs * n_steps / t for t in times["multiply"]]
    shares = [100 * a / b for a, b in zip(rates, limits, strict=True)]
    scale = 1e9 / (model.n_units * n_steps * n_runs)
    row(f"N = 784 + 512, {n_runs} chains, ns a unit-step", medians(times, scale, 1))
    row("N = 784 + 512, GFLOP/s of the products with blocks that are not zero", spread(rates, 0))
    row("matrix multiply, GFLOP/s", spread(limits, 0))
    row("N = 784 + 512, % of the multiply rate", spread(shares, 0), ">= 65")


def against_normals(rounds, n_steps=100, n_runs=64):
    model = king_grid(64)
    generator = np.random.Generator(np.random.SFC64(1))
    normals = np.empty(model.n_units * n_runs)

    def draw():
        for _ in range(n_steps):
            generator.standard_normal(out=normals)

    sides = {"single": run(model, n_steps, n_runs), "double": run(model, n_steps, n_runs, "double")}
    times = in_turn(rounds, **{n: timed(a) for n, a in sides.items()}, normals=timed(draw))
    scale = 1e9 / (model.n_units * n_steps * n_runs)
    row("grid of degree 8, N = 4,096, ns a unit-step", medians(times, scale, 2))
    found = ratio(times, "double", "normals", 2)
    row("grid of degree 8, double / as many SFC64 normals", found, "<= 2")


def small_machines(rounds, n_steps=1000, n_runs=1024):
    for n in (4, 16):
        model = random_machine(n)
        times = in_turn(rounds, double=timed(run(model, n_steps, n_runs, "double")))
        scale = 1e9 / (n * n_steps * n_runs)
        row(f"N = {n}, {n_runs} chains, ns a unit-step", medians(times, scale, 2))


def scaling(rounds):
    model = random_machine(128)
    cases = {"base": (400, 256), "chains": (400, 1024), "steps": (1600, 256)}
    sides = {name: timed(run(model, *case)) for name, case in cases.items()}
    times = in_turn(rounds, **sides)
    row("N = 128, time of 4 times the chains", ratio(times, "chains", "base"), "linear: 4")
    row("N = 128, time of 4 times the steps", ratio(times, "steps", "base"), "linear: 4")
    peaks = [peak_memory(run(model, n_steps, 256)) for n_steps in (400, 1600)]
    change = 100 * (peaks[1] / peaks[0] - 1)
    row("N = 128, memory with 4 times the steps, %", f"{change:+.1f}", "constant: 0")


def peak_memory(action):
    tracemalloc.start()
    action()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def start_up(rounds):
    def started(*arguments):
        command = [sys.executable, *arguments]
        return lambda: seconds(lambda: subprocess.run(command, check=True, capture_output=True))

    times = in_turn(
        rounds,
        nothing=started("-c", "pass"),
        package=started("-c", "import hwkit"),
        program=started("-m", "hwkit", "--help"),
    )
    row("`python -c 'import hwkit'`, s", spread(times["package"]), "<= 0.5")
    row("`hwkit --help`, s", spread(times["program"]), "<= 1")
    row("`python -c pass`, s", spread(times["nothing"]))


def section(rounds):
    print(INTRODUCTION)
    kernels = {
        f"{b['internal_api']} ({b['architecture']})"
        for b in threadpool_info()
        if "architecture" in b
    }
    print(f"\nMultiplication: {', '.join(sorted(kernels))} on {available_cores()} cores.")
    table()
    missing = [n for n in ("jax", "diffrax", "torchsde") if importlib.util.find_spec(n) is None]
    if missing:
        raise SystemExit(f"{missing[0]} is not installed; install the extra `bench`")
    against_peers(rounds)
    with threadpool_limits(available_cores(), "blas"):
        against_multiply_rate(rounds)
    against_normals(rounds)
    small_machines(rounds)
    scaling(rounds)
    start_up(rounds)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    section(parser.parse_args().rounds)


if __name__ == "__main__":
    main()
