"""Routed boards: every pad connected, every gap kept, and what is missing or too near is found."""

import re
import time
from dataclasses import replace

import numpy as np
import pytest

from hwkit import DesignError
from hwkit.netlist.kicad_project import check_copper, check_quiet
from hwkit.netlist.kicad_project.circuit_board import circuit_board
from hwkit.netlist.kicad_project.footprints import footprint
from hwkit.netlist.kicad_project.layout import GRID, Layout, Place
from hwkit.netlist.kicad_project.routing import QUIET, route, routed, summing_nets
from hwkit.netlist.kicad_project.routing.negotiation import negotiate
from hwkit.netlist.kicad_project.routing.terrain import survey
from hwkit.netlist.kicad_project.trees import written
from tests.boards import small_board, small_project

PADS = "board.kicad_pcb"


def point(k, net, x, y):
    """A test point of a net, alone."""
    piece = next(p for p in small_project()[0].pieces if p.role == "test-point")
    piece = replace(piece, designator=f"TP{k}", pads={"1": net})
    return Place(piece, footprint("test-point"), x * GRID, y * GRID)


def plane(*places, size=(40, 30), holes=()):
    """A board of test points; all lengths in steps of the grid."""
    placed = tuple(point(k, *place) for k, place in enumerate(places))
    return Layout(placed, (size[0] * GRID, size[1] * GRID), tuple(holes))


def text():
    return small_project()[1][PADS]


def items(word):
    return re.findall(rf"  \({word}\b.*?\n  \)\n|  \({word} [^\n]*\)\n", text(), re.S)


def test_a_routed_board_is_connected_and_keeps_its_gaps():
    assert not check_copper(text())
    assert len(items("segment")) > 100
    assert len(items("via")) > 20


@pytest.mark.parametrize("word", ["segment", "via"])
def test_what_is_missing_is_found_by_the_check_of_opens(word):
    """Leave out each of a few tracks or vias; a via of ground may be one that only stitches."""
    for item in [each for each in items(word) if f"(net {ground()})" not in each][:12:4]:
        found = check_copper(text().replace(item, "", 1))
        assert {f.check for f in found} == {"opens"}
        assert "is not connected to" in found[0].text


def ground():
    return re.search(r'\(net (\d+) "GND"\)', text())[1]


def test_what_is_too_near_is_found_by_the_check_of_gaps():
    track = next(t for t in items("segment") if '"F.Cu"' in t and f"(net {ground()})" not in t)
    other = track.replace(re.search(r"\(net \d+\)", track)[0], f"(net {ground()})")
    found = check_copper(text().replace(track, track + other))
    assert "gaps" in {f.check for f in found}
    assert any("0.000 mm apart" in f.text for f in found)


def test_a_track_through_a_pad_of_another_net_is_a_short():
    """Within a rectangle, away from all its sides."""
    pad = re.search(r'\(footprint "hwkit:0805".*?\(at ([\d.]+) ([\d.]+)\)', text(), re.S)
    x, y = float(pad[1]) - 0.925, float(pad[2])
    net = re.search(r'\(net (\d+) "reset"\)', text())[1]
    spot = f'(segment (start {x} {y}) (end {x} {y}) (width 0.2) (layer "F.Cu") (net {net}))'
    found = check_copper(text().replace("  (segment", f"  {spot}\n  (segment", 1))
    assert any("0.000 mm apart" in f.text for f in found)


def test_nets_that_cross_go_to_the_other_layer():
    layout = plane(("a", 5, 15), ("a", 35, 15), ("b", 20, 5), ("b", 20, 25))
    outcome = negotiate(survey(layout, 2))
    assert outcome.complete
    assert sum(len(net.vias) for net in outcome.nets) in (2, 4)


def test_a_pad_that_nothing_reaches_is_told():
    angles = np.arange(0, 2 * np.pi, 0.5)
    ring = [(20 * GRID + 6 * np.cos(t), 15 * GRID + 6 * np.sin(t)) for t in angles]
    outcome = negotiate(survey(plane(("a", 20, 15), ("a", 5, 35), size=(40, 40), holes=ring), 2))
    assert not outcome.complete
    assert [terminal.part for terminal in outcome.unreachable] == ["TP1"]


