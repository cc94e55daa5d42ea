import pytest

import hwkit


@pytest.mark.parametrize(
    ("name", "builtin", "code"),
    [
        ("DataError", ValueError, 2),
        ("ConfigError", ValueError, 2),
        ("DesignError", ValueError, 2),
        ("NetlistError", ValueError, 2),
        ("SimulationError", RuntimeError, 3),
        ("InstrumentError", RuntimeError, 3),
    ],
)
def test_every_error_is_an_hwkit_error_a_builtin_one_and_has_an_exit_code(name, builtin, code):
    error = getattr(hwkit, name)
    assert issubclass(error, hwkit.HwkitError)
    assert issubclass(error, builtin)
    assert error.exit_code == code


def test_every_public_name_can_be_had():
    assert all(getattr(hwkit, name) is not None for name in dir(hwkit))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'simulate'"):
        _ = hwkit.simulate
