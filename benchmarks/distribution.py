"""Calibration of the distribution level on the digits machine.

    python -m benchmarks.distribution [--repeats 200] [--runs 400] [--ideal-runs 2000]

1. Five study seeds, SPICE against ideal: at most one may reject.
2. Every control: does the distribution level reject it, and by what?
3. Ideal against ideal, many times: the false-alarm rate at a nominal 1 %.
"""

import argparse

import numpy as np

import hwkit
from hwkit.circuit import FAULTS, with_fault
from hwkit.fidelity import distribution_metrics, neighbouring_steps
from hwkit.langevin import simulate_semi_implicit
from hwkit.patterns import digit_patterns
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
    metric = min(metrics[:-1], key=lambda m: m.value)
    return f"{metric.name.removeprefix('distribution: ')}, adjusted p = {metric.value:.2g}"


def rejected(metrics):
    """Whether any statistic is rejected; the last row is the resolution, which is no statistic."""
    return any(not m.passed for m in metrics[:-1])


def five_seeds(design, patterns, correction, n, n_ideal):
    print("seed | rejects | smallest adjusted p | resolution")
    rejections = 0
    for seed in range(10, 15):
        fresh, runs = ideal(design.model, n_ideal, 100 + seed), spice(design, n, seed)
        metrics = distribution_metrics(fresh, runs, design.model, patterns, correction, seed=seed)
        rejections += rejected(metrics)
        print(f"{seed} | {rejected(metrics)} | {worst(metrics)} | {metrics[-1].note}", flush=True)
    print(f"{rejections} of 5 seeds reject; at most 1 may")


def controls(design, patterns, correction, n, n_ideal):
    many = ideal(design.model, n_ideal, 1)
    print("\ncontrol | rejected | smallest adjusted p | of the increment variance")
    for name in FAULTS:
        runs = spice(with_fault(design, name), n, 20)
        metrics = distribution_metrics(many, runs, design.model, patterns, correction, seed=20)
        increment = next(m for m in metrics if m.name == "distribution: increment variance")
        print(
            f"{name} | {rejected(metrics)} | {worst(metrics)} | {increment.value:.2g}", flush=True
        )
    print("dead-node, swap and temperature must be rejected; sign-flip is for drift and path")


def false_alarms(model, patterns, repeats, n, n_ideal):
    """Split one pool of ideal runs anew each time; under the null every split is as good."""
    pool = ideal(model, 2 * (n + n_ideal), 3)
    generator = np.random.Generator(np.random.Philox(4))
    alarms = 0
    for repeat in range(repeats):
        order = generator.permutation(pool.n_trajectories)[: n + n_ideal]
        a, b = part(pool, order[n:], 1), part(pool, order[:n], 2)
        alarms += rejected(
            distribution_metrics(a, b, model, patterns, resolution=None, seed=repeat)
        )
    share = alarms / repeats
    print(
        f"\nideal against ideal: {alarms} false alarms in {repeats}, {share:.1%}; 0 to 3 % may be"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=200, help="0 leaves them out")
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--ideal-runs", type=int, default=2000)
    arguments = parser.parse_args()
    n, n_ideal = arguments.runs, arguments.ideal_runs
    trained = hwkit.train(digit_patterns([0, 1, 2]), 64)
    design, correction = hwkit.compile_model(trained.model), schemes(trained.model, 200, 2)
    five_seeds(design, trained.patterns, correction, n, n_ideal)
    controls(design, trained.patterns, correction, n, n_ideal)
    if arguments.repeats:
        false_alarms(trained.model, trained.patterns, arguments.repeats, n, n_ideal)


if __name__ == "__main__":
    main()
