"""Cost of SPICE runs, as ratios: `python -m benchmarks.spice [--rounds 3]`.

Times are of the run command alone, load excluded, one process, default tolerances.
"""

import argparse
import resource
import statistics
import time

import numpy as np

import hwkit
from benchmarks.baseline import euler_maruyama_path
from hwkit.langevin import TimeGrid
from hwkit.spice.session import session
from hwkit.spice.simulate import _runner, _Setup, _Task
from hwkit.study import digit_patterns, mnist_patterns
from hwkit.wiener import increments

T_FINAL, DT = 2.5, 2.5e-3
GRID = TimeGrid(T_FINAL, DT)


def seconds(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def external(design, level):
    """Load once; return what runs the design with external noise."""
    run = _runner(_Setup(design, GRID, 1, level, None, ""))
    task = _Task(0, np.zeros(design.model.n_units), None)
    return lambda: seconds(lambda: run(task))


def trnoise(design):
    """Return what runs the same netlist with ngspice's own noise and default options."""
    simulator, scale = session(), design.scale
    simulator.load(hwkit.render(design, noise="trnoise", t_final=T_FINAL, dt=DT).text, design.nodes)
    step, end = DT * scale.second, T_FINAL * scale.second
    elapsed = seconds(lambda: simulator.command(f"tran {step!r} {end!r} uic"))
    simulator.command("destroy all")
    return elapsed


def in_turn(rounds, **sides):
    """Time the sides one after the other, several times; return their times by name."""
    times = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            times[name].append(side())
    return times


def ratio(times, above, below):
    pairs = [a / b for a, b in zip(times[above], times[below], strict=True)]
    return f"{statistics.median(pairs):.1f} ({min(pairs):.1f} to {max(pairs):.1f})"


def row(what, value, bar):
    print(f"| {what} | {value} | {bar} |", flush=True)


def digits(rounds):
    model = hwkit.train(digit_patterns([0, 1, 2]), 64).model
    design = hwkit.compile_model(model)
    times = in_turn(
        rounds,
        trnoise=lambda: trnoise(design),
        full=lambda: external(design, "full")(),
        mixed=lambda: external(design, "mixed")(),
    )
    medians = {name: statistics.median(values) for name, values in times.items()}
    row("64 + 64, s a run", ", ".join(f"{k} {v:.3f}" for k, v in medians.items()), "")
    row("64 + 64, trnoise / full netlist", ratio(times, "trnoise", "full"), ">= 3.5")
    row("64 + 64, trnoise / mixed level", ratio(times, "trnoise", "mixed"), ">= 100")


def paper(rounds):
    model = hwkit.train(mnist_patterns([0, 1, 2]), 512, biases="hidden").model
    path = increments(1, [0], GRID.n_steps, model.n_units, DT)[0]
    J, start = np.array(model.J), np.zeros(model.n_units)
    mixed = external(hwkit.compile_model(model), "mixed")
    mixed()
    times = in_turn(
        rounds,
        mixed=mixed,
        baseline=lambda: seconds(
            lambda: euler_maruyama_path(J, model.b, 1.0, 1.0, model.kT, start, path, DT)
        ),
    )
    medians = {name: statistics.median(values) for name, values in times.items()}
    row("784 + 512, s a run", ", ".join(f"{k} {v:.3f}" for k, v in medians.items()), "")
    row("784 + 512, mixed / one path of the baseline", ratio(times, "mixed", "baseline"), "<= 12")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    row("784 + 512, peak memory of this process, GB", f"{memory:.2f}", "<= 1 (workers)")


def workers(rounds):
    design = hwkit.compile_model(hwkit.train(digit_patterns([0, 1, 2]), 64).model)

    def runs(jobs):
        return lambda: seconds(
            lambda: hwkit.simulate_spice(design, T_FINAL, DT, 16, level="full", jobs=jobs)
        )

    times = in_turn(rounds, one=runs(1), two=runs(2))
    row("16 full runs, one worker / two workers", ratio(times, "one", "two"), ">= 1.8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print("| what | median (range) | bar |\n| --- | --- | --- |")
    digits(rounds)
    paper(rounds)
    workers(max(1, rounds // 2))


if __name__ == "__main__":
    main()
