"""How quick the page is in a browser, and that none of its tasks holds it up."""

import pytest

from tests.explore.bench_page import BenchPage
from tests.report.browser import CHROMIUM, WIDE, browser

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


def test_letters_are_of_few_sizes_and_weights(page, rc_page):
    """A browser asks another process for each of them, and stands still meanwhile."""
    page.open(rc_page[1], WIDE)
    page.wait("hwkitBench.cell && hwkitBench.yields")
    page.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    kinds = page.read(
        "[...new Set([...document.querySelectorAll('body *:not(svg *)')].map((one) => {"
        "const { fontSize, fontWeight, fontFamily } = getComputedStyle(one);"
        "return [fontSize, fontWeight, fontFamily].join() }))]"
    )
    assert len(kinds) <= 5, kinds


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
