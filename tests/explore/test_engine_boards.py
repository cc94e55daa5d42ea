"""Boards that the page's engine draws: those of `Drawing`, for everything that a page offers."""

from dataclasses import replace

import numpy as np
import pytest

from hwkit.circuit.variation import Spread, Thermal
from hwkit.circuit.variation.distributions import Normal, Table, Truncated, Uniform
from hwkit.circuit.variation.temperature import CLASSES
from hwkit.explore.controls import Control, default_controls, spread_control
from hwkit.explore.description import describe
from tests.explore.benches import CELLS, drawn, small_bench
from tests.explore.node import called, needs_node, outcomes

pytestmark = needs_node

SPREADS = {
    "uniform": Spread("s", "coupling", Uniform(1.0)),
    "truncated": Spread("s", "capacitor", Truncated(0.7, 1.0)),
    "two humps": Spread("s", "onsite-*", Truncated(0.7, 1.0, 0.4)),
    "table": Spread("s", "noise", Table((-1.0, -0.2, 0.1, 2.0))),
    "wide": Spread("s", "coupling", Normal(12.0)),
    "absolute": Spread("s", "capacitor", Normal(4e-12), relative=False),
    "pair": Spread("s", "coupling", Normal(1.0), share="pair"),
    "node": Spread("s", "onsite-*", Normal(1.0), share="node"),
    "lot": Spread("s", "capacitor", Normal(1.0), share="lot"),
    "group": Spread("s", "coupling", Normal(1.0), group="g", correlation=0.6),
    "group lot": Spread("s", "noise", Uniform(1.0), share="lot", group="g", correlation=0.3),
}
SET = {"couplings": 0.1, "offsets": 0.01, "capacitors": 0.15, "onsite": 0.08, "noise": 0.2}
VALUES = {
    **{name: {name: value} for name, value in SET.items()},
    "all": SET,
    "bits": {"bits": 4},
    "cold": {"temperature": -20.0},
    "hot and all": SET | {"temperature": 85.0, "bits": 5, "noise power": 2.5},
}


def check(bench, values, seed, number, found):
    expected, _ = drawn(bench, values, seed, number)
    assert set(found) == set(expected)
    for name, row in expected.items():
        np.testing.assert_allclose(found[name], row, rtol=1e-12, atol=1e-12 * np.abs(row).max())


@pytest.mark.parametrize("cell", CELLS)
def test_what_the_default_controls_vary(cell):
    bench = small_bench(cell)
    description = describe(bench)
    cases = [(values, seed, n) for values in VALUES.values() for seed, n in ((3, 0), (2**63, 5))]
    found = called(*[["board", description, v, str(seed), n] for v, seed, n in cases])
    for (values, seed, number), board in zip(cases, found, strict=True):
        check(bench, values, seed, number, board)


@pytest.mark.parametrize("cell", CELLS)
def test_saturating_couplings_have_offsets_of_their_own(cell):
    bench = small_bench(cell)
    limit = {"saturation": 0.1} if cell == "rc" else {}
    values = {"offsets": 0.01, "couplings": 0.1} | limit
    [found] = called(["board", describe(bench), values, "1", 2])
    check(bench, values, 1, 2, found)
    assert ("coupling.offset" in found) == (cell == "rc")


@pytest.mark.parametrize("cell", CELLS)
def test_every_distribution_share_and_group(cell):
    benches = []
    for name, entry in SPREADS.items():
        if name == "wide" and cell == "resistive":
            continue  # a resistor's tail ends at 0 all the same: the default spreads show it
        control = spread_control(entry, name, 1.0, value=0.1)
        benches.append(small_bench(cell, controls=(control,)))
    calls = [["board", describe(bench), {}, "7", 3] for bench in benches]
    for bench, found in zip(benches, called(*calls), strict=True):
        check(bench, {}, 7, 3, found)


def test_temperature_classes():
    bench = small_bench("rc")
    of = {"coupling": "carbon film", "capacitor": "X7R", "bias": "U2J", "onsite-*": "fixed"}
    thermals = tuple(Thermal(parts, CLASSES[name]) for parts, name in of.items())
    warm = Control("t", "", "temperature", "°C", -20.0, 85.0, 1.0, 27.0, thermals=thermals)
    bench = replace(bench, controls=(warm,))
    for celsius in (-20.0, 27.0, 61.0):
        [found] = called(["board", describe(bench), {"t": celsius}, "7", 3])
        check(bench, {"t": celsius}, 7, 3, found)
        assert bool(found) == (celsius != 27.0)


def test_what_cannot_be_drawn_says_so():
    described = describe(replace(small_bench("rc"), controls=default_controls_of_narrow()))
    unknown = describe(small_bench("rc"))
    unknown["controls"][0]["entry"]["distribution"]["kind"] = "cauchy"
    results = outcomes(
        ["board", described, {}, "0", 0],
        ["board", unknown, {"couplings": 0.1}, "0", 0],
        ["board", unknown | {"family": "rlc"}, {}, "0", 0],
        ["board", unknown | {"version": 2}, {}, "0", 0],
    )
    says = [result["error"] for result in results]
    assert "leaves no positive value" in says[0]
    assert "normal, uniform, truncated, table" in says[1]
    assert "rc, resistive and silicon have" in says[2]
    assert "version 2" in says[3]


def default_controls_of_narrow():
    """A spread that leaves no positive capacitance."""
    entry = Spread("s", "capacitor", Table((-3.0, -2.0)))
    return (spread_control(entry, "", 1.0, value=1.0),)


def test_default_controls_are_what_the_family_has():
    rc, resistive = ({c.name for c in default_controls(small_bench(cell).design)} for cell in CELLS)
    assert {"saturation", "supply"} <= rc
    assert rc - resistive == {"saturation", "supply"}
    assert resistive - rc == {"converters"}
