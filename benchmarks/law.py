"""Calibration of the law level on the digits machine: `python -m benchmarks.law [--repeats 200]`.

1. Five study seeds, SPICE against ideal: at most one may reject.
2. Every control (sign-flip, dead-node, swap, temperature), by level: what rejects it.
3. Ideal against ideal, many times: the false-alarm rate at a nominal 1 %.
"""

import argparse

import numpy as np

import hwkit
from hwkit.circuit import FAULTS, with_fault
from hwkit.fidelity import law_metrics, neighbouring_steps
from hwkit.langevin import simulate_semi_implicit
from hwkit.study import digit_patterns
from hwkit.trajectories import Trajectories
from hwkit.wiener import child_seed
from hwkit.workers import available_cores

T_FINAL, DT = 2.5, 2.5e-3
STEPS = neighbouring_steps(round(T_FINAL / DT))


def generate(simulate, model, n, seed):
    x0 = hwkit.prepare_states(model, T_FINAL, DT, n, child_seed(seed, "preparation"))
    noise = child_seed(seed, "generation")
    return simulate(n_trajectories=n, seed=noise, x0=x0, save_every=STEPS)


def ideal(model, n, seed):
    return generate(lambda **a: hwkit.simulate_langevin(model, T_FINAL, DT, **a), model, n, seed)


def spice(design, n, seed):
    arguments = {"level": "mixed", "tight": True, "jobs": available_cores()}
    return generate(
        lambda **a: hwkit.simulate_spice(design, T_FINAL, DT, **arguments, **a),
        design.model,
        n,
        seed,
    )


def schemes(model, n, seed):
    semi = generate(lambda **a: simulate_semi_implicit(model, T_FINAL, DT, **a), model, n, seed)
    return semi, ideal(model, n, seed)


def part(runs, rows, seed):
    return Trajectories(runs.t, runs.x[rows], attributes={**runs.attributes, "seed": seed})


def worst(metrics):
    metric = min((m for m in metrics if m.limit and m.direction == ">="), key=lambda m: m.value)
    return f"{metric.name.removeprefix('law: ')}, adjusted p = {metric.value:.2g}"


def rejected(metrics):
    return any(not m.passed for m in metrics)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--runs", type=int, default=400)
    arguments = parser.parse_args()
    n = arguments.runs
    trained = hwkit.train(digit_patterns([0, 1, 2]), 64)
    model, patterns = trained.model, trained.patterns
    design = hwkit.compile_model(model)
    many, correction = ideal(model, 2000, 1), schemes(model, 200, 2)

    print("seed | rejects | smallest adjusted p")
    for seed in range(10, 15):
        fresh = ideal(model, 2000, 100 + seed)
        metrics = law_metrics(fresh, spice(design, n, seed), model, patterns, correction, seed=seed)
        print(f"{seed} | {rejected(metrics)} | {worst(metrics)}", flush=True)

    print("\ncontrol | law rejects | smallest adjusted p")
    for name in FAULTS:
        runs = spice(with_fault(design, name), n, 20)
        metrics = law_metrics(many, runs, model, patterns, correction, seed=20)
        increment = next(m for m in metrics if m.name == "law: increment variance")
        print(
            f"{name} | {rejected(metrics)} | {worst(metrics)}; increment variance "
            f"{increment.value:.2g}",
            flush=True,
        )

    # One pool of ideal runs, split anew each time: the repeats share runs, the splits are random.
    pool = ideal(model, 4000, 3)
    generator = np.random.Generator(np.random.Philox(4))
    alarms = 0
    for repeat in range(arguments.repeats):
        order = generator.permutation(4000)[: 5 * n]
        a, b = part(pool, order[n:], 1), part(pool, order[:n], 2)
        metrics = law_metrics(a, b, model, patterns, resolution=None, seed=repeat)
        alarms += rejected(metrics)
    print(f"\nideal against ideal: {alarms} false alarms in {arguments.repeats} at a nominal 1 %")


if __name__ == "__main__":
    main()
