"""Search for the smallest machine that still generates: fewer couplings, same judgement.

Every unit is a pixel; couplings are thinned by leaving out the weakest and training anew, and the
patterns' weights are moved towards equal class shares. Samples start at 0, with which a bench
machine starts too: its rails are shorted and let go.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from hwkit.errors import ConfigError
from hwkit.fidelity import shown_share
from hwkit.langevin import simulate_langevin
from hwkit.model import EnergyModel
from hwkit.ordering import falling
from hwkit.patterns.glyphs import largest_correlation
from hwkit.study.kinds.breadboard.plan import BenchPlan, CandidatePlan
from hwkit.training import Recognition, normalized_patterns, recognise, train
from hwkit.trajectories import FloatArray
from hwkit.wiener import child_seed

Mask = NDArray[np.bool_]

_THINNING = 0.85  # of the couplings stay in each round
_BALANCING = 4  # rounds
_PULL = 0.25  # exponent of a class's share in its pattern's weight, per round
_UNIT_RESISTORS = 8  # two for the noise, six for the converter
_UNIT_OTHERS = 4  # two capacitors, a pair of diodes, a pair of amplifiers
_CELLS_PER_SWITCH = 4


@dataclass(frozen=True)
class Candidate:
    """A machine that was tried.

    Attributes:
        alike: largest correlation between two of its patterns.
        parts: resistors, capacitors and packages of the machine itself.
        chance: recognisable share without couplings.
        meets: whether it does what is asked of a machine, whatever its pictures are.
        eligible: whether its pictures are what is asked for, too.
    """

    classes: list[int]
    rows: int
    columns: int
    couplings: int
    resistors: int
    parts: int
    alike: float
    recognisable: float
    class_share: float
    chance: float
    meets: bool
    eligible: bool
    weights: list[float]
    pairs: list[tuple[int, int]]

    def plan(self) -> CandidatePlan:
        """Return what it was made of."""
        return CandidatePlan(classes=self.classes, rows=self.rows, columns=self.columns)

    def facts(self) -> dict[str, Any]:
        """Return it as a row of a table."""
        return asdict(self)


def search(plan: BenchPlan, announce: Callable[[int, int], None]) -> list[Candidate]:
    """Try every candidate with every number of couplings."""
    found, total = [], sum(len(own.couplings) for own in plan.candidates)
    with threadpool_limits(1):  # small matrices: threads would only get in each other's way
        for own in plan.candidates:
            for _, mask in thinned_masks(plan, own, own.couplings):
                found.append(_tried(plan, own, mask))
                announce(len(found), total)
    return found


def chosen(plan: BenchPlan, found: list[Candidate]) -> Candidate:
    """Return the eligible machine of the fewest parts.

    Raises:
        ConfigError: if there is none.
    """
    fitting = [one for one in found if one.eligible]
    if not fitting:
        best, asked = max(found, key=lambda one: (one.meets, one.recognisable)), plan.choice
        raise ConfigError(
            f"none of {len(found)} machines is what [choice] asks for: {asked.classes} digits on "
            f"{asked.pixels} pixels, alike by at most {asked.alike:g}, {asked.recognisable:.0%} "
            f"recognisable, {asked.class_share:.0%} of each; the nearest has "
            f"{len(best.classes)} on {best.rows * best.columns}, alike by {best.alike:.2g}, "
            f"{shown_share(best.recognisable, asked.samples)} and "
            f"{shown_share(best.class_share, asked.samples)}: add candidates, or ask for less"
        )
    return min(fitting, key=lambda one: (one.parts, -one.recognisable))


def machine(plan: BenchPlan, found: Candidate) -> EnergyModel:
    """Return the machine of a candidate."""
    own = found.plan()
    n = own.rows * own.columns
    mask = np.zeros((n, n), dtype=bool)
    for i, j in found.pairs:
        mask[i, j] = mask[j, i] = True
    return trained(plan, own, mask, found.weights)


def thinned_masks(
    plan: BenchPlan, own: CandidatePlan, couplings: Sequence[int]
) -> Iterator[tuple[int, Mask]]:
    """Yield masks of so many couplings, most first: the weakest go, the others are trained anew."""
    n = own.rows * own.columns
    mask, left = ~np.eye(n, dtype=bool), n * (n - 1) // 2
    for wanted in sorted(set(couplings), reverse=True):
        while left > wanted:
            left = max(wanted, int(_THINNING * left))
            mask = _thinner(plan, own, mask, left)
        yield left, mask


def trained(plan: BenchPlan, own: CandidatePlan, mask: Mask, weights: list[float]) -> EnergyModel:
    """Return a machine with these couplings; biases below the smallest fitted are left out."""
    model = _solved(plan, own, mask, weights)
    names = [f"r{k // own.columns + 1}c{k % own.columns + 1}" for k in range(model.n_units)]
    b = np.where(np.abs(model.b) < plan.parts.smallest_bias, 0.0, model.b)
    return EnergyModel(model.J, b, model.onsite, model.kT, names=names)


def _thinner(plan: BenchPlan, own: CandidatePlan, mask: Mask, left: int) -> Mask:
    """Keep the strongest couplings of the machine that is trained with a mask."""
    J = np.asarray(_solved(plan, own, mask, [1.0] * len(own.classes)).J)
    upper = np.where(np.triu(mask, 1), np.abs(J), -np.inf)
    keep = np.zeros(J.size, dtype=bool)
    keep[falling(upper)[:left]] = True
    square = keep.reshape(J.shape)
    return np.asarray(square | square.T)


def _solved(plan: BenchPlan, own: CandidatePlan, mask: Mask, weights: list[float]) -> EnergyModel:
    return train(
        own.patterns(),
        0,
        onsite=plan.onsite,
        kT=plan.kT,
        protocol=plan.protocol.protocol(),
        mask=mask,
        weights=weights,
    ).model


def samples(plan: BenchPlan, model: EnergyModel, n: int, seed: int) -> FloatArray:
    """Return end states of the ideal machine, from 0."""
    return simulate_langevin(model, plan.protocol.t_final, plan.choice.dt, n, seed).final


def resistors_of(model: EnergyModel) -> int:
    """Return how many resistors the machine has: two a coupling, and those of its units."""
    couplings, biases = np.count_nonzero(model.pairs()[2]), np.count_nonzero(model.b)
    return int(2 * couplings + 2 * biases + _UNIT_RESISTORS * model.n_units)


def parts_of(model: EnergyModel) -> int:
    """Return how many parts there are to solder: with packages, reset switches, bias dividers."""
    switches = -(-model.n_units // _CELLS_PER_SWITCH)
    return resistors_of(model) + _UNIT_OTHERS * model.n_units + switches + 4


def _tried(plan: BenchPlan, own: CandidatePlan, mask: Mask) -> Candidate:
    pictures, choice = own.patterns(), plan.choice
    patterns, n = normalized_patterns(pictures), len(pictures)
    weights, best = np.ones(n), None
    for round_ in range(_BALANCING):
        model = trained(plan, own, mask, weights.tolist())
        seed = child_seed(plan.seed, "search", "balance", str(round_))
        seen = recognise(samples(plan, model, choice.samples, seed), patterns)
        if best is None or _worth(plan, seen) > _worth(plan, best[1]):
            best = (weights.tolist(), seen, model)
        shares = np.maximum(seen.class_shares, 0.02)
        weights = weights * (shares.mean() / shares) ** _PULL
    chosen_weights, _, model = best  # type: ignore[misc]
    seed = child_seed(plan.seed, "search", "judge")
    seen = recognise(samples(plan, model, choice.samples, seed), patterns)
    alone = EnergyModel(0 * model.J, model.b, model.onsite, model.kT, n_visible=model.n_units)
    chance = recognise(samples(plan, alone, choice.samples, seed), patterns).share
    rarest, alike = float(seen.class_shares.min()), largest_correlation(pictures)
    meets = seen.share >= choice.recognisable and rarest >= choice.class_share
    wanted = n >= choice.classes and model.n_units >= choice.pixels and alike <= choice.alike
    return Candidate(
        own.classes, own.rows, own.columns, int(np.count_nonzero(model.pairs()[2])),
        resistors_of(model), parts_of(model), alike, float(seen.share), rarest, float(chance),
        bool(meets), bool(meets and wanted), chosen_weights,
        [(int(i), int(j)) for i, j in np.argwhere(np.triu(mask))],
    )  # fmt: skip


def _worth(plan: BenchPlan, seen: Recognition) -> float:
    """Return the lesser of the two shares, each over what is asked of it."""
    choice = plan.choice
    return min(
        seen.share / max(choice.recognisable, 1e-9),
        float(seen.class_shares.min()) / max(choice.class_share, 1e-9),
    )
