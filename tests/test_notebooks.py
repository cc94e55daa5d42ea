"""The notebooks run, and what is stored in them is what a run says today."""

from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from tests.documents import links, script

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST = 300_000  # bytes

notebooks = script("notebooks")


def read(path):
    return nbformat.read(path, as_version=4)


def marked(path):
    marks = [pytest.mark.spice] if "simulate_spice" in path.read_text("utf-8") else []
    return pytest.param(path, marks=marks, id=path.stem)


def small(*sources):
    """A notebook of code cells."""
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])


@pytest.mark.parametrize("path", [marked(path) for path in NOTEBOOKS])
def test_a_fresh_run_says_what_is_stored(path, tmp_path):
    stored = read(path)
    fresh = notebooks.executed(stored, tmp_path)
    assert notebooks.differences(stored, fresh) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_stored_is_clean(path):
    stored = read(path)
    assert path.stat().st_size < LARGEST
    assert path.read_text("utf-8") == nbformat.writes(notebooks.cleaned(stored)) + "\n"
    outputs = [output for cell in stored.cells for output in cell.get("outputs", [])]
    assert outputs
    assert all(output.output_type != "error" for output in outputs)
    assert all(output.get("name") != "stderr" for output in outputs)
    assert not any(word in path.read_text("utf-8") for word in ("/home/", "/tmp/", "/root/"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_links_lead_somewhere(path):
    cells = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    targets = [target for source in cells for target in links(source)]
    assert targets
    for target in targets:
        assert (path.parent / target).exists(), target


def test_there_are_three():
    assert len(NOTEBOOKS) == 3


def test_a_notebook_that_fails_is_noticed(tmp_path):
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        notebooks.executed(small("print(1)", "1 / 0"), tmp_path)


def test_a_changed_number_is_noticed(tmp_path):
    stored = notebooks.executed(
        small("print('error 0.00262 ± 0.00021, limit 5e-3, of 200')"), tmp_path
    )
    assert notebooks.differences(stored, notebooks.cleaned(stored)) == []
    for old, new in [("0.00262", "0.00264"), ("5e-3", "6e-3"), ("200", "201"), ("error", "Error")]:
        other = notebooks.cleaned(stored)
        other.cells[0].outputs[0].text = other.cells[0].outputs[0].text.replace(old, new)
        [difference] = notebooks.differences(stored, other)
        assert new in difference


def test_a_figure_that_is_gone_is_noticed(tmp_path):
    drawn = "from IPython.display import SVG\nSVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')"
    stored = notebooks.executed(small(drawn), tmp_path)
    [output] = stored.cells[0].outputs
    assert list(output.data) == ["image/svg+xml"]
    empty = notebooks.cleaned(stored)
    empty.cells[0].outputs = []
    assert len(notebooks.differences(stored, empty)) == 1


@pytest.mark.parametrize(
    ("a", "b", "alike"),
    [
        ("0.0378", "0.0379", True),  # one unit in the last place: a rounding edge
        ("0.0378", "0.0380", False),
        ("81.0%", "80.9%", True),
        ("1.2e-05", "1.3e-05", True),
        ("1.2e-05", "1.2e-04", False),
        ("200 boards", "199 boards", False),
        ("−0.5", "0.5", False),
        ("0.123456789012", "0.123456790", True),
        ("x0 0 2e-06", "x0 0 2e-06", True),
        ("x0 0 2e-06", "x1 0 2e-06", False),
    ],
)
def test_when_two_lines_are_alike(a, b, alike):
    stored, fresh = (
        small() | {"cells": [{"cell_type": "code", "outputs": [
            {"output_type": "stream", "name": "stdout", "text": text}]}]}
        for text in (a, b)
    )  # fmt: skip
    found = notebooks.differences(nbformat.from_dict(stored), nbformat.from_dict(fresh))
    assert (found == []) is alike


def test_running_again_gives_the_same_bytes(tmp_path, monkeypatch):
    source = "import time\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint(2)"
    path = tmp_path / "one.ipynb"
    nbformat.write(small(source), path)
    notebooks.main([str(path)])
    first = path.read_bytes()
    notebooks.main([str(path)])
    assert path.read_bytes() == first
    assert b"image/png" in first
