"""Every snippet in the documentation runs.

The blocks of a page run in their order, in one empty folder: `python` blocks in one namespace;
`bash` and `console` blocks (there the lines after `$ `) if `<!-- run -->` stands just above them.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md")), ROOT / "netlists" / "README.md"]

_BLOCK = re.compile(r"^(<!-- run -->\n+)?```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NEEDS_SPICE = re.compile(
    r"simulate_spice|validate_design|hwkit\.(energy|spice)|hwkit (run|simulate|validate|tolerance)"
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


def marked(page):
    marks = [pytest.mark.spice] if _NEEDS_SPICE.search(page.read_text("utf-8")) else []
    return pytest.param(page, marks=marks, id=str(page.relative_to(ROOT)))


@pytest.mark.parametrize("page", [marked(page) for page in PAGES])
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
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)[^)]*\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
