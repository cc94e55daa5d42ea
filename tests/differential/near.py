"""Near misses: one change to a netlist, as a hurried or a differently schooled author makes it."""

import random
import re
from collections.abc import Callable
from pathlib import Path

from tests.differential.grammar import draw_grammar
from tests.differential.own import draw_own
from tests.differential.sample import Sample

Lines = list[str]
Change = Callable[[Lines, random.Random], Lines]

_WORDS = (
    "m=2", "M=3", "m = 2", "tc=0.01", "tc1=0.02", "tc2=1e-3", "temp=60", "dtemp=20", "ic=0.1",
    "ic=0.1 m=2", "area=2", "off", "scale=2", "ac 1", "ac=1", "w=2u", "l=3u", "rser=1", "noisy=0",
    "5", "2k", "x", "junk", "tce=1", "r=5k", "c=2p", "dc 1e-7", "dc 1e-7 dc 2e-7",
    "sin(0 1e-7 1meg)", "pulse(0 1e-7 0 1n 1n 1u 2u)", "pwl(0 0 1u 1e-7)", "external",
    "trnoise(1e-7 1e-8 0 0)", "trnoise(1e-7 1e-8 1 1e-8)", "exp(0 1e-7 0 1u 2u 1u)",
    "trrandom(2 10n 0 1e-7)", "2 3", "params: k=1", "{1}", "=2", "m=0", "m=-1", "bv=5", "rs=10",
    "cjo=1p", "tnom=50", "xti=0", "eg=1", "level=3", "isr=1n", "poly(1)", "$ remark", "; m=2",
    "// m=2", "$m=2", "$ m=2", "# m=2", "* 2", ", 2", "(2)", "'2'", "\"2\"",
)  # fmt: skip
_STATEMENTS = tuple(
    line.encode("ascii").decode("unicode_escape")
    for line in Path(__file__).with_name("near_lines.txt").read_text("ascii").splitlines()
)

_PARAMETER = re.compile(r"\b(hwkit_\w+)(\s*=\s*)([-+.\w]+)", re.IGNORECASE)
_FORMS = (
    "{n}={{{v}}}", "{n}='{v}'", '{n}="{v}"', "{n}={v}V", "{n}={v}s", "{n}={v}k", "{n}={v} m=2",
    "{n} {v}", "{n}={{{v}*2}}", "{n}={v}*2", "{n}={v} *2", "{n} = {v}", "{n}=({v})", "{n}=-{v}",
    "{n}={v}\n.param {n}={v}1", "{n}={v}\n.params {n}=3", "{n}={{half*2}} half={v}",
    "{n}={v},", "{n}={v}e0", "{n}={v}.0", "{n}={v}%", "{n}=f({v})\n.func f(x) {{x+x}}",
    "{n}={v}\n.csparam {n}=2", "{n}={v}\n.subckt unused a\n.param {n}=7\nR1 a 0 1k\n.ends",
    "{n}={v}\n.param {n}_x={v}", "{n}={v} ; {n}=9", "{n}={v} $ {n}=9", "{n}={v}\n* .param {n}=9",
    "{n}={v} // 9", "{n}= {v} + 1", "{n}={v}+1", "x{n}={v}", "{n}x={v}", "{n}={v}\n+ {n}=8",
    "{n}={{{n}}}", "{n}={v}u", "{n}={v}a", "{n}=1.{v}", "{n}={{{v}", "{n}=={v}", "{n}={v}={v}",
    "{n}={{1?{v}:2}}", "{n}={{max({v},1)}}", "{n}={{{v}^1}}", "{n}={{{v}**2}}", "{n}= {{ {v} }}",
)  # fmt: skip


def _elements(lines: Lines) -> list[int]:
    """Return the rows of elements."""
    return [k for k, line in enumerate(lines) if k and line[:1].isalpha() and len(line.split()) > 2]


def _some(lines: Lines, rng: random.Random) -> int | None:
    rows = _elements(lines)
    return rng.choice(rows) if rows else None


def _node(lines: Lines, rng: random.Random) -> str:
    words = [w for k in _elements(lines) for w in lines[k].split()[1:3] if lines[k][0] in "cC"]
    return rng.choice([w for w in words if w.lower() not in ("0", "gnd")] or ["x0"])


def one_word_more(lines: Lines, rng: random.Random) -> Lines:
    """Put a word behind an element or statement."""
    rows = [k for k, line in enumerate(lines) if k and line.strip() and line[0] not in "*+"]
    if rows:
        lines[rng.choice(rows)] += " " + rng.choice(_WORDS)
    return lines


def one_word_inside(lines: Lines, rng: random.Random) -> Lines:
    """Put a word between the words of an element."""
    row = _some(lines, rng)
    if row is not None:
        words = lines[row].split()
        words.insert(rng.randrange(1, len(words) + 1), rng.choice(_WORDS))
        lines[row] = " ".join(words)
    return lines


