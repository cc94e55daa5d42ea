"""Netlists with inductors drawn elsewhere: units that are fluxes, sound, renamed and faulty."""

import re

import numpy as np
import pytest

import hwkit
from hwkit import NetlistError, render, simulate_spice
from hwkit.circuit.cells.rlc import RlcOptions
from hwkit.fidelity import drift_metric, drift_residual
from hwkit.netlist.foreign import foreign_netlist
from hwkit.netlist.reading import read_netlist
from hwkit.spice import foreign_circuit, measure_gradient
from hwkit.twin import read_circuit, system
from hwkit.twin.implicit import march_implicit
from hwkit.validation import validate_netlist
from tests.machines import family_machine

pytestmark = pytest.mark.spice

MODEL = family_machine("rlc", 3, seed=1, mobility=1.3)
SCALE = hwkit.Scale(farad=1e-10)
MASS = 1e-10 * 1e3 / 1e-6 / 1.3**2
LEVELS = ("extraction error", "drift error", "distance to backward Euler")


def designed(couplings="mutual"):
    return hwkit.compile_model(MODEL, "rlc", SCALE, RlcOptions(couplings=couplings))


TEXT = render(designed()).text


@pytest.fixture
def circuit(tmp_path):
    def read(text, mapping=None):
        (tmp_path / "n.cir").write_text(text)
        netlist = foreign_netlist(read_netlist(tmp_path / "n.cir"), MODEL.unit_names, mapping)
        return foreign_circuit(netlist, MODEL)

    return read


@pytest.fixture
def judge(tmp_path):
    def validate(text, mapping=None):
        (tmp_path / "n.cir").write_text(text)
        netlist = foreign_netlist(read_netlist(tmp_path / "n.cir"), MODEL.unit_names, mapping)
        return validate_netlist(netlist, MODEL, 0.3, 0.01, n_trajectories=2)

    return validate


def edited(start, change, text=TEXT):
    """The netlist with one number changed: the last of the line that starts so."""
    rows = text.splitlines(keepends=True)
    [at] = [i for i, row in enumerate(rows) if row.startswith(start)]
    *words, value = rows[at].split()
    rows[at] = " ".join([*words, repr(change * float(value))]) + "\n"
    return "".join(rows)


def test_a_sound_netlist_passes(judge):
    verdict = judge(TEXT)
    assert verdict.passed
    assert {verdict[name].limit for name in LEVELS} == {1e-9, 1e-6}
    assert verdict["drift error"].value < 1e-9
    assert verdict["distance to backward Euler"].value < 1e-7
    assert verdict["noise error"].value < 1e-9
    assert f"{MASS:.4g}" in verdict["mass error"].note
    assert verdict["path error"].limit is None  # of order dt, as for the family


def test_another_inductor_is_seen_at_each_level(judge):
    verdict = judge(edited("L1 ", 1.01))
    assert not any(verdict[name].passed for name in LEVELS)
    assert verdict["mass error"].passed
    assert verdict["noise error"].passed


def drift_error(built):
    states = np.random.default_rng(1).standard_normal((2, 3))
    residual = drift_residual(MODEL, states, measure_gradient(built, states))
    return drift_metric(residual).value


def test_couplings_may_be_transconductors_of_the_flux(circuit):
    assert drift_error(circuit(render(designed("transconductor")).text)) < 1e-8


@pytest.mark.parametrize("start", ["K0_1 ", "Gmeter_drive_0 ", "Rloss_1 "])
def test_one_wrong_part_is_seen_in_the_force(circuit, start):
    assert drift_error(circuit(edited(start, 1.1))) > 1e-5


def test_a_capacitor_is_a_mass_and_no_force(judge):
    heavy = judge(edited("C1 ", 1.5))
    assert heavy["mass error"].value == pytest.approx(0.5)
    assert heavy["extraction error"].passed
    assert heavy["drift error"].passed  # a force at rest knows no mass
    assert not heavy["distance to backward Euler"].passed


def test_without_capacitors_at_the_coils_there_is_no_mass(judge):
    verdict = judge(re.sub(r"(?m)^C\d .*\n", "", TEXT))
    assert verdict.passed
    assert "mass error" not in [metric.name for metric in verdict.metrics]
    assert verdict["path error"].limit == 2 * 0.01


def test_hot_noise_shows_in_its_strength(circuit):
    for heat in (1.0, 1.1):
        text = re.sub(r"trnoise\((\S+)", lambda m, h=heat: f"trnoise({h * float(m[1])!r}", TEXT)
        built = circuit(text)
        assert built.netlist.noise / built.nominal_noise == pytest.approx(heat, rel=1e-8)


