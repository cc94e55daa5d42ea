"""The page in a browser: it shows what Python computes, saves what hwkit reads, and needs nothing.

Numbers are compared with hwkit's twin in double precision on the same seeds.
"""

import io
import json

import numpy as np
import pytest
from PIL import Image

import hwkit
from hwkit.explore.silicon import board_of, board_states
from hwkit.training import recognise
from hwkit.twin import load_board
from tests.explore.bench_page import BenchPage
from tests.explore.benches import drawn, states
from tests.report.browser import CHROMIUM, NARROW, OVERFLOWING, WIDE, browser

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture(scope="module")
def page():
    with browser() as opened:
        yield BenchPage(opened)


@pytest.fixture(scope="module")
def rc(rc_page):
    """The page of the transconductor machine, at rest, in a browser that stays there."""
    with browser() as opened:
        there = BenchPage(opened).open(rc_page[1], WIDE)
        there.quiet()
        yield there


def expected(subject, values, number):
    """Share and end states of a board of the first seed (None: nominal), by hwkit's twin."""
    bench = subject.bench
    board = None if number is None else drawn(bench, values, bench.boards_seed, number)[1]
    final = states(bench, values, board, bench.samples, bench.noise_seed)[1][0]
    return float(recognise(final, bench.patterns).share), final


def exact(subject, **values):
    """No deviations but those that are named."""
    controls = subject.bench.controls
    none = {c.name: 0.0 for c in controls if c.kind == "spread"}
    return none | {c.name: None for c in controls if c.off} | values


def check_against_twin(page, subject, values, number):
    page.turn(values)
    board = {"which": "nominal"} if number is None else {"which": "seed", "number": number}
    board |= {} if number is None else {"seed": str(subject.bench.boards_seed)}
    page.page.evaluate(f"hwkitBench.useBoard({json.dumps(board)})")
    frame = page.run_to_end()
    share, final = expected(subject, values, number)
    assert frame["classes"]["board"]["share"] == share
    assert np.abs(np.array(frame["board"]).reshape(final.shape) - final).max() < 1e-6
    return share


def test_shares_read_from_the_page_are_those_of_the_twin(rc, rc_page):
    subject = rc_page[0]
    nominal = check_against_twin(rc, subject, exact(subject), None)
    one_percent = check_against_twin(rc, subject, exact(subject, couplings=0.01), 0)
    assert nominal >= 0.9
    assert one_percent >= 0.9


def test_offsets_alone_where_the_study_says_that_they_decide(page, resistive_page):
    """sims/tolerance-resistive.json: offsets of 2 nA have a total Sobol index of 0.62."""
    subject, path = resistive_page
    page.open(path, WIDE).quiet()
    [offsets] = [c for c in subject.bench.controls if c.name == "offsets"]
    assert (offsets.value, offsets.unit) == (2e-9, "A")
    studied = check_against_twin(page, subject, exact(subject, offsets=2e-9), 0)
    largest = check_against_twin(page, subject, exact(subject, offsets=offsets.high), 0)
    assert largest <= studied
    assert "recognisable" in page.read("document.getElementById('answer').textContent")


@pytest.mark.parametrize("limits", [{}, {"saturation": 0.3, "supply": 0.25}], ids=["", "limits"])
def test_a_saved_board_is_the_board_and_its_netlist_hwkits_own(
    rc, rc_page, rc_run, tmp_path, cli, limits
):
    subject, number = rc_page[0], 5
    bench, values = subject.bench, {c.name: c.value for c in subject.bench.controls} | limits
    rc.turn(values)
    board = {"which": "seed", "seed": str(bench.boards_seed), "number": number}
    rc.page.evaluate(f"hwkitBench.useBoard({json.dumps(board)})")
    file = tmp_path / "board.json"
    file.write_text(rc.saved("board"))
    loaded = load_board(file, hwkit.load_model(rc_run / "model.npz"))
    for name, row in drawn(bench, values, bench.boards_seed, number)[0].items():
        np.testing.assert_allclose(loaded.boards.values[name][0], row, rtol=1e-12, atol=0)
    netlist = rc.saved("netlist")
    answer = cli("board", file, "--model", rc_run / "model.npz", "--out", tmp_path)
    assert answer.status == 0, answer.err
    assert (tmp_path / "board.cir").read_text() == netlist
    assert netlist.count("\n") > 10_000


