"""Co-design: its bars, and the tables of docs/train-for-your-hardware.md.

    python -m benchmarks.codesign bars        every study in sims/codesign-*.toml, and inference
    python -m benchmarks.codesign scan        noising protocols on the steep diodes, pilot seeds
    python -m benchmarks.codesign degree      quality against the degree of the graph
    python -m benchmarks.codesign limits      signs, ranges, node sums
    python -m benchmarks.codesign bits        couplings of few bits: plain rounding and feedback
    python -m benchmarks.codesign saturation  couplings that saturate: plain, symmetric, directed

One table a command; shares are of 256 samples of one ideal board, +- 0.03 at most.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import hwkit
from hwkit.codesign import (
    Generation,
    board_quality,
    hidden_fields,
    infer_from_paths,
    interleave,
    on_hardware,
)
from hwkit.langevin import simulate_drift_machines
from hwkit.model import DriftMachine, Saturating, layered_mask, limited_mask
from hwkit.patterns import digit_patterns
from hwkit.study import load_plan, run_study
from hwkit.training import (
    Limits,
    best_levels,
    noising_statistics,
    normalized_patterns,
    solve_bounded,
    solve_exact,
    solve_levels,
    train_drift,
)
from hwkit.wiener import child_seed

CLASSES = [0, 1, 2]
SHORT = hwkit.Protocol(1.25, strength=1.5)
SIMS = Path(__file__).parents[1] / "sims"


def bars():
    """Run every study, then the inference bar."""
    failed = False
    for file in sorted(SIMS.glob("codesign-*.toml")):
        with TemporaryDirectory() as folder:
            verdict = run_study(load_plan(file), folder)
        failed |= not verdict.passed
        print(f"\n{file.name}")
        for metric in verdict.metrics:
            mark = "" if metric.limit is None else "ok" if metric.passed else "FAILED"
            limit = "" if metric.limit is None else f"{metric.direction} {metric.limit:g}"
            error = "" if metric.stderr is None else f"+- {metric.stderr:.4f}"
            print(f"{mark:7}{metric.name:46}{metric.value:9.4f} {error:10} {limit:8} {metric.note}")
    failed |= not inference()
    sys.exit(int(failed))


def inference(n_boards=20, dt=2.5e-3):
    """Estimate random boards of 16 units from paths of 3 lengths: slope and bias of the error."""
    n, lengths = 16, (40.0, 160.0, 640.0)
    errors, deviations = [], []
    for board in range(n_boards):
        rng = np.random.default_rng(child_seed(0, "inference", str(board)))
        J = rng.standard_normal((n, n)) * ~np.eye(n, dtype=bool)
        machine = DriftMachine(J, rng.standard_normal(n), hwkit.Quartic(), None, 0.5)
        runs = int(lengths[-1] / 10)
        seed = child_seed(1, "inference", str(board))
        paths = simulate_drift_machines([machine], 10.0, dt, runs, seed, save_every=1)[0]
        row = []
        for length in lengths:
            found = infer_from_paths(
                paths[: int(length / 10)], dt, machine.J != 0, machine.onsite, machine.kT
            )
            off = (found.J - J)[machine.J != 0]
            row.append(np.sqrt(np.mean(off**2)))
        errors.append(row)
        deviations.append(
            np.append(off / found.J_stderr[J != 0], (found.b - machine.b) / found.b_stderr)
        )
    slope = np.polyfit(np.log(lengths), np.log(np.mean(errors, axis=0)), 1)[0]
    z = np.array(deviations)
    by_board = z.mean(axis=1) * np.sqrt(z.shape[1])
    bias = z.mean() * np.sqrt(z.size)
    print("\ninference of couplings from paths, 20 boards of 16 units, kT 0.5")
    for length, error in zip(lengths, np.mean(errors, axis=0), strict=True):
        print(f"  length {length:5g}: rms error {error:.4f}")
    print(f"  slope of log error against log length {slope:.3f} (limit -0.5 +- 0.05)")
    print(f"  rms deviation in standard errors {np.sqrt(np.mean(z**2)):.3f} (limit 1 +- 0.05)")
    print(f"  mean deviation over all, in its standard errors {bias:.2f} (limit 3 either way)")
    print(f"  largest board's {np.max(np.abs(by_board)):.2f}")
    good = abs(slope + 0.5) < 0.05 and abs(np.sqrt(np.mean(z**2)) - 1) < 0.05 and abs(bias) < 3
    print("  ok" if good else "  FAILED")
    return bool(good)


def scan():
    """Compare protocols on diodes at twice the voltage, plain and aware."""
    patterns, steep = digit_patterns(CLASSES), hwkit.Cosh(1.0, 2 * 12**0.5)
    print(
        "strength t_final | ideal | plain on steep diodes | aware on steep diodes (share, rarest)"
    )
    for strength in (1.5, 1.75, 2.0):
        for t_final in (0.6, 0.9, 1.25, 2.5):
            protocol = hwkit.Protocol(t_final, strength=strength)
            plain = hwkit.train(patterns, 64, protocol=protocol)
            aware = hwkit.train(patterns, 64, protocol=protocol, onsite=steep)
            boards = [
                DriftMachine.of(plain.model),
                on_hardware(plain.model, steep, None),
                DriftMachine.of(aware.model),
            ]
            print(f"{strength:8} {t_final:7} | " + " | ".join(_shares(boards, plain.patterns)))


def degree():
    """Train on graphs of falling degree, 64 visible units each."""
    visible = normalized_patterns(digit_patterns(CLASSES))
    raw = digit_patterns(CLASSES)
    print("graph | degree | share, rarest class")
    dense = hwkit.train(raw, 64, protocol=SHORT)
    print(f"layered, 64 hidden | 127 | {_shares([DriftMachine.of(dense.model)], visible)[0]}")
    size = np.abs(dense.model.J)
    places = np.zeros((128, 2))
    for most in (64, 32, 16, 8):
        mask = limited_mask(layered_mask(64, 64), places, degree=most, preference=size)
        kept = hwkit.train(raw, 64, protocol=SHORT, mask=mask).model
        print(f"strongest couplings kept | {most} | {_shares([DriftMachine.of(kept)], visible)[0]}")
    for diagonals, spacing in ((True, 2), (True, 3), (False, 2), (False, 3)):
        layout = interleave(8, 8, spacing, diagonals)
        for codes in (0, 2):
            fields = hidden_fields(visible, layout, codes, 0.3)
            kept = hwkit.train(raw, layout.n_hidden, hidden=fields, mask=layout.mask).model
            name = f"grid, {layout.n_hidden} hidden, {codes} codes"
            print(f"{name} | {layout.degree} | {_shares([DriftMachine.of(kept)], visible)[0]}")


def _statistics(protocol):
    visible = normalized_patterns(digit_patterns(CLASSES))
    statistics = noising_statistics(protocol, np.tile(visible, 2), hwkit.Quartic(), 0.1, 1.0)
    return visible, statistics, layered_mask(64, 64), np.ones(128, dtype=bool)


def limits():
    """Train within limits of the couplings."""
    visible, statistics, mask, biases = _statistics(SHORT)
    print("limits | phi above the free optimum | largest |J| | largest node sum | share, rarest")
    free = solve_exact(statistics, mask, biases)
    for name, limit in (
        ("none", None),
        ("J <= 0", Limits(upper=0.0)),
        ("J >= 0", Limits(lower=0.0)),
        ("|J| <= 0.1", Limits(-0.1, 0.1)),
        ("node sum <= 5", Limits(node_sum=5.0)),
        ("node sum <= 2", Limits(node_sum=2.0)),
    ):
        found = free if limit is None else solve_bounded(statistics, mask, biases, limit)
        board = DriftMachine(found.J, found.b, hwkit.Quartic(), n_visible=64)
        loads = np.abs(found.J)
        print(
            f"{name} | {found.phi - free.phi:.3f} | {loads.max():.3f} | "
            f"{loads.sum(axis=1).max():.2f} | {_shares([board], visible)[0]}"
        )


def bits():
    """Round couplings to few bits, with and without feedback."""
    visible, statistics, mask, biases = _statistics(SHORT)
    free = solve_exact(statistics, mask, biases)
    print("bits | rounds (1: plain) | phi above the free optimum | share, rarest")
    for n_bits in (2, 3, 4):
        levels = best_levels(statistics, free.J, n_bits)
        for rounds in (1, 16):
            found = solve_levels(statistics, mask, biases, levels, rounds)
            board = DriftMachine(found.J, found.b, hwkit.Quartic(), n_visible=64)
            shares = _shares([board], visible)[0]
            print(f"{n_bits} | {rounds} | {found.phi - free.phi:.4f} | {shares}")


def saturation():
    """Train for couplings that saturate, symmetric and directed."""
    patterns = digit_patterns(CLASSES)
    print("g | plain | symmetric | directed (share, rarest) | loss sym., dir. | circulation s., d.")
    for g in (1.0, 2.0, 4.0, 8.0):
        plain = hwkit.train(patterns, 64, protocol=SHORT)
        both = [
            train_drift(patterns, 64, Saturating(g), directed=directed, protocol=SHORT)
            for directed in (False, True)
        ]
        boards = [on_hardware(plain.model, hwkit.Quartic(), Saturating(g))]
        boards += [result.machine for result in both]
        shares = _shares(boards, plain.patterns)
        x = simulate_drift_machines([both[0].machine], 2.5, 2.5e-3, 20, 5)[0, :, -1]
        losses = ", ".join(f"{result.loss:.4f}" for result in both)
        turns = ", ".join(f"{result.machine.circulation(x):.2f}" for result in both)
        print(f"{g:g} | {' | '.join(shares)} | {losses} | {turns}")


def _shares(boards, patterns):
    found = board_quality(boards, patterns, Generation(samples=256, seed=12))
    pairs = zip(found.share, found.class_shares, strict=True)
    return [f"{share:.2f}, {classes.min():.2f}" for share, classes in pairs]


if __name__ == "__main__":
    commands = {f.__name__: f for f in (bars, scan, degree, limits, bits, saturation)}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]]()
