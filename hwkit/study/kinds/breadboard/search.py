"""Search for the smallest machine that still generates: fewer couplings, same judgement.

Every unit is a pixel; couplings are thinned by leaving out the weakest and training anew, and the
patterns' weights are moved towards equal class shares. Samples start at 0, with which the
board starts too: its rails are shorted and let go.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from hwkit.errors import ConfigError
from hwkit.fidelity import shown_share
from hwkit.langevin import simulate_langevin
from hwkit.model import EnergyModel
from hwkit.ordering import falling
from hwkit.patterns.glyphs import largest_correlation
from hwkit.study.kinds.breadboard.plan import BreadboardPlan, CandidatePlan
from hwkit.study.kinds.breadboard.results import Candidate
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
_DIVIDERS = 6  # four resistors, two trimmers


def worker(plan: BreadboardPlan) -> Callable[[int], list[Candidate]]:
    """Return what tries one entry of the plan's candidates, by its number."""
    return lambda number: search(plan, plan.candidates[number])


def search(plan: BreadboardPlan, pictures: CandidatePlan) -> list[Candidate]:
    """Try one set of pictures with every number of couplings."""
    with threadpool_limits(1):  # small matrices: threads would only get in each other's way
        masks = thinned_masks(plan, pictures, pictures.couplings)
        return [_tried(plan, pictures, mask) for _, mask in masks]


def chosen(plan: BreadboardPlan, tried: list[Candidate]) -> Candidate:
    """Return the eligible machine of the fewest parts.

    Raises:
        ConfigError: if there is none.
    """
    fitting = [one for one in tried if one.eligible]
    if not fitting:
        best, asked = max(tried, key=lambda one: (one.meets, one.recognisable)), plan.choice
        raise ConfigError(
            f"none of {len(tried)} machines is what [choice] asks for: {asked.classes} digits on "
            f"{asked.pixels} pixels, alike by at most {asked.alike:g}, {asked.recognisable:.0%} "
            f"recognisable, {asked.class_share:.0%} of each; the nearest has "
            f"{len(best.classes)} on {best.rows * best.columns}, alike by {best.alike:.2g}, "
            f"{shown_share(best.recognisable, asked.samples)} and "
            f"{shown_share(best.class_share, asked.samples)}: add candidates, or ask for less"
        )
    return min(fitting, key=lambda one: (one.parts, -one.recognisable))


def plan_of(candidate: Candidate) -> CandidatePlan:
    """Return what a candidate was made of."""
    return CandidatePlan(classes=candidate.classes, rows=candidate.rows, columns=candidate.columns)


def machine(plan: BreadboardPlan, candidate: Candidate) -> EnergyModel:
    """Return the machine of a candidate."""
    pictures = plan_of(candidate)
    n = pictures.rows * pictures.columns
    mask = np.zeros((n, n), dtype=bool)
    for i, j in candidate.pairs:
        mask[i, j] = mask[j, i] = True
    return trained(plan, pictures, mask, candidate.weights)


def thinned_masks(
    plan: BreadboardPlan, pictures: CandidatePlan, couplings: Sequence[int]
) -> Iterator[tuple[int, Mask]]:
    """Yield masks of so many couplings, most first: the weakest go, the others are trained anew."""
    n = pictures.rows * pictures.columns
    mask, left = ~np.eye(n, dtype=bool), n * (n - 1) // 2
    for wanted in sorted(set(couplings), reverse=True):
        for fewer in _thinnings(left, wanted):
            mask = _thinner(plan, pictures, mask, fewer)
        left = min(left, wanted)
        yield left, mask


def _thinnings(left: int, wanted: int) -> Iterator[int]:
    """Yield how many couplings are left after each round, down to those wanted."""
    while left > wanted:
        left = max(wanted, int(_THINNING * left))
        yield left


