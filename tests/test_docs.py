"""Every snippet in the documentation runs.

The blocks of a page run in their order, in one empty folder: `python` blocks in one namespace;
`bash` and `console` blocks (there the lines after `$ `) if `<!-- run -->` is just above them.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import hwkit
from hwkit.cli import app
from tests.documents import links

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md")), ROOT / "netlists" / "README.md"]

VERBS = typer.main.get_command(app).commands

_BLOCK = re.compile(r"^(<!-- run -->\n+)?```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NEEDS_SPICE = re.compile(
    r"simulate_spice|validate_design|hwkit\.(energy|spice)|hwkit (run|simulate|validate)"
)


@dataclass(frozen=True)
class Snippet:
    language: str
    code: str
    line: int


def snippets(text):
    """The blocks of a page that are to be run."""
    found = []
    for match in _BLOCK.finditer(text):
        marked, language, code = match.groups()
        if language == "python" or (marked and language in ("bash", "console")):
            line = text[: match.start(3)].count("\n") + 1
            found.append(Snippet(language, code, line))
    return found


def run_python(snippet, page, namespace):
    code = "\n" * (snippet.line - 1) + snippet.code  # tracebacks then name the page's own lines
    exec(compile(code, str(page), "exec"), namespace)


def run_shell(snippet, page, folder):
    code = snippet.code
    if snippet.language == "console":
        code = "\n".join(re.findall(r"^\$ (.*)$", code, re.MULTILINE))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code],
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{page}:{snippet.line}\n{code}\n{done.stdout}{done.stderr}"
    return done.stdout


def marked(page):
    marks = [pytest.mark.spice] if _NEEDS_SPICE.search(page.read_text("utf-8")) else []
    return pytest.param(page, marks=marks, id=str(page.relative_to(ROOT)))


# docs/jobs.md is run in tests/jobs, which reads its answers too.
@pytest.mark.parametrize("page", [marked(page) for page in PAGES if page.name != "jobs.md"])
def test_every_snippet_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    for snippet in snippets(page.read_text("utf-8")):
        if snippet.language == "python":
            run_python(snippet, page, namespace)
        else:
            run_shell(snippet, page, tmp_path)


def test_the_readme_has_snippets_of_both_kinds():
    languages = {snippet.language for snippet in snippets(README.read_text("utf-8"))}
    assert "python" in languages
    assert languages & {"bash", "console"}


def test_which_blocks_are_taken():
    page = """
```python
a = 1
```
```bash
rm -rf everything
```
<!-- run -->
```bash
true
```
<!-- run -->

```console
$ echo one
one
```
```text
python
```
"""
    assert snippets(page) == [
        Snippet("python", "a = 1\n", 3),
        Snippet("bash", "true\n", 10),
        Snippet("console", "$ echo one\none\n", 15),
    ]


def test_a_snippet_that_fails_is_noticed(tmp_path):
    with pytest.raises(AssertionError, match=r"page\.md:7"):
        run_shell(Snippet("bash", "false\ntrue\n", 7), Path("page.md"), tmp_path)
    with pytest.raises(NameError):
        run_python(Snippet("python", "nothing\n", 1), Path("page.md"), {})


def test_every_relative_link_leads_somewhere():
    for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
        for target in links(page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_public_name_is_in_the_reference():
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    shown = re.findall(r"^::: ([\w.]+)$", page, re.MULTILINE)
    names = [path.rpartition(".")[2] for path in shown]
    assert sorted(names) == sorted(set(hwkit.__all__) - {"__version__"})
    assert "`hwkit.__version__`" in page


def test_the_reference_shows_functions_not_modules_of_their_names():
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    for path in re.findall(r"^::: ([\w.]+)$", page, re.MULTILINE):
        module, _, name = path.rpartition(".")
        assert getattr(import_module(module), name) is getattr(hwkit, name)
        if module == "hwkit":  # static analysis would take the module of that name
            home = ROOT.joinpath(*hwkit._HOMES[name].split("."))
            assert not (home / f"{name}.py").exists(), path


def test_every_verb_is_on_the_page_of_the_command_line():
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    shown = re.findall(r"^\| `hwkit (\w+)` \|", page, re.MULTILINE)
    assert sorted(shown) == sorted(VERBS)


def test_the_readme_names_every_verb():
    table = README.read_text("utf-8").partition("## On the command line")[2].partition("```")[0]
    assert set(re.findall(r"`(\w+)`", table.partition("<!--")[0])) == set(VERBS)


def test_the_list_of_verbs_cuts_nothing():
    listing = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "80"}).stdout
    rows = re.findall(r"^  (\w+) +(.*)$", listing.partition("Commands:\n")[2], re.MULTILINE)
    assert dict(rows) == {
        name: re.match(r".*?\.(?=\s|$)", command.callback.__doc__)[0]
        for name, command in VERBS.items()
    }


def test_every_page_is_on_the_index():
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    wanted = {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"}
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", index.partition("## All pages")[2]))
    assert listed == wanted
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"(../notebooks/{notebook.name})" in index