def one_word_less(lines: Lines, rng: random.Random) -> Lines:
    """Leave a word out."""
    row = _some(lines, rng)
    if row is not None:
        words = lines[row].split()
        del words[rng.randrange(1, len(words))]
        lines[row] = " ".join(words)
    return lines


def other_order(lines: Lines, rng: random.Random) -> Lines:
    """Swap two words of an element."""
    row = _some(lines, rng)
    if row is not None:
        words = lines[row].split()
        i, j = rng.sample(range(1, len(words)), 2)
        words[i], words[j] = words[j], words[i]
        lines[row] = " ".join(words)
    return lines


def other_line_order(lines: Lines, rng: random.Random) -> Lines:
    """Move a line elsewhere."""
    if len(lines) > 3:
        line = lines.pop(rng.randrange(1, len(lines)))
        lines.insert(rng.randrange(1, len(lines) + 1), line)
    return lines


def one_more_statement(lines: Lines, rng: random.Random) -> Lines:
    """Add a line or a few, somewhere."""
    node = _node(lines, rng)
    text = rng.choice(_STATEMENTS).format(n=node, N=node.upper())
    rows = [k for k in range(1, len(lines)) if lines[k][:1] not in "+"] or [len(lines)]
    lines[rng.choice(rows) : 0] = []
    place = rng.choice(rows)
    return [*lines[:place], *text.split("\n"), *lines[place:]]


def duplicated(lines: Lines, rng: random.Random) -> Lines:
    """Write an element twice, with the same or another name."""
    row = _some(lines, rng)
    if row is not None:
        name, rest = lines[row].split(maxsplit=1)
        other = rng.choice([name, name + "b", name.swapcase(), name + "."])
        lines.insert(rng.randrange(1, len(lines) + 1), f"{other} {rest}")
    return lines


def other_name(lines: Lines, rng: random.Random) -> Lines:
    """Give an element another letter, or a name that could mean something."""
    row = _some(lines, rng)
    if row is not None:
        name, rest = lines[row].split(maxsplit=1)
        other = rng.choice(
            [rng.choice("bcdefghiklrvx") + name[1:], name[0], name[0] + "d", name + "!",
             name + "#1", "x" + name, name[0] + "=1", name[0] + "(1)", name + "{1}"]
        )  # fmt: skip
        lines[row] = f"{other} {rest}"
    return lines


def other_node(lines: Lines, rng: random.Random) -> Lines:
    """Call a node of one element otherwise: another spelling of ground, another unit."""
    row = _some(lines, rng)
    if row is not None:
        words = lines[row].split()
        names = ["0", "gnd", "GND", "gnd!", "00", "0.0", "ground", "vss", _node(lines, rng), "foo",
                 "{1}", "(0", "0)", "x0#branch", "v(0)"]  # fmt: skip
        words[rng.randrange(1, min(4, len(words)))] = rng.choice(names)
        lines[row] = " ".join(words)
    return lines


def renamed_node(lines: Lines, rng: random.Random) -> Lines:
    """Call a node otherwise everywhere."""
    node = _node(lines, rng)
    other = rng.choice(
        ["time", "temper", "m", "1e3", "2k", "v(a)", "a=b", "net-1", "x#1", "/a/b", "gnd2", "in+",
         "out-", "a,b", "dc", "x.y", "X", "\u00e9", "pi", "hertz", "0x0", "u_eye", "x0__p", "all",
         "v1#branch", "i", "[a]", "<1>", "a:b", "$n", "%n", "@n", "n!", "~n", "n*2", "0a"]
    )  # fmt: skip
    return [
        lines[0],
        *(
            re.sub(rf"(?<![\w/~.]){re.escape(node)}(?![\w!])", lambda _: other, line)
            for line in lines[1:]
        ),
    ]


def other_number(lines: Lines, rng: random.Random) -> Lines:
    """Put letters behind a number, or spell it otherwise."""
    row = _some(lines, rng)
    if row is not None:
        words = lines[row].split()
        places = [k for k, word in enumerate(words) if k > 2 and re.match(r"[-+.]?\d", word)]
        if places:
            place = rng.choice(places)
            ends = ["F", "f", "pF", "k", "meg", "MEG", "M", "x", "a", "ohm", "s", "e3", "e", "d3",
                    "u", "\u00b5", "\u03bc", "mil", "_0", ",0", "%", "V", "Hz", "g", "t", ".", "..",
                    "k5", "meg2", "*2", "/2", "+1", "-1", "e-3k", "^2", "p2", "Farad",
                    "tera"]  # fmt: skip
            words[place] += rng.choice(ends)
            lines[row] = " ".join(words)
    return lines


