"""Every choice by value is the same whatever the last digits of tied values are.

Each case plants ties, gives every value last digits of its own and returns what was chosen. The
control is the same choice without a tolerance for ties: it follows the last digits.
"""

import json
import os
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from hwkit import EnergyModel, Quartic, compile_model, train
from hwkit.circuit import FAULTS, with_fault
from hwkit.circuit.preferred import preferred, series_values
from hwkit.circuit.variation import CLASSES, Grade, Quantised, Spread, Variation
from hwkit.circuit.variation.distributions import Normal
from hwkit.circuit.variation.drawing import Drawing
from hwkit.codesign.trims import Dac
from hwkit.fidelity.budget import Contribution, ErrorBudget
from hwkit.fidelity.permutation import permutation_p
from hwkit.fidelity.statistics import Sample
from hwkit.measured.check_machine import _order as channel_order
from hwkit.measured.coefficients import expected
from hwkit.measured.diagnosis import Search
from hwkit.measured.distribution import compare_distributions
from hwkit.measured.faults import all_faults
from hwkit.measured.moments import lagged_moments
from hwkit.measured.setup import Setup
from hwkit.model import limited_mask
from hwkit.study.kinds.breadboard import search as bench_search
from hwkit.study.kinds.equivalence.errors import error_tables
from hwkit.study.kinds.generative.plan import Settings
from hwkit.study.kinds.generative.results import SearchTrial
from hwkit.study.kinds.generative.search import ranked
from hwkit.study.kinds.measured.page_answer import _numbers as board_numbers
from hwkit.tolerance import cheapest, enumerated, group_shares, rank, search_grades, worst_case
from hwkit.training import Levels, recognise
from hwkit.training.regression import best_ridge
from tests.documents import SCRIPTS, script

COMPARING = script("choices").modules_with_ties()
CASES = {}
SPREADS = Variation((
    Spread("coupling", "coupling", Normal(0.01)),
    Spread("bias", "bias", Normal(0.01), relative=False),
))  # fmt: skip


def case(function):
    CASES[function.__name__] = function
    return function


def noisy(values, rng):
    """Values with last digits of their own."""
    values = np.asarray(values, dtype=float)
    return values * (1 + 1e-14 * rng.uniform(-1, 1, values.shape))


def ring(rng, n=6):
    """A ring: all units and all couplings are tied."""
    J = np.zeros((n, n))
    i = np.arange(n)
    J[i, (i + 1) % n] = noisy(np.full(n, -0.3), rng)
    return EnergyModel(J + J.T, noisy(np.full(n, 0.1), rng), Quartic(), n_visible=n)


def changed(before, after):
    """What a fault changed: which parts, and the ends of added ones."""
    found = [part.nodes.tolist() for part in after.parts[len(before.parts) :]]
    for old, new in zip(before.parts, after.parts, strict=False):
        same = np.all(old.nodes == new.nodes, axis=1) & (old.values == new.values)
        found.append(np.flatnonzero(~same).tolist())
    return found


@case
def parts_of_faults(rng):
    design = compile_model(ring(rng))
    return [changed(design, with_fault(design, fault)) for fault in FAULTS]


@case
def wires_of_few_neighbours(rng):
    full = ~np.eye(6, dtype=bool)
    strong = noisy(np.ones((6, 6)), rng)
    places = noisy(np.argwhere(np.ones((2, 3))), rng)
    near = limited_mask(full, places, wire_length=np.sqrt(2))
    return near, limited_mask(full, places, degree=2, preference=strong + strong.T)


