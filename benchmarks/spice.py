"""Cost of SPICE runs, as ratios: `python -m benchmarks.spice`, a section of docs/performance.md.

Times are of the run command alone, load excluded, one process, one BLAS thread, default tolerances.
Every side runs once before it is timed.
"""

import argparse
from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

import hwkit
from benchmarks.baseline import euler_maruyama_path
from benchmarks.timing import in_turn, medians, peak_gigabytes, ratio, row, seconds, table
from hwkit.langevin import TimeGrid
from hwkit.model.topology import graph_mask, grid_graph, regular_graph
from hwkit.patterns import digit_patterns, mnist_patterns
from hwkit.spice import ngspice_solver, ngspice_version
from hwkit.spice.running import Setup, Task, runner
from hwkit.spice.session import session
from hwkit.wiener import increments
from hwkit.workers import Failure, available_cores, run_tasks

INTRODUCTION = """
## SPICE runs with ngspice {version}, solver {solver}

    python -m benchmarks.spice

The variable NGSPICE_LIBRARY_PATH chooses the ngspice. Times are of the run command alone, load
excluded, one process, one BLAS thread, default tolerances; h = 2.5e-3, 2.5 units of time."""

T_FINAL, DT = 2.5, 2.5e-3
GRID = TimeGrid(T_FINAL, DT)


def task(design):
    return Task(0, np.zeros(design.model.n_units), None)


def setup(design, level):
    return Setup(design, GRID, 1, level, None, "")


def external(design, level):
    """Load and return the time of one run with external noise."""
    run = runner(setup(design, level))
    return seconds(lambda: run(task(design)))


def trnoise(design):
    """Return the time of the same netlist with ngspice's own noise and default options."""
    simulator, scale = session(), design.scale
    netlist = hwkit.render(design, noise="trnoise", t_final=T_FINAL, dt=DT)
    simulator.load(netlist.text, netlist.ends)
    step, end = DT * scale.second, T_FINAL * scale.second
    elapsed = seconds(lambda: simulator.command(f"tran {step!r} {end!r} uic"))
    reached = simulator.vector("time")[-1]
    simulator.command("destroy all")
    if reached < 0.999 * end:
        raise SystemExit(f"the netlist with trnoise stopped at {reached / end:.1%} of its run")
    return elapsed


def digits(design, rounds):
    times = in_turn(
        rounds,
        trnoise=lambda: trnoise(design),
        full=lambda: external(design, "full"),
        mixed=lambda: external(design, "mixed"),
    )
    row("64 + 64, s a run", medians(times))
    row("64 + 64, trnoise / full netlist", ratio(times, "trnoise", "full"), ">= 5")
    row("64 + 64, trnoise / mixed level", ratio(times, "trnoise", "mixed"), ">= 100")


def bounds(design, rounds):
    """Where the time of a full run goes: cells, loading of the couplings, factoring the matrix."""
    coupling = design.group("coupling")
    unit = coupling.nodes[:, :1]
    own = {"nodes": np.hstack([unit, unit]), "values": 1e-3 * coupling.values}
    diagonal = replace(coupling, role="loading", **own)
    loaded = replace(
        design, parts=tuple(diagonal if p.role == "coupling" else p for p in design.parts)
    )
    times = in_turn(
        rounds,
        cells=lambda: external(uncoupled(design), "full"),
        loaded=lambda: external(loaded, "full"),
        full=lambda: external(design, "full"),
    )
    cells, load, full = (np.median(times[name]) for name in ("cells", "loaded", "full"))
    shares = f"{cells / full:.0%} cells, {(load - cells) / full:.0%} loading of couplings, "
    row("64 + 64, a full run is", shares + f"{(full - load) / full:.0%} factoring and solving")


def rails(design, rounds):
    """The digits machine of transconductors against one of resistors, on twice the nodes."""
    model = hwkit.train(digit_patterns([0, 1, 2]), 64, onsite=hwkit.Cosh.from_quartic()).model
    resistive = hwkit.compile_model(model, "resistive", hwkit.Scale(volt=0.0896))
    times = in_turn(
        rounds,
        resistive=lambda: external(resistive, "full"),
        rc=lambda: external(design, "full"),
    )
    row("64 + 64, family resistive / family rc", ratio(times, "resistive", "rc"))


