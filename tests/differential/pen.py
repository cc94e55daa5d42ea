"""How people spell things: numbers, names, spaces, case, comments, continued lines."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

_SUFFIXES = {
    12: "t", 9: "g", 6: "meg", 3: "k", 0: "", -3: "m", -6: "u", -9: "n", -12: "p", -15: "f",
}  # fmt: skip


@dataclass(frozen=True)
class Style:
    """What one author does throughout a file.

    Attributes:
        case: "lower", "upper", "title" or "mixed".
        suffixes: share of numbers written with a suffix.
        units: share of numbers with a unit's letters behind them.
        spaces: share of gaps that are not one space.
        continued: share of gaps where a line is broken.
        comments: share of lines with a comment behind or above them.
        ground: what ground is called.
        newline: how lines end.
    """

    case: str = "lower"
    suffixes: float = 0.3
    units: float = 0.0
    spaces: float = 0.0
    continued: float = 0.0
    comments: float = 0.0
    ground: str = "0"
    newline: str = "\n"


def draw_style(rng: random.Random) -> Style:
    """Draw an author."""

    def some(share: float) -> float:
        return share if rng.random() < 0.4 else 0.0

    return Style(
        rng.choice(["lower", "lower", "upper", "title", "mixed"]),
        rng.choice([0.0, 0.3, 0.9]),
        some(0.5),
        some(0.2),
        some(0.05),
        some(0.2),
        rng.choice(["0", "0", "0", "gnd"]),
        rng.choice(["\n", "\n", "\n", "\r\n"]),
    )


@dataclass
class Pen:
    """Writes statements in one author's style."""

    rng: random.Random
    style: Style
    lines: list[list[str]] = field(default_factory=list)

    def add(self, *words: str) -> None:
        """Write one statement: its words."""
        self.lines.append(list(words))

    def number(self, value: float, unit: str = "") -> str:
        """Spell a number; its first four digits are what it is."""
        rng = self.rng
        exact = Decimal(f"{value:.3e}")
        if rng.random() < self.style.suffixes:
            exponent = exact.adjusted() // 3 * 3 + rng.choice([0, 0, 0, 3, -3])
            if exponent in _SUFFIXES:
                digits = format(exact.scaleb(-exponent), "f")
                return self._digits(digits) + _SUFFIXES[exponent] + self._unit(unit, exponent)
        form = rng.choice(["repr", "e", "E", "f"])
        if form == "f" and abs(exact.adjusted()) < 5:
            return self._digits(format(exact, "f")) + self._unit(unit, 0)
        text = repr(float(exact)) if form == "repr" else f"{float(exact):.3e}"
        return text.upper() if form == "E" else text

    def _digits(self, digits: str) -> str:
        if "." in digits and self.rng.random() < 0.5:
            digits = digits.rstrip("0").rstrip(self.rng.choice([".", ""])) or "0"
        return digits[1:] if digits.startswith("0.") and self.rng.random() < 0.2 else digits

    def _unit(self, unit: str, exponent: int) -> str:
        wanted = unit and self.rng.random() < self.style.units
        # 1F is a femto: a unit's letter alone may be a suffix
        return unit if wanted and (exponent or unit.lower() not in "fa") else ""

    def text(self, title: str, end: bool = True) -> str:
        """Return the netlist."""
        rows = [title]
        for words in self.lines:
            rows += self._statement(words)
        if end:
            rows.append(self._cased(".end"))
        return self.style.newline.join([*rows, ""])

    def _statement(self, words: Sequence[str]) -> list[str]:
        rng, style = self.rng, self.style
        rows = [""]
        if rng.random() < style.comments:
            rows = [rng.choice(["* a remark", "*", "", "* R9 x0 0 1k", "  * x"]), ""]
        if rng.random() < style.spaces / 4:
            rows[-1] = "  "
        for k, word in enumerate(words):
            if k > 1 and rng.random() < style.continued:
                if rng.random() < 0.2 * style.comments:
                    rows.append("* between")
                rows.append(rng.choice(["+ ", "+", "+  "]))
            elif k:
                rows[-1] += self._gap()
            rows[-1] += self._cased(word)
        if rng.random() < style.comments:
            rows[-1] += rng.choice([" ; a remark", " ;", " $ a remark", "; R=3"])
        return rows

    def _gap(self) -> str:
        if self.rng.random() < self.style.spaces:
            return self.rng.choice(["  ", "\t", "   ", " \t"])
        return " "

    def _cased(self, word: str) -> str:
        match self.style.case:
            case "upper":
                return word.upper()
            case "title":
                return word[:1].upper() + word[1:]
            case "mixed":
                return "".join(self.rng.choice([c.upper(), c]) for c in word)
        return word
