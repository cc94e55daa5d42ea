import numpy as np
import pytest
from scipy import stats

import hwkit
from hwkit.circuit import RcOptions
from hwkit.circuit.variation import (
    Drift,
    Environment,
    Fault,
    Gradient,
    Quantised,
    Spread,
    Variation,
    matching,
)
from hwkit.circuit.variation.distributions import Normal, Uniform
from hwkit.circuit.variation.drawing import Drawing, draw
from tests.machines import random_machine


@pytest.fixture(scope="module")
def design():
    return hwkit.compile_model(random_machine(16, 2, density=0.9))


def of(*spreads, **others):
    return Variation(tuple(spreads), **others)


def relative(design, name, **values):
    return values[name] / design.group(name).values - 1


def test_mismatch_follows_its_distribution_part_by_part(design):
    values = draw(design, of(Spread("m", "coupling", Normal(0.05))), 7, range(40))
    deviation = relative(design, "coupling", **values)
    assert stats.kstest(deviation.ravel(), Normal(0.05).cdf).pvalue > 0.01
    assert abs(np.corrcoef(deviation[:, 0], deviation[:, 1])[0, 1]) < 0.5
    assert set(values) == {"coupling"}


def test_a_lot_is_shared_by_the_board_and_a_pair_by_both_directions(design):
    lot = Spread("lot", "coupling", Normal(0.05), share="lot")
    pair = Spread("pair", "coupling", Normal(0.05), share="pair")
    node = Spread("node", "coupling", Normal(0.05), share="node")
    nodes = design.group("coupling").nodes
    drawn = {
        s.name: relative(design, "coupling", **draw(design, of(s), 1, range(5)))
        for s in (lot, pair, node)
    }
    assert np.ptp(drawn["lot"], axis=1).max() < 1e-12
    assert len(np.unique(drawn["lot"][:, 0])) == 5
    half = len(nodes) // 2
    np.testing.assert_allclose(drawn["pair"][:, :half], drawn["pair"][:, half:], rtol=1e-9)
    for unit in range(16):
        assert np.ptp(drawn["node"][:, nodes[:, 0] == unit], axis=1).max() < 1e-12
    assert np.ptp(drawn["node"][0]) > 0.01


def test_correlation_groups(design):
    one = Spread("a", "capacitor", Normal(0.1), group="die", correlation=0.6)
    other = Spread("b", "onsite-cubic", Uniform(0.1), group="die", correlation=0.6)
    alone = Spread("c", "bias", Normal(0.1))
    values = draw(design, of(one, other, alone), 5, range(1500))
    c, q, b = (relative(design, n, **values) for n in ("capacitor", "onsite-cubic", "bias"))
    limit = 4 / np.sqrt(1500)
    assert abs(np.corrcoef(c[:, 0], c[:, 5])[0, 1] - 0.6) < limit
    spearman = 6 / np.pi * np.arcsin(0.3)  # rank correlation of a Gaussian copula
    assert abs(stats.spearmanr(c[:, 0], q[:, 3])[0] - spearman) < limit
    assert abs(np.corrcoef(c[:, 0], b[:, 0])[0, 1]) < limit
    assert stats.kstest(q[:, 3], Uniform(0.1).cdf).pvalue > 0.01


