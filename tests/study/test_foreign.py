"""Netlists of others compared with the machine: sound, renamed, structured, and faulty ones."""

import re

import numpy as np
import pytest

from hwkit import (
    Cosh,
    EnergyModel,
    NetlistError,
    Quartic,
    clamp_units,
    compile_model,
    extract_model,
    render,
    simulate_langevin,
    simulate_spice,
)
from hwkit.circuit import clamp_nodes
from hwkit.netlist.foreign import foreign_netlist
from hwkit.netlist.reading import read_netlist
from hwkit.spice import foreign_circuit
from hwkit.validation import validate_netlist
from tests.machines import random_machine

pytestmark = pytest.mark.spice

MODEL = random_machine(4, seed=3, n_visible=2)
DESIGN = compile_model(MODEL)
LEVELS = ("extraction error", "drift error", "path error", "distance to backward Euler")


@pytest.fixture
def judge(tmp_path):
    def validate(text, mapping=None, model=MODEL, **options):
        (tmp_path / "n.cir").write_text(text)
        netlist = foreign_netlist(read_netlist(tmp_path / "n.cir"), model.unit_names, mapping)
        return validate_netlist(netlist, model, t_final=1.0, n_trajectories=4, **options)

    return validate


def renamed(text):
    return re.sub(r"\bx(\d)\b", r"out\1", text)


def test_a_sound_netlist_passes_with_its_names_and_with_others(judge):
    text = render(DESIGN).text
    verdict = judge(text)
    assert verdict.passed
    assert {verdict[name].limit for name in LEVELS} == {1e-9, 1e-6, 5e-3}
    mapping = {str(unit): f"out{unit}" for unit in range(4)}
    assert judge(renamed(text), mapping).passed
    swapped = mapping | {"0": "out1", "1": "out0"}  # control: the mapping is what is used
    failed = judge(renamed(text), swapped)
    assert not any(failed[name].passed for name in LEVELS)


def test_the_limit_of_the_path_goes_with_the_step(judge):
    errors = {h: judge(render(DESIGN).text, dt=h)["path error"] for h in (1e-2, 5e-3)}
    assert {h: error.limit for h, error in errors.items()} == {1e-2: 2e-2, 5e-3: 1e-2}
    assert all(error.passed for error in errors.values())
    assert errors[1e-2].value / errors[5e-3].value == pytest.approx(2, abs=0.5)  # why it does


def test_units_that_the_netlist_states_are_not_overruled(judge):
    text = render(DESIGN).text
    with pytest.raises(NetlistError, match=r"states hwkit_volt = 0\.1, so that volt = 0\.2"):
        judge(text, volt=0.2)


def test_subcircuits_run_as_they_are_written(judge):
    assert judge(render(DESIGN, form="hierarchy").text).passed


def edited(text, start, change):
    """The netlist with one number changed: the last of the line that starts so."""
    lines = text.splitlines(keepends=True)
    [row] = [i for i, line in enumerate(lines) if line.startswith(start)]
    *words, value = lines[row].split()
    lines[row] = " ".join([*words, repr(change * float(value))]) + "\n"
    return "".join(lines)


@pytest.mark.parametrize(
    ("start", "change"), [("G0_1 ", -1.0), ("C2 ", 1.5), ("Ibias1 ", 2.0), ("G3_3 ", 0.5)]
)
def test_one_wrong_part_fails_extraction_drift_and_path(judge, start, change):
    verdict = judge(edited(render(DESIGN).text, start, change))
    assert not any(verdict[name].passed for name in LEVELS)
    assert verdict["noise error"].passed is (start != "C2 ")


def test_a_coupling_flipped_both_ways_fails_too(judge):
    text = edited(edited(render(DESIGN).text, "G0_1 ", -1), "G1_0 ", -1)
    verdict = judge(text)
    assert not any(verdict[name].passed for name in LEVELS)


def test_hot_noise_shows_in_its_strength_and_the_path_alone(judge):
    text = re.sub(
        r"trnoise\((\S+)", lambda m: f"trnoise({float(m[1]) * 1.1!r}", render(DESIGN).text
    )
    verdict = judge(text)
    assert verdict["noise error"].value == pytest.approx(0.21)
    assert verdict["drift error"].passed
    assert not verdict["distance to backward Euler"].passed


def test_a_shunt_that_no_element_shows_is_read_and_measured(judge):
    verdict = judge(render(DESIGN).text.replace(".end\n", ".options rshunt=1e7\n.end\n"))
    assert verdict["extraction error"].value == pytest.approx(0.05)
    assert not any(verdict[name].passed for name in LEVELS)


def test_an_element_that_is_no_machine_is_a_failed_row_and_still_measured(judge):
    text = render(DESIGN).text.replace(".end\n", "D1 x0 0 dm\n.model dm d(is=1e-18)\n.end\n")
    verdict = judge(text)
    assert np.isnan(verdict["extraction error"].value)
    assert "diodes at 'x0' are not antiparallel" in verdict["extraction error"].note
    assert np.isfinite(verdict["path error"].value)


