"""Random Ising, QUBO and dimod problems: do the machine's energies equal the dictionary's?

    python -m tests.hardening.problems --problems 20000 --seed 1

Labels are of every kind and come in any order; pairs come in both. At every corner of a machine
(states -1 and 1) its energy must equal the sum over the dictionary, up to one constant.
"""

import argparse
import itertools
import random
import sys
from collections.abc import Callable, Hashable
from typing import Any

import dimod
import numpy as np

import hwkit
from hwkit import EnergyModel
from hwkit.model import import_ising, import_qubo

Problem = dict[Any, float]
_MOST = 6  # labels: 64 corners
_ROUNDING = 1e-9

LABELS: dict[str, Callable[[random.Random, int], list[Hashable]]] = {
    "numbers from 0": lambda rng, n: rng.sample(range(n), n),
    "numbers from 1": lambda rng, n: rng.sample(range(1, n + 1), n),
    "numpy numbers": lambda rng, n: [np.int64(k) for k in rng.sample(range(n), n)],
    "any numbers": lambda rng, n: rng.sample(range(-50, 50), n),
    "texts": lambda rng, n: rng.sample(["a", "b", "x10", "x2", "Ä", "long name", "0", "q"], n),
    "digits": lambda rng, n: [str(k) for k in rng.sample(range(n), n)],
    "pairs": lambda rng, n: [(k, k % 2) for k in rng.sample(range(n), n)],
    "mixed": lambda rng, n: rng.sample([0, 1, "a", (0, 1), 7, "z"], n),
}


def value(rng: random.Random) -> float:
    """Return a number as people write them: often a small whole one, 0 included."""
    return float(rng.choice([rng.randint(-3, 3), rng.gauss(0, 1)]))


def linear(rng: random.Random, labels: list[Hashable]) -> Problem:
    """Return fields of some labels, in any order."""
    return {a: value(rng) for a in rng.sample(labels, rng.randint(0, len(labels)))}


def quadratic(rng: random.Random, labels: list[Hashable], own: bool) -> Problem:
    """Return couplings of some pairs, in any order, some both ways; `own` allows (a, a)."""
    pairs = [(a, b) for a in labels for b in labels if own or a != b]
    return {p: value(rng) for p in rng.sample(pairs, rng.randint(0, len(pairs)))}


def wrong(model: EnergyModel, labels: list[Hashable], energy: Callable[[dict], float]) -> bool:  # type: ignore[type-arg]
    """Say whether the machine's energies differ from a function of label -> spin."""
    names = list(model.unit_names)
    numbered = model.names is None
    place = {a: int(a) if numbered else names.index(str(a)) for a in labels}  # type: ignore[call-overload]
    corners = np.array(list(itertools.product([-1.0, 1.0], repeat=model.n_units)))
    wanted = np.array([energy({a: s[place[a]] for a in labels}) for s in corners])
    apart = model.energy(corners) - wanted
    return bool(np.ptp(apart) > _ROUNDING * max(1.0, float(np.max(np.abs(wanted)))))


def try_one(rng: random.Random) -> tuple[str, bool]:
    """Make a problem of one kind; return the kind and whether its machine is wrong."""
    kind = rng.choice(list(LABELS))
    labels = LABELS[kind](rng, rng.randint(1, _MOST))
    source = rng.choice(["ising", "qubo", "dimod"])
    if source == "ising":
        h, J = linear(rng, labels), quadratic(rng, labels, own=False)
        used = [a for a in labels if a in h or any(a in pair for pair in J)]
        if not used:
            h = {labels[0]: 1.0}
            used = labels[:1]
        model = import_ising(h, J)

        def energy(s: dict[Any, float]) -> float:
            pairs = sum(v * s[a] * s[b] for (a, b), v in J.items())
            return pairs + sum(v * s[a] for a, v in h.items())
    elif source == "qubo":
        Q = quadratic(rng, labels, own=True) or {(labels[0], labels[0]): 1.0}
        used = [a for a in labels if any(a in pair for pair in Q)]
        model = import_qubo(Q)

        def energy(s: dict[Any, float]) -> float:
            return sum(v * (1 + s[a]) * (1 + s[b]) / 4 for (a, b), v in Q.items())
    else:
        vartype = rng.choice(["SPIN", "BINARY"])
        bqm = dimod.BinaryQuadraticModel(vartype)
        for a in labels:
            bqm.add_variable(a)
        for a, v in linear(rng, labels).items():
            bqm.add_linear(a, v)
        for (a, b), v in quadratic(rng, labels, own=False).items():
            bqm.add_quadratic(a, b, v)
        bqm.offset = value(rng)
        used, model = labels, hwkit.import_model(bqm)

        def energy(s: dict[Any, float]) -> float:
            spins = vartype == "SPIN"
            return float(bqm.energy({a: int(v if spins else (1 + v) / 2) for a, v in s.items()}))

    return f"{source}, {kind}", wrong(model, used, energy)


def problems(count: int, seed: int) -> list[tuple[str, bool]]:
    """Try so many problems."""
    rng = random.Random(seed)
    return [try_one(rng) for _ in range(count)]


def main() -> None:
    """Try problems as the command line says, and print how many are wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--problems", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    bad = [kind for kind, is_wrong in problems(options.problems, options.seed) if is_wrong]
    print(
        f"{options.problems} problems, {len(bad)} with wrong energies", *sorted(set(bad)), sep="\n"
    )
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
