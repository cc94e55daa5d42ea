import numpy as np
import pytest

from hwkit import ConfigError, Cosh, Quartic, Tabulated
from hwkit.codesign import BoardErrors, Mismatch, on_hardware
from hwkit.model import DriftMachine, Saturating
from tests.machines import random_machine
from tests.statistics import agrees


def test_a_board_without_errors_is_the_machine():
    model = random_machine(6, 0)
    board = BoardErrors.draw(Mismatch(), 6, 1, 0).build(model)
    assert np.array_equal(board.J, model.J)
    assert np.array_equal(board.b, model.b)
    assert board.onsite is model.onsite


def test_the_errors_belong_to_the_board_not_to_what_is_programmed():
    mismatch = Mismatch(coupling=0.2, bias=0.1)
    first, second = random_machine(6, 0), random_machine(6, 1)
    errors = [BoardErrors.draw(mismatch, 6, 1, number) for number in (3, 3, 4)]
    a, b, other = (e.build(m) for e, m in zip(errors, (first, second, first), strict=True))
    off = ~np.eye(6, dtype=bool)
    np.testing.assert_allclose(a.J[off] / first.J[off], b.J[off] / second.J[off], rtol=1e-12)
    np.testing.assert_allclose(a.b / first.b, b.b / second.b, rtol=1e-12)
    assert not np.allclose(a.J, other.J)
    assert not np.allclose(a.J, a.J.T)  # each direction has its own error


def test_spreads_are_those_that_were_asked_for():
    mismatch = Mismatch(0.2, 0.05, 0.3, 0.1, 0.4, 0.15)
    drawn = [BoardErrors.draw(mismatch, 10, 5, number) for number in range(300)]
    expected = (1 + 0.05**2) * (1 + 0.2**2) - 1
    assert agrees([np.mean((e.gain - 1) ** 2) for e in drawn], expected)
    assert agrees([np.mean(e.input_offset**2) for e in drawn], 0.09)
    assert agrees([np.mean((e.bias_gain - 1) ** 2) for e in drawn], 0.01)
    assert agrees([np.mean(e.bias_offset**2) for e in drawn], 0.16)
    assert agrees([np.mean((e.onsite_gain - 1) ** 2) for e in drawn], 0.0225)
    assert not agrees([np.mean(e.bias_offset**2) for e in drawn], 0.2)  # control


def test_offsets_at_inputs_are_biases():
    model = random_machine(5, 0)
    errors = BoardErrors.draw(Mismatch(offset=0.5), 5, 0, 0)
    x = np.random.default_rng(0).standard_normal((4, 5))
    shifted = np.einsum("ij,kij->ki", model.J, x[:, None, :] + errors.input_offset)
    expected = -(model.onsite.slope(x) + model.b + shifted)
    np.testing.assert_allclose(errors.build(model).force(x), expected, atol=1e-12)


def test_onsite_errors_change_j2_of_what_has_one():
    errors = BoardErrors.draw(Mismatch(onsite=0.1), 4, 0, 0)
    for onsite in (Quartic(2.0, 1.0), Cosh(2.0, 1.0)):
        board = errors.build(random_machine(4, 0, onsite=onsite))
        np.testing.assert_allclose(board.onsite.J2, 2.0 * errors.onsite_gain)
    table = Tabulated(np.linspace(-1, 1, 9), np.linspace(-1, 1, 9))
    with pytest.raises(ConfigError, match="relative errors of J2, which a tabulated energy"):
        errors.build(random_machine(4, 0, onsite=table))


def test_other_hardware_keeps_what_was_programmed():
    model = random_machine(4, 0, n_visible=2)
    board = on_hardware(model, Cosh(), Saturating(2.0))
    assert isinstance(board, DriftMachine)
    assert (board.onsite.kind, board.transfer, board.n_visible) == ("cosh", Saturating(2.0), 2)
    assert np.array_equal(board.J, model.J)


def test_spreads_are_not_negative():
    with pytest.raises(ConfigError, match="mismatch lot is -1"):
        Mismatch(lot=-1.0)
