"""The mixed level of family resistive, and couplings with curves of their own."""

from dataclasses import replace

import numpy as np
import pytest

from hwkit import DesignError, compile_model, simulate_spice
from hwkit.circuit import Curve, CurvedTerm, Parts, with_fault
from hwkit.langevin import simulate_semi_implicit
from hwkit.spice import Crossbar, ideal_crossbar
from hwkit.spice.callbacks import _curve
from hwkit.spice.crossbar import separated
from hwkit.wiener import increments
from tests.machines import family_machine, random_machine

N, DT, STEPS = 6, 0.01, 40


@pytest.fixture(scope="module")
def machine():
    return family_machine("resistive", N, 3)


@pytest.fixture(scope="module")
def design(machine):
    return compile_model(machine, "resistive")


def ends(design, **arguments):
    arguments = {"seed": 5, "x0": np.full((2, N), 0.3), "tight": True} | arguments
    return simulate_spice(design, STEPS * DT, arguments.pop("dt", DT), 2, **arguments)


@pytest.mark.spice
def test_cells_of_resistors_with_their_couplings_beside_are_the_machine(machine, design):
    runs = ends(design, level="mixed")
    x0 = np.full((2, N), 0.3)
    expected = simulate_semi_implicit(machine, STEPS * DT, DT, 2, seed=5, x0=x0)
    assert np.max(np.abs(runs.final - expected.final)) < 2e-5  # ngspice's diode is no sinh to 1e-6
    assert runs.attributes["lag_runs"] == 2
    assert 1e-5 < runs.attributes["lag_error"] < 2e-2  # against the full netlist, same noise


@pytest.mark.spice
def test_the_lag_falls_with_the_step(design):
    lags = []
    for halvings in (0, 1):
        path = increments(5, range(2), STEPS, N, DT, halvings=halvings)
        times = {"dt": DT / 2**halvings, "increments": path, "level": "mixed"}
        lags.append(ends(design, **times).attributes["lag_error"])
    assert 1.6 < lags[0] / lags[1] < 2.5


@pytest.mark.spice
def test_wrong_couplings_and_missing_loads_are_seen(design):
    good = ends(design, level="mixed", lag_check="never").final
    flipped = ends(with_fault(design, "sign-flip"), level="mixed", lag_check="never").final
    assert np.max(np.abs(flipped - good)) > 5e-3  # against 2e-5 above
    loads = separated(design).cells.group("coupling-load")
    lighter = replace(loads, values=2 * loads.values)
    heavy = replace(design, parts=(*design.parts, replace(lighter, role="extra")))
    loaded = ends(heavy, level="mixed", lag_check="never").final
    assert np.max(np.abs(loaded - good)) > 1e-3


@pytest.mark.spice
def test_an_expansion_in_curves_is_what_it_expands():
    """tanh drivers as two curves, each with its share of the matrix, against the built-in tanh."""
    design = compile_model(random_machine(N, 2))
    ideal, s = ideal_crossbar(design), 0.12
    v = np.linspace(-0.6, 0.6, 513)
    curves = [
        Curve(
            -0.6,
            v[1] - v[0],
            share * s * np.tanh(v / s) + sign * v,
            share / np.cosh(v / s) ** 2 + sign,
        )
        for share, sign in ((0.3, 1.0), (0.7, -1.0))
    ]
    terms = tuple(CurvedTerm(ideal.conductance, curve) for curve in curves)
    expanded = replace(ideal, conductance=np.zeros((N, N)), curved=terms)
    built_in = ideal.saturating(s)
    straight = ends(design, level="mixed", crossbar=ideal).final
    a, b = (ends(design, level="mixed", crossbar=c).final for c in (expanded, built_in))
    assert np.max(np.abs(a - b)) < 1e-7
    assert np.max(np.abs(straight - b)) > 1e-3  # control: curves matter
    volts = np.linspace(-1, 1, N)
    np.testing.assert_allclose(
        expanded.current(np.clip(volts, -0.6, 0.6)),
        built_in.current(np.clip(volts, -0.6, 0.6)),
        atol=1e-14,
    )


# ---- by itself -----------------------------------------------------------------------------------


def test_loads_stay_and_conductances_are_half_the_couplings(machine, design):
    apart = separated(design)
    unit = design.scale.siemens
    np.testing.assert_allclose(2 * apart.conductance / unit, machine.J, atol=1e-12)
    load = 1 / apart.cells.group("coupling-load").values / unit
    np.testing.assert_allclose(load, np.tile(np.abs(machine.J).sum(axis=1), 2))
    assert not apart.cells.has("coupling")


def test_a_curve_is_cubic_inside_and_straight_beyond():
    knots = np.linspace(-1.0, 1.0, 5)
    curve = Curve(-1.0, 0.5, knots**3 - knots, 3 * knots**2 - 1)
    v = np.linspace(-1, 1, 41)
    np.testing.assert_allclose(curve(v), v**3 - v, atol=1e-14)
    np.testing.assert_allclose(curve(np.array([-3.0, 2.0])), [-4.0, 2.0])
    assert curve.slope(0.0) == pytest.approx(-1, abs=1e-5)
    table = np.stack([curve.values, curve.slopes], axis=1)
    compiled = [_curve(table, -1.0, 0.5, volt) for volt in (-3.0, -0.3, 0.7, 2.0)]
    np.testing.assert_allclose(compiled, curve(np.array([-3.0, -0.3, 0.7, 2.0])), atol=1e-14)


def test_deviations_are_laid_over_curves_too():
    knots = np.array([-1.0, 1.0])
    term = CurvedTerm(np.full((N, N), 2e-6), Curve(-1.0, 2.0, 3 * knots, np.full(2, 3.0)))
    plain = Crossbar(np.zeros((N, N)), np.zeros(N), curved=(term,))
    straight = Crossbar(np.full((N, N), 6e-6), np.zeros(N))
    volts = np.linspace(-0.5, 0.5, N)
    for change in (lambda c: c.mismatched(0.1, 1), lambda c: c.with_input_offsets(1e-3, 2)):
        np.testing.assert_allclose(change(plain).current(volts), change(straight).current(volts))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Curve(0.0, 1.0, np.zeros(1), np.zeros(1)), "at two knots or more"),
        (lambda: Curve(0.0, 0.0, np.zeros(2), np.zeros(2)), "a distance above 0"),
        (lambda: Curve(0.0, 1.0, np.array([0, np.nan]), np.zeros(2)), "value 1 is nan"),
        (
            lambda: Crossbar(
                np.zeros((2, 2)),
                np.zeros(2),
                curved=(CurvedTerm(np.zeros((3, 3)), Curve(0.0, 1.0, np.zeros(2), np.zeros(2))),),
            ),
            r"matrix of curve 0 must be 2 x 2",
        ),
    ],
)
def test_curves_that_can_t_be_are_refused(make, words):
    with pytest.raises(DesignError, match=words):
        make()


def test_resistors_to_elsewhere_are_refused(design):
    coupling = design.group("coupling")
    nodes = coupling.nodes.copy()
    nodes[0, 1] = -1
    wrong = replace(coupling, nodes=nodes)
    parts = tuple(wrong if p.role == "coupling" else p for p in design.parts)
    with pytest.raises(DesignError, match="does not end at two units' rails; run it at level"):
        separated(replace(design, parts=parts))
    current = Parts("coupling", "current", coupling.nodes, coupling.values)
    parts = tuple(current if p.role == "coupling" else p for p in design.parts)
    with pytest.raises(DesignError, match="not resistors between rails"):
        separated(replace(design, parts=parts))