def test_gradients_are_linear_across_the_grid(design):
    values = draw(design, of(gradients=(Gradient("g", "capacitor", 0.02),)), 3, range(300))
    tilt = relative(design, "capacitor", **values).reshape(-1, 4, 4)
    np.testing.assert_allclose(np.diff(tilt, 2, axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(np.diff(tilt, 2, axis=2), 0, atol=1e-12)
    slope = tilt[:, 0, 3] - tilt[:, 0, 0]
    assert np.std(slope / 2) == pytest.approx(0.02, rel=0.15)


def test_drift_with_temperature_and_age(design):
    drifts = (Drift("capacitor", per_kelvin=1e-3), Drift("coupling", per_decade=-0.02))
    hot = Environment(kelvin=350.15, hours=9000)
    values = draw(design, of(drifts=drifts, environment=hot), 0, [0])
    np.testing.assert_allclose(relative(design, "capacitor", **values), 0.05, rtol=1e-9)
    np.testing.assert_allclose(relative(design, "coupling", **values), -0.02, rtol=1e-9)


def test_faults(design):
    nominal, nodes = design.group("coupling").values, design.group("coupling").nodes
    faults = {
        kind: Fault(kind, "coupling", kind, 0.02, level=-1.0) for kind in ("open", "stuck", "short")
    }
    drawn = {k: draw(design, of(faults=(f,)), 4, range(50)) for k, f in faults.items()}
    opened = drawn["open"]["coupling"] == 0
    assert opened.mean() == pytest.approx(0.02, abs=4 * np.sqrt(0.02 / opened.size))
    stuck = drawn["stuck"]["coupling"] == -np.abs(nominal).max()
    assert stuck.mean() == pytest.approx(0.02, abs=4 * np.sqrt(0.02 / stuck.size))
    added = drawn["short"]["onsite-linear"] - design.group("onsite-linear").values
    hit = added > 5e3 * design.scale.siemens
    assert 0 < hit.mean() < 1
    assert np.all(added[~hit] == 0)
    assert set(drawn["short"]) == {"coupling", "onsite-linear"}
    assert len(np.unique(nodes[:, 0])) == 16
    with pytest.raises(hwkit.ConfigError, match="can't be open"):
        draw(design, of(faults=(Fault("f", "capacitor", "open", 0.5),)), 0, [0])


@pytest.mark.parametrize("per", ["matrix", "row"])
def test_quantised_couplings(design, per):
    nominal, nodes = design.group("coupling").values, design.group("coupling").nodes[:, 0]
    [coarse] = draw(design, of(quantised=(Quantised("coupling", 4, per),)), 0, [0])["coupling"]
    for unit in range(16):
        own = nodes == unit
        top = np.abs(nominal[own if per == "row" else slice(None)]).max()
        levels = coarse[own] / (top / 7)
        np.testing.assert_allclose(levels, np.round(levels), atol=1e-9)
        assert np.abs(coarse[own] - nominal[own]).max() <= top / 14 * (1 + 1e-9)
    [fine] = draw(design, of(quantised=(Quantised("coupling", 20, per),)), 0, [0])["coupling"]
    np.testing.assert_allclose(fine, nominal, atol=np.abs(nominal).max() * 2**-19)


def test_offsets_of_linear_couplings_are_bias_currents(design):
    offset = Spread("offset", "coupling.offset", Normal(1e-3), relative=False)
    values = draw(design, of(offset), 2, [0])
    assert set(values) == {"bias"}
    drawing = Drawing(design, of(offset), 2)
    d = drawing.deviations(offset, 0)["coupling.offset"]
    coupling = design.group("coupling")
    expected = design.group("bias").values.copy()
    for g, e, out in zip(coupling.values, d, coupling.nodes[:, 0], strict=True):
        expected[out] -= g * e
    np.testing.assert_allclose(values["bias"][0], expected, rtol=1e-9)


def test_offsets_of_saturating_couplings_are_their_parameter():
    options = RcOptions(saturation_volt=0.5)
    design = hwkit.compile_model(random_machine(5, 2), options=options)
    offset = Spread("offset", "coupling.offset", Normal(1e-3), relative=False)
    values = draw(design, of(offset), 2, range(200))
    assert stats.kstest(values["coupling.offset"].ravel(), Normal(1e-3).cdf).pvalue > 0.01


def test_positive_parts_stay_positive_and_signs_stay(design):
    wide = of(
        Spread("a", "capacitor", Normal(2.0)),
        Spread("b", "coupling", Normal(2.0)),
        Spread("c", "noise", Normal(10 * design.group("noise").values[0]), relative=False),
    )
    values = draw(design, wide, 0, range(20))
    assert np.all(values["capacitor"] > 0)
    assert np.all(values["noise"] > 0)
    np.testing.assert_array_equal(
        np.sign(values["coupling"]), np.sign(np.tile(design.group("coupling").values, (20, 1)))
    )


def test_a_board_depends_on_seed_number_and_name_alone(design):
    m = Spread("m", "coupling", Normal(0.05))
    other = Spread("other", "bias", Normal(0.5))
    one = draw(design, of(m), 7, range(5))["coupling"]
    np.testing.assert_array_equal(one[3], draw(design, of(other, m), 7, [3])["coupling"][0])
    assert np.any(one[3] != draw(design, of(m), 8, [3])["coupling"][0])
    assert np.any(one[3] != one[2])


@pytest.mark.parametrize("sampling", ["lhs", "sobol"])
def test_stratified_sampling_fills_every_stratum_once(design, sampling):
    lot = Spread("lot", "coupling", Uniform(0.1), share="lot")
    many = draw(design, of(lot), 3, range(64), sampling, 64)
    u = relative(design, "coupling", **many)[:, 0] / 0.2 + 0.5
    assert sorted(np.floor(64 * u)) == list(range(64))
    some = draw(design, of(lot), 3, [10, 11], sampling, 64)
    np.testing.assert_array_equal(some["coupling"], many["coupling"][10:12])


def test_scaling_and_choosing_entries():
    v = of(Spread("a", "coupling", Normal(0.1)), Spread("b", "bias", Uniform(0.2)),
           gradients=(Gradient("g", "capacitor", 0.01),))  # fmt: skip
    twice = v.scaled(2.0)
    assert [s.distribution for s in twice.spreads] == [Normal(0.2), Uniform(0.4)]
    assert twice.gradients[0].sigma == 0.02
    assert v.scaled(2.0, ("b",)).spreads == (v.spreads[0], twice.spreads[1])
    assert v.only("b").names == ["b"]


def test_patterns_and_nearest_names(design):
    assert matching(design, "onsite-*") == ["onsite-linear", "onsite-cubic"]
    assert matching(design, "coupling") == ["coupling"]
    with pytest.raises(hwkit.ConfigError, match=r"'couplings'.*did you mean coupling"):
        draw(design, of(Spread("m", "couplings", Normal(0.1))), 0, [0])


@pytest.mark.parametrize("make", [
    lambda: of(Spread("a", "x", Normal(1)), Spread("a", "y", Normal(1))),
    lambda: Spread("a", "x", Normal(1), share="lots"),
    lambda: Spread("a", "x", Normal(1), correlation=0.5),
    lambda: Spread("a", "x", Normal(1), group="g", correlation=1.5),
    lambda: Gradient("g", "x", -1),
    lambda: Environment(kelvin=0),
    lambda: Fault("f", "x", "burnt", 0.1),
    lambda: Fault("f", "x", "open", 1.1),
    lambda: Quantised("x", 1),
    lambda: Quantised("x", 4, "column"),
])  # fmt: skip
def test_impossible_entries_are_refused(make):
    with pytest.raises(hwkit.ConfigError):
        make()


def test_resistors_are_quantised_by_their_conductance():
    machine = random_machine(6, 1, onsite=hwkit.Cosh.from_quartic(1.0, 1.0))
    design = hwkit.compile_model(machine, "resistive")
    coupling = design.group("coupling").values
    [coarse] = draw(design, of(quantised=(Quantised("coupling", 4),)), 0, [0])["coupling"]
    levels = coupling.min() / coarse * 7
    np.testing.assert_allclose(levels, np.round(levels), atol=2e-5)
    assert np.all(coarse > 0)
    assert coarse.max() <= 1.001e6 * coupling.max()
