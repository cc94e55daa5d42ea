"""Hooks of the documentation site (mkdocs.yml): formulas, pictures, and nothing is loaded.

Markdown's arithmatex extension leaves formulas as LaTeX in elements of the class `arithmatex`; here
they become MathML, which browsers draw themselves: no script, no font, no network. A page that
would load anything from another host is an error. The pictures that `scripts/pictures.py` draws
become part of the page, so that they follow its switch between light and dark. The index of the
search is written as a script too: a page opened as a file may load one, and can't fetch JSON.
"""

import html
import re
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority

_FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)
_LOADED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed|object)\b"""
    r"""[^>]*\b(?:src|srcset|data|poster)=["']?(?:https?:)?//[^"'\s>]+"""
    r"""|<link\b(?=[^>]*\brel=["']?(?:stylesheet|preload|preconnect))"""
    r"""[^>]*\bhref=["']?(?:https?:)?//[^"'\s>]+"""
)
_PICTURE = re.compile(
    r'<p><img alt="([^"]*)" src="(?:\.\./)*(assets/pictures/[\w-]+\.svg)" ?/?></p>'
)
_IMPORTED = re.compile(r"""(?:@import\s+["']?|url\(["']?)(?:https?:)?//[^"')\s]+""")


def mathml(page: str) -> str:
    """Return a page with its LaTeX formulas as MathML.

    Raises:
        PluginError: if a formula can't be read, or holds a command that is not known.
    """

    def drawn(match: re.Match[str]) -> str:
        latex = html.unescape(match[3]).strip()
        try:
            formula = convert(latex, display="block" if match[2] == "[" else "inline")
        except Exception as error:  # the converter has no common error of its own
            raise PluginError(f"formula {latex!r} can't be read: {error!r}") from error
        if "\\" in formula:  # what the converter does not know it leaves as it is
            raise PluginError(f"formula {latex!r} has a command that is not known")
        return formula

    return _FORMULA.sub(drawn, page)


def tied(page: str) -> str:
    """Return a page whose numbers are not cut from their errors and signs at the end of a line."""
    page = re.sub(r"(?<=[\d)]) ([±·]) (?=[\d(])", r"&nbsp;\1&nbsp;", page)
    return re.sub(r"(?<=[≤≥]) (?=[\d−-])", "&nbsp;", page)


def pictured(page: str, docs: Path) -> str:
    """Return a page with the pictures of `docs/assets/pictures` as parts of it."""

    def drawn(match: re.Match[str]) -> str:
        svg = (docs / match[2]).read_text(encoding="utf-8")
        svg = re.sub(r"<(title|style)>.*?</\1>", "", svg)  # the page has the colours
        svg = re.sub(r'aria-label="[^"]*"', f'aria-label="{match[1]}"', svg, count=1)
        return f'<div class="figure">{" ".join(svg.split())}</div>'

    return _PICTURE.sub(drawn, page)


def loaded_from_elsewhere(text: str, suffix: str) -> list[str]:
    """Return what a page (.html) or style sheet (.css) would load from another host."""
    return (_LOADED if suffix == ".html" else _IMPORTED).findall(text)


def on_page_content(content: str, config: Any, **_: Any) -> str:
    """Draw the formulas and pictures of a page, keep its numbers together; mkdocs calls this."""
    return pictured(tied(mathml(content)), Path(config["docs_dir"]))


def write_index_script(site: Path) -> None:
    """Write the index of the search as a script, for pages opened as files."""
    index = site / "search" / "search_index.json"
    if index.exists():
        script = f"var __index = {index.read_text(encoding='utf-8')}\n"
        index.with_suffix(".js").write_text(script, encoding="utf-8")


@event_priority(-100)  # after the search has written its index
def on_post_build(config: Any) -> None:
    """Write the index as a script, and refuse a site that loads anything; mkdocs calls this."""
    write_index_script(Path(config["site_dir"]))
    for path in sorted(Path(config["site_dir"]).rglob("*")):
        if path.suffix in (".html", ".css"):
            found = loaded_from_elsewhere(path.read_text(encoding="utf-8"), path.suffix)
            if found:
                raise PluginError(f"{path} loads from elsewhere: {found[0]}")