def choose_file(page, name, text):
    page.page.evaluate(
        "(() => { const chosen = new DataTransfer(), input = document.getElementById('load-board');"
        f"chosen.items.add(new File([{json.dumps(text)}], {name!r}));"
        "input.files = chosen.files; input.dispatchEvent(new Event('change')); })()"
    )


def test_a_saved_board_is_loaded_into_another_state_of_the_page(rc, rc_page):
    values = {"couplings": 0.1, "saturation": 0.3, "all noise power": 2.0}
    rc.click("reset")
    rc.turn(values)
    board = {"which": "seed", "seed": "77", "number": 4}
    rc.page.evaluate(f"hwkitBench.useBoard({json.dumps(board)})")
    text = rc.saved("board")
    rc.click("reset")
    rc.click("nominal")
    choose_file(rc, "mine.json", text)
    rc.wait("hwkitBench.board.which === 'file'")
    assert rc.read("document.getElementById('board-name').textContent") == "The board of mine.json"
    opened = {c.name: c.value for c in rc_page[0].bench.controls}
    assert rc.read("hwkitBench.values") == opened | values
    assert rc.saved("board") == text
    rc.turn({"couplings": 0.05})  # its values follow no slider
    assert rc.read("hwkitBench.board.which") == "seed"
    choose_file(rc, "other.json", "{}")
    rc.wait("hwkitBench.errors")
    assert "hwkit-board" in rc.read("document.getElementById('problem').textContent")
    assert rc.read("hwkitBench.board.which") == "seed"
    rc.page.evaluate("hwkitBench.errors = undefined")
    rc.click("reset")


def test_a_saved_picture_is_a_png_of_both_sides(rc):
    rc.page.evaluate("hwkitBench.link = URL.createObjectURL")
    rc.page.evaluate("URL.createObjectURL = (blob) => { hwkitBench.blob = blob; return '#'; }")
    rc.click("save-picture")
    rc.wait("hwkitBench.blob")
    rc.page.evaluate("URL.createObjectURL = hwkitBench.link; hwkitBench.bytes = null")
    rc.page.evaluate(
        "hwkitBench.blob.arrayBuffer().then((b) => { hwkitBench.bytes = new Uint8Array(b) })"
    )
    rc.wait("hwkitBench.bytes")
    image = Image.open(io.BytesIO(bytes(rc.read("hwkitBench.bytes"))))
    assert image.format == "PNG"
    assert image.width > 600
    assert np.unique(np.asarray(image.convert("L"))).size > 100  # grey values of the samples


def test_nothing_is_loaded_and_nothing_goes_wrong(rc):
    rc.click("new-board")
    rc.run_to_end()
    loaded = rc.read("performance.getEntriesByType('resource').map((one) => one.name)")
    assert [name for name in loaded if not name.startswith(("blob:", "data:"))] == []
    assert rc.read("watched.wrong") == []
    assert rc.read("hwkitBench.errors") is None


def test_keys_do_what_buttons_do(rc):
    rc.page.evaluate("document.activeElement.blur()")
    before = rc.read("hwkitBench.number")
    rc.press("b")
    assert rc.read("hwkitBench.number") == before + 1
    rc.press("o")
    assert rc.read("hwkitBench.board.which") == "nominal"
    rc.press("u")
    assert rc.read("document.activeElement.id") == "unit"
    rc.press("b")  # typed into a field, not a shortcut
    assert rc.read("hwkitBench.board.which") == "nominal"
    rc.page.evaluate("document.querySelector('#ideal-tiles button').focus()")
    rc.press("ArrowRight")
    rc.press("Enter")
    assert rc.read("hwkitBench.followed.sample") == 1
    rc.page.evaluate("document.getElementById('shortcuts').checked = false")
    rc.press("b")
    assert rc.read("hwkitBench.board.which") == "nominal"
    rc.page.evaluate("document.getElementById('shortcuts').checked = true")