def test_a_board_that_can_not_be_routed_is_refused_with_what_it_needs(monkeypatch):
    """Two nets from corner to corner, without room outside: on one layer they have to meet."""
    corners = plane(("a", 3, 3), ("b", 37, 3), ("b", 3, 25), ("a", 37, 25), size=(40, 28))
    monkeypatch.setattr(route, "lay_out", lambda board, spread: corners)
    assert len(routed(small_board())[1].vias) in (1, 2)
    monkeypatch.setattr(route, "_LAYERS", 1)
    with pytest.raises(DesignError, match=r"at 17 x 12 mm tracks meet at \d+ places; it needs 4"):
        routed(small_board())


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.25, 0.5, 0.77])
def test_tracks_between_free_nodes_keep_their_gap_from_a_round_pad(shift):
    owner = survey(plane(("a", 15 + shift, 12 + shift / 3)), 1).owner[0]
    free = np.argwhere(owner == 0) * GRID
    centre = np.array([12 + shift / 3, 15 + shift]) * GRID
    for step in np.array([(0, 1), (1, 0), (1, 1), (1, -1)]) * GRID:
        along = np.clip((centre - free) @ step / (step @ step), 0, 1)
        apart = np.linalg.norm(free + along[:, None] * step - centre, axis=1)
        ends = np.rint((free + step) / GRID).astype(int)
        inside = np.all((ends >= 0) & (ends < owner.shape), axis=1)
        inside[inside] = owner[tuple(ends[inside].T)] == 0
        assert apart[inside].min() - 0.75 - 0.1 >= 0.2 - 1e-6


def machine(n, count):
    """Couplings of n units, `count` of all pairs, each unit's no more than it can drive."""
    rng = np.random.default_rng(1)
    rows, columns = np.tril_indices(n, -1)
    pairs = rng.permutation(len(rows))[:count]
    J = np.zeros((n, n))
    J[rows[pairs], columns[pairs]] = rng.uniform(0.3, 1.2, count) * rng.choice([-1, 1], count)
    J += J.T
    return J * min(1.0, 2 / np.abs(J).sum(axis=1).max())


@pytest.mark.study
def test_twelve_units_with_ten_couplings_are_routed_on_a_small_board():
    board, start = small_board(machine(12, 10)), time.process_time()
    layout, routing = routed(board)
    seconds = time.process_time() - start
    print(layout.size, routing.rounds, len(routing.tracks), len(routing.vias), seconds)
    assert seconds < 180
    assert layout.size[0] <= 160
    assert layout.size[1] <= 100
    assert not check_copper(written(circuit_board(board, layout, routing, "board")))


@pytest.mark.study
def test_twelve_units_with_all_couplings_are_refused_with_what_they_need():
    needs = r"at 197 x 130 mm .* needs 4 layers at that size"
    with pytest.raises(DesignError, match=needs) as told:
        routed(small_board(machine(12, 66)))
    print(told.value)


def test_lines_of_bits_keep_away_from_summing_nodes_and_one_that_does_not_is_found():
    board, _ = small_project()
    summing = summing_nets(board.pieces)
    assert len(summing) == 2 * board.design.model.n_units
    least, found = check_quiet(text(), summing)
    print(f"{least:.3f} mm")
    assert QUIET <= least < 5
    assert not found
    node = re.search(r'\(net (\d+) "x0__p__inverting"\)', text())[1]
    track = next(item for item in items("segment") if f"(net {node})" in item)
    x, y = map(float, re.search(r"\(start (\S+) (\S+)\)", track).groups())
    net = re.search(r'\(net (\d+) "noise1\+"\)', text())[1]
    ends = f"(start {x - 3} {y + 0.9}) (end {x + 3} {y + 0.9})"
    line = f'(segment {ends} (width 0.2) (layer "B.Cu") (net {net}))'  # below it, on the back
    least, found = check_quiet(text().replace("  (segment", f"  {line}\n  (segment", 1), summing)
    assert least < QUIET
    assert {f.check for f in found} == {"quiet"}
    assert "of noise1+ is 0." in found[0].text
