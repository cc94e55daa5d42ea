"""The page in a real browser: its first screen, phones, what answers to the pointer.

What needs no browser is checked of every kind's page in `first_screen.py`, with or without one.
"""

import shutil

import pytest

from hwkit.study import write_report
from tests.report.browser import CHROMIUM, NARROW, OVERFLOWING, WIDE, browser

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

TOP = "document.querySelector({!r}).getBoundingClientRect().top"
BOTTOM = "document.querySelector({!r}).getBoundingClientRect().bottom"


@pytest.fixture(scope="module")
def path(finished, tmp_path_factory):
    return write_report(shutil.copytree(finished, tmp_path_factory.mktemp("shown") / "run"))


@pytest.fixture(scope="module")
def page():
    with browser() as opened:
        yield opened


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["phone", "desk"])
def test_sentence_numbers_and_picture_are_on_the_first_screen(page, path, size, dark):
    page.open(path, size, dark, script=False)
    assert page.evaluate(BOTTOM.format(".headlines")) < size[1]
    assert page.evaluate(TOP.format(".answer-picture img")) < size[1] * (1 if size == WIDE else 1.1)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(15, 19, 23)" if dark else "rgb(255, 255, 255)")


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["phone", "desk"])
def test_nothing_reaches_beyond_the_page_folded_or_open(page, path, size):
    page.open(path, size)
    assert page.evaluate(OVERFLOWING) == []
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    assert page.evaluate(OVERFLOWING) == []


def test_the_pointer_reads_off_values_and_figures_can_be_enlarged(page, path):
    page.open(path, WIDE)
    now = "{block: 'center', behavior: 'instant'}"
    page.evaluate(f"document.querySelector('#paths .plot').scrollIntoView({now})")
    box = page.evaluate(
        "(() => { const b = document.querySelector('#paths .plot svg').getBoundingClientRect();"
        "return [b.left + b.width / 2, b.top + b.height * 0.3] })()"
    )
    for shift in range(0, 60, 10):
        page.send("Input.dispatchMouseEvent", type="mouseMoved", x=box[0], y=box[1] + shift)
    said = page.evaluate("document.querySelector('#paths .said').innerText")
    assert "time (model units): " in said
    before = page.evaluate("document.querySelector('#paths svg').getAttribute('viewBox')")
    page.evaluate("document.querySelector('#paths .zoom button').click()")
    after = page.evaluate("document.querySelector('#paths svg').getAttribute('viewBox')")
    assert float(after.split()[2]) == pytest.approx(float(before.split()[2]) / 1.5)


def test_a_script_in_a_name_would_not_run(page, path, tmp_path):
    """The negative control of the page's policy: markup that nobody escaped."""
    text = path.read_text("utf-8").replace("<main", "<script>document.title = 'run'</script><main")
    hostile = tmp_path / "hostile.html"
    hostile.write_text(text, "utf-8")
    page.open(hostile, WIDE)
    assert page.evaluate("document.title") != "run"