def trainings(pictures: CandidatePlan) -> int:
    """Return how many machines are trained in trying one set of pictures."""
    n = pictures.rows * pictures.columns
    rounds = len(list(_thinnings(n * (n - 1) // 2, min(pictures.couplings))))
    return rounds + _BALANCING * len(set(pictures.couplings))


def samplings(pictures: CandidatePlan) -> int:
    """Return how often samples are taken: in balancing, in judging, and without couplings."""
    return (_BALANCING + 2) * len(set(pictures.couplings))


def trained(
    plan: BreadboardPlan, pictures: CandidatePlan, mask: Mask, weights: list[float]
) -> EnergyModel:
    """Return a machine with these couplings; biases below the smallest fitted are left out."""
    model = _solved(plan, pictures, mask, weights)
    names = [
        f"r{k // pictures.columns + 1}c{k % pictures.columns + 1}" for k in range(model.n_units)
    ]
    b = np.where(np.abs(model.b) < plan.parts.smallest_bias, 0.0, model.b)
    return EnergyModel(model.J, b, model.onsite, model.kT, names=names)


def strongest(plan: BreadboardPlan, pictures: CandidatePlan, couplings: int) -> Mask:
    """Return the mask of the strongest couplings of the machine that has them all."""
    full = ~np.eye(pictures.rows * pictures.columns, dtype=bool)
    return _thinner(plan, pictures, full, couplings)


def uncoupled_machine(plan: BreadboardPlan, n: int) -> EnergyModel:
    """Return so many of the machine's units, without couplings and biases."""
    return EnergyModel(np.zeros((n, n)), np.zeros(n), plan.onsite, plan.kT)


def _thinner(plan: BreadboardPlan, pictures: CandidatePlan, mask: Mask, left: int) -> Mask:
    """Keep the strongest couplings of the machine that is trained with a mask."""
    J = np.asarray(_solved(plan, pictures, mask, [1.0] * len(pictures.classes)).J)
    upper = np.where(np.triu(mask, 1), np.abs(J), -np.inf)
    keep = np.zeros(J.size, dtype=bool)
    keep[falling(upper)[:left]] = True
    square = keep.reshape(J.shape)
    return np.asarray(square | square.T)


def _solved(
    plan: BreadboardPlan, pictures: CandidatePlan, mask: Mask, weights: list[float]
) -> EnergyModel:
    return train(
        pictures.patterns(),
        0,
        onsite=plan.onsite,
        kT=plan.kT,
        protocol=plan.protocol.protocol(),
        mask=mask,
        weights=weights,
    ).model


def samples(plan: BreadboardPlan, model: EnergyModel, n: int, seed: int) -> FloatArray:
    """Return end states (n, N) of the ideal machine, from 0."""
    return simulate_langevin(model, plan.protocol.t_final, plan.choice.dt, n, seed).final


def resistors_of(model: EnergyModel) -> int:
    """Return how many resistors the machine has: two a coupling, and those of its units."""
    couplings, biases = np.count_nonzero(model.pairs()[2]), np.count_nonzero(model.b)
    return int(2 * couplings + 2 * biases + _UNIT_RESISTORS * model.n_units)


def parts_of(model: EnergyModel) -> int:
    """Return how many parts there are to solder: with packages, reset switches, bias dividers."""
    switches = -(-model.n_units // _CELLS_PER_SWITCH)
    return resistors_of(model) + _UNIT_OTHERS * model.n_units + switches + _DIVIDERS


def _tried(plan: BreadboardPlan, pictures: CandidatePlan, mask: Mask) -> Candidate:
    raw, choice = pictures.patterns(), plan.choice
    patterns, n = normalized_patterns(raw), len(raw)
    weights, best = np.ones(n), None
    for round_ in range(_BALANCING):
        model = trained(plan, pictures, mask, weights.tolist())
        seed = child_seed(plan.seed, "search", "balance", str(round_))
        recognition = recognise(samples(plan, model, choice.samples, seed), patterns)
        if best is None or _worth(plan, recognition) > _worth(plan, best[1]):
            best = (weights.tolist(), recognition, model)
        shares = np.maximum(recognition.class_shares, 0.02)
        weights = weights * (shares.mean() / shares) ** _PULL
    chosen_weights, _, model = best  # type: ignore[misc]
    seed = child_seed(plan.seed, "search", "judge")
    recognition = recognise(samples(plan, model, choice.samples, seed), patterns)
    alone = EnergyModel(0 * model.J, model.b, model.onsite, model.kT, n_visible=model.n_units)
    chance = recognise(samples(plan, alone, choice.samples, seed), patterns).share
    rarest, alike = float(recognition.class_shares.min()), largest_correlation(raw)
    meets = recognition.share >= choice.recognisable and rarest >= choice.class_share
    wanted = n >= choice.classes and model.n_units >= choice.pixels and alike <= choice.alike
    return Candidate(
        pictures.classes, pictures.rows, pictures.columns, int(np.count_nonzero(model.pairs()[2])),
        resistors_of(model), parts_of(model), alike, float(recognition.share), rarest,
        float(chance),
        bool(meets), bool(meets and wanted), chosen_weights,
        [(int(i), int(j)) for i, j in np.argwhere(np.triu(mask))],
    )  # fmt: skip


def _worth(plan: BreadboardPlan, recognition: Recognition) -> float:
    """Return the lesser of the two shares, each over what is asked of it."""
    choice = plan.choice
    return min(
        recognition.share / max(choice.recognisable, 1e-9),
        float(recognition.class_shares.min()) / max(choice.class_share, 1e-9),
    )
