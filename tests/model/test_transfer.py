import numpy as np
import pytest

from hwkit import Cosh, DataError, EnergyModel, Quartic
from hwkit.model import DriftMachine, Saturating, TabulatedTransfer
from tests.machines import random_machine


def test_a_saturating_coupling_is_linear_first_and_bounded_at_last():
    f = Saturating(2.0)
    assert f(np.array(1e-6)) == pytest.approx(1e-6)
    assert f(np.array(50.0)) == 0.5
    x = np.linspace(-2, 2, 201)
    table = TabulatedTransfer(x, f(x))
    inner = np.linspace(-2, 2, 777)
    np.testing.assert_allclose(table(inner), f(inner), atol=1e-5)
    assert table(np.array(9.0)) == f(np.array(2.0))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Saturating(0.0), "g is 0.0"),
        (lambda: TabulatedTransfer([0.0, 1.0], [0.0]), r"give the same number of each"),
        (lambda: TabulatedTransfer([0.0, 1.0, 1.0], [0.0, 1.0, 2.0]), "x must increase"),
        (lambda: TabulatedTransfer([0.0, 1.0], [0.0, np.inf]), "not finite"),
    ],
)
def test_what_is_no_transfer_curve_is_refused(make, words):
    with pytest.raises(DataError, match=words):
        make()


def test_a_symmetric_linear_board_is_the_energy_model():
    for sparse in (False, True):
        model = random_machine(7, 2, sparse=sparse, n_visible=4)
        board = DriftMachine.of(model)
        x = np.random.default_rng(0).standard_normal((5, 7))
        np.testing.assert_allclose(board.force(x), model.force(x), atol=1e-12)
        assert board.circulation(x) < 1e-14
        back = board.energy_model()
        assert (back.n_visible, back.kT) == (4, model.kT)
        np.testing.assert_allclose(back.force(x), model.force(x), atol=1e-12)


def test_the_force_by_the_book_and_how_far_it_is_from_a_gradient():
    J = np.array([[0.0, 2.0], [-1.0, 0.0]])
    board = DriftMachine(J, [0.1, 0.0], Cosh(1.0, 1.0), Saturating(3.0))
    x = np.array([0.3, -0.2])
    expected = -(2 * np.sinh(x) + [0.1, 0.0] + J @ np.tanh(3 * x) / 3)
    np.testing.assert_allclose(board.force(x), expected)
    assert DriftMachine(J, [0.0, 0.0], Quartic()).circulation(x[None]) == pytest.approx(3.0)
    with pytest.raises(DataError, match="J is not symmetric"):
        board.energy_model()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((np.ones((2, 2)), [0.0, 0.0], Quartic()), "the diagonal of J must be zero"),
        ((np.zeros((2, 3)), [0.0, 0.0], Quartic()), r"give \(N, N\) and \(N,\)"),
        ((np.full((1, 1), np.nan), [0.0], Quartic()), r"J\[0, 0\] is nan"),
        ((np.zeros((2, 2)), [0.0, 0.0], Quartic([1.0, 1.0, 1.0])), "J2 has 3 entries"),
        ((np.zeros((1, 1)), [0.0], Quartic(), None, 0.0), "kT is 0.0"),
    ],
)
def test_what_is_no_board_is_refused(arguments, words):
    with pytest.raises(DataError, match=words):
        DriftMachine(*arguments)


def test_an_energy_model_has_no_other_form_of_force():
    model = EnergyModel(np.zeros((1, 1)), [1.0])
    assert DriftMachine.of(model, Saturating(1.0)).force(np.zeros((1, 1))) == -1
