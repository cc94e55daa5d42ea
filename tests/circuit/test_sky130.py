"""SKY130: numbers, corners, mismatch, and what is refused."""

import numpy as np
import pytest

from hwkit import DesignError
from hwkit.circuit import SiliconOptions, Transistors, mismatched
from hwkit.circuit.pdk import embedded_notice, find_library, sky130
from hwkit.circuit.pdk.skywater import SkywaterLibrary

CORNERS = ("tt", "ff", "ss", "fs", "sf")
LAYOUT = {"ku0", "kvsat", "kvth0", "wku0", "wkvth0"}  # stress: of no effect without SA and SB


@pytest.fixture(scope="module")
def installed():
    try:
        return find_library(process="sky130")
    except DesignError as missing:
        pytest.skip(str(missing))


@pytest.mark.parametrize("corner", CORNERS)
def test_embedded_numbers_are_the_foundrys(corner, installed):
    embedded, foundry = sky130(corner), sky130(corner, models="foundry")
    theirs = {card.name: card.parameters for card in foundry.cards}
    assert len(embedded.cards) == 10
    for card in embedded.cards:
        differ = {k for k, v in card.parameters.items() if theirs[card.name].get(k) != v}
        assert differ <= LAYOUT


def test_corners_differ_and_typical_is_tt():
    vth0 = [sky130(c).card("nfet_01v8", 4e-6, 4e-6).parameters["vth0"] for c in CORNERS]
    assert len(set(vth0)) > 2
    assert sky130("typical").corner == "tt"
    assert sky130("ff").at("ss").corner == "ss"


def test_the_table_names_its_source_and_licence():
    notice = embedded_notice("sky130")
    assert "Apache-2.0" in notice["licence"]
    assert "SkyWater" in notice["copyright"]


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


def bad_inputs(tmp_path):
    return {
        "corner 'fast' is unknown; choose one of tt, ff": lambda: sky130("fast"),
        "does not hold C4M.Sky130_logic_lib.spice or": lambda: sky130("tt", "foundry", tmp_path),
        "outside the bins": lambda: sky130().card("nfet_01v8", 4e-6, 0.1e-6),
        "lots are not read for sky130": lambda: sky130().of_lot(1, 1),
        "measured on gf180mcu alone": lambda: SiliconOptions(process="sky130", bias="mirrors"),
        "process 'tsmc' is unknown": lambda: SiliconOptions(process="tsmc"),
        "choose one of tt": lambda: SiliconOptions(process="sky130", corner="fast"),
    }


def test_bad_input_is_one_sentence(tmp_path):
    for part, call in bad_inputs(tmp_path).items():
        with pytest.raises(DesignError, match=part):
            call()
