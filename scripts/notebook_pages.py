"""Hooks of the documentation site (mkdocs.yml): each notebook becomes a page.

A notebook's cells become Markdown: text as it is, code as a block, printed output below it, and
figures inline, so that they take the page's colours. Links between pages and notebooks work in the
repository (`../notebooks/x.ipynb`, `../docs/y.md`) and are turned into links between pages here.
"""

import json
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

FOLDER = Path(__file__).parents[1] / "notebooks"
_TO_NOTEBOOK = re.compile(r"\]\(\.\./notebooks/([\w-]+)\.ipynb")
_TO_PAGE = re.compile(r"\]\(\.\./docs/([\w-]+\.md)")
_BESIDE = re.compile(r"\]\(([\w-]+)\.ipynb")


def page(notebook: dict[str, Any], name: str) -> str:
    """Return a notebook (its JSON) as Markdown for a page in the folder `notebooks` of the site."""
    blocks = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            blocks.append(_BESIDE.sub(r"](\1.md", _TO_PAGE.sub(r"](../\1", source)))
        else:
            blocks.append(f"```python\n{source}\n```")
            blocks += [_output(output) for output in cell["outputs"]]
    where = f"`notebooks/{name}.ipynb`"
    blocks.append(f"*This page is the notebook {where} of the repository, as it last ran.*")
    return "\n\n".join(blocks) + "\n"


def _output(output: dict[str, Any]) -> str:
    data = output.get("data", {})
    if "image/svg+xml" in data:
        return f'<div class="figure">{_inline("".join(data["image/svg+xml"]))}</div>'
    if "image/png" in data:
        code = "".join(data["image/png"]).replace("\n", "")
        return f'<div class="figure"><img alt="figure" src="data:image/png;base64,{code}"></div>'
    printed = "".join(output.get("text") or data.get("text/plain", ""))
    return f"``` {{ .text .output }}\n{printed.rstrip()}\n```"


def _inline(svg: str) -> str:
    """Return an SVG file as an element on one line, without the colours of its own paper."""
    svg = re.sub(r"^.*?(?=<svg)", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) style="background[^"]*"', r"\1", svg, count=1)
    return re.sub(r"\s*\n\s*", " ", svg)


def on_files(files: Any, config: Any) -> Any:
    """Add a page for each notebook; mkdocs calls this."""
    for path in sorted(FOLDER.glob("*.ipynb")):
        content = page(json.loads(path.read_text(encoding="utf-8")), path.stem)
        files.append(File.generated(config, f"notebooks/{path.stem}.md", content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Let links to notebooks lead to their pages; mkdocs calls this."""
    return _TO_NOTEBOOK.sub(r"](notebooks/\1.md", markdown)
