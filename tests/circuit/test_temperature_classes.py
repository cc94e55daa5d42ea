"""What parts do with temperature, and the grades in which they are sold."""

from itertools import pairwise

import numpy as np
import pytest

import hwkit
from hwkit.circuit import compile_model
from hwkit.circuit.cells.rlc import RlcOptions
from hwkit.circuit.variation import (
    CLASSES,
    FIXED,
    GRADES,
    Environment,
    Spread,
    TemperatureClass,
    Thermal,
    Variation,
)
from hwkit.circuit.variation.distributions import Normal, Uniform
from hwkit.circuit.variation.drawing import draw
from hwkit.circuit.variation.grades import grade_of, graded, kind_of, roles_of, usual_thermals
from hwkit.units import THERMAL_KELVIN
from tests.machines import family_machine

BOARDS = range(200)


@pytest.fixture(scope="module")
def rc():
    return compile_model(family_machine("rc", 4, 2))


@pytest.fixture(scope="module")
def resistive():
    return compile_model(family_machine("resistive", 4, 2), "resistive")


def change(design, role, celsius, found, boards=BOARDS):
    """Relative change of the parts of a role at a temperature, (boards, parts)."""
    variation = Variation(
        environment=Environment(celsius + 273.15), thermals=(Thermal(role, found),)
    )
    return draw(design, variation, 3, boards)[role] / design.group(role).values - 1


@pytest.mark.parametrize(("name", "bound"), [("thin film", 25), ("thick film", 100), ("C0G", 30)])
def test_linear_classes_fill_their_bound_and_never_leave_it(rc, name, bound):
    found = change(rc, "capacitor", 85.0, CLASSES[name])
    most = bound * 1e-6 * 58
    assert np.abs(found).max() <= most * (1 + 1e-9)
    assert np.abs(found).max() > 0.8 * most
    assert np.std(found) == pytest.approx(most / np.sqrt(6), rel=0.1)  # a sum of two uniforms
    own = found - found.mean(axis=1, keepdims=True)
    assert np.corrcoef(found.T)[0, 1] == pytest.approx(0.5, abs=0.2)  # half of it is common
    assert np.abs(own).max() > 0


def test_a_change_grows_with_the_distance_from_27_degrees(rc):
    found = CLASSES["carbon film"]
    hot, cold, room = (change(rc, "coupling", c, found, range(3)) for c in (87.0, -33.0, 27.01))
    np.testing.assert_allclose(hot, -cold, rtol=1e-9)
    assert np.all(hot < 0)
    assert np.abs(room).max() < 1e-5


def test_class_2_ceramics_lose_a_share_of_their_code_along_a_parabola(rc):
    found = CLASSES["X7R"]
    hot, edge, cold = (change(rc, "capacitor", c, found) for c in (85.0, 125.0, -55.0))
    assert -0.15 <= edge.min() < -0.14
    assert edge.max() <= 0
    np.testing.assert_allclose(hot, edge * (58 / 98) ** 2, rtol=1e-9)
    np.testing.assert_allclose(cold, edge, rtol=1e-9)
    np.testing.assert_allclose(edge, edge[:, :1] * np.ones(4))  # one reel for a board
    with pytest.raises(hwkit.ConfigError, match="X7R at 126 °C; its class is for -55 to 125 °C"):
        change(rc, "capacitor", 126.0, found, range(1))


def test_the_last_class_of_a_part_holds_and_fixed_parts_do_not_follow(resistive):
    diodes = Thermal("onsite-diode", FIXED)
    hot = Environment(358.15)
    assert draw(resistive, Variation(environment=hot, thermals=(diodes,)), 0, [0]) == {}
    both = (Thermal("capacitor", CLASSES["X7R"]), Thermal("capacitor", FIXED), diodes)
    assert draw(resistive, Variation(environment=hot, thermals=both), 0, [0]) == {}
    again = (*both[::-1], diodes)
    assert set(draw(resistive, Variation(environment=hot, thermals=again), 0, [0])) == {"capacitor"}


