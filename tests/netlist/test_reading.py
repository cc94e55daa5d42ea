"""Netlists of others: what is refused, and that nothing else ever happens."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwkit import NetlistError, compile_model, render
from hwkit.netlist.extract import extract_file
from hwkit.netlist.foreign import foreign_netlist, load_mapping
from hwkit.netlist.reading import read_netlist
from tests.machines import random_machine
from tests.netlist.reader.test_lines import MACHINE

GOOD = "a title\nC0 x0 0 1e-12\nG0 x0 0 x0 0 2e-6\n"


@pytest.fixture
def refused(tmp_path):
    def read(line):
        (tmp_path / "n.cir").write_text(GOOD + line + "\n.end\n")
        with pytest.raises(NetlistError) as caught:
            read_netlist(tmp_path / "n.cir")
        return str(caught.value)

    return read


@pytest.mark.parametrize(
    "line",
    [
        ".control",
        "  .CONTROL",
        ".endc",
        ".include /etc/passwd",
        ".include ../other.cir",
        ".inc '~/x.cir'",
        ".include $HOME/x.cir",
        ".lib models.lib tt",
        ".exec ls",
        ".csparam a=1",
        ".shell ls",
        "shell rm x",
        "write out.raw",
        "wrdata out v(x0)",
        "source other.cir",
        "*# shell ls",
        "!ls",
        "R1 x0 0 `ls`",
        "V1 x0 0 pwl file=waves.txt",
        'R1 x0 0 "1k"',
        "B1 x0 0 i=table(/etc/passwd)",
        "A1 x0 y0 filesource",
        "N1 x0 0 osdi",
        ".con\n+trol",
    ],
)
def test_what_could_do_more_than_be_a_circuit_is_refused_with_its_line(refused, line):
    assert "line 4" in refused(line)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_encodings_of_other_programs_are_read(tmp_path, encoding, end):
    text = f"* zwei Zellen, 1 µs\n{MACHINE}.backanno\n.end\n"
    text = text.replace("x1 0 5e-07", "x1 0 0.5µ").replace("Ibias0", "; µ\nIbias0")
    path = tmp_path / "n.net"
    path.write_bytes(text.replace("\n", end).encode(encoding))
    model = extract_file(path)
    assert model.b == pytest.approx([0.1, -0.2])
    assert model.J[0, 1] == pytest.approx(0.5)
    assert foreign_netlist(read_netlist(path), ["x0", "x1"]).nodes == ("x0", "x1")


def test_carriage_returns_alone_end_no_lines(tmp_path):
    path = tmp_path / "n.cir"
    path.write_bytes(GOOD.replace("\n", "\r").encode())
    with pytest.raises(NetlistError, match="carriage returns that end no line"):
        read_netlist(path)


def test_a_file_s_errors_name_it_and_its_includes(tmp_path):
    (tmp_path / "n.cir").write_text(f"t\n.include more.inc\n{MACHINE}.end\n")
    (tmp_path / "more.inc").write_text("R1 x0 0 1meg\n")
    assert float(extract_file(tmp_path / "n.cir").onsite.J2[0]) == pytest.approx(1.5)
    (tmp_path / "more.inc").write_text("R1 x0 0 1meg foo=1\n")
    with pytest.raises(NetlistError, match=r"n\.cir: more\.inc line 1 \(r1\): the parameter 'foo'"):
        extract_file(tmp_path / "n.cir")


def test_comments_and_titles_are_free(tmp_path):
    (tmp_path / "n.cir").write_text("See /home/me!\n* run `it`, see ../x\nC0 x0 0 1 ; !\n.end\n")
    assert read_netlist(tmp_path / "n.cir").text.startswith("See /home/me!")


def test_files_beside_the_netlist_are_inlined_and_errors_name_them(tmp_path):
    (tmp_path / "n.cir").write_text("title\n.include cell.inc\nR0 x0 0 1k\n.end\n")
    (tmp_path / "cell.inc").write_text("C0 x0 0 1e-12\n.end\n.control\n")
    reading = read_netlist(tmp_path / "n.cir")
    assert foreign_netlist(reading, ["x0"]).nodes == ("x0",)
    (tmp_path / "cell.inc").write_text("C0 x0 0 1e-12\n.control\n")
    with pytest.raises(NetlistError, match=r"cell\.inc line 2 \(\.control\)"):
        read_netlist(tmp_path / "n.cir")
    (tmp_path / "cell.inc").write_text("C0 x0 0 1e-12\nIn0 0 x0 trnoise(oops 1 0 0)\n")
    with pytest.raises(NetlistError, match=r"cell\.inc line 2 .*'oops' is not a number"):
        foreign_netlist(read_netlist(tmp_path / "n.cir"), ["x0"])


def test_an_include_that_leads_out_or_in_circles_is_refused(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "out.inc").write_text("R9 x0 0 1\n")
    (folder / "link.inc").symlink_to(tmp_path / "out.inc")
    (folder / "n.cir").write_text("t\n.include link.inc\n")
    with pytest.raises(NetlistError, match=r"line 2 \(\.include\): .* outside"):
        read_netlist(folder / "n.cir")
    (folder / "n.cir").write_text("t\n.include n.cir\n")
    with pytest.raises(NetlistError, match="include each other in a loop"):
        read_netlist(folder / "n.cir")
    (folder / "n.cir").write_text("t\n.include none.inc\n")
    with pytest.raises(NetlistError, match=r"'none\.inc' was not found beside the netlist"):
        read_netlist(folder / "n.cir")
    with pytest.raises(NetlistError, match="can't be read"):
        read_netlist(folder / "missing.cir")


TEXT = (
    ".include .control .subckt .ends .param .options .end trnoise( external x0 0 gnd C0 In0 X1 "
    "n.cir * + ; ! ` ' \" = { } ( ) , 1e-12 1k nan ../a /etc ~ $ \\ \n \t \x0b \u2028 İ"
)
WORDS = st.sampled_from(TEXT.split(" "))


# All that ngspice ever gets of others' netlists: elements, models, options, the end.
WRITTEN = re.compile(r"([a-z]\w*( [\w.=(),*/+-]+)+|\.(model|options) [\w .=()+-]+|\.end)?")


def read_all(folder, content):
    """Read, map and write out; NetlistError is the one answer besides success."""
    (folder / "n.cir").write_bytes(content)
    try:
        netlist = foreign_netlist(read_netlist(folder / "n.cir"), ["x0"])
    except NetlistError:
        return
    for text in (netlist.run_form().text, netlist.quiet_form().text):
        assert all(WRITTEN.fullmatch(line) for line in text.splitlines()[1:])


@given(st.lists(WORDS, max_size=25).map(" ".join))
def test_no_text_has_any_other_answer(tmp_path_factory, text):
    read_all(tmp_path_factory.mktemp("fuzz"), (GOOD + text).encode())


@given(st.binary(max_size=200))
def test_no_bytes_have_any_other_answer(tmp_path_factory, content):
    read_all(tmp_path_factory.mktemp("fuzz"), GOOD.encode() + content)


@given(st.binary(max_size=80), st.sampled_from(["map.csv", "map.toml"]))
def test_no_mapping_has_any_other_answer(tmp_path_factory, content, name):
    path = tmp_path_factory.mktemp("fuzz") / name
    path.write_bytes(content)
    try:
        mapping = load_mapping(path)
    except NetlistError:
        return
    assert all(isinstance(node, str) for node in mapping.values())


@pytest.fixture
def pair(tmp_path):
    def read(text, mapping=None, names=("x0", "x1")):
        (tmp_path / "n.cir").write_text(text)
        return foreign_netlist(read_netlist(tmp_path / "n.cir"), names, mapping)

    return read


TWO = "t\nC1 b 0 1e-12\nC0 0 a 1e-12\n.end\n"


def test_units_are_found_by_mapping_by_name_and_by_place(pair):
    assert pair(TWO).nodes == ("b", "a")
    assert pair(TWO, {"0": "A", "x1": "b"}).nodes == ("a", "b")
    assert pair(TWO.replace("b", "x1").replace(" a ", " x0 ")).nodes == ("x0", "x1")
    assert pair(TWO, names=("u_a", "left eye")).nodes == ("b", "a")


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"0": "a"}, "no node for unit 1"),
        ({"0": "a", "1": "a"}, "node 'a' to two units"),
        ({"0": "a", "x0": "b"}, "gives unit 0 two nodes, a and b"),
        ({"0": "a", "1": "c"}, "unit 1 the node 'c'; the nodes .* are b, a"),
        ({"0": "a", "2": "b"}, "names a unit '2'; the model's units are x0, x1"),
        ({"0": "a", "1": "0"}, "the node '0'"),
    ],
)
def test_a_mapping_that_does_not_fit_is_one_sentence(pair, mapping, words):
    with pytest.raises(NetlistError, match=words):
        pair(TWO, mapping)


def test_without_a_mapping_doubt_is_refused(pair):
    with pytest.raises(NetlistError, match=r"no node 'x1' .* mapping file"):
        pair(TWO.replace(" a ", " x0 "))
    with pytest.raises(NetlistError, match=r"2 nodes .* the model has 3 units"):
        pair(TWO, names=("x0", "x1", "x2"))


def test_mapping_files(tmp_path):
    (tmp_path / "m.csv").write_text("unit,node\n0, a\n1,b\n")
    (tmp_path / "m.toml").write_text('0 = "a"\n1 = "b"\n')
    for name in ("m.csv", "m.toml"):
        assert load_mapping(tmp_path / name) == {"0": "a", "1": "b"}
    spreadsheet = "Unit , Node\n0,a\n,\n\n1,b\n"
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        (tmp_path / "m.csv").write_text(spreadsheet, encoding=encoding)
        assert load_mapping(tmp_path / "m.csv") == {"0": "a", "1": "b"}, encoding
    (tmp_path / "m.csv").write_text("0,µ\n", encoding="latin-1")
    with pytest.raises(NetlistError, match=r"m\.csv can't be read: .* save it as UTF-8"):
        load_mapping(tmp_path / "m.csv")
    (tmp_path / "m.csv").write_text("0,a\n0,b\n")
    with pytest.raises(NetlistError, match=r"m\.csv: unit '0' is there twice"):
        load_mapping(tmp_path / "m.csv")
    (tmp_path / "m.csv").write_text("0\n")
    with pytest.raises(NetlistError, match="unit '0' has no node"):
        load_mapping(tmp_path / "m.csv")


def test_a_mapping_takes_numbers_for_names_where_units_are_called_so(pair):
    names = ("1", "2")
    assert pair(TWO, names=names, mapping={"1": "b", "2": "a"}).nodes == ("b", "a")
    with pytest.raises(NetlistError, match=r"names a unit '0'; the model's units are 1, 2"):
        pair(TWO, names=names, mapping={"0": "b", "1": "a"})


def test_noise_is_read_and_makes_room(pair):
    text = TWO.replace(
        ".end", "Ia 0 a dc 1e-9 trnoise(2e-9 4e-8 0 0)\nIn7 0 a external\nIn0 b 0 dc 3e-9\n.end"
    )
    found = pair(text.replace("In7 0 a external\n", ""))
    assert found.noise[1] == pytest.approx(2e-9 * 4e-8**0.5)
    assert found.noise[0] != found.noise[0]  # NaN: not stated
    lines = found.run_form().text.splitlines()
    assert "i_a 0 a dc 1e-09" in lines
    assert "i_n0 b 0 dc 3e-09" in lines  # not hwkit's own in0
    assert [line for line in lines if line.endswith("external")] == [
        "in0 0 b external",
        "in1 0 a external",
    ]
    assert "trnoise" not in found.quiet_form().text
    assert pair(text).noise[1] != pair(text).noise[1]  # beside an unknown source
    for line, words in (
        ("In1 a b trnoise(1 1 0 0)", "between ground and the node of a unit"),
        ("V1 a 0 trnoise(1 1 0 0)", "only current sources"),
        ("I1 0 a trrandom(1 1 0 0)", "only current sources"),
        ("I1 0 a trnoise(1 1 1 1)", "only white noise"),
        ("I1 0 a trnoise(1)", "an amplitude and a step"),
    ):
        with pytest.raises(NetlistError, match=f"line 4 .*{words}"):
            pair(TWO.replace(".end", f"{line}\n.end"))


def test_what_hwkit_writes_is_safe(tmp_path):
    design = compile_model(random_machine(4, 1))
    for form in ("flat", "hierarchy"):
        (tmp_path / "n.cir").write_text(render(design, form=form).text)
        found = foreign_netlist(read_netlist(tmp_path / "n.cir"), design.model.unit_names)
        assert found.nodes == design.nodes
        assert found.noise == pytest.approx((design.group("noise").values / 2) ** 0.5, rel=1e-12)
