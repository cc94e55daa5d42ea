"""The loop: a board is measured, corrected by its records alone, and measured again."""

from dataclasses import replace

import numpy as np
import pytest

import hwkit
from hwkit.errors import DataError
from hwkit.measured import EmulatedCircuit, EmulatedConverter, EmulatedInstrument, Request
from hwkit.measured.correction import correct_board, corrected
from hwkit.measured.estimated import Question
from hwkit.measured.quantities import Quantities, Quantity
from hwkit.twin import Boards

MODEL = hwkit.EnergyModel(
    [[0, 0.8, 0], [0.8, 0, -0.5], [0, -0.5, 0]], [0.3, -0.2, 0.1], hwkit.Quartic(1.0, 1.0), kT=0.1
)
REQUESTS = [Request("run", "switched", 400, 0.05e-6, restarts=64, switched_on=0.0)]
ASKED = Question(bits=10, readout=0.0)


def off(design):
    """Couplings 30 % strong, biases 40 % low, all noise 20 % hot."""
    groups = {name: design.group(name).values for name in ("coupling", "bias", "noise")}
    factors = {"coupling": 1.3, "bias": 0.6, "noise": 1.2}
    return Boards({name: (factors[name] * values)[None] for name, values in groups.items()}, 1)


def instrument(fabricate):
    circuit = EmulatedCircuit(MODEL, fabricate=fabricate, dt=0.005)
    return EmulatedInstrument(circuit, EmulatedConverter(span=(-0.2, 0.2), bits=10), seed=3)


def test_a_board_is_nearer_to_what_is_intended_after_its_correction():
    found = correct_board(instrument(off), REQUESTS, 1e-6, MODEL, ASKED, rounds=2)
    assert found.before.different
    for deviation in found.deviations:
        assert deviation.before > 2 * deviation.resolved
        assert deviation.after < 0.5 * deviation.before
    rms = [np.sqrt(np.mean(off_by(each) ** 2)) for each in (MODEL, found.programmed)]
    assert rms[1] < 0.4 * rms[0]  # of the board's own values, which nobody measured
    assert found.programmed.J[0, 2] == 0
    assert found.programmed.kT == pytest.approx(MODEL.kT / 1.2, rel=0.03)
    assert str(found.deviations[2]).startswith("noise: rms 0.1")


def off_by(programmed):
    """What couplings and biases are off by on the board, (5,)."""
    J = 1.3 * programmed.J - MODEL.J
    return np.array([J[0, 1], J[1, 2], *(0.6 * programmed.b - MODEL.b)])


def quantities(deviations, stderr):
    rows = [
        Quantity("bias", (k,), f"bias of unit {k}", MODEL.b[k] + each, stderr, MODEL.b[k], "")
        for k, each in enumerate(deviations)
    ]
    rows += [Quantity("noise", (k,), "", 0.1, 0.01, 0.1, "") for k in range(3)]
    return Quantities(tuple(rows), np.eye(6), np.zeros(6), 100, "stated")


def test_deviations_that_are_errors_of_the_measurement_are_left_alone():
    left = corrected(MODEL, quantities([0.1, -0.1, 0.1], stderr=0.11))
    assert np.array_equal(left.b, MODEL.b)
    moved = corrected(MODEL, quantities([0.1, -0.1, 0.1], stderr=0.001))
    assert moved.b == pytest.approx(MODEL.b - [0.1, -0.1, 0.1], abs=1e-4)
    assert np.array_equal(moved.J, MODEL.J)
    assert moved.kT == MODEL.kT


def test_boards_that_can_not_be_corrected_are_refused():
    with pytest.raises(DataError, match="without an anchor"):
        correct_board(instrument(None), REQUESTS, 1e-6, MODEL, replace(ASKED, anchor="none"))

    def dead(design):
        farad = design.group("capacitor").values * [1, 1e6, 1]
        return Boards({"capacitor": farad[None]}, 1)

    short = [replace(REQUESTS[0], restarts=8)]
    with pytest.raises(DataError, match=r"unit 1 is dead.*all its units move"):
        correct_board(instrument(dead), short, 1e-6, MODEL, ASKED)
