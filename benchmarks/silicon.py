"""Cost of a sample in transistors of GF180MCU: `python -m benchmarks.silicon`.

Random machines of the studies' sizes, one process; seconds are of its processor, reading of the
netlist and operating point included, and a busy neighbour on the same core lengthens them too.
`--large` is 784 + 512 units at the mixed level: 900,000 couplings beside 2,594 transistors.
`--full` is one sample of 64 + 64 units with all couplings in ngspice, or its first `--steps`.
"""

import argparse
import threading
import time
from unittest.mock import patch

import numpy as np
from threadpoolctl import threadpool_limits

import hwkit
from benchmarks.timing import in_turn, medians, peak_gigabytes, ratio, row, table
from hwkit.circuit import Scale, compile_model
from hwkit.circuit.cells.silicon.sizes import weakest_coupling
from hwkit.langevin import TimeGrid
from hwkit.model import DriftMachine, layered_mask
from hwkit.spice.running import Setup, Task, apart, runner
from hwkit.spice.session import session
from hwkit.spice.silicon import with_curves
from hwkit.validation.silicon.floor import euler_paths
from hwkit.wiener import increments

T_FINAL, SMALL_T_FINAL = 2.5, 1.5
EVERY_STEP_SOLVED = " "  # options that are given: nothing is spared


def machine(mask, sigma, scale, n_visible=None):
    """A machine of random couplings where a mask has them, none below the weakest that is built."""
    n, rng = len(mask), np.random.default_rng(1)
    J = np.where(mask, rng.normal(0, sigma, mask.shape), 0)
    J = np.where(np.abs(J) >= weakest_coupling(scale), J, 0)
    bias = rng.normal(0, 0.1, n)
    return compile_model(
        DriftMachine(J, bias, hwkit.Quartic(), n_visible=n_visible), "silicon", scale
    )


def small():
    """12 units and 20 pairs, both directions."""
    n, rng = 12, np.random.default_rng(2)
    rows, columns = np.triu_indices(n, 1)
    chosen = rng.choice(rows.size, 20, replace=False)
    mask = np.zeros((n, n), dtype=bool)
    mask[rows[chosen], columns[chosen]] = mask[columns[chosen], rows[chosen]] = True
    return machine(mask, 0.8, Scale(0.131, 2e-6, 2e-12))


def digits():
    """64 + 64 units."""
    return with_curves(machine(layered_mask(64, 64), 0.1, Scale(0.131, 1e-6, 4e-12), 64))


def paper():
    """784 + 512 units; C holds the gates of a thousand couplings."""
    return with_curves(machine(layered_mask(784, 512), 0.011, Scale(0.131, 4.8e-6, 32e-12), 784))


def seconds(action):
    start = time.process_time()
    action()
    return time.process_time() - start


def sample(design, t_final, dt, level, options=""):
    """Return what gives the processor time of one sample, its circuit loaded anew."""
    setup = apart(Setup(design, TimeGrid(t_final, dt, None), 1, level, None, options))

    def timed():
        run = runner(setup)
        return seconds(lambda: run(Task(0, np.zeros(design.machine.n_units), None)))

    return timed


def times(rounds):
    few = in_turn(rounds, full=sample(small(), SMALL_T_FINAL, 1e-2, "full"))
    row("12 units, all in ngspice, h = 1e-2, s a sample", medians(few), "<= 0.5")
    design = digits()
    for dt, bar in ((1e-2, "<= 0.5"), (2.5e-3, "<= 1")):
        found = in_turn(
            rounds,
            mixed=sample(design, T_FINAL, dt, "mixed"),
            unspared=sample(design, T_FINAL, dt, "mixed", EVERY_STEP_SOLVED),
        )
        row(f"64 + 64, mixed level, h = {dt:g}, s a sample", medians(found), bar)
        row(
            "the same, with all evaluations / with those spared",
            ratio(found, "unspared", "mixed", 2),
        )


def large(dt=1e-2, steps=20):
    start = time.process_time()
    design = paper()
    row("784 + 512, compiled and curves measured, s", f"{time.process_time() - start:.1f}", "")
    n, t_final = design.machine.n_units, steps * dt
    row("784 + 512, couplings and transistors", f"{design.n_transistors:,} in all")
    row("784 + 512, four functions, over the tail current", f"{design.curves.residual(4):.2g}")
    setup = apart(Setup(design, TimeGrid(t_final, dt, None), 1, "mixed", None, ""))
    run, found = runner(setup), []
    elapsed = seconds(lambda: found.append(run(Task(0, np.zeros(n), None))))
    row(f"784 + 512, {steps} steps, start included, s", f"{elapsed:.2f}")
    path = increments(1, [0], steps, n, dt)
    reference = design.curves.machine(design, 4)
    ideal = euler_paths(reference, path, dt, np.zeros((1, n)), steps, np.eye(n))
    away = np.sqrt(np.mean((ideal[0, -1] - found[0][-1]) ** 2))
    row(f"784 + 512, end states against the machine of curves, h = {dt:g}, rms", f"{away:.4f}")
    row("784 + 512, peak memory, GB", f"{peak_gigabytes():.2f}")


def when_accepted(simulator, ended):
    """Return processor times at which ngspice had accepted so many points, by its mailbox."""
    found = {}
    while not ended.wait(0.2):
        found.setdefault(simulator.mailbox.points, time.process_time())
    return found


def full(steps, dt=1e-2):
    """One run of 64 + 64 units, every coupling in transistors: what it takes, where it ends."""
    design = machine(layered_mask(64, 64), 0.1, Scale(0.131, 1e-6, 4e-12), 64)
    start = np.zeros(design.machine.n_units)
    row("64 + 64, all in ngspice, transistors", f"{design.n_transistors:,}")
    setup = Setup(design, TimeGrid(steps * dt, dt, None), 1, "full", None, "")
    simulator, ended, read, points, states = session(), threading.Event(), [], {}, []
    load = simulator.load
    watch = threading.Thread(target=lambda: points.update(when_accepted(simulator, ended)))
    with patch.object(simulator, "load", lambda *what: read.append(seconds(lambda: load(*what)))):
        watch.start()
        total = seconds(lambda: states.append(runner(setup)(Task(0, start, None))))
    ended.set()
    watch.join()
    times = sorted((k, t) for k, t in points.items() if k > 0)
    (first, begun), (last, done) = times[0], times[-1]
    step = (done - begun) / (last - first)
    row("the same, netlist read, s", f"{read[0]:.0f}")
    row(f"the same, operating point and {steps} steps, s", f"{total - read[0]:.0f}")
    row("the same, s a step", f"{step:.2f}")
    whole = total + (T_FINAL / dt - steps) * step
    row(f"the same, a sample of {T_FINAL / dt:.0f} steps, s", f"{whole:.0f}")
    row("the same, peak memory, GB", f"{peak_gigabytes():.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large", action="store_true", help="784 + 512 units alone")
    parser.add_argument("--full", action="store_true", help="all of 64 + 64 units in ngspice")
    parser.add_argument("--steps", type=int, default=250, help="of --full")
    arguments = parser.parse_args()
    table()
    with threadpool_limits(1):
        if arguments.full:
            full(arguments.steps)
        elif arguments.large:
            large()
        else:
            times(arguments.rounds)


if __name__ == "__main__":
    main()