def test_a_netlist_drawn_elsewhere_needs_no_word_of_hwkit(judge):
    """One resistor and a capacitor: a spring with 2 J2 = 2."""
    model = EnergyModel(np.zeros((1, 1)), [0.0], Quartic(1.0, 0.0))
    text = "drawn by hand\nCload 0 out 1p\nRload out 0 500k\n.end\n"
    verdict = judge(text, model=model)
    assert verdict.passed
    assert "noise error" not in [metric.name for metric in verdict.metrics]
    assert "netlist gives no noise strength: the model's is used" in verdict["path error"].note
    assert not judge(text.replace("500k", "550k"), model=model).passed


def test_a_foreign_run_is_the_run_of_the_design(tmp_path):
    """The same elements, started and driven through what was measured of them."""
    (tmp_path / "n.cir").write_text(render(DESIGN).text)
    circuit = foreign_circuit(
        foreign_netlist(read_netlist(tmp_path / "n.cir"), MODEL.unit_names), MODEL
    )
    assert circuit.farads == pytest.approx(1e-12, rel=1e-12)
    x0 = np.random.default_rng(0).standard_normal((2, 4))
    own, foreign = (simulate_spice(c, 0.5, 0.01, 2, 5, x0, tight=True) for c in (DESIGN, circuit))
    assert np.max(np.abs(own.x - foreign.x)) < 1e-9
    ideal = simulate_langevin(MODEL, 0.5, 0.01, 2, 5, x0)
    assert np.max(np.abs(own.final - ideal.final)) > 1e-4  # control: another scheme is seen


@pytest.mark.parametrize("names", [("/x{}", "/x{}"), ("x{}!", "~x{}"), ("net-_u{}-pad_", "{}")])
def test_names_that_look_like_files_or_commands_are_names(judge, names):
    text = render(DESIGN).text
    text = re.sub(r"\bx([02])\b", lambda m: names[0].format(m[1]), text)
    text = re.sub(r"\bx([13])\b", lambda m: names[1].format(m[1]), text)
    text = text.replace("C2 ", "Cd ").replace("Bcubic1 ", "Becho ").replace("Ibias0 ", "In77 ")
    assert judge(text).passed


def test_a_held_unit_is_an_input(judge):
    design = clamp_nodes(DESIGN, {1: 0.5})
    assert judge(render(design).text, model=clamp_units(MODEL, {1: 0.5})).passed
    wrong = clamp_units(MODEL, {1: 0.6})  # control
    assert not judge(render(design).text, model=wrong)["drift error"].passed


def test_a_start_of_a_capacitor_gives_way_to_the_start_that_is_asked_for(tmp_path):
    """Backward Euler of a spring 2 J2 = 2 from x = 1; the capacitor's own start is x = 0.5."""
    path = tmp_path / "n.cir"
    path.write_text("t\nC0 x0 0 1e-12 ic=0.05\nR0 x0 0 5e5\nIn0 0 x0 external\n.end\n")
    model = EnergyModel(np.zeros((1, 1)), [0.0], Quartic(1.0, 0.0))
    circuit = foreign_circuit(foreign_netlist(read_netlist(path), ["x0"]), model)
    runs = simulate_spice(
        circuit, 0.02, 0.01, 1, 0, [[1.0]], np.zeros((1, 2, 1)), save_every=1, tight=True
    )
    np.testing.assert_allclose(runs.x[0, :, 0], [1, 1 / 1.02, 1 / 1.02**2], rtol=1e-6)


def test_the_noise_of_a_source_that_is_also_a_bias_leaves_the_bias(judge):
    text = render(DESIGN).text
    line = next(row for row in text.splitlines() if row.startswith("Ibias0 "))
    bias = -float(line.split()[-1])
    moved = text.replace(line + "\n", "").replace("In0 0 x0 dc 0 ", "In0 0 x0 ")
    moved = re.sub(r"(In0 0 x0 trnoise\(.*\))", rf"\1 dc {bias!r}", moved)
    assert judge(moved).passed


@pytest.mark.parametrize("celsius", [27, 60])
def test_diodes_are_read_at_their_temperature(judge, celsius):
    machine = EnergyModel(np.zeros((1, 1)), [0.1], Cosh(0.2577, 2.577), kT=0.1)
    text = (
        "t\n.param hwkit_volt=0.1 hwkit_second=1e-6 hwkit_kt=0.1 hwkit_mobility=1 hwkit_visible=1\n"
        "C0 x0 0 1e-12\nD1 x0 0 dm\nD2 0 x0 dm\n.model dm D(IS=1e-8 N=1.5)\nI0 x0 0 1e-8\n"
        f".temp {celsius}\n.options gmin=1e-18\n.end\n"
    )
    model = extract_model(text)
    verdict = judge(text, model=model)
    assert verdict["extraction error"].passed
    assert verdict["drift error"].value < 1e-4  # ngspice's diode leaves the exponential below -3
    assert (judge(text, model=machine)["drift error"].value > 1) is (celsius == 60)


def test_floating_capacitors_are_refused(judge):
    with pytest.raises(NetlistError, match="coupled to others by a capacitor"):
        judge(render(DESIGN).text.replace(".end\n", "Cx x0 x1 1e-13\n.end\n"))
