"""What tracks add: lengths and capacitances of known copper, and the circuit with them."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.constants import epsilon_0

from hwkit.circuit import GROUND
from hwkit.netlist.kicad_project import TrackEstimate, estimate_tracks
from hwkit.netlist.kicad_project.track_estimates import PERMITTIVITY, side_by_side, to_ground
from hwkit.spice import simulate_spice
from hwkit.study.kinds.breadboard.board import noise_source, soldered_board
from hwkit.study.kinds.breadboard.plan import PartsPlan
from hwkit.study.kinds.breadboard.tracks import crosstalk, with_tracks
from tests.boards import board_model, small_project

ALIKE = np.sqrt(0.5)  # a modulus that is its own complement: K = K'


def board(*tracks):
    """Return a board's file with tracks: net, layer, ends."""
    nets = "".join(f'(net {k} "{name}")' for k, name in enumerate(("", "GND", "a", "b", "c")))
    lines = "".join(
        f"(segment (start {x0} {y0}) (end {x1} {y1}) (width 0.2) (layer {layer}) (net {net}))"
        for net, layer, x0, y0, x1, y1 in tracks
    )
    return f"(kicad_pcb (version 20211014) {nets} {lines})"


def test_lengths_give_resistance_and_capacitance():
    found = estimate_tracks(
        board((2, "F.Cu", 0, 0, 30, 0), (2, "F.Cu", 30, 0, 33, 4), (1, "F.Cu", 0, 9, 30, 9))
    )
    assert set(found.ohm) == set(found.farad) == {"a"}  # ground is not counted
    assert found.farad["a"] == pytest.approx(35 * to_ground())
    assert found.ohm["a"] == pytest.approx(1.72e-8 * 35e-3 / (0.2e-3 * 35e-6), rel=1e-9)
    assert not found.mutual


def test_neighbours_without_room_for_the_pour_are_coupled():
    tracks = (2, "F.Cu", 0, 0, 30, 0), (3, "F.Cu", 10, 0.4, 50, 0.4), (4, "F.Cu", 0, 0.85, 30, 0.85)
    found = estimate_tracks(board(*tracks)).mutual
    beside = float(side_by_side(np.array(0.2)))
    assert found["a", "b"] == pytest.approx(20.2 * beside, rel=1e-6)  # with both ends' radii
    assert found["b", "c"] == pytest.approx(20.2 * float(side_by_side(np.array(0.25))), rel=1e-6)
    assert ("a", "c") not in found


def test_tracks_on_both_sides_are_coupled_where_they_cross():
    tracks = (2, "F.Cu", 0, 0, 30, 0), (3, "B.Cu", 9, -5, 9, 5), (4, "B.Cu", 0, 0.45, 30, 0.45)
    found = estimate_tracks(board(*tracks)).mutual
    crossing = 2 * epsilon_0 * PERMITTIVITY * (0.2e-3) ** 2 / 1.6e-3
    assert found["a", "b"] == pytest.approx(crossing)
    assert ("a", "c") not in found


def test_formulas_at_a_modulus_that_is_its_own_complement():
    gap = 0.2 * ALIKE / (1 - ALIKE) * 2
    assert float(side_by_side(np.array(gap))) == pytest.approx(epsilon_0 * 2.75e-3)
    wide = 0.2 * (1 / ALIKE - 1) / 2  # the near plane then changes little
    air = 2e-3 * epsilon_0
    assert (1 + PERMITTIVITY) * air < to_ground(0.2, wide) < 1.02 * (1 + PERMITTIVITY) * air