def test_the_noise_of_resistors_grows_with_temperature_and_injected_noise_does_not(rc):
    warm = Variation(environment=Environment(2 * THERMAL_KELVIN))
    assert draw(rc, warm, 0, [0]) == {}
    own = compile_model(family_machine("rlc", 3, 1), "rlc", options=RlcOptions(kelvin=77.0))
    [noise] = draw(own, warm, 0, [0])["noise"]
    np.testing.assert_allclose(noise, 2 * own.group("noise").values)


def test_boards_of_two_grades_differ_by_the_grade_alone(rc):
    tight, loose = (
        draw(rc, graded(Variation(), "R", ["coupling"], grade_of("resistor", p)), 5, range(20))
        for p in (1.0, 2.0)
    )
    nominal = rc.group("coupling").values
    np.testing.assert_allclose(
        tight["coupling"] / nominal - 1, (loose["coupling"] / nominal - 1) / 2, atol=1e-12
    )
    assert np.abs(loose["coupling"] / nominal - 1).max() <= 0.02


def test_a_grade_is_uniform_within_its_tolerance_or_normal_with_three_sigma(rc):
    grade = grade_of("resistor", 1.0)
    flat, bell = (
        graded(Variation(), "R", ["coupling"], grade, shape).spreads[0]
        for shape in ("uniform", "normal")
    )
    assert flat == Spread("R: coupling", "coupling", Uniform(0.01))
    assert bell == Spread("R: coupling", "coupling", Normal(0.01 / 3))


def test_which_parts_are_resistors(rc, resistive):
    assert roles_of(rc, "resistor") == ("onsite-linear", "bias", "coupling")
    assert roles_of(rc, "capacitor") == ("capacitor",)
    assert {"coupling", "common-mode", "converter"} <= set(roles_of(resistive, "resistor"))
    assert kind_of(resistive.group("onsite-diode")) == ""
    assert {t.parts: t.of.name for t in usual_thermals(rc)} == {
        "capacitor": "C0G", "onsite-linear": "thick film", "bias": "thick film",
        "coupling": "thick film",
    }  # fmt: skip


@pytest.mark.parametrize("kind", GRADES)
def test_looser_grades_are_looser_in_everything_and_cost_no_more(kind):
    grades = GRADES[kind]
    for tight, loose in pairwise(grades):
        assert loose.at_least_as_loose(tight)
        assert not tight.at_least_as_loose(loose)
        assert loose.price <= tight.price


def test_a_grade_that_is_not_in_the_table_takes_the_class_of_the_next_tighter_one():
    assert grade_of("resistor", 0.25, price=0.07).of.name == "thin film"
    assert grade_of("capacitor", 30.0, price=0.001).of.name == "X7R"
    assert grade_of("capacitor", 5.0, name="X7R").of.name == "X7R"
    with pytest.raises(hwkit.ConfigError, match=r"resistors of 3 % have no price here \(those of"):
        grade_of("resistor", 3.0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"bound": -1e-6}, "bound is -1e-06"),
        ({"drop": 1.5}, "drop is 1.5"),
        ({"low": 30.0}, "its range must hold 27 °C"),
    ],
)
def test_impossible_classes_are_refused(settings, message):
    with pytest.raises(hwkit.ConfigError, match=message):
        TemperatureClass("odd", **settings)


def test_a_slope_that_leaves_nothing_is_refused(rc):
    with pytest.raises(hwkit.ConfigError, match="leaves no positive value at 127 °C"):
        change(rc, "capacitor", 127.0, TemperatureClass("steep", slope=-0.011), range(1))


def test_scattered_coefficients_are_not_gaussian():
    thermals = (Thermal("capacitor", CLASSES["C0G"]),)
    warm = Variation(environment=Environment(350.0), thermals=thermals)
    assert warm.not_gaussian == ["temperature coefficients"]
    assert Variation(thermals=thermals).not_gaussian == []