def test_everything_that_takes_the_focus_has_a_name(rc):
    nodes = rc.page.send("Accessibility.getFullAXTree")["nodes"]
    focusable = [
        node for node in nodes
        if any(p["name"] == "focusable" and p["value"]["value"] for p in node.get("properties", []))
        and node["role"]["value"] != "RootWebArea"
    ]  # fmt: skip
    nameless = [node for node in focusable if not node.get("name", {}).get("value")]
    assert len(focusable) > 30
    assert [node["role"]["value"] for node in nameless if node["role"]["value"] != "main"] == []


def test_the_tab_key_reaches_controls_in_the_order_of_the_page(rc):
    rc.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    order = []
    for _ in range(60):
        rc.press("Tab")
        place = rc.read("[...document.querySelectorAll('*')].indexOf(document.activeElement)")
        if order and place <= order[-1]:
            break
        order.append(place)
    assert len(order) >= 20
    assert (
        rc.read("[...document.querySelectorAll('[tabindex]')].some((e) => e.tabIndex > 0)") is False
    )


def test_a_unit_has_a_trace_in_volts_and_a_cell_with_values(rc, rc_page):
    rc.page.evaluate("hwkitBench.follow(70, 3)")
    rc.run_to_end()
    rc.wait("hwkitBench.cell && hwkitBench.cell.unit === 70")
    rc.wait("hwkitBench.trace && hwkitBench.trace.time.at(-1) > 2.499")
    trace, frame = rc.read("hwkitBench.trace"), rc.read("hwkitBench.frame")
    last = frame["board"][3 * 128 + 70]
    assert trace["voltsBoard"][-1] == pytest.approx(0.1 * last, rel=1e-5)
    assert trace["seconds"][-1] == pytest.approx(2.5e-6)
    assert "hidden" in rc.read("document.getElementById('unit-name').textContent")
    labels = rc.read(
        "[...document.querySelectorAll('#schematic .value')].map((e) => e.textContent)"
    )
    assert len(labels) == 6
    assert all(labels)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["phone", "desk"])
def test_nothing_reaches_beyond_the_page(page, rc_page, size):
    page.open(rc_page[1], size)
    page.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    assert page.read(f"({OVERFLOWING})") == []


def test_what_went_wrong_is_shown_until_the_next_click(page, rc_page):
    page.open(rc_page[1], WIDE)
    page.page.evaluate("hwkitBench.worker.postMessage({ type: 'step', steps: 0 })")
    page.wait("!document.getElementById('problem').hidden")
    assert "steps is 0" in page.read("document.getElementById('problem').textContent")
    page.click("nominal")
    assert page.read("document.getElementById('problem').hidden") is True


def test_a_yield_of_other_values_is_not_shown(page, rc_page):
    page.open(rc_page[1], WIDE)
    shown = page.read(
        "[hwkitBench.yields = { boards: 7 }, hwkitBench.turnAll({ couplings: 0.01 }),"
        " hwkitBench.yields, document.getElementById('yield-text').textContent]"
    )
    assert shown[2:] == [None, "The first board is being measured."]


def test_seeds_that_are_typed_are_used(page, rc_page):
    page.open(rc_page[1], WIDE).quiet()
    page.page.evaluate(
        "document.getElementById('noise-seed').value = '18446744073709551615';"
        "document.getElementById('board-seed').value = '9007199254740993';"
        "document.getElementById('board-number').value = '12'"
    )
    page.click("use-seeds")
    board = {"which": "seed", "seed": "9007199254740993", "number": 12}
    assert page.read("hwkitBench.board") == board
    assert page.read("hwkitBench.noise") == "18446744073709551615"
    saved = json.loads(page.saved("board"))
    assert (saved["seed"], saved["number"]) == (board["seed"], 12)
    page.page.evaluate("document.getElementById('noise-seed').value = '18446744073709551616'")
    page.click("use-seeds")
    assert "below 2" in page.read("document.getElementById('problem').textContent")


def test_reduced_motion_starts_nothing(page, rc_page):
    reduce = {"name": "prefers-reduced-motion", "value": "reduce"}
    page.page.send("Emulation.setEmulatedMedia", features=[reduce])
    page.page.send("Page.navigate", url=rc_page[1].resolve().as_uri())
    page.wait("globalThis.hwkitBench && hwkitBench.frame && hwkitBench.cell")
    assert page.read("hwkitBench.frame.running") is False
    assert page.read("document.getElementById('play').textContent") == "Start"


