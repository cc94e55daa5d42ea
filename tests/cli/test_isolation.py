"""Text of other people's files in messages, tables and pages; advice that is out of reach."""

import json

import numpy as np
import scipy.sparse as sp

import hwkit
from hwkit.report.answers import Answer
from hwkit.report.rendering import Head, Section, render_page
from hwkit.report.verdict import Summary
from tests.test_terminal import CONTROLS

ESCAPE = "\x1b]0;title\x07"


def harmless(text):
    return not set(CONTROLS) & set(text)


def test_messages_show_what_they_quote(cli, tmp_path):
    (tmp_path / "a.cir").write_text(f"title\n{ESCAPE} 1 2 3\n.end\n")
    (tmp_path / "b.toml").write_text('name = "b"\n"\\u001b[31m\\u202e" = 1\n')
    (tmp_path / f"c{ESCAPE}.npz").write_text("")
    for words in (("extract", "a.cir"), ("run", "b.toml"), ("sample", f"c{ESCAPE}.npz")):
        answer = cli(*words)
        assert answer.status == 2
        assert any(escape in answer.err for escape in (r"\x1b", "U+001B"))
        assert harmless(answer.err + answer.out)
        object_ = cli(*words, "--json")
        assert harmless(object_.out)
        assert any(e in object_.json["error"] for e in ("\x1b", r"\x1b", "U+001B"))


def test_a_sentence_stays_one(cli, tmp_path):
    """A name with a line feed must not look like a second sentence of ours."""
    names = ["a\nhwkit: all is well", "b"]
    model = hwkit.EnergyModel([[0, 0.1], [0.1, 0]], [0, 0], hwkit.Quartic(), 0.1, names=names)
    hwkit.save_model(model, tmp_path / "model.npz")
    design = hwkit.compile_model(model)
    (tmp_path / "m.cir").write_text(hwkit.render(design).text)
    (tmp_path / "map.csv").write_text("unit,node\nb,u_b\n")
    answer = cli("validate", "m.cir", "--model", "model.npz", "--mapping", "map.csv")
    assert answer.status == 2
    assert answer.err.count("\n") == 1
    assert r"a\nhwkit: all is well" in answer.err


def test_pages_show_it_too():
    name = f"small {ESCAPE}"
    summary = Summary(True, ESCAPE, "1 of 1", [], [])
    page = render_page(Head(name, "storage", name), Answer(ESCAPE, ()), summary, list[Section]())
    assert r"small \x1b]0;title\x07" in page
    assert harmless(page.replace("\t", ""))


def test_a_sparse_machine_is_compiled_though_advice_is_out_of_reach(cli, tmp_path):
    n = 20_000
    i = np.arange(n)
    half = sp.csr_array((np.full(n, 0.1), (i, (i + 1) % n)), shape=(n, n))
    ring = hwkit.EnergyModel(sp.csr_array(half + half.T), np.zeros(n), hwkit.Quartic(), 0.1)
    hwkit.save_model(ring, tmp_path / "ring.npz")
    answer = cli("compile", "ring.npz", "--out", "ring.cir", "--json")
    assert answer.status == 0
    assert (tmp_path / "ring.cir").stat().st_size > 10 * n
    verdicts = {row["cell"]: row for row in json.loads(answer.out)["families"]}
    assert "20000 x 20000 numbers, 3 GiB: out of reach" in verdicts["rlc"]["reason"]
    assert not verdicts["rlc"]["realisable"]
    assert verdicts["rc"]["realisable"]
    refused = cli("compile", "ring.npz", "--cell", "rlc", "--out", "r.cir")
    assert refused.status == 2
    assert "out of reach above 10000 units; make the couplings transconductors" in refused.err
    options = ("--cell", "rlc", "--option", "couplings=transconductor", "--out", "t.cir")
    assert cli("compile", "ring.npz", *options).status == 0
