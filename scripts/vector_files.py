"""SVG files for the documentation, from pictures in the colours of a page.

As a file a picture follows the reader's system, light or dark. The site puts it into the page
(scripts/site.py) without the style sheet below, so that it follows the page's own switch.
"""

import re
from html import escape

LIGHT = "--ink:#1b1f24;--muted:#59636e;--rule:#cfd6dd;--ideal:#0063a6;--spice:#c4480a"
DARK = "--ink:#e4e9ee;--muted:#9ba7b3;--rule:#343c45;--ideal:#5cb3f2;--spice:#ff9a52"
_BOX = re.compile(r'viewBox="\S+ \S+ (\S+) (\S+)"')
_WIDE = ' class="wide"'
STYLE = (
    f"<style>svg{{{LIGHT}}}@media(prefers-color-scheme:dark){{svg{{{DARK}}}"
    ".pixels{filter:invert(.9)}}</style>"
)


def standalone(svg: str, title: str, zoom: float = 1.0) -> str:
    """Return a file of an inline picture that states its size by a viewBox.

    `zoom` makes it larger; one that is too wide for a phone then scrolls there (site.css).
    """
    width, height = (zoom * float(x) for x in _BOX.findall(svg)[0])
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'font-family="system-ui, DejaVu Sans, sans-serif"{_WIDE if width > 600 else ""}'
    )
    head, _, body = str(svg).partition(">")
    return f"{head.replace('<svg', opening, 1)}><title>{escape(title)}</title>{STYLE}{body}\n"
