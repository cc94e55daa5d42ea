"""Studies of measured boards: from files to a page, and bad input in one sentence."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

import hwkit
from hwkit.errors import ConfigError, DataError
from hwkit.study import conclude_study, estimate_study, load_plan
from hwkit.study.kinds.measured import study
from hwkit.study.kinds.measured.page_answer import _inside
from hwkit.study.kinds.measured.plan import MeasuredPlan
from hwkit.study.kinds.measured.results import BOARD, BoardResult
from hwkit.study.values import read_value
from tests.measured.boards import SECOND, STEP, VOLT, machine, measurement, states

STUDY = """
kind = "measured"
name = "board"
measurement = "board.toml"
model = "model.npz"

[question]
bits = 10
readout = 0.0

[specification]
noise = 0.5

[reference]
runs = 16
duration = 40.0
dt = 0.01
"""
EMULATED = {"couplings": [(0, 1, 0.5)], "biases": [0.1, 0.2]}


@pytest.fixture
def board(tmp_path, monkeypatch):
    """The files of a board whose coupling 0-3 has the wrong sign."""
    monkeypatch.chdir(tmp_path)
    model = machine()
    hwkit.save_model(model, "model.npz")
    J = np.array(model.J)
    J[0, 3] = J[3, 0] = -J[0, 3]
    x = states(hwkit.EnergyModel(J, model.b, model.onsite, model.kT), 21, runs=16)
    run = measurement(x, bits=10).records[0]
    np.save("run.npy", run.read())
    channels = [
        f'[[channels]]\ncolumn = {k + 1}\nname = "CH{k + 1}"\nunit = {k}\nspan = [-0.2, 0.2]'
        for k in range(4)
    ]
    record = (
        f'[[records]]\nname = "run"\nkind = "switched"\nfile = "run.npy"\nswitched_on = 0.0\n'
        f"interval = {STEP * SECOND}\nsegment = {x.shape[1]}"
    )
    head = f"volt = {VOLT}\nsecond = {SECOND}"
    (tmp_path / "board.toml").write_text("\n".join([head, *channels, record]))
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path


def test_a_board_is_judged_from_its_files(board):
    plan = load_plan(board / "study.toml")
    outcome = conclude_study(plan, board / "run")
    result = read_value(board / "run" / BOARD, BoardResult)
    [words] = result.faults
    assert words.startswith("coupling 0-3 has the wrong sign")
    assert "coupling 0-3 has the wrong sign" in outcome.answer.sentence
    assert not outcome.verdict.passed
    assert outcome.verdict["parameters outside the specification"].passed
    assert outcome.verdict["distribution: least p of any statistic, adjusted for all"].value < 0.01
    page = outcome.page.read_text("utf-8")
    assert "gains and offsets as stated; J assumed symmetric" in page
    assert {"records", "estimate", "reference"} <= estimate_study(plan).stages.keys()


def interrupted(*_):
    raise KeyboardInterrupt


def test_other_files_are_judged_again(board, monkeypatch):
    plan = load_plan(board / "study.toml")
    conclude_study(plan, board / "run")
    before = (board / "run" / BOARD).read_bytes()
    conclude_study(plan, board / "run")
    assert (board / "run" / BOARD).read_bytes() == before
    samples = np.load("run.npy")
    np.save("run.npy", samples[: len(samples) // 2])  # the description says the same
    with monkeypatch.context() as patch:
        patch.setattr(study, "judge_board", interrupted)
        with pytest.raises(KeyboardInterrupt):
            conclude_study(plan, board / "run")
    conclude_study(plan, board / "run")
    assert (board / "run" / BOARD).read_bytes() != before
    np.save("run.npy", samples)
    model = machine()
    hwkit.save_model(hwkit.EnergyModel(model.J, model.b, model.onsite, 0.2), "model.npz")
    conclude_study(plan, board / "run")
    assert re.search("noise of all units [0-9.]+ % cold", (board / "run" / BOARD).read_text())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "give measurement and model"),
        ({"model": "m.npz"}, "needs both"),
        ({"model": "m.npz", "measurement": "b.toml", "emulated": EMULATED}, "not both"),
        ({"emulated": EMULATED | {"faults": [{"fault": "dead", "units": [2]}]}}, "unit 2 of 2"),
        ({"emulated": EMULATED | {"faults": [{"fault": "gain", "units": [1]}]}}, "needs a size"),
        (
            {"emulated": EMULATED | {"faults": [{"fault": "wrong sign", "units": [0]}]}},
            "takes 2 units",
        ),
        (
            {"emulated": EMULATED | {"couplings": [(0, 1, 0.5), (1, 0, 0.7)]}},
            "a pair of units twice",
        ),
        ({"emulated": EMULATED | {"couplings": [(0, 2, 0.5)]}}, "2 biases make units 0 to 1"),
    ],
)
def test_plans_that_can_not_be_are_refused(settings, words):
    with pytest.raises(ConfigError, match=words):
        MeasuredPlan(name="board", **settings)


def test_missing_files_and_anchors_are_refused(board):
    plan = load_plan(board / "study.toml")
    missing = plan.model_copy(update={"model": "none.npz"})
    with pytest.raises(ConfigError, match=r"'none\.npz' is not a file"):
        conclude_study(missing, board / "other")
    asked = plan.question.model_copy(update={"anchor": "calibration"})
    with pytest.raises(DataError, match="no record fixes the gain"):
        conclude_study(plan.model_copy(update={"question": asked}), board / "third")


def test_the_first_sentence_says_which_parameter_needs_the_longest_record():
    row = SimpleNamespace(finding="can't tell", name="coupling 0-1", longer=1.4)
    rows = [row, SimpleNamespace(finding="can't tell", name="kT of unit 2", longer=3.21)]
    inside = [SimpleNamespace(finding="inside", name="bias of unit 0", longer=1.0)]
    said = _inside(SimpleNamespace(parameters=[*inside, *rows]))
    assert said.endswith("judge 2 of 3 parameters (kT of unit 2 needs the most, 3.2 times as long)")
