"""The documentation site: what its hooks make and refuse, and what ends a strict build."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from mkdocs.exceptions import PluginError

from tests.documents import script
from tests.report.browser import CHROMIUM, WIDE, browser

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[1]
SHIM = "search-in-files.js"


site, pages = script("site"), script("notebook_pages")


def formula(latex, kind="span"):
    left, right = ("\\(", "\\)") if kind == "span" else ("\\[", "\\]")
    return f'<{kind} class="arithmatex">{left}{latex}{right}</{kind}>'


def test_formulas_become_mathml():
    page = site.mathml(f"<p>{formula('x_i &lt; 1')} and {formula('E = mc^2', 'div')}</p>")
    inline, block = re.findall(r"<math.*?</math>", page)
    assert 'display="inline"' in inline
    assert "&lt;" in inline or "&#x0003C;" in inline
    assert 'display="block"' in block
    assert "arithmatex" not in page
    assert page.startswith("<p>")


@pytest.mark.parametrize("latex", [r"\left(", r"x_", "x^2^3", r"\sqroot{2}"])
def test_a_formula_that_cannot_be_read_is_refused(latex):
    with pytest.raises(PluginError, match="formula"):
        site.mathml(formula(latex))


def test_a_picture_becomes_part_of_the_page(tmp_path):
    (tmp_path / "assets" / "pictures").mkdir(parents=True)
    file = (
        '<svg role="img" aria-label="a">\n<title>a</title><style>svg{--ink:#000}</style><g/></svg>'
    )
    (tmp_path / "assets" / "pictures" / "one.svg").write_text(file, encoding="utf-8")
    page = '<p><img alt="A cell." src="assets/pictures/one.svg" /></p><p>text</p>'
    assert site.pictured(page, tmp_path) == (
        '<div class="figure"><svg role="img" aria-label="A cell."> <g/></svg></div><p>text</p>'
    )
    other = '<p><img alt="A chain." src="assets/chain.svg" /></p>'
    assert site.pictured(other, tmp_path) == other


def test_a_page_without_formulas_stays_as_it_is():
    page = "<p>It costs $5 and \\(no more\\).</p>"
    assert site.mathml(page) == page


def test_numbers_stay_with_their_errors():
    assert site.tied("<td>0.9 ± 0.1</td><td>≤ 0.2</td>") == (
        "<td>0.9&nbsp;±&nbsp;0.1</td><td>≤&nbsp;0.2</td>"
    )
    assert site.tied("<code>x > 5 and a ± b</code>") == "<code>x > 5 and a ± b</code>"


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://cdn.example.org/x.js"></script>',
        "<script async src=//cdn.example.org/x.js></script>",
        '<img alt="a" src="http://example.org/a.png">',
        '<img srcset="https://example.org/a.png 2x">',
        '<object data="https://example.org/a.svg"></object>',
        '<iframe src="https://example.org"></iframe>',
        '<link rel="stylesheet" href="https://fonts.example.org/css">',
        '<link href="https://fonts.example.org" rel="preconnect">',
    ],
)
def test_a_page_that_loads_from_elsewhere_is_refused(page, tmp_path):
    (tmp_path / "index.html").write_text(f"<html>{page}</html>", encoding="utf-8")
    with pytest.raises(PluginError, match="elsewhere"):
        site.on_post_build({"site_dir": tmp_path})


@pytest.mark.parametrize(
    "style",
    ["@import 'https://example.org/a.css';", "p { background: url(//example.org/a.png) }"],
)
def test_a_style_sheet_that_loads_from_elsewhere_is_refused(style, tmp_path):
    (tmp_path / "a.css").write_text(style, encoding="utf-8")
    with pytest.raises(PluginError, match="elsewhere"):
        site.on_post_build({"site_dir": tmp_path})


def test_links_and_own_files_are_not_refused(tmp_path):
    (tmp_path / "index.html").write_text(
        '<a href="https://example.org">there</a><img src="assets/chain.svg">'
        '<img src="data:image/png;base64,AAAA"><link rel="canonical" href="https://example.org">'
        '<script src="assets/x.js"></script><link rel="stylesheet" href="assets/site.css">',
        encoding="utf-8",
    )
    (tmp_path / "a.css").write_text(
        "@import 'b.css'; p { background: url(data:image/png;base64,AAAA) }", encoding="utf-8"
    )
    site.on_post_build({"site_dir": tmp_path})


def test_a_notebook_becomes_a_page():
    cells = [
        {
            "cell_type": "markdown",
            "source": ["# Title\n", "[a](../docs/distribution.md) [b](other.ipynb)"],
        },
        {
            "cell_type": "code",
            "source": "print(1)",
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["1\n"]},
                {
                    "output_type": "display_data",
                    "data": {"image/svg+xml": '<?xml?><svg style="background: #fff; --ink: #000">'},
                },
            ],
        },
    ]
    page = pages.page({"cells": cells}, "one")
    assert page.startswith("# Title\n[a](../distribution.md) [b](other.md)")
    assert "```python\nprint(1)\n```" in page
    assert "``` { .text .output }\n1\n```" in page
    assert '<div class="figure"><svg></div>' in page


def test_links_to_notebooks_lead_to_their_pages():
    assert pages.on_page_markdown("[n](../notebooks/one.ipynb)") == "[n](notebooks/one.md)"
    assert pages.on_page_markdown("[n](distribution.md)") == "[n](distribution.md)"


# ---- strict builds of a small site with this site's own settings ------------------------------

PAGES = {
    "index.md": "# Home\n\n[Reference](api.md#errors)\n\n$x^2$\n",
    "api.md": "# Reference\n\n## Errors\n\n::: hwkit.DataError\n",
}


class Reader(yaml.SafeLoader):
    """Reads mkdocs.yml."""


def build(folder, changed):
    """Build a small site strictly; return its exit status and what it said."""
    settings = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Reader)
    settings["nav"] = ["index.md", "api.md"]
    settings["hooks"] = [str(ROOT / "scripts" / "site.py")]
    settings["extra_css"] = []
    handlers = next(p["mkdocstrings"] for p in settings["plugins"] if "mkdocstrings" in p)
    handlers["handlers"]["python"]["paths"] = [str(ROOT)]
    (folder / "mkdocs.yml").write_text(json.dumps(settings), encoding="utf-8")
    (folder / "docs" / "assets").mkdir(parents=True)
    shutil.copy(ROOT / "docs" / "assets" / SHIM, folder / "docs" / "assets")
    for name, text in {**PAGES, **changed}.items():
        (folder / "docs" / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"],
        cwd=folder,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_sound_site_builds(tmp_path):
    status, said = build(tmp_path, {})
    assert status == 0, said
    page = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert "<math" in page
    assert 0 < page.index(SHIM) < page.index("bundle.")
    index = (tmp_path / "site" / "search" / "search_index.js").read_text("utf-8")
    assert json.loads(index.removeprefix("var __index = "))["docs"]
    if CHROMIUM is not None:  # what follows needs a browser; without one it is not checked
        assert found_in_file(tmp_path / "site" / "index.html", "reference") >= 1
        (tmp_path / "site" / "assets" / SHIM).unlink()  # the negative control
        assert found_in_file(tmp_path / "site" / "index.html", "reference", 20) == 0


def found_in_file(path, text, tries=200):
    """Return how many pages the search of a site opened as a file finds."""
    with browser() as page:
        page.open(path, WIDE)
        count = "document.querySelectorAll('.md-search-result__item').length"
        for k in range(tries):
            if k % 10 == 0:  # until the search listens
                page.evaluate("document.querySelector('.md-search__input').focus()")
                page.evaluate("document.querySelector('.md-search__input').select()")
                page.send("Input.insertText", text=text)
            if page.evaluate(count):
                break
            time.sleep(0.1)
        return page.evaluate(count)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"index.md": "# Home\n\n[there](gone.md)\n"}, "gone.md"),
        ({"index.md": "# Home\n\n[there](api.md#nowhere)\n"}, "nowhere"),
        ({"lost.md": "# Not in nav\n"}, "lost.md"),
        ({"api.md": "# Reference\n\n## Errors\n\n::: hwkit.NoSuchName\n"}, "NoSuchName"),
        ({"index.md": "# Home\n\n$x_$\n"}, "formula"),
    ],
    ids=["link", "anchor", "nav", "name", "formula"],
)
def test_a_faulty_site_does_not_build(changed, complaint, tmp_path):
    status, said = build(tmp_path, changed)
    assert status != 0
    assert complaint in said
