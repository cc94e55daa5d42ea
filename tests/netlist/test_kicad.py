"""KiCad netlists, read back by a small reader of s-expressions."""

import re
from collections import Counter
from dataclasses import replace

import pytest

from hwkit import NetlistError, compile_model
from hwkit.netlist import bill_of_materials, render, render_kicad, write_kicad
from tests.machines import dense, random_machine
from tests.names import HOSTILE, named


def read(text):
    """Return the nested lists of an s-expression."""
    stack = [[]]
    for token in re.findall(r'"(?:[^"\\]|\\.)*"|[()]|[^\s()"]+', text):
        if token == "(":
            stack.append([])
        elif token == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(token.strip('"'))
    [[tree]] = stack
    return tree


def named_list(tree, name):
    return next(item for item in tree if isinstance(item, list) and item[0] == name)[1:]


def connections(text):
    """Return value, part and net of each pin, by reference."""
    tree = read(text)
    parts = {
        dict(c[1:3])["ref"]: (dict(c[1:3])["value"], dict(named_list(c, "libsource"))["part"])
        for c in named_list(tree, "components")
    }
    pins = {}
    for net in named_list(tree, "nets"):
        name = dict(net[1:3])["name"]
        for node in net[3:]:
            fields = dict(node[1:])
            assert (fields["ref"], fields["pin"]) not in pins
            pins[fields["ref"], fields["pin"]] = name
    return parts, pins


def test_components_and_nets_are_the_design():
    model = named(random_machine(4, 0), ["left eye", "b", 'quote"(', "d\n"])
    design = compile_model(model)
    parts, pins = connections(render_kicad(design))
    assert Counter(part for _, part in parts.values()) == {
        "C": 4,
        "GSOURCE": 4 + 12,
        "BSOURCE": 4,
        "IDC": 4,
    }
    for (i, j), siemens in zip(
        design.group("coupling").nodes, design.group("coupling").values, strict=True
    ):
        nodes = (design.nodes[i], "0", design.nodes[j], "0")
        hits = [
            ref
            for ref, (value, part) in parts.items()
            if part == "GSOURCE"
            and tuple(pins[ref, str(pin)] for pin in (1, 2, 3, 4)) == nodes
            and float(value.split()[0]) == siemens
        ]
        assert len(hits) == 1
    assert len(pins) == 2 * (4 + 4 + 4) + 4 * (4 + 12)
    assert len({dense(model)[i, j] for i in range(4) for j in range(i)}) == 6


def test_hostile_names_leave_the_structure_alone(tmp_path):
    plain = random_machine(len(HOSTILE), 0, density=0.1)
    write_kicad(compile_model(named(plain, HOSTILE)), tmp_path / "machine.net")
    text = (tmp_path / "machine.net").read_text(encoding="utf-8")
    parts, pins = connections(text)
    expected_parts, expected_pins = connections(render_kicad(compile_model(plain)))
    assert parts == expected_parts
    assert pins.keys() == expected_pins.keys()


def test_too_large_is_refused():
    with pytest.raises(NetlistError, match="the KiCad netlist would take about"):
        render_kicad(compile_model(random_machine(9, 0)), max_bytes=1000)


def test_names_are_those_of_the_netlist_and_of_the_bill():
    model = random_machine(4, 0)
    for design in (compile_model(model), compile_model(model, "rlc")):
        refs = set(connections(render_kicad(design))[0])
        lines = render(design, noise="none").text.splitlines()
        written = {line.split()[0] for line in lines if re.match("[A-JL-Z]", line)}
        listed = [row.references for row in bill_of_materials(design, references=10_000)]
        assert refs == written
        assert refs == {name for names in listed for name in names if name[0] != "K"}
    halved = replace(model, J=dense(model) / 2)
    names = set(connections(render_kicad(compile_model(halved)))[0])
    assert names == set(connections(render_kicad(compile_model(model)))[0])