def other_parameter(lines: Lines, rng: random.Random) -> Lines:
    """Spell a machine's parameter otherwise, give it twice, or elsewhere."""
    rows = [k for k, line in enumerate(lines) if "hwkit_" in line.lower() and line[:2] != "* "]
    places = [(k, m) for k in rows for m in _PARAMETER.finditer(lines[k])]
    if places:
        row, found = rng.choice(places)
        name, gap, value = found.groups()
        form = rng.choice(_FORMS).format(n=name, g=gap, v=value)
        line = lines[row]
        lines[row] = line[: found.start()] + form.partition("\n")[0] + line[found.end() :]
        more = form.partition("\n")[2]
        if more:
            place = rng.choice([row + 1, len(lines), 1])
            lines[place:place] = more.split("\n")
    return lines


def broken(lines: Lines, rng: random.Random) -> Lines:
    """Break a line where it is continued, badly or well."""
    row = _some(lines, rng)
    if row is not None:
        line = lines[row]
        place = rng.randrange(1, len(line))
        glue = rng.choice(["\n+", "\n+ ", "\n +", "\n\n+ ", "\n* c\n+ ", "\\\\\n", "\n", "\n++ ",
                           "\\\n", "\n; c\n+ ", "\n.op\n+ ", "\n$ c\n+", "\r", "\n&"])  # fmt: skip
        lines[row] = line[:place] + glue + line[place:]
    return lines


def commented(lines: Lines, rng: random.Random) -> Lines:
    """Turn part of a line into a comment, or begin a line with a mark."""
    row = _some(lines, rng)
    if row is not None:
        line = lines[row]
        mark = rng.choice(
            ["*", ";", "$", "$ ", "//", "# ", "'", "!", "--", " * ", "* ", " ;", " $"]
        )
        place = rng.choice([0, rng.randrange(len(line)), len(line)])
        lines[row] = line[:place] + mark + line[place:]
    return lines


def spaced(lines: Lines, rng: random.Random) -> Lines:
    """Put an odd space into a line."""
    row = rng.randrange(1, len(lines)) if len(lines) > 1 else 0
    line = lines[row]
    place = rng.randrange(len(line) + 1)
    space = rng.choice(
        [
            " ",
            "\t",
            "\u00a0",
            "\u2003",
            "\u200b",
            "\x0c",
            "\x0b",
            "\ufeff",
            "\u3000",
            "\x1c",
            "\x85",
        ]
    )
    lines[row] = line[:place] + space + line[place:]
    return lines


def after_the_end(lines: Lines, rng: random.Random) -> Lines:
    """Write on behind `.end`."""
    node = _node(lines, rng)
    while lines and not lines[-1].strip():
        lines.pop()
    if lines[-1].strip().lower() != ".end":
        lines.append(".end")
    lines[-1] = rng.choice([".end", ".END", " .end", ".end ; x", ".end foo", ".END  "])
    more = rng.choice(["latex notes", "C5 {n} 0 1p", "R5 {n} 0 1k", ".param hwkit_kt=9", ".end",
                       "L1 {n} 0 1m", "+ m=2", "other title\nR5 {n} 0 1k\n.end"])  # fmt: skip
    return [*lines, *more.format(n=node).split("\n"), ""]


def other_start(lines: Lines, rng: random.Random) -> Lines:
    """Begin the file otherwise."""
    first = rng.choice(["", "  ", "+ 1", "* c", ".title x", "\ufeff" + lines[0], None, "lx 0 1"])
    if first is None:
        return lines[1:]
    return [first, *lines] if rng.random() < 0.3 else [first, *lines[1:]]


def one_line_less(lines: Lines, rng: random.Random) -> Lines:
    """Leave a line out."""
    if len(lines) > 2:
        del lines[rng.randrange(1, len(lines))]
    return lines


CHANGES: dict[Change, float] = {
    one_more_statement: 8,
    one_word_more: 5,
    one_word_inside: 2,
    other_order: 2,
    other_number: 2,
    other_parameter: 2,
    broken: 2,
    commented: 2,
    other_node: 2,
    duplicated: 1,
    other_name: 1,
    renamed_node: 1,
    spaced: 1.5,
    one_word_less: 1,
    other_line_order: 1,
    after_the_end: 1,
    other_start: 0.7,
    one_line_less: 0.7,
}
_ENCODINGS = ("utf-8",) * 16 + ("utf-16", "utf-8-sig", "latin-1")


def draw_near(rng: random.Random) -> Sample:
    """Draw a netlist of the grammar and change it once, sometimes twice."""
    base = draw_own(rng) if rng.random() < 0.3 else draw_grammar(rng)
    changes = rng.choices(list(CHANGES), list(CHANGES.values()), k=rng.choice([1, 1, 1, 2]))
    newline = "\r\n" if "\r\n" in base.text else "\n"
    lines = base.text.split(newline)
    for change in changes:
        lines = change(lines, rng)
    text = rng.choice([newline] * 8 + ["\n", "\r\n", "\r"]).join(lines)
    encoding = rng.choice(_ENCODINGS)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        encoding = "utf-8"
    names = "+".join(change.__name__ for change in changes)
    return Sample(text, False, f"{base.kind}: {names}", encoding)