def uncoupled(design):
    """The same cells without couplings."""
    n = design.model.n_units
    model = hwkit.EnergyModel(np.zeros((n, n)), design.model.b, design.model.onsite, kT=0.1)
    return hwkit.compile_model(model)


def grid_machine(graph, seed=1):
    """A machine with random couplings on a graph, weak enough to stay near the origin."""
    mask = graph_mask(graph)
    upper = np.triu(np.random.default_rng(seed).normal(0, 0.3, mask.shape) * mask, 1)
    n = len(mask)
    return hwkit.compile_model(hwkit.EnergyModel(sp.csr_array(upper + upper.T), np.zeros(n)))


def sparse(rounds):
    """A large grid against its cells alone, and the cost against size and degree."""
    grid = grid_machine(grid_graph(36, 36))
    times = in_turn(
        rounds,
        grid=lambda: external(grid, "full"),
        cells=lambda: external(uncoupled(grid), "full"),
    )
    row("36 x 36 grid of degree 8, s a run", medians(times))
    row("36 x 36 grid / 1,296 isolated cells", ratio(times, "grid", "cells"), "<= 15")
    for side in (8, 16, 24):
        took = external(grid_machine(grid_graph(side, side)), "full")
        row(f"{side} x {side} grid of degree 8, s a run", f"{took:.3f}")
    for degree in (2, 4, 8, 16):
        took = external(grid_machine(regular_graph(144, degree, 1)), "full")
        row(f"144 units, random of degree {degree}, s a run", f"{took:.3f}")


def paper(design, rounds):
    model = design.model
    path = increments(1, [0], GRID.n_steps, model.n_units, DT)[0]
    J, start = np.array(model.J), np.zeros(model.n_units)
    times = in_turn(
        rounds,
        mixed=lambda: external(design, "mixed"),
        baseline=lambda: seconds(
            lambda: euler_maruyama_path(J, model.b, 1.0, 1.0, model.kT, start, path, DT)
        ),
    )
    row("784 + 512, s a run", medians(times))
    row("784 + 512, mixed / one path of the baseline", ratio(times, "mixed", "baseline"), "<= 6")
    [peak] = run_tasks("benchmarks.spice:peak_memory", setup(design, "mixed"), [task(design)])
    peak = peak.reason if isinstance(peak, Failure) else f"{peak:.2f}"
    row("784 + 512, peak memory of a worker, GB", peak, "<= 1")


def peak_memory(setup):
    """In a worker process: return what runs a task and reports this process's peak memory."""
    run = runner(setup)

    def measured(task):
        run(task)
        return peak_gigabytes()

    return measured


def samples(design, n):
    jobs = available_cores()
    ideal = hwkit.simulate_langevin(design.model, T_FINAL, DT, n, seed=1)
    found = []
    elapsed = seconds(
        lambda: found.append(
            hwkit.simulate_spice(design, T_FINAL, DT, n, seed=1, level="mixed", jobs=jobs)
        )
    )
    correlation = hwkit.compare(ideal, found[0])["path correlation"].value
    row(f"784 + 512, {n} samples with {jobs} workers, s", f"{elapsed:.0f}", "100 in <= 180")
    row("784 + 512, correlation of end points", f"{correlation:.6f}", ">= 0.9999")


def workers(design, rounds):
    def runs(jobs):
        return lambda: seconds(
            lambda: hwkit.simulate_spice(design, T_FINAL, DT, 16, level="full", jobs=jobs)
        )

    times = in_turn(rounds, one=runs(1), two=runs(2))
    row("16 full runs, one worker / two workers", ratio(times, "one", "two"), ">= 1.8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--samples", type=int, default=100, help="0 leaves them out")
    arguments = parser.parse_args()
    small = hwkit.compile_model(hwkit.train(digit_patterns([0, 1, 2]), 64).model)
    large = hwkit.compile_model(hwkit.train(mnist_patterns([0, 1, 2]), 512, biases="hidden").model)
    print(INTRODUCTION.format(version=ngspice_version(), solver=ngspice_solver()))
    table()
    with threadpool_limits(1):
        digits(small, arguments.rounds)
        bounds(small, arguments.rounds)
        rails(small, max(1, arguments.rounds // 2))
        sparse(max(1, arguments.rounds // 2))
        paper(large, arguments.rounds)
    if arguments.samples:
        samples(large, arguments.samples)
    workers(small, max(1, arguments.rounds // 2))


if __name__ == "__main__":
    main()
