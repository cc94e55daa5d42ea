"""One author of a netlist: writes a machine down by hand, each part in one of many ways."""

import math
import random
from collections.abc import Callable

from tests.differential.machines import Machine, round4
from tests.differential.pen import Pen, Style

_NODES: tuple[Callable[[int], str], ...] = (
    lambda i: f"x{i}",
    lambda i: f"x{i}",
    lambda i: f"x{i}",
    lambda i: f"out{i + 1}",
    lambda i: "abcdefgh"[i],
    lambda i: str(i + 1),
    lambda i: f"n{i + 1:03d}",
    lambda i: f"net_{i}",
    lambda i: f"/x{i}",
    lambda i: f"~x{i}",
    lambda i: f"x{i}!",
    lambda i: f"unit.{i}",
)


class Author:
    """Writes one machine down."""

    def __init__(self, rng: random.Random, machine: Machine, style: Style) -> None:
        self.rng, self.machine = rng, machine
        self.pen = Pen(rng, style)
        name = rng.choice(_NODES)
        self.nodes = [name(i) for i in range(machine.n)]
        self.ground = style.ground
        self.count = 0
        self.parameters: list[tuple[str, ...]] = []
        self.kt = round4(rng.uniform(0.05, 1))
        self.uses_parameters = rng.random() < 0.3

    def maybe(self, share: float = 0.5) -> bool:
        """Toss a coin."""
        return self.rng.random() < share

    def name(self, letter: str) -> str:
        """Return a new element's name."""
        self.count += 1
        return self.rng.choice([f"{letter}{self.count}", f"{letter}el{self.count}"])

    def value(self, value: float, unit: str = "") -> str:
        """Spell a number, or name it in a parameter."""
        text = self.pen.number(value, unit)
        if not self.uses_parameters or not self.maybe(0.4):
            return text
        self.count += 1
        name, form = f"p{self.count}", self.rng.randrange(7)
        if form == 0:
            self.parameters.append((".param", f"{name}={text}"))
        elif form == 1:
            self.parameters.append((".param", name, "=", text))
        elif form == 2:
            self.parameters.append((".param", f"{name}h={text}", f"{name}={{{name}h}}"))
        elif form == 3:
            half = self.pen.number(value / 2) if _halves(value) else text
            rest = "2*" if _halves(value) else ""
            self.parameters.append((".param", f"{name}='{rest}{half}'"))
        elif form == 4:
            self.parameters.append((".param", f"{name}={{({text}+3*{text})/4}}"))
        elif form == 5:
            self.parameters.append((".func", f"f{name}(a)", "{a*2-a}"))
            self.parameters.append((".param", f"{name}={{f{name}({text})}}"))
        else:
            self.parameters.append((".param", f"{name}={{sqrt({text}*{text})*{_sign(value)}}}"))
        return self.rng.choice([f"{{{name}}}", f"{{{name}}}", f"'{name}'", f"{{1*{name}}}"])

    def more(self, share: float = 0.1) -> list[str]:
        """Return further parameters of an element that no other must match."""
        if not self.maybe(share):
            return []
        return [self.rng.choice(["m=2", "m = 3", "M=0.5", "m={1+1}"])]

    # --- parts ---
    def units(self) -> None:
        """Write the capacitors."""
        for node, farad in zip(self.nodes, self.machine.farad, strict=True):
            parts = [farad / 2, farad / 2] if _halves(farad) and self.maybe(0.1) else [farad]
            for part in parts:
                ends = [node, self.ground] if self.maybe(0.8) else [self.ground, node]
                start = [f"ic={self.pen.number(0.01)}"] if self.maybe(0.1) else []
                copies = ["m=2"] if _halves(part) and self.maybe(0.1) else []
                value = self.value(part / 2 if copies else part, "F")
                named = self.rng.choice(["", "", "", "c="])
                words = [named + value, *start, *copies]
                self.pen.add(self.name("c"), *ends, *words)

    def onsite(self) -> None:
        """Write what each unit does alone."""
        for node, g, c in zip(self.nodes, self.machine.linear, self.machine.cubic, strict=True):
            form = self.rng.randrange(4)
            if form == 0:
                self.pen.add(self.name("b"), node, self.ground, "i=" + self._polynomial(node, g, c))
                continue
            if form == 1:
                ends = [node, self.ground] if self.maybe() else [self.ground, node]
                named = self.rng.choice(["", "", "", "r="])
                hot = self.rng.choice(
                    [[], [], [], ["tc1=1e-3"], ["tc2=1m", "tc1=.002"], ["temp=40"]]
                )
                value = named + self.value(1 / g, "Ohm")
                self.pen.add(self.name("r"), *ends, value, *hot, *self.more())
            elif form == 2:
                value = self.value(g, "S")
                ends = [node, self.ground, node, self.ground]
                self.pen.add(self.name("g"), *ends, value, *self.more())
            else:
                value = self.value(-g)
                ends = [node, self.ground, self.ground, node]
                self.pen.add(self.name("g"), *ends, value, *self.more())
            self._cubic(node, c)

    def _cubic(self, node: str, c: float) -> None:
        v = self._voltage(node)
        value = self.value(c)
        body = self.rng.choice(
            [
                f"{value}*{v}*{v}*{v}",
                f"{v}*{v}*{v}*{value}",
                f"{v}*({v}*{v})*{value}",
                f"{value}*{v}*{v}*{v}+0",
            ]
        )
        word = self.rng.choice(["i=" + body, "i=" + body, "i=" + body.replace("*", " * ")])
        if self.maybe(0.2):
            self.pen.add(self.name("b"), self.ground, node, "i=-(" + body + ")")
        else:
            self.pen.add(self.name("b"), node, self.ground, word, *self.more())

    def _polynomial(self, node: str, g: float, c: float) -> str:
        v = self._voltage(node)
        one, three = self.value(g), self.value(c)
        return self.rng.choice(
            [
                f"{one}*{v}+{three}*{v}*{v}*{v}",
                f"{v}*({one}+{three}*{v}*{v})",
                f"-(-{one}*{v}-{three}*{v}*{v}*{v})",
            ]
        )

    def _voltage(self, node: str) -> str:
        return self.rng.choice([f"v({node})"] * 3 + [f"V({node})", f"v({node},{self.ground})"])

    def couplings(self) -> None:
        """Write both directions of each coupling."""
        for (i, j), g in self.machine.coupling.items():
            a, b = self.nodes[i], self.nodes[j]
            form = self.rng.randrange(3)
            if form == 2:
                ohm = round4(1 / abs(g))
                self.pen.add(self.name("r"), a, b, self.value(ohm, "Ohm"))
                continue
            value = self.value(g, "S")
            for out, control in ((a, b), (b, a)):
                if form == 1 and not value.startswith("'"):
                    source = f"i={value}*{self._voltage(control)}"
                    self.pen.add(self.name("b"), out, self.ground, source)
                else:
                    self.pen.add(self.name("g"), out, self.ground, control, self.ground, value)

    def biases(self) -> None:
        """Write constant currents."""
        for node, ampere in zip(self.nodes, self.machine.bias, strict=True):
            if self.maybe(0.3):
                continue
            dc = self.rng.choice([["dc"], ["dc"], []])
            if self.maybe(0.7):
                value = self.value(ampere, "A")
                self.pen.add(self.name("ib"), self.ground, node, *dc, value, *self.more())
            else:
                self.pen.add(self.name("ib"), node, self.ground, *dc, self.value(-ampere, "A"))

    def noises(self) -> None:
        """Write the noise of the temperature, in one form for all units."""
        form = self.rng.choice(["none", "trnoise", "trnoise", "external", "pwl"])
        step = self.machine.second / 100
        for i, node in enumerate(self.nodes):
            ends = [self.ground, node] if self.maybe(0.8) else [node, self.ground]
            if form == "trnoise":
                self._trnoise(i, ends, step)
            elif form == "external":
                self.pen.add(f"in{i}", *ends, "external")
            elif form == "pwl":  # as hwkit writes noise out: knots in the middle of each step
                first, last = (self.pen.number(self.rng.gauss(0, 1e-7)) for _ in "ab")
                knots = f"0 {first} {step / 2!r} {first} {1.5 * step!r} {last}"
                self.pen.add(f"in{i}", *ends, f"pwl({knots})")

    def _trnoise(self, unit: int, ends: list[str], step: float) -> None:
        ampere = self.machine.farad[unit] / self.machine.second * self.machine.volt
        size, pace = repr(ampere * math.sqrt(200 * self.kt)), self.pen.number(step)
        noise = self.rng.choice(
            [
                f"trnoise({size} {pace} 0 0)",
                f"trnoise ( {size} {pace} 0 0 )",
                f"trnoise({size}, {pace}, 0, 0)",
                f"trnoise({size} {pace} 0 0)",
            ]
        )
        value = self.pen.number(1e-7)
        words = self.rng.choice(
            [[noise], ["dc", "0", noise], ["dc", value, noise], ["0", noise], [noise, "dc", value]]
        )
        self.pen.add(f"in{unit}", *ends, *words)

    def held(self) -> None:
        """Write a node that a source holds, coupled to the first unit."""
        if not self.maybe(0.15):
            return
        node = self.rng.choice(["vin", "h0", "held"])
        dc = self.rng.choice([["dc"], []])
        volt = self.pen.number(round4(self.machine.volt * self.rng.uniform(-1, 1)), "V")
        self.pen.add(self.name("v"), node, self.ground, *dc, volt)
        g = self.value(self.machine.linear[0], "S")
        if self.maybe():
            self.pen.add(self.name("g"), self.nodes[0], self.ground, node, self.ground, g)
        else:
            self.pen.add(
                self.name("r"), node, self.nodes[0], self.value(1 / self.machine.linear[0])
            )
        if self.maybe(0.3):
            self.pen.add(self.name("c"), node, self.ground, self.pen.number(1e-12))

    def statements(self) -> None:
        """Write analyses, options and start values."""
        second = self.machine.second
        if self.maybe():
            uic = ["uic"] if self.maybe() else []
            self.pen.add(".tran", self.pen.number(second / 100), self.pen.number(second), *uic)
        if self.maybe(0.2):
            for node in self.nodes:
                self.pen.add(".ic", f"v({node})={self.pen.number(round4(self.machine.volt / 3))}")
        if self.maybe(0.1):
            shunt = self.rng.choice(["temp=50", "tnom=30", "temp = 40", "rshunt=1e9"])
            self.pen.add(self.rng.choice([".options", ".option"]), shunt)
        for words in ((".op",), (".save", "all"), (".options", "reltol=1e-4")):
            if self.maybe(0.1):
                self.pen.add(*words)

    def machine_parameters(self) -> None:
        """Write what a circuit can't show: the units of a model's numbers."""
        machine, pen = self.machine, self.pen
        pairs = [
            ("hwkit_volt", pen.number(machine.volt, "V")),
            ("hwkit_second", pen.number(machine.second, "s")),
            ("hwkit_kt", pen.number(self.kt)),
            ("hwkit_mobility", pen.number(1.0)),
            ("hwkit_visible", str(machine.n)),
        ]
        self.rng.shuffle(pairs)
        if self.maybe():
            self.pen.add(".param", *(f"{name}={value}" for name, value in pairs))
            return
        for name, value in pairs:
            gap = self.rng.choice(["=", "=", " = ", "= "])
            self.pen.add(".param", f"{name}{gap}{value}")

    def write(self, *parts: Callable[[], None]) -> None:
        """Write parts of the netlist in any order."""
        for part in parts:
            part()
        if self.maybe(0.3):
            self.rng.shuffle(self.pen.lines)
        for words in self.parameters:
            place = 0 if self.maybe(0.8) else len(self.pen.lines)
            self.pen.lines.insert(place, list(words))


def _halves(value: float) -> bool:
    """Say whether half of a number has four digits again."""
    return round4(value / 2) * 2 == value


def _sign(value: float) -> str:
    return "(-1)" if value < 0 else "1"
