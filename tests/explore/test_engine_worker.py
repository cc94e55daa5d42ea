"""The worker: messages in, messages out."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

import hwkit
from hwkit.explore.description import describe
from hwkit.twin import load_board, simulate_boards
from tests.explore.benches import CELLS, design_of, drawn, small_bench, starts_of, states
from tests.explore.node import called, needs_node

pytestmark = needs_node


def session(*messages):
    [found] = called(["session", list(messages)])
    return found


def of(found, kind):
    return [message for message in found["posted"] if message["type"] == kind]


def opened(bench):
    return {"type": "open", "description": describe(bench)}


def frame_states(frame, name, n):
    return np.array(frame[name]).reshape(-1, n)


@pytest.mark.parametrize("cell", CELLS)
def test_ideal_and_board_run_on_the_same_noise(cell):
    bench = small_bench(cell, samples=6, noise_seed=3, boards_seed=9, t_final=0.25)
    values = {"couplings": 0.1, "capacitors": 0.1}
    found = session(
        opened(bench),
        {"type": "settings", "values": values},
        {"type": "board", "which": "seed", "seed": "9", "number": 4},
        {"type": "start"},
    )
    assert not of(found, "error")
    [ready] = of(found, "ready")
    assert (ready["units"], ready["samples"], ready["stepsPerRun"]) == (9, 6, 100)
    last = of(found, "frame")[-1]
    assert (last["step"], last["ended"], last["failed"]) == (100, True, "")
    assert last["time"] == pytest.approx(0.25)
    assert last["seconds"] == pytest.approx(0.25 * 1.2 * bench.design.scale.second)
    _, ideal = states(bench, {}, None, 6, 3)
    _, board = states(bench, values, drawn(bench, values, 9, 4)[1], 6, 3)
    for name, expected in (("ideal", ideal), ("board", board)):
        np.testing.assert_allclose(frame_states(last, name, 9), expected[0], atol=1e-6)
        recognised = hwkit.recognise(expected[0], bench.patterns)
        assert last["classes"][name]["best"] == recognised.best.tolist()
        np.testing.assert_allclose(
            last["classes"][name]["correlation"], recognised.correlation, atol=1e-6
        )
        assert last["classes"][name]["share"] == recognised.share
    assert found["longest"] < 250  # ms; slices are of some 25, but others use the processor too


def test_parts_change_under_the_run():
    bench = small_bench("rc", samples=4, t_final=0.25)
    found = session(
        opened(bench),
        {"type": "step", "steps": 40},
        {"type": "settings", "values": {"couplings": 0.2, "saturation": 0.05}},
        {"type": "step", "steps": 40},
        {"type": "board", "which": "nominal"},
        {"type": "settings", "values": {"saturation": None}},
    )
    steps = [frame["step"] for frame in of(found, "frame")]
    assert steps == [0, 40, 40, 80, 80, 80]
    frames = [f for f in of(found, "frame") if f["step"] == 40]
    assert frames[0]["board"] == frames[1]["board"]  # states go on
    last = of(found, "frame")[3]
    difference = np.subtract(last["ideal"], last["board"])
    assert np.max(np.abs(difference)) > 1e-3


def test_a_trace_is_of_the_whole_run():
    bench = small_bench("rc", samples=5, t_final=0.25)
    found = session(
        opened(bench),
        {"type": "step", "steps": 30},
        {"type": "trace", "unit": 7, "sample": 4},
        {"type": "step", "steps": 10},
    )
    first, last = of(found, "trace")
    assert (len(first["time"]), len(last["time"])) == (31, 41)
    assert last["ideal"][:31] == first["ideal"]
    frame = of(found, "frame")[-1]
    assert last["board"][-1] == frame_states(frame, "board", 9)[4, 7]
    np.testing.assert_allclose(
        last["voltsBoard"], np.array(last["board"]) * bench.design.scale.volt, rtol=1e-6
    )


def test_other_noise_is_another_run_and_restart_the_same():
    bench = small_bench("rc", samples=4, t_final=0.25)
    to_the_end = {"type": "step", "steps": 100}
    found = session(
        opened(bench), to_the_end, {"type": "restart"}, to_the_end,
        {"type": "noise", "seed": "18446744073709551615"}, to_the_end,
    )  # fmt: skip
    last = [frame for frame in of(found, "frame") if frame["step"] == 100]
    ends = [frame["ideal"] for frame in last]
    assert [frame["run"] for frame in last] == [1, 2, 3]
    assert ends[0] == ends[1] != ends[2]
    _, expected = states(bench, {}, None, 4, 2**64 - 1)
    np.testing.assert_allclose(np.reshape(ends[2], (4, 9)), expected[0], atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_a_board_that_is_exported_is_loaded_to_the_same_numbers(cell, tmp_path):
    bench = small_bench(cell)
    limits = {"saturation": 0.1, "supply": 0.3} if cell == "rc" else {}
    values = {"couplings": 0.1, "offsets": 2e-3, "noise power": 2.0} | limits
    found = session(
        opened(bench),
        {"type": "settings", "values": values},
        {"type": "board", "which": "seed", "seed": "12345678901234567890", "number": 3},
        {"type": "export"},
    )
    assert not of(found, "error")
    [exported] = (message["board"] for message in of(found, "exported"))
    assert (exported["seed"], exported["number"]) == ("12345678901234567890", 3)
    path = tmp_path / "board.json"
    path.write_text(json.dumps(exported))
    saved = load_board(path, bench.design.model)
    own, _ = drawn(bench, values, 12345678901234567890, 3)
    for group in design_of(bench, values).parts:
        expected = own.get(group.role, group.values)
        np.testing.assert_allclose(saved.design.group(group.role).values, expected, rtol=1e-12)
        for name in group.parameters:
            expected = own.get(f"{group.role}.{name}", group.parameter(name))
            np.testing.assert_allclose(
                saved.design.group(group.role).parameter(name), expected, rtol=1e-12
            )


def exported_board(bench, values):
    found = session(
        opened(bench),
        {"type": "settings", "values": values},
        {"type": "board", "which": "seed", "seed": "12345678901234567890", "number": 3},
        {"type": "export"},
    )
    return of(found, "exported")[0]["board"]


@pytest.mark.parametrize("cell", CELLS)
def test_a_board_that_is_loaded_is_the_one_that_was_exported(cell, tmp_path):
    bench = small_bench(cell, samples=4, t_final=0.25)
    limits = {"saturation": 0.1, "supply": 0.3} if cell == "rc" else {}
    values = {"couplings": 0.1, "offsets": 2e-3, "noise power": 2.0, "bits": 5} | limits
    board = exported_board(bench, values)
    found = session(
        opened(bench),
        {"type": "load", "text": json.dumps(board)},
        {"type": "export"},
        {"type": "start"},
    )
    assert not of(found, "error")
    [told] = of(found, "loaded")
    assert told["settings"] == {c.name: c.value for c in bench.controls} | values
    assert of(found, "exported")[0]["board"] == board
    (tmp_path / "board.json").write_text(json.dumps(board))
    saved = load_board(tmp_path / "board.json", bench.design.model)
    starts, seed = starts_of(bench, 4, bench.noise_seed)
    run = (saved.nominal, bench.t_final, bench.dt, 4, seed, starts)
    expected = simulate_boards(*run, boards=saved.boards, mode="double").x[0, :, -1]
    last = of(found, "frame")[-1]
    np.testing.assert_allclose(frame_states(last, "board", 9), expected, atol=1e-6)


def changed(board, **others):
    return json.dumps(board | others)


BAD_FILES = {
    "not a board of format": lambda board: "{",
    "version 1": lambda board: changed(board, version=2),
    "of machine feed": lambda board: changed(board, digest="feed"),
    "has volt 0.2, the page's 0.1": lambda board: changed(
        board, circuit=board["circuit"] | {"volt": 0.2}
    ),
    "has output_ohm 100, the page's as by default": lambda board: changed(
        board, circuit=board["circuit"] | {"options": {"output_ohm": 100}}
    ),
    "saturation.* is 9; give": lambda board: changed(
        board, circuit=board["circuit"] | {"options": {"saturation_volt": 9}}
    ),
    "2 values of bias; the circuit has 9": lambda board: changed(board, values={"bias": [0, 1]}),
    "of bias that are not finite": lambda board: changed(board, values={"bias": [None] * 9}),
    "of .heater., which the circuit does not": lambda board: changed(board, values={"heater": []}),
    "capacitor 0 as -1.* same sign": lambda board: changed(board, values={"capacitor": [-1] * 9}),
    "no values": lambda board: changed(board, values=None),
}


def test_a_file_that_is_no_board_of_the_page_changes_nothing():
    bench = small_bench("rc", samples=4, t_final=0.25)
    board = exported_board(bench, {"couplings": 0.1})
    texts = [made(board) for made in BAD_FILES.values()]
    found = session(
        opened(bench), {"type": "export"}, *({"type": "load", "text": text} for text in texts),
        {"type": "export"}, {"type": "load", "text": json.dumps(board)},
        {"type": "settings", "values": {"couplings": 0.2}},
    )  # fmt: skip
    *errors, last = of(found, "error")
    for error, words in zip(errors, BAD_FILES, strict=True):
        assert re.search(words, error["message"]), error
        assert "\n" not in error["message"]
    before, after = of(found, "exported")
    assert before == after
    assert "choose another board" in last["message"]  # a file's values follow no slider


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_shows_the_parts_of_the_moment(cell):
    bench = small_bench(cell)
    found = session(
        opened(bench),
        {"type": "settings", "values": {"couplings": 0.1, "capacitors": 0.1}},
        {"type": "cell", "unit": 4},
    )
    [shown] = of(found, "cell")
    own, _ = drawn(bench, {"couplings": 0.1, "capacitors": 0.1}, 0, 0)
    capacitors = next(group for group in shown["groups"] if group["role"] == "capacitor")
    nodes = bench.design.terminals[4]
    mine = np.isin(bench.design.group("capacitor").nodes[:, 0], nodes[nodes >= 0])
    np.testing.assert_allclose(capacitors["value"], own["capacitor"][mine], rtol=1e-12)
    np.testing.assert_allclose(
        capacitors["nominal"], bench.design.group("capacitor").values[mine], rtol=1e-12
    )
    assert shown["couplings"]["count"] == (8 if cell == "rc" else 16)
    sizes = np.abs([coupling["value"] for coupling in shown["couplings"]["strongest"]])
    assert np.all(np.diff(sizes if cell == "resistive" else -sizes) >= 0)
    assert all(0 <= c["to"] < 9 and c["to"] != 4 for c in shown["couplings"]["strongest"])


def test_yield_beside_the_run():
    bench = small_bench("rc", samples=4, t_final=0.25)
    found = session(
        opened(bench),
        {"type": "settings", "values": {"couplings": 0.1}},
        {"type": "yield", "on": True, "paths": 4, "boards": 5},
        {"type": "settings", "values": {"couplings": 0.2}},
        {"type": "yield", "on": False},
    )
    counts = [report["boards"] for report in of(found, "yield")]
    assert counts == [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]  # other settings start it again
    [direct] = called(["yield", describe(bench), {"couplings": 0.2}, "0", 4, 5])
    last = of(found, "yield")[-1]  # starts and noise of the first estimate served again
    for name in ("passed", "low", "high", "worst", "nominal", "perLimit"):
        assert last[name] == direct["report"][name]
    first = of(found, "yield")[0]
    assert 0 <= first["low"] <= first["share"] <= first["high"] <= 1


REFUSED = [
    ({"type": "dance"}, "is unknown"),
    ({"type": "settings", "values": {"couplngs": 0.1}}, "'couplngs'".replace("'", '"')),
    ({"type": "settings", "values": {"couplings": 9.0}}, "give 0 to 0.2"),
    ({"type": "settings", "values": {"couplings": None}}, "give 0 to 0.2"),
    ({"type": "settings", "values": {"couplings": "0.1"}}, "give 0 to 0.2"),
    ({"type": "settings", "values": {"bits": 3.5}}, "a whole number"),
    ({"type": "board", "which": "seed", "seed": "-1", "number": 0}, "seed must be"),
    ({"type": "board", "which": "seed", "seed": "1", "number": -1}, "give 0, 1, 2"),
    ({"type": "board", "which": "best"}, "nominal or seed"),
    ({"type": "noise", "seed": "x"}, "seed must be"),
    ({"type": "step", "steps": 0}, "give 1 to 1000"),
    ({"type": "speed", "stepsPerSecond": -1}, "above 0"),
    ({"type": "trace", "unit": 99}, "give 0 to 8"),
    ({"type": "cell", "unit": -1}, "give 0 to 8"),
]


def test_bad_messages_are_answered_with_one_sentence():
    bench = small_bench("rc", samples=4, t_final=0.25)
    found = session(opened(bench), *(message for message, _ in REFUSED), {"type": "step"})
    errors = of(found, "error")
    assert len(errors) == len(REFUSED)
    for error, (message, words) in zip(errors, REFUSED, strict=True):
        assert words in error["message"], error
        assert error["during"] == message["type"]
        assert "\n" not in error["message"]
    assert of(found, "frame")[-1]["step"] == 1  # what was before goes on
    [early] = of(session({"type": "start"}), "error")
    assert "open a machine" in early["message"]


def test_a_yield_that_was_lost_is_measured_again_once_settings_change():
    bench = small_bench("rc", t_final=0.05, samples=2, paths=2)
    controls = tuple(
        replace(c, high=1e12) if c.name == "noise power" else c for c in bench.controls
    )
    found = session(
        opened(replace(bench, controls=controls)),
        {"type": "settings", "values": {"noise power": 1e12}},
        {"type": "yield", "on": True, "boards": 2},
        {"type": "settings", "values": {"noise power": 1.0}},
    )
    assert [error["message"].partition(";")[0] for error in of(found, "error")] == [
        "the nominal board runs away"
    ]
    assert of(found, "yield")[-1]["boards"] == 2