def test_the_circuit_has_what_the_tracks_add():
    design = soldered_board(PartsPlan(), board_model())
    estimate = TrackEstimate(
        {"x0__p": 0.1, "x1__n": 0.2, "noise1+": 0.4, "clock": 9.0},
        {"x0__p": 1e-12, "clock": 7e-12},
        {("x0__p", "x1__n"): 2e-13, ("clock", "x0__p"): 3e-13},
    )
    real = with_tracks(design, estimate)
    nodes = {name: k for k, name in enumerate(design.nodes)}
    added = real.group("common-mode").values - design.group("common-mode").values
    np.testing.assert_allclose(added[[0, 1, 5]], [0.5, 0.0, 0.2], atol=1e-9)
    ground, beside = real.group("track"), real.group("beside-track")
    assert ground.nodes.tolist() == [[nodes["x0__p"], GROUND]]
    assert beside.nodes.tolist() == [[nodes["x0__p"], nodes["x1__n"]]]
    assert (ground.values.tolist(), beside.values.tolist()) == ([1e-12], [2e-13])
    coupling = real.group("coupling")
    ends = {nodes["x0__p"]: 0.1, nodes["x1__n"]: 0.2}
    for pair, before, now in zip(
        coupling.nodes.tolist(), design.group("coupling").values, coupling.values, strict=True
    ):
        assert now - before == pytest.approx(sum(ends.get(k, 0.0) for k in pair), abs=1e-9)


def test_start_charges_allow_for_capacitors_between_rails():
    """Sources between terminals bring in q; the free common modes follow: V = B' M^-1 B q."""
    design = soldered_board(PartsPlan(), board_model())
    rails = [design.nodes[k] for k in design.terminals.T.ravel()]
    none = TrackEstimate({}, {}, {(rails[0], rails[1]): 1e-30})
    np.testing.assert_allclose(
        with_tracks(design, none).start_charges.toarray(), np.diag(design.charge_farads), atol=1e-18
    )
    across = TrackEstimate({}, {}, {(f"x{k}__n", f"x{k}__p"): 1e-9 for k in range(4)})
    np.testing.assert_allclose(
        with_tracks(design, across).start_charges.toarray(),
        np.diag(design.charge_farads + 1e-9),
        atol=1e-18,
    )


@pytest.mark.spice
def test_spice_starts_where_it_should_with_capacitors_between_rails():
    design = soldered_board(PartsPlan(), board_model())
    mutual = {("x0__p", "x1__n"): 3e-9, ("x1__p", "x2__p"): 2e-9, ("x0__n", "x0__p"): 1e-9}
    x0 = np.array([0.5, -0.3, 0.2, -0.1])
    real = with_tracks(design, TrackEstimate({}, {}, mutual))
    runs = simulate_spice(real, 2e-6, 1e-6, 1, seed=1, x0=x0[None])
    np.testing.assert_allclose(runs.x[0, -1], x0, atol=1e-3)


def test_crosstalk_is_the_charge_of_a_bit_that_changes():
    """Charge c A q' - c A q into the + rail, over that of a bit at both rails, 2 A T / R."""
    parts, model = PartsPlan(), board_model()
    design, source = soldered_board(parts, model), noise_source(parts, model)
    subject = SimpleNamespace(plan=SimpleNamespace(parts=parts), model=model, design=design)
    farads = {("noise2+", "x0__p"): 1e-13, ("noise3+", "x0__n"): 2e-13, ("noise3-", "x1__n"): 3e-13}
    K = crosstalk(subject, TrackEstimate({}, {}, farads)) / (source.ohm / (2 * source.second))
    expected = np.zeros((4, 4))
    expected[0, 1], expected[0, 2], expected[1, 2] = 1e-13, -2e-13, 3e-13
    np.testing.assert_allclose(K, expected, atol=1e-20)


def test_the_small_boards_rails_get_a_thousandth_of_their_capacitors():
    board, files = small_project()
    found = estimate_tracks(files["board.kicad_pcb"])
    assert {"x0__p", "noise1+", "clock"} <= set(found.ohm)
    assert max(found.farad[f"x{k}__p"] for k in range(4)) < 2e-3 * board.design.scale.farad
    assert all(farad > 0 and a < b for (a, b), farad in found.mutual.items())
