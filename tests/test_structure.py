"""The shape of the code: no circles, typed results, small functions, names that resolve."""

import ast
import re
from collections import Counter
from importlib import import_module
from pathlib import Path

import grimp
import networkx as nx
import pytest

ROOT = Path(__file__).parents[1] / "hwkit"
FILES = sorted(ROOT.rglob("*.py"))
_UNTYPED = re.compile(
    r"\b(?:dict|Mapping|MutableMapping|defaultdict)\[[^\[\],]+, ?(?:Any|object)\]"
)
_MOST_UNTYPED = 15
_LONGEST, _MOST_ARGUMENTS, _LONGEST_FILE = 60, 8, 360
# Each argument of these is one that users set by name: simulators, trainings, what arranges runs.
_PUBLIC = {
    "simulate_langevin", "simulate_backward_euler", "simulate_underdamped", "simulate_spice",
    "simulate_boards", "sample_gaussian", "record", "monte_carlo", "render", "from_bonds", "train",
    "simulate_gated", "simulate_gated_implicit",
    "train_drift", "train_gated", "solve_exact", "converge", "validate_design", "validate_netlist",
    "validate_gated", "design_budget",
}  # fmt: skip
_COMPILED = {"march_blocks", "march_rows", "march", "_solve_field", "_draw"}  # take bare arrays


def functions():
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield str(file.relative_to(ROOT.parent)), node


def test_no_module_imports_itself_by_a_detour():
    graph = grimp.build_graph("hwkit", exclude_type_checking_imports=False)
    imports = nx.DiGraph(
        (module, other)
        for module in graph.modules
        for other in graph.find_modules_directly_imported_by(module)
    )
    assert imports.number_of_edges() > 500
    assert [c for c in nx.strongly_connected_components(imports) if len(c) > 1] == []


def test_results_of_studies_are_typed():
    found = Counter()
    for part in ("study", "report"):
        for file in (ROOT / part).rglob("*.py"):
            found[str(file)] += len(_UNTYPED.findall(file.read_text(encoding="utf-8")))
    assert found.total() <= _MOST_UNTYPED, +found


def test_functions_are_short():
    long = [
        (file, node.name, node.end_lineno - node.lineno + 1)
        for file, node in functions()
        if node.end_lineno - node.lineno + 1 > _LONGEST
    ]
    assert long == []


def test_files_are_short():
    long = {
        str(file.relative_to(ROOT)): lines
        for file in FILES
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > _LONGEST_FILE
    }
    assert long == {}


def test_many_arguments_are_taken_by_public_simulators_alone():
    many = {
        node.name
        for file, node in functions()
        if len([*node.args.args, *node.args.kwonlyargs, *node.args.posonlyargs]) > _MOST_ARGUMENTS
        and not file.startswith("hwkit/cli/")  # options of a verb
    }
    assert many <= _PUBLIC | _COMPILED, many - _PUBLIC - _COMPILED


def test_the_strings_that_name_functions_for_workers_resolve():
    pattern = re.compile(r'"(hwkit(?:\.\w+)+):(\w+)"')
    named = {match for file in FILES for match in pattern.findall(file.read_text("utf-8"))}
    assert len(named) > 5
    for module, name in named:
        assert callable(getattr(import_module(module), name)), (module, name)


@pytest.mark.parametrize("kind", ["langevin", "spice", "twin"])
def test_no_page_imports_a_simulator(kind):
    for file in (ROOT / "study" / "kinds").glob("*/page.py"):
        assert f"hwkit.{kind}" not in file.read_text(encoding="utf-8"), file


def test_every_template_is_used():
    """As a section's, by its anchor, or by its name in another template or in code."""
    anchors = {
        node.args[0].value
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "Section"
        and isinstance(node.args[0], ast.Constant)
    }
    templates = sorted(ROOT.rglob("*.j2"))
    text = "".join(file.read_text(encoding="utf-8") for file in [*FILES, *templates])
    unused = {
        str(path.relative_to(ROOT))
        for path in templates
        if path.name.partition(".")[0] not in anchors and f'"{path.name}"' not in text
    }
    assert unused == set()
    assert len(templates) > 30
