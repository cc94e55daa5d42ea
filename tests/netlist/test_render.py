import re

import numpy as np
import pytest

from hwkit import (
    ConfigError,
    DataError,
    EnergyModel,
    NetlistError,
    Quartic,
    Scale,
    compile_model,
    render,
)
from hwkit.netlist import tight_options
from tests.machines import random_machine

MODEL = EnergyModel([[0, -0.5], [-0.5, 0]], [0.25, 0.0], Quartic(1.0, 0.5), kT=0.1, n_visible=1)

GOLDEN = """\
* hwkit rc machine: 2 units, 12 elements
* V0 = 100 mV, tau = 1 us, C = 1 pF, G0 = 1 uS, I0 = 100 nA
* node voltage = volt * x; seconds = second * mobility * t
.param hwkit_volt=0.1
.param hwkit_second=1e-06
.param hwkit_kt=0.1
.param hwkit_mobility=1.0
.param hwkit_visible=1
* capacitor: 2 elements
C0 x0 0 1e-12
C1 x1 0 1e-12
* onsite-linear: 2 elements
G0_0 x0 0 x0 0 2e-06
G1_1 x1 0 x1 0 2e-06
* onsite-cubic: 2 elements
Bcubic0 x0 0 i=0.00019999999999999996*v(x0)*v(x0)*v(x0)
Bcubic1 x1 0 i=0.00019999999999999996*v(x1)*v(x1)*v(x1)
* bias: 2 elements
Ibias0 x0 0 dc 2.5e-08
Ibias1 x1 0 dc 0.0
* coupling: 2 elements
G0_1 x0 0 x1 0 -5e-07
G1_0 x1 0 x0 0 -5e-07
* noise: 2 white noise currents
In0 0 x0 external
In1 0 x1 external
.options trtol=1e6 maxord=1
.end
"""


def numbers_close(a, b):
    """The same text but for the last bits of its numbers."""
    pattern = r"[-+]?\d+\.?\d*(?:e[-+]?\d+)?"
    return re.sub(pattern, "#", a) == re.sub(pattern, "#", b) and np.allclose(
        [float(x) for x in re.findall(pattern, a)],
        [float(x) for x in re.findall(pattern, b)],
        rtol=1e-14,
        atol=0,
    )


def test_the_golden_netlist():
    netlist = render(compile_model(MODEL), noise="external")
    assert numbers_close(netlist.text, GOLDEN)
    assert netlist.nodes == ("x0", "x1")
    assert netlist.noise == "external"
    assert not numbers_close(
        netlist.text.replace("0 x1 0 -5e-07", "0 x1 0 5e-07"), GOLDEN
    )  # control


def lines(text, start):
    return [line for line in text.splitlines() if line.lower().startswith(start)]


def test_the_standalone_file_has_noise_start_and_analysis_of_its_own():
    design = compile_model(MODEL)
    text = render(design, noise="trnoise", t_final=2.0, dt=0.01, x0=np.array([0.5, -1.0])).text
    first, second = lines(text, "in")
    amplitude, step = re.fullmatch(r"In0 0 x0 dc 0 trnoise\((\S+) (\S+) 0 0\)", first).groups()
    # two-sided PSD = amplitude^2 * step for knots joined linearly
    assert float(amplitude) ** 2 * float(step) == pytest.approx(design.scale.noise_psd(0.1) / 2)
    assert float(step) == pytest.approx(1e-8)
    assert second.startswith("In1 0 x1 dc 0 trnoise(")
    assert lines(text, ".ic") == [".ic v(x0)=0.05", ".ic v(x1)=-0.1"]
    [tran] = lines(text, ".tran")
    assert [float(x) for x in tran.split()[1:3]] == pytest.approx([1e-8, 2e-6])
    assert tran.endswith(" uic")
    assert lines(text, ".print") == [".print tran v(x0) v(x1)"]
    assert "maxord" not in text


def test_the_mobility_is_in_the_time():
    model = EnergyModel(MODEL.J, MODEL.b, MODEL.onsite, mobility=4.0)
    text = render(compile_model(model), t_final=2.0, dt=0.01).text
    [tran] = lines(text, ".tran")
    assert [float(x) for x in tran.split()[1:3]] == pytest.approx([4e-8, 8e-6])


def test_parts_can_be_left_out():
    design = compile_model(MODEL)
    assert not lines(render(design, noise="none").text, "in")
    without = render(design, noise="external", couplings=False).text
    assert not lines(without, "g0_1")
    assert lines(without, "g0_0")


def test_options_are_added():
    design = compile_model(MODEL)
    tight = tight_options(design.scale)
    text = render(design, noise="external", options=tight).text
    assert lines(text, ".options") == [f".options trtol=1e6 maxord=1 {tight}"]
    assert not lines(render(design).text, ".options")


def test_tight_options_follow_the_scale():
    small, large = (tight_options(Scale(volt=volt)) for volt in (1e-3, 1.0))
    tolerances = [dict(word.split("=") for word in text.split()) for text in (small, large)]
    for name in ("vntol", "abstol"):
        assert float(tolerances[1][name]) == pytest.approx(1e3 * float(tolerances[0][name]))


def test_every_number_reads_back_in_full():
    model = random_machine(9, 4)
    design = compile_model(model)
    text = render(design).text
    values = [float(line.split()[-1]) for line in lines(text, "g")]
    parts = [design.group("onsite-linear"), design.group("coupling")]
    assert values == [v for p in parts for v in p.values.tolist()]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (
            {"dialect": "hspice"},
            NetlistError,
            r"netlist dialect 'hspice' is unknown; choose one of",
        ),
        ({"noise": "pink"}, NetlistError, r"noise form 'pink' is unknown to dialect ngspice"),
        ({"x0": np.zeros(3)}, DataError, r"x0 has shape \(3,\), but the design has 2 units"),
        ({"dt": 0.3}, ConfigError, r"choose dt so that it divides t_final"),
        ({"dt": -1.0}, ConfigError, r"dt is -1\.0; it must be a number above 0"),
        ({"t_final": 0.0}, ConfigError, r"t_final is 0\.0"),
        ({"x0": np.array([0.0, np.nan])}, DataError, r"x0\[1\] is nan; give finite numbers"),
    ],
)
def test_what_cannot_be_rendered_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        render(compile_model(MODEL), **arguments)