@case
def couplings_that_are_kept(rng):
    J = np.asarray(ring(rng, 6).J)
    plan = SimpleNamespace(classes=[0, 1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench_search, "_solved", lambda *_: SimpleNamespace(J=J))
        return bench_search._thinner(plan, plan, J != 0, 3)


@case
def classes_of_equal_patterns(rng):
    patterns = noisy(np.repeat(np.random.default_rng(1).standard_normal((2, 9)), 3, axis=0), rng)
    return recognise(np.random.default_rng(2).standard_normal((50, 9)), patterns).best


@case
def nearest_levels(rng):
    halves = np.arange(-7, 7) + 0.5
    return Levels(4, 7.0).nearest(noisy(halves, rng)), Dac(0.25, 5.0).nearest(
        noisy(halves / 4, rng)
    )


@case
def levels_of_programmed_parts(rng):
    J = np.zeros((4, 4))
    J[np.triu_indices(4, 1)] = [3.0, 2.5, 1.5, 0.5, -1.5, -2.5]  # at 3 bits: levels 0 to 3
    design = compile_model(EnergyModel(J + J.T, np.zeros(4), Quartic()))
    parts = design.group("coupling")
    fresh = replace(parts, values=noisy(parts.values, rng))
    design = replace(design, parts=tuple(fresh if p is parts else p for p in design.parts))
    variation = Variation((), quantised=(Quantised("coupling", 3),))
    drawn = Drawing(design, variation, 0).board(0)["coupling"]
    return np.round(drawn / np.abs(drawn).max() * 3)


@case
def preferred_values(rng):
    ladder = np.array(series_values("E24"))
    return preferred(noisy(np.sqrt(ladder[1:] * ladder[:-1]), rng), "E24")


@case
def corners(rng):
    gradient = np.array([1.0, *(1e-15 * rng.uniform(-1, 1, 3))])

    def metric(signs):
        return noisy(signs[:, 0] + np.abs(signs[:, 1:].sum(axis=1)), rng)

    return worst_case(metric, gradient).signs, enumerated(metric, 4).signs


@case
def cheapest_classes(rng):
    costs = {
        name: dict(zip([0.5, 1.0, 2.0], noisy([3.0, 2.0, 1.0], rng).tolist(), strict=True))
        for name in ("coupling", "bias")
    }

    def holds(variation):
        size = sum(spread.distribution.sigma for spread in variation.spreads)
        return SimpleNamespace(value=float(size < 0.0251))

    return sorted(cheapest(holds, SPREADS, costs, 0.9).factors.items())


@case
def cheapest_grades(rng):
    offer = {
        name: tuple(
            Grade(percent, CLASSES["C0G"], price)
            for percent, price in zip([1.0, 2.0, 5.0], noisy([3.0, 2.0, 1.0], rng), strict=True)
        )
        for name in ("coupling", "bias")
    }

    def yields_of(choices):
        sizes = [sum(grade.percent for grade in choice.values()) for choice in choices]
        return [SimpleNamespace(low=float(size < 6.5)) for size in sizes]

    found = search_grades(yields_of, offer, {"coupling": 1, "bias": 1}, 0.9).chosen
    return sorted((group, grade.percent) for group, grade in found.grades.items())


@case
def parts_that_matter(rng):
    design = compile_model(ring(rng))
    derivatives = {
        name: noisy(np.ones(len(design.group(name))), rng) for name in ("coupling", "bias")
    }
    found = rank(design, SPREADS, derivatives)
    return [(row.name, row.part) for row in found if row.name == "coupling"]


@case
def groups_that_matter(rng):
    design = compile_model(ring(rng))
    absolute = Variation(tuple(replace(spread, relative=False) for spread in SPREADS.spreads))
    one = {name: np.ones(len(design.group(name))) for name in ("coupling", "bias")}
    derivatives = {name: noisy(ones / np.sqrt(ones.sum()), rng) for name, ones in one.items()}
    return [share.group for share in group_shares(design, absolute, derivatives)]


@case
def causes_of_an_error(rng):
    sizes = noisy([0.2, -0.2, 0.1, -0.2], rng).tolist()
    budget = ErrorBudget(
        tuple(Contribution("mean", f"cause {k}", x, 0.01, 10) for k, x in enumerate(sizes))
    )
    [(_, rows)] = error_tables(budget)
    return budget.leading("mean").cause, [row.cause for row in rows]


@case
def settings_that_were_tried(rng):
    scores = noisy([0.3, 0.5, 0.5, 0.3, 0.5], rng)
    trials = [SearchTrial(Settings(), 0.0, [], score, k, 1) for k, score in enumerate(scores)]
    return [trial.n for trial in ranked(trials)]


@case
def p_values(rng):
    values = noisy(np.array([0.1, 0.2, 0.3, 0.1, 0.3, 0.2, 0.3, 0.2])[:, None], rng)
    a, b = (Sample(part, np.ones_like(part)) for part in (values[:4], values[4:]))
    return permutation_p(a, b, [[0]], 1, 500)


@case
def penalties(rng):
    moments = SimpleNamespace(aside_loss=lambda penalty: -float(noisy(1.0, rng)) + 0 * penalty[0])
    return best_ridge([moments], [np.ones(1)], (0.1, 1.0, 10.0))


@case
def parts_that_a_symmetry_leaves_out(rng):
    """Orthogonal patterns: most couplings and biases are 0 but for rounding."""
    bits = (np.arange(16)[None] >> np.arange(4)[:, None]) & 1
    model = train(noisy(bits, rng), 16).model
    return np.sign(np.asarray(model.J)), np.sign(model.b)


@case
def faults_of_a_measured_board(rng):
    setup = Setup.of(EnergyModel([[0.0, 0.5], [0.5, 0.0]], [0.0, 0.0], Quartic(), kT=0.1))
    values = expected(replace(setup, kT=noisy([0.12, 0.12], rng)))
    faults = tuple(fault for fault in all_faults(setup, True, False) if fault.kind == "noise")
    search = Search(values, setup, faults, np.ones(values.size, bool), 1e3 * np.eye(values.size))
    return [named.fault.places for named in search.run(3.0)[0]]


@case
def channels_that_are_swapped(rng):
    """Two slow units and two fast ones: four exchanges are equally good."""
    model = EnergyModel(np.zeros((4, 4)), np.zeros(4), Quartic([1.0, 1.0, 3.0, 3.0], 0.0), kT=1e-6)
    here = np.repeat(np.random.default_rng(1).standard_normal((200, 1)), 4, axis=1)
    then = here * (1 - 0.1 * 2 * np.array([3.0, 3.0, 1.0, 1.0]))
    gains = 1 + 1e-6 * rng.uniform(-1, 1, 4)  # what fits is judged by squares: 1e-12 of it
    return channel_order(np.stack([here, then * gains]), model, 0.1)


@case
def statistics_of_a_measured_board(rng):
    def moments(seed):
        states = np.random.default_rng(seed).standard_normal((2000, 1))
        pieces = iter([(True, noisy(np.repeat(states, 2, axis=1), rng))])
        return lagged_moments(pieces, 2000, 0.1, (1,), 5)

    return [row.name for row in compare_distributions(moments(1), moments(2))]


@case
def figures_of_a_measured_board(rng):
    rows = [
        SimpleNamespace(
            name=f"{k}", value=value, stderr=1.0, intended=0.0, low=0.0, high=2.0, anchor=""
        )
        for k, value in enumerate(noisy(np.ones(6), rng).tolist())
    ]
    asked = SimpleNamespace(question=SimpleNamespace(level=0.95))
    return [row.name for row in board_numbers(asked, SimpleNamespace(parameters=rows))]


def plain(found):
    return str([np.asarray(part).tolist() for part in found] if isinstance(found, tuple) else
               np.asarray(found, dtype=object).tolist())  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_last_digits_decide_nothing(name, monkeypatch):
    choose = CASES[name]
    outcomes = {plain(choose(np.random.default_rng(seed))) for seed in range(10)}
    assert len(outcomes) == 1
    for module in COMPARING:
        monkeypatch.setattr(module, "TIE", 0.0)
    assert len({plain(choose(np.random.default_rng(seed))) for seed in range(10)}) > 1


# ---- scripts/choices.py ------------------------------------------------------------------------


def test_a_changed_choice_and_a_changed_figure_are_noticed():
    differences = script("choices").differences
    first = {"units": [1, 2], "signs": [-1, 1], "loss": [0.5, 2.0]}
    assert differences(first, first | {"loss": [0.5, 2.0 + 1e-9]}) == []
    assert differences(first, first | {"loss": [0.5, 2.0 + 1e-7]}) == ["loss"]
    assert differences(first, first | {"units": [2, 1]}) == ["units"]
    assert differences(first, first | {"units": [1]}) == ["units"]
    assert differences(first, {"units": [1, 2]}) == ["loss", "signs"]


@pytest.mark.docs
def test_an_older_processor_chooses_the_same():
    choices, old = script("choices"), os.environ | {
        "OPENBLAS_CORETYPE": "Prescott",
        "NUMBA_CPU_NAME": "generic",
        "NUMBA_CPU_FEATURES": "",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, SCRIPTS / "choices.py"], env=old, capture_output=True, check=True
    )
    assert choices.differences(dict(choices.all_found()), json.loads(done.stdout)) == []