def test_names_order_and_direction_are_the_drawer_s(judge):
    rows = TEXT.replace("x0__flux", "show").replace("x1__flux", "1meter")
    rows = re.sub(r"\bx(\d)\b", r"coil\1", rows)
    rows = rows.replace("L1 coil1 0 ", "L1 0 coil1 ").replace("L0", "Lfirst")
    rows = re.sub(r"(?m)^K(\S+ (?:L1 \S+|\S+ L1)) (\S+)", _flipped, rows)
    head, *lines = rows.splitlines()
    elements = [line for line in lines if line[:1] in "CRLGBIK" and "_drive" not in line]
    drives = [line for line in lines if "_drive" in line]
    rest = [line for line in lines if line not in elements and line not in drives]
    text = "\n".join([head, *elements[::-1], *drives[::-1], *rest]) + "\n"
    mapping = {str(unit): f"coil{unit}" for unit in range(3)}
    assert judge(text, mapping).passed


def _flipped(match):
    return f"K{match[1]} {-float(match[2])!r}"


def test_a_foreign_run_is_the_run_of_the_design(circuit):
    """From a start other than 0; the start that the file states gives way to it."""
    design, x0 = designed(), np.random.default_rng(0).standard_normal((2, 3))
    text = render(design, noise="pwl", t_final=0.1, dt=0.01, x0=[1.0, -0.5, 0.2]).text
    assert "Istart" in text
    own, foreign, wrong = (
        simulate_spice(each, 0.3, 0.01, 2, 5, x0, tight=True)
        for each in (design, circuit(text), circuit(edited("L1 ", 1.1)))
    )
    assert np.max(np.abs(own.x - foreign.x)) < 1e-8
    assert np.max(np.abs(own.x - wrong.x)) > 1e-3  # control: another inductor
    ideal = hwkit.simulate_underdamped(MODEL, 0.3, 0.01, 2, 5, x0, mass=design.mass)
    assert np.max(np.abs(own.final - ideal.final)) > 1e-4  # control: another scheme is seen


def test_the_twin_s_equations_of_the_text_move_as_the_netlist_does(circuit):
    """A run without noise, pushed by the biases; `external` is a form of hwkit's own runs."""
    text = render(designed(), noise="external").text
    built, still = circuit(text), np.zeros((1, 30, 3))
    real = simulate_spice(built, 0.3, 0.01, 1, increments=still, save_every=1, tight=True)
    right, wrong = (twin_path(each, built.scale) for each in (text, edited("L1 ", 1.1, text)))
    assert np.max(np.abs(right)) > 0.01
    assert np.max(np.abs(right - real.x[0, 1:])) < 1e-7
    assert np.max(np.abs(wrong - real.x[0, 1:])) > 1e-4  # control: another inductor


def twin_path(text, scale):
    """States of the twin's backward Euler from rest, without noise, (30, 3)."""
    twin = read_circuit(text)
    equations = system(twin)(twin.numbers[None])
    step, none = 0.01 * MODEL.mobility * scale.second, np.zeros((1, 1, twin.n_nodes))
    marched = march_implicit(equations, none, iter([none] * 30), step, 1e-6)
    shown = [twin.nodes.index(f"x{unit}__flux") for unit in range(3)]
    return np.stack([v[0, 0, shown] for v in marched]) / scale.volt


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace(".end\n", "Lx x0 x1 1e-3\n.end\n"), r"\(lx\): only elements"),
        (lambda text: text.replace(".end\n", "Lx x0 0 1e-3\n.end\n"), "a second inductor"),
        (lambda text: text.replace("Gmeter_drive_1 ", "*"), "'x1' has an inductor, and no meter"),
        (lambda text: text.replace("Gmeter_drive_1 x1__flux 0 x1 0 -", "Gm x1__flux 0 x1 0 "),
         "minus the transconductance"),
        (lambda text: text.replace(".end\n", "Cx x0 x1 1e-11\n.end\n"), "others by a capacitor"),
        (lambda text: text.replace(".end\n", "Rx x0 x1 1e4\n.end\n"), "others by a resistor"),
        (lambda text: text.replace(".end\n", "Vx x0__flux 0 0.1\n.end\n"), "can't be held"),
        (lambda text: text.replace(".ic v(x0__flux)=0.0", ".ic v(x0)=0.1"), "is not a unit"),
        (lambda text: text.replace(".end\n", "Ix 0 x0__flux trnoise(1e-9 1e-9 0 0)\n.end\n"),
         "noise must flow"),
    ],
)  # fmt: skip
def test_what_is_no_such_machine_is_refused(circuit, change, said):
    assert change(TEXT) != TEXT
    with pytest.raises(NetlistError, match=said):
        circuit(change(TEXT))


def test_lc_cells_are_told_what_to_do(circuit):
    cells = hwkit.compile_model(family_machine("spu", 3, 1), "spu")
    with pytest.raises(NetlistError, match=r"no meter shows its flux.*--cell spu"):
        circuit(render(cells).text)
