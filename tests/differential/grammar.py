"""Netlists drawn from the grammar that hwkit says it reads, written by hand in many styles."""

import random
from collections.abc import Callable

from tests.differential.author import Author
from tests.differential.machines import draw_machine, round4
from tests.differential.pen import draw_style
from tests.differential.sample import Sample

_TITLES = (
    "two units",
    "Langevin pair of two units",
    "* a title",
    "",
    "R1 a b 1k",
    ".title a machine",
    "c0 x0 0 1p",
    "i think this is a title",
)


def plain(rng: random.Random) -> Author:
    """Write units of a quartic energy."""
    author = Author(rng, draw_machine(rng), draw_style(rng))
    a = author
    a.write(
        a.machine_parameters, a.units, a.onsite, a.couplings, a.biases, a.noises, a.held,
        a.statements,
    )  # fmt: skip
    return author


def diodes(rng: random.Random) -> Author:
    """Write units of pairs of diodes, with couplings and biases."""
    author = Author(rng, draw_machine(rng, uniform=True), draw_style(rng))
    a = author

    def pairs() -> None:
        ampere = round4(abs(a.machine.linear[0]) * 0.03)
        emission = rng.choice([1.0, 1.5, 2.0])
        model = rng.choice(["dd", "d1n", "junction"])
        form = rng.choice(
            ["d(is={} n={})", "d (is={} n={})", "d is={} n={}", "d( is = {} n = {} )"]
        )
        a.pen.add(".model", model, form.format(a.pen.number(ampere), a.pen.number(emission)))
        for node in a.nodes:
            area = rng.choice([[], [], ["area=2"]])
            a.pen.add(a.name("d"), node, a.ground, model, *area)
            a.pen.add(a.name("d"), a.ground, node, model, *area)
        a.pen.add(".options", "gmin=1e-18")
        if a.maybe(0.3):
            warm = rng.choice([(".temp", "60"), (".options", "temp=27"), (".options", "temp=50")])
            a.pen.add(*warm)

    def mutual() -> None:
        for (i, j), g in a.machine.coupling.items():
            value = a.value(g)
            for out, control in ((a.nodes[i], a.nodes[j]), (a.nodes[j], a.nodes[i])):
                a.pen.add(a.name("g"), out, a.ground, control, a.ground, value)

    a.write(a.machine_parameters, a.units, pairs, mutual, a.biases, a.noises, a.statements)
    return author


def cells(rng: random.Random) -> Author:
    """Write units as uses of a subcircuit."""
    author = Author(rng, draw_machine(rng), draw_style(rng))
    a = author
    cell = rng.choice(["cell", "unit_cell", "hwcell"])
    keyword = rng.choice([[], ["params:"]])

    def definition() -> list[list[str]]:
        defaults = [f"{k}={a.pen.number(1.0)}" for k in ("cap", "lin", "cub")]
        lines = [[".subckt", cell, "x", *keyword, *defaults]]
        lines.append(["c1", "x", "0", rng.choice(["{cap}", "{cap}", "{1*cap}"])])
        if rng.random() < 0.5:
            lines.append(["g1", "x", "0", "x", "0", "{lin}"])
        else:
            lines.append(["r1", "x", "0", "{1/lin}"])
        lines.append(["b1", "x", "0", "i={cub}*v(x)*v(x)*v(x)"])
        if rng.random() < 0.2:
            lines.append([".param", f"own={a.pen.number(1e-9)}", "twice={2*own}"])
            lines.append(["g2", "x", "0", "x", "0", "{twice}"])
        if rng.random() < 0.2:
            inner = [".subckt", "inner", "a", "b", f"res={a.pen.number(2e9)}"]
            around = [[".ends"], inner, ["r1", "a", "b", "{res}"], [".ends", "inner"]]
            value = rng.choice([[], ["res=1e9"], ["res={4e9/2}"]])
            return [*lines, ["xi", "x", "0", "inner", *value], *around]
        return [*lines, rng.choice([[".ends"], [".ends", cell]])]

    def uses() -> None:
        m = a.machine
        for node, c, g, k in zip(a.nodes, m.farad, m.linear, m.cubic, strict=True):
            values = [("cap", c), ("lin", g), ("cub", k)]
            rng.shuffle(values)
            pairs = [f"{name}={a.pen.number(value)}" for name, value in values]
            a.pen.add(a.name("x"), node, cell, *keyword, *pairs)

    a.write(a.machine_parameters, uses, a.couplings, a.biases, a.noises, a.statements)
    body = definition()
    place = 0 if rng.random() < 0.5 else len(a.pen.lines)
    a.pen.lines[place:place] = body
    return author


def rails(rng: random.Random) -> Author:
    """Write units between two rails, with pairs of diodes across them."""
    author = Author(rng, draw_machine(rng, uniform=True), draw_style(rng))
    a = author
    a.nodes = [f"x{i}" for i in range(a.machine.n)]
    model, g0 = "dd", a.machine.linear[0]

    def both() -> None:
        ampere = a.pen.number(round4(g0 * 0.03))
        a.pen.add(".model", model, f"d(is={ampere} n=1.5)")
        a.pen.add(".options", "gmin=1e-18")
        for node, farad in zip(a.nodes, a.machine.farad, strict=True):
            p, n = f"{node}__p", f"{node}__n"
            value = a.value(farad)
            a.pen.add(a.name("c"), p, a.ground, value)
            a.pen.add(a.name("c"), n, a.ground, value)
            a.pen.add(a.name("d"), p, n, model)
            a.pen.add(a.name("d"), n, p, model)

    def mutual() -> None:
        for (i, j), g in a.machine.coupling.items():
            value = a.value(g)
            for out, control in ((a.nodes[i], a.nodes[j]), (a.nodes[j], a.nodes[i])):
                ends = [f"{out}__p", f"{out}__n", f"{control}__p", f"{control}__n"]
                a.pen.add(a.name("g"), *ends, value)

    def biases() -> None:
        for node, ampere in zip(a.nodes, a.machine.bias, strict=True):
            a.pen.add(a.name("ib"), f"{node}__n", f"{node}__p", "dc", a.value(ampere))

    a.write(a.machine_parameters, both, mutual, biases)
    return author


FAMILIES: dict[str, tuple[Callable[[random.Random], Author], float]] = {
    "plain": (plain, 5),
    "diodes": (diodes, 2),
    "cells": (cells, 2),
    "rails": (rails, 1),
}


def handwritten(rng: random.Random) -> tuple[str, Author]:
    """Draw a family and write a netlist of it; return both."""
    names = list(FAMILIES)
    [name] = rng.choices(names, [FAMILIES[n][1] for n in names])
    return name, FAMILIES[name][0](rng)


def finished(author: Author) -> str:
    """Return an author's text."""
    rng = author.rng
    return author.pen.text(rng.choice(_TITLES), end=rng.random() < 0.9)


def draw_grammar(rng: random.Random) -> Sample:
    """Draw a netlist of the grammar."""
    name, author = handwritten(rng)
    return Sample(finished(author), True, name)
