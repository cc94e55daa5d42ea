import numpy as np
import pytest

from hwkit import (
    ConfigError,
    DataError,
    EnergyModel,
    Protocol,
    Quartic,
    prepare_states,
    recognise,
    simulate_langevin,
    train,
)
from hwkit.model import layered_mask

QUICK = Protocol(t_final=2.0, dt=4e-3)
DRAWN = np.random.default_rng(5).random((2, 12))


def generate(model, protocol, n, seed):
    start = prepare_states(model, protocol.t_final, 2.5e-3, n, seed)
    return simulate_langevin(model, protocol.t_final, 2.5e-3, n, seed + 1, x0=start).final


def test_a_machine_trained_on_digits_generates_them(trained):
    found = recognise(generate(trained.model, trained.protocol, 600, 1), trained.patterns)
    assert found.share >= 0.93
    assert np.all(found.class_shares >= 0.15)


def test_a_machine_with_its_couplings_shuffled_generates_nothing(trained):
    """The control: the same couplings between other units."""
    order = np.random.default_rng(0).permutation(trained.model.n_units)
    model = trained.model
    shuffled = EnergyModel(
        model.J[np.ix_(order, order)], model.b, kT=model.kT, n_visible=model.n_visible
    )
    found = recognise(generate(shuffled, trained.protocol, 200, 1), trained.patterns)
    assert found.share < 0.05


@pytest.mark.parametrize("classes", [[3, 4, 7], [6, 9]])
def test_other_classes_work(digits, classes):
    result = train(digits[classes], n_hidden=64)
    found = recognise(generate(result.model, result.protocol, 200, 1), result.patterns)
    assert found.share > 0.8
    assert np.all(found.class_shares > 0.1)


def test_a_random_projection_works_and_depends_on_its_seed(digits):
    results = [
        train(digits[:3], 64, hidden="projection", projection_seed=seed) for seed in (0, 0, 1)
    ]
    assert np.array_equal(results[0].model.J, results[1].model.J)
    assert not np.allclose(results[0].model.J, results[2].model.J)
    found = recognise(generate(results[0].model, Protocol(), 200, 1), results[0].patterns)
    assert found.share > 0.6


def test_the_result_says_what_was_trained_and_how(trained, digits):
    model = trained.model
    assert (model.n_units, model.n_visible) == (128, 64)
    assert trained.protocol == Protocol()
    assert trained.patterns.shape == (3, 64)
    assert np.array_equal(trained.fields, np.tile(trained.patterns, 2))
    assert trained.residuals[-1] <= 1e-10
    assert 0 < trained.loss < 64  # that of no couplings at all is about N/2
    again = train(digits[:3], n_hidden=64)
    assert again.model.J.tobytes() == model.J.tobytes()
    assert again.model.b.tobytes() == model.b.tobytes()


def test_couplings_are_within_the_mask(trained):
    allowed = layered_mask(64, 64)
    assert not trained.model.J[~allowed].any()
    assert np.count_nonzero(trained.model.J[allowed]) == allowed.sum()


def test_a_mask_of_ones_own_is_honoured():
    upper = np.triu(np.random.default_rng(0).random((18, 18)) < 0.3, 1)
    mask = upper | upper.T
    sparse = train(DRAWN, 6, protocol=QUICK, mask=mask)
    assert not sparse.model.J[~mask].any()
    full = train(DRAWN, 6, protocol=QUICK, mask=~np.eye(18, dtype=bool))
    assert full.loss < sparse.loss


@pytest.mark.parametrize("biases", ["all", "hidden", "none"])
def test_biases_are_trained_as_asked(biases):
    b = train(DRAWN, 6, protocol=QUICK, biases=biases).model.b
    assert bool(b[:12].any()) == (biases == "all")
    assert bool(b[12:].any()) == (biases != "none")


def test_the_loss_of_more_freedom_is_lower():
    losses = [train(DRAWN, 6, protocol=QUICK, biases=b).loss for b in ("none", "hidden", "all")]
    assert losses[0] > losses[1] > losses[2]


def test_onsite_energy_temperature_and_mobility_are_the_machines():
    onsite = Quartic(0.5, 0.4)
    model = train(DRAWN, 3, protocol=QUICK, onsite=onsite, kT=0.3, mobility=2.0).model
    assert (model.onsite, model.kT, model.mobility) == (onsite, 0.3, 2.0)


def test_no_hidden_units_need_a_mask_to_be_of_use():
    result = train(DRAWN, 0, protocol=QUICK)
    assert not result.model.J.any()
    assert train(DRAWN, 0, protocol=QUICK, mask=~np.eye(12, dtype=bool)).loss < result.loss


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (
            {"method": "guess"},
            ConfigError,
            r"method 'guess' is unknown; choose 'exact', 'batch'",
        ),
        ({"biases": "some"}, ConfigError, r"biases 'some' is unknown; choose one of all, hidden"),
        ({"hidden": "echo"}, ConfigError, r"hidden field 'echo' is unknown"),
        ({"onsite": Quartic(np.ones(18))}, ConfigError, r"one onsite energy for all units"),
        ({"mask": np.zeros((3, 3))}, DataError, r"mask has shape \(3, 3\); .* needs \(18, 18\)"),
        ({"mask": np.ones((18, 18))}, DataError, r"mask must be symmetric with a False diagonal"),
        (
            {"mask": np.triu(np.ones((18, 18)), 1)},
            DataError,
            r"mask must be symmetric with a False diagonal",
        ),
        ({"kT": 0.0}, DataError, r"kT is 0\.0; it must be a number above 0"),
        ({"mobility": -1.0}, DataError, r"mobility is -1\.0; it must be a number above 0"),
        ({"kT": np.nan}, DataError, r"kT is nan; it must be a number above 0"),
        ({"patterns": np.ones((2, 5))}, DataError, r"pattern 0 is constant"),
        ({"n_hidden": -2}, ConfigError, r"n_hidden is -2"),
        ({"projection_seed": -1, "hidden": "projection"}, ConfigError, r"seed must be a whole"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments, error, words):
    fine = {"patterns": DRAWN, "n_hidden": 6, "protocol": QUICK}
    with pytest.raises(error, match=words):
        train(**(fine | arguments))


def test_an_energy_that_does_not_confine_a_unit_is_refused():
    with pytest.raises(DataError, match="unbounded below"):
        train(DRAWN, 6, protocol=QUICK, onsite=Quartic(-1.0, 0.0))