def test_without_scripts_there_are_the_answer_and_a_picture(page, rc_page):
    page.page.open(rc_page[1], WIDE, script=False)
    shown = page.page.evaluate("document.querySelector('#answer').innerText")
    assert "of boards pass" in shown
    heights = "[...document.querySelectorAll('.tiles img')].map((e) => e.height > 20)"
    assert page.read(heights) == [True] * 32
    hidden = "[...document.querySelectorAll('.live')].every((e) => e.offsetHeight === 0)"
    assert page.page.evaluate(hidden)
    page.page.send("Emulation.setScriptExecutionDisabled", value=False)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["phone", "desk"])
def test_measured_boards_of_transistors(page, measured_page, size):
    subject, path = measured_page
    bench, seed = subject.bench, str(subject.bench.boards_seed)
    page.open(path, size).quiet()
    assert page.read(f"({OVERFLOWING})") == []
    values = {"noise power": 2.0, "mismatch": 2.0}
    page.turn(values)
    page.page.evaluate(f"hwkitBench.useBoard({{ which: 'seed', seed: '{seed}', number: 3 }})")
    frame = page.run_to_end()
    [final] = board_states(bench, [board_of(bench, values, 3)], bench.samples)[1]
    assert np.abs(np.array(frame["board"]).reshape(final.shape) - final).max() < 1e-6
    shown = "[...document.querySelectorAll('output')].map((one) => one.textContent)"
    assert "× 2" in page.read(shown)
    page.page.evaluate(
        "(() => { const slider = document.getElementById('control-0'); slider.value = 0;"
        "slider.dispatchEvent(new Event('input')); })()"
    )
    assert page.read("hwkitBench.values.mismatch") == 1
    page.page.evaluate("hwkitBench.number = 3")
    page.click("new-board")
    assert page.read("hwkitBench.board.number") == 0  # after the last comes the first
    page.page.evaluate("document.getElementById('board-number').value = '4'")
    page.click("use-seeds")
    assert "boards 0 to 3" in page.read("document.getElementById('problem').textContent")
    assert page.read("document.getElementById('save-board')") is None
    page.click("new-board")
    page.wait("hwkitBench.cell && hwkitBench.cell.groups.length === 2")
    assert page.read("watched.wrong") == []
    assert page.read("hwkitBench.errors") is None


def test_no_task_of_the_start_holds_the_page_up(rc_page):
    with browser() as opened:
        tasks = BenchPage(opened).tasks(rc_page[1], WIDE)
    print([round(each, 1) for each in tasks[:5]])
    assert len(tasks) > 100
    assert tasks[0] <= 50


@pytest.mark.study
def test_the_page_is_quick(page, rc_page):
    """Frames and steps a second, the first interval, the longest task; on a machine at rest."""
    page.open(rc_page[1], WIDE)
    page.wait("hwkitBench.yields && hwkitBench.yields.boards > 0")
    first = page.read("performance.now()") / 1000
    page.click("new-noise")
    page.wait("hwkitBench.frame.step > 20 && !hwkitBench.frame.ended")
    page.page.evaluate("hwkitBench.began = [performance.now(), hwkitBench.drawn]")
    page.wait("performance.now() - hwkitBench.began[0] > 2000")
    now, frames, began = page.read("[performance.now(), hwkitBench.drawn, hwkitBench.began]")
    rate = 1000 * (frames - began[1]) / (now - began[0])
    longest = max([0, *page.read("watched.long")])
    page.quiet()
    page.page.evaluate(
        "hwkitBench.times = []; hwkitBench.worker.addEventListener('message', ({ data }) => {"
        "if (data.type === 'frame') hwkitBench.times.push([data.step, performance.now()]) })"
    )
    page.run_to_end()
    times = page.read("hwkitBench.times")
    last = max(k for k, (step, _) in enumerate(times) if step == 0)
    steps = 1000 * 1000 / (times[-1][1] - times[last][1])
    print(f"{first:.1f} s, {rate:.0f} frames/s, {steps:.0f} steps/s, longest task {longest} ms")
    assert first <= 5
    assert rate >= 30
    assert steps >= 1500
    assert longest <= 50
