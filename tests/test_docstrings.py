"""Docstrings of public functions: what many arguments are, and the shapes of arrays.

An entry may say "as for `f`"; then f's entry for that argument counts. A method may say "See `C`",
or leave it to its base class.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "hwkit"
MANY = 5
FOUR = {  # wherever a public function takes all four
    "t_final": "duration, in model time; a whole number of steps.",
    "dt": "time step, in model time.",
    "n_trajectories": "number of runs.",
    "seed": "root of the noise; the same seed gives the same runs.",
}
EXCEPTIONS = {
    "hwkit/cli/": "each option of a verb has its help text",
    "batches.py:make": "one caller, in the same file",
    "folder.py:RunFolder.array": "arrays of any kind and shape",
    "folder.py:load_array": "arrays of any kind and shape",
}
_ARRAY = re.compile(r"Array\b|ArrayLike|NDArray|ndarray")
_SHAPE = re.compile(
    r"\((?:[^(),]|\([^()]*\))+,(?:[^()]|\([^()]*\))*\)|(any|same|their|joint) shape|elementwise"
    r"|the shape of|in shape\b|the last axis"
)
_AS_FOR = re.compile(r"as\s+for\s+`([\w.]+)`")
_SEE = re.compile(r"See `([\w.]+)`")


@dataclass(frozen=True)
class Function:
    place: str
    name: str
    bases: tuple[str, ...]
    arguments: dict[str, str]  # name -> annotation
    returns: str
    text: str

    @property
    def arrays(self):
        return [name for name, kind in self.arguments.items() if _ARRAY.search(kind)]

    @property
    def entries(self):
        """What the section Args says of each argument."""
        section = re.search(r"^Args:\n((?:    .*(?:\n|\Z)|\n)*)", self.text, re.MULTILINE)
        found = {}
        for entry in re.split(r"\n(?=    \S)", "\n" + section[1]) if section else ():
            names, _, text = entry.strip().partition(":")
            found |= dict.fromkeys(re.split(r",\s*", names), " ".join(text.split()))
        return found


def public(source, place=""):
    """The public functions and methods of a module."""
    body = ast.parse(source).body
    owned = [((), "", node) for node in body]
    for owner in [node for node in body if isinstance(node, ast.ClassDef)]:
        bases = tuple(ast.unparse(base).split("[")[0] for base in owner.bases)
        owned += [(bases, f"{owner.name}.", node) for node in owner.body]
    for bases, owner, node in owned:
        private = owner.startswith("_") or getattr(node, "name", "_").startswith("_")
        if not isinstance(node, ast.FunctionDef) or private:
            continue
        taken = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        static = any(ast.unparse(mark) == "staticmethod" for mark in node.decorator_list)
        taken = taken[1:] if owner and not static else taken
        kinds = {arg.arg: ast.unparse(arg.annotation) if arg.annotation else "" for arg in taken}
        returns = ast.unparse(node.returns) if node.returns else ""
        text = ast.get_docstring(node) or ""
        yield Function(place, owner + node.name, bases, kinds, returns, text)


def functions(files):
    found = {}
    for file in files:
        place = str(file.relative_to(ROOT.parent))
        for each in public(file.read_text(encoding="utf-8"), place):
            if not any(mark in f"{place}:{each.name}" for mark in EXCEPTIONS):
                found[f"{place}:{each.name}"] = each
    return found


def referred(known, name):
    """The functions that a reference may mean."""
    return [each for each in known.values() if each.name == name or each.name.endswith("." + name)]


def has_shape(known, function, argument, depth=4):
    text = function.entries.get(argument, "")
    if _SHAPE.search(text):
        return True
    others = [f for name in _AS_FOR.findall(text) for f in referred(known, name)]
    return depth > 0 and any(has_shape(known, other, argument, depth - 1) for other in others)


def says_shapes(known, function):
    """Whether a docstring, or the one that it refers to, names any shape."""
    last = function.name.rpartition(".")[2]
    owners = [*_SEE.findall(function.text), *(b for b in function.bases if b != "Protocol")]
    texts = [function.text, *(f.text for o in owners for f in referred(known, f"{o}.{last}"))]
    return any(map(_SHAPE.search, texts)) or any(
        has_shape(known, function, name) for name in function.arrays
    )


def without_args(known):
    return [key for key, f in known.items() if len(f.arguments) >= MANY and "Args:\n" not in f.text]


def without_shape(known):
    return [
        f"{key}({name})"
        for key, f in known.items()
        if len(f.arguments) >= MANY
        for name in f.arrays
        if not has_shape(known, f, name)
    ]


def silent_on_arrays(known):
    return [
        key
        for key, f in known.items()
        if (f.arrays or _ARRAY.search(f.returns)) and not says_shapes(known, f)
    ]


@pytest.fixture(scope="module")
def known():
    return functions(sorted(ROOT.rglob("*.py")))


def test_functions_of_many_arguments_say_what_they_are(known):
    assert len(known) > 700
    assert without_args(known) == []


def test_functions_of_many_arguments_give_the_shapes_of_arrays(known):
    assert without_shape(known) == []


def test_functions_of_arrays_name_shapes(known):
    assert silent_on_arrays(known) == []


def test_four_arguments_of_simulators_are_said_in_the_same_words(known):
    taking = [f for f in known.values() if f.arguments.keys() >= FOUR.keys()]
    assert len(taking) > 12
    for function in taking:
        said = {name: function.entries[name] for name in FOUR}
        if not all(_AS_FOR.search(text) for text in said.values()):
            assert said == FOUR, function.name


FAULTY = '''
def f(a, b, c, d, e):
    """Say nothing."""

def g(a, b, c, d, x: FloatArray):
    """Say too little.

    Args:
        a, b, c, d: numbers.
        x: states.
    """

def h(a, b, c, d, x: FloatArray):
    """Refer.

    Args:
        a, b, c, d, x: as for `k`.
    """

def k(a, b, c, d, x: FloatArray):
    """Say it.

    Args:
        a, b, c, d: numbers.
        x: states (runs, N), in volts (V).
    """

def m(x: FloatArray) -> FloatArray:
    """Return the square (in V^2)."""
'''


def test_control_what_is_missing_is_seen():
    known = {f.name: f for f in public(FAULTY)}
    assert without_args(known) == ["f"]
    assert without_shape(known) == ["g(x)"]
    assert silent_on_arrays(known) == ["g", "m"]
