"""Values show themselves in few lines, with units, and draw themselves."""

import numpy as np
import pytest
import scipy.sparse as sp
from matplotlib.figure import Figure

import hwkit
from hwkit.circuit.variation import Spread, Variation
from hwkit.circuit.variation.distributions import Normal
from hwkit.circuit.variation.drawing import Drawing
from hwkit.model import DriftMachine, ExpertGroup, GatedMachine, SegmentedMachine
from hwkit.report import View
from hwkit.showing import MOST_LINES, Summary
from hwkit.showing.maps import blocks
from hwkit.tolerance import tolerance_curve
from hwkit.tolerance.monte_carlo import BoardTable, drawn
from hwkit.tolerance.specification import Limit
from hwkit.tolerance.yields import estimate_yield

COUPLINGS = Variation((Spread("coupling", "coupling", Normal(0.1)),))


@pytest.fixture(scope="module")
def runs(trained):
    return hwkit.simulate_langevin(trained.model, 0.2, 1e-2, 3, 0, save_every=1)


@pytest.fixture(scope="module")
def values(trained, runs):
    design = hwkit.compile_model(trained.model)
    table = BoardTable(
        1, np.arange(4), {"share": np.array([0.9, 0.8, 0.95, np.nan])}, (Limit("share", 0.85),)
    )
    return {
        "model": trained.model,
        "drift machine": DriftMachine.of(trained.model),
        "training result": trained,
        "design": design,
        "netlist": hwkit.render(design),
        "trajectories": runs,
        "verdict": hwkit.compare(runs, runs),
        "boards": drawn(Drawing(design, COUPLINGS, 1), range(2)),
        "table of boards": table,
        "yield": estimate_yield(19, 20),
    }


def test_print_and_notebook_take_few_lines(values):
    for name, value in values.items():
        assert repr(value) == str(value)
        lines = repr(value).splitlines()
        assert 1 <= len(lines) <= MOST_LINES, name
        assert max(len(line) for line in lines) <= 100, name
        assert value._repr_html_().startswith("<div>"), name
        assert len(value._repr_html_()) < 60_000, name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("model", ("128 units (64 visible, 64 hidden)", "6,112 couplings", "kT", "J4 = 1")),
        ("drift machine", ("12,224 directed couplings", "quartic")),
        ("training result", ("3 patterns of 64 pixels", "loss per step", "model times")),
        ("design", ("family rc", "V0 = 100 mV", "1e-12 F", "A/V^3")),
        ("netlist", ("128 units", "characters", ".param hwkit_volt")),
        ("trajectories", ("3 runs of 128 units", "model units", "seed 0")),
        ("verdict", ("passed", "path error")),
        ("boards", ("2, in SI units", "coupling")),
        ("table of boards", ("50.0% (2 of 4", "simulation failed", "median 0.9")),
        ("yield", ("95.0% (19 of 20",)),
    ],
)
def test_what_matters_is_shown(values, name, words):
    for word in words:
        assert word in repr(values[name])


def test_missed_limits_come_first():
    rows = [hwkit.Metric(f"row {i}", "path", 0.0, 1.0) for i in range(40)]
    verdict = hwkit.Verdict((*rows, hwkit.Metric("bad", "path", 2.0, 1.0, note="far off")))
    lines = repr(verdict).splitlines()
    assert lines[0] == "Verdict: NOT passed, 40 of 41 limits met, 41 rows"
    assert lines[2].split() == ["FAILED", "bad", "2", "<=", "1", "far", "off"]
    assert len(lines) == MOST_LINES
    assert lines[-1].strip() == "... and 19 more lines"


def test_failed_runs_are_shown():
    x = np.zeros((2, 3, 4))
    x[1] = np.nan
    runs = hwkit.Trajectories(np.arange(3.0), x, {1: "too \x1b[31mwarm"})
    assert "1, first run 1: too \\x1b[31mwarm" in repr(runs)
    assert "\x1b" not in repr(runs) + runs._repr_html_()


def test_names_can_not_write_into_a_notebook():
    text = Summary("<script>", [("<b>", "<i>")], ["<u>"]).html()
    for tag in ("<script>", "<i>", "<u>"):
        assert tag not in text


def test_a_map_shows_where_couplings_are():
    J = np.zeros((24, 24))
    J[0, 23] = J[23, 0] = -2.0
    lines = repr(hwkit.EnergyModel(J, np.zeros(24))).splitlines()
    dark = [row for row, line in enumerate(lines[-12:]) if "@" in line]
    assert dark == [0, 11]
    assert lines[-12].index("@") > lines[-1].index("@")


def test_blocks_are_means_of_dense_and_sparse_alike():
    matrix = np.arange(42.0).reshape(6, 7)
    means = blocks(matrix, 3)
    assert means.shape == (3, 3)
    assert means[0, 0] == matrix[:2, :3].mean()
    assert np.array_equal(means, blocks(sp.csr_array(matrix), 3))


def test_values_draw_themselves(values):
    for name in ("model", "drift machine", "verdict", "table of boards", "yield", "trajectories"):
        figure = values[name].plot()
        assert isinstance(figure, Figure), name
        assert figure._repr_png_().startswith(b"\x89PNG"), name


def test_curves_draw_themselves():
    curve = tolerance_curve(lambda _: estimate_yield(1, 2), COUPLINGS, [1.0, 2.0])
    assert [point.at for point in curve] == [1.0, 2.0]
    assert isinstance(curve.plot(), Figure)


def test_a_white_spectrum_has_the_variance_of_its_numbers():
    x = np.random.default_rng(0).standard_normal((400, 64, 1))
    runs = hwkit.Trajectories(np.arange(64.0), x)
    axes = runs.plot(View(["spectra"])).subfigs[0].axes[0]
    [line] = axes.get_lines()
    assert np.sum(line.get_ydata()) / 64 == pytest.approx(1.0, abs=0.03)
    with pytest.raises(hwkit.DataError, match="evenly spaced"):
        hwkit.Trajectories(runs.t[:4], x[:, :4]).plot(View(["spectra"]))


def test_gated_machines_and_circuits_without_an_energy_show_themselves():
    group = ExpertGroup(np.ones((2, 3)), np.zeros(2), np.zeros((2, 3)), np.ones((2, 3, 3)))
    gated = GatedMachine(np.zeros((3, 3)), np.zeros(3), (group,), hwkit.Quartic(), 0.1, 1.0)
    assert repr(gated).splitlines()[0] == "GatedMachine: 3 units, 18 couplings, 2 experts"
    assert repr(SegmentedMachine((gated, gated))).count("2 experts") == 2
    assert "gate-branch" in repr(hwkit.compile_model(gated))
    directed = DriftMachine(np.array([[0.0, 0.8], [-0.6, 0.0]]), np.zeros(2), hwkit.Quartic())
    scale = hwkit.Scale(0.131, 2e-6, 2e-12)
    assert "2 units in family silicon" in repr(hwkit.compile_model(directed, "silicon", scale))
