"""Options and fixtures of all tests.

`--spice` says what happens to tests marked `spice`: `required` (the default) fails them if ngspice
is missing, `if_available` skips them then, `disabled` leaves them out.
"""

import signal

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from sklearn.datasets import load_digits

import hwkit
from hwkit.spice import find_library, find_program

# The same examples at every run, and no clocks: a slow machine must not fail a test.
settings.register_profile(
    "hwkit",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("hwkit")

# What a shell starts in the background ignores Ctrl-C, and so would the processes we start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption(
        "--spice",
        choices=("required", "if_available", "disabled"),
        default="required",
        help="tests that need ngspice: fail without it, skip without it, or leave them out",
    )


def pytest_collection_modifyitems(config, items):
    if config.getoption("--spice") != "disabled":
        return
    left_out = [item for item in items if item.get_closest_marker("spice")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker("spice")]


def what_is_missing():
    try:
        find_library()
        find_program()
    except hwkit.SimulationError as missing:
        return str(missing)
    return ""


def pytest_runtest_setup(item):
    if item.get_closest_marker("spice") is None:
        return
    missing = what_is_missing()
    if missing and item.config.getoption("--spice") == "if_available":
        pytest.skip(missing)
    if missing:
        pytest.fail(f"{missing}; or leave these tests out with --spice=disabled", pytrace=False)


@pytest.fixture(scope="session")
def digits():
    """First picture of each of the classes 0 to 9, (10, 64)."""
    data = load_digits()
    first = [int(np.argmax(data.target == label)) for label in range(10)]
    return data.data[first]


@pytest.fixture(scope="session")
def trained(digits):
    """A machine trained on the digits 0, 1 and 2: 64 visible and 64 hidden units."""
    return hwkit.train(digits[:3], n_hidden=64)
