"""The netlist that a page writes: pieces of hwkit's own, filled with a board's values."""

import numpy as np
import pytest

from hwkit import Cosh, EnergyModel, compile_model, render
from hwkit.circuit import family_options
from hwkit.circuit.variation import Spread, Variation
from hwkit.circuit.variation.distributions import Normal
from hwkit.circuit.variation.drawing import Drawing
from hwkit.explore.netlists import filled, netlist_pieces
from hwkit.tolerance import drawn
from tests.machines import random_couplings

T_FINAL, DT = 0.5, 2.5e-3
CASES = [
    ("rc", {}),
    ("rc", {"saturation_volt": 0.3, "offset_volt": 1e-3}),
    ("rc", {"supply_volt": 0.2, "output_ohm": 1e9, "parasitic_farad": 1e-14}),
    ("rc", {"driver_second": 1e-9}),
    ("resistive", {}),
    ("resistive", {"bias": "resistor", "amplifier_offset": 1e-3}),
]


def board(cell, options):
    rng = np.random.default_rng(3)
    onsite = Cosh.from_quartic(1.0, 1.0) if cell == "resistive" else None
    extra = {} if onsite is None else {"onsite": onsite}
    model = EnergyModel(random_couplings(5, rng), rng.standard_normal(5), n_visible=4, **extra)
    design = compile_model(model, cell, options=family_options(cell, options))
    roles = [parts.role for parts in design.parts if parts.kind != "voltage"]
    spreads = tuple(Spread(role, role, Normal(0.05)) for role in roles)
    return design, drawn(Drawing(design, Variation(spreads), 7), [3]).design(design, 0)


@pytest.mark.parametrize(("cell", "options"), CASES, ids=lambda value: str(value))
def test_pieces_filled_with_a_board_are_its_netlist(cell, options):
    design, made = board(cell, options)
    pieces = netlist_pieces(design, T_FINAL, DT)
    assert filled(pieces, made) == render(made, t_final=T_FINAL, dt=DT).text
    assert filled(pieces, design) == render(design, t_final=T_FINAL, dt=DT).text
    assert filled(pieces, design) != filled(pieces, made)


def test_groups_are_patterns_not_lines():
    design, _ = board("rc", {})
    pieces = netlist_pieces(design, T_FINAL, DT)
    assert [piece["role"] for piece in pieces if "role" in piece] == [p.role for p in design.parts]
    assert all("\nG" not in piece.get("text", "") for piece in pieces)
