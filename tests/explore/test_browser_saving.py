"""What the page saves in a browser is what hwkit reads, and what the page loads again."""

import io
import json

import numpy as np
import pytest
from PIL import Image

import hwkit
from hwkit.twin import load_board
from tests.explore.benches import drawn
from tests.report.browser import CHROMIUM

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


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
