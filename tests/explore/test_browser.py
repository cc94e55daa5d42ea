"""The page in a browser serves everybody: by keys, on a phone, without motion, without scripts."""

import pytest

from tests.report.browser import CHROMIUM, NARROW, OVERFLOWING, WIDE

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


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


def test_a_slider_follows_the_arrow_keys(rc):
    rc.page.evaluate("document.getElementById('control-0').focus()")
    name = rc.read("hwkitBench.machine.controls[0].name")
    before = rc.read(f"hwkitBench.values[{name!r}]")
    rc.press("ArrowRight")
    after = rc.read(f"hwkitBench.values[{name!r}]")
    assert after > before
    said = rc.read("document.activeElement.getAttribute('aria-valuetext')")
    assert said == f"{100 * after:.3g}\N{NO-BREAK SPACE}%"
    rc.click("reset")


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
