"""From a matplotlib figure to inline SVG that takes its colours and fonts from the page.

Figures are drawn in the light theme's colours, which are then replaced by the page's CSS variables:
one figure serves light, dark and print. Text stays text. Ids are hashes of the content and of the
figure's name, and no date is written, so the same results give the same bytes.
"""

import io
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from markupsafe import Markup, escape
from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from hwkit.report.formats import power_of_ten

# The light theme; the same values are in report.css.
INK, MUTED, RULE = "#1b1f24", "#59636e", "#cfd6dd"
IDEAL, SPICE = "#0063a6", "#c4480a"
_VARIABLES = {INK: "ink", MUTED: "muted", RULE: "rule", IDEAL: "ideal", SPICE: "spice"}

_STYLE: dict[str, object] = {
    "svg.fonttype": "none",
    "font.size": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.formatter.use_mathtext": False,
    "axes.titlesize": 10.0,
    "axes.titlelocation": "left",
    "axes.unicode_minus": True,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.solid_capstyle": "round",
    "figure.constrained_layout.use": True,
}
_DROPPED = (
    re.compile(r"^.*?(?=<svg)", re.DOTALL),  # XML declaration
    re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL),
    re.compile(r"\s*<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL),  # would style the page
    re.compile(r' xmlns(:xlink)?="[^"]*"'),
    re.compile(r"font-family: ?[^;\"]*;? ?"),
    re.compile(r' font-family="[^"]*"'),
    re.compile(r' transform="rotate\(-0 [^"]*"'),
)


@dataclass(frozen=True)
class Drawing:
    """A figure on the page, and what is to be seen in it."""

    svg: Markup
    caption: str

    def _repr_svg_(self) -> str:
        """Return the figure for notebooks: it brings the light theme's colours and paper along."""
        width = re.search(r'viewBox="0 0 ([\d.]+) ', self.svg)
        colours = "; ".join(f"--{name}: {colour}" for colour, name in _VARIABLES.items())
        opening = (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'width="{width[1] if width else "100%"}" style="background: #fff; {colours}"'
        )
        return str(self.svg).replace("<svg", opening, 1)  # Markup would escape the new text


@contextmanager
def canvas(name: str) -> Iterator[None]:
    """Draw in the report's style, whatever the user's own settings; `name` marks the ids."""
    with style.context(["default", {**_STYLE, "svg.hashsalt": name}]):
        yield


def panel(width: float = 330, height: float = 230) -> Figure:
    """Return an empty figure; sizes in CSS pixels at which its text has 10 px."""
    return Figure(figsize=(width / 72, height / 72))


def powers_of_ten() -> FuncFormatter:
    """Return a tick format for logarithmic axes that needs no mathematical typesetting."""
    return FuncFormatter(lambda value, _: power_of_ten(round(math.log10(value))))


def to_svg(figure: Figure, label: str) -> Markup:
    """Return a figure as inline SVG with an accessible name."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    return adopted(stream.getvalue(), label, _VARIABLES)


def adopted(svg: str, label: str, colours: dict[str, str]) -> Markup:
    """Return an SVG file as an inline element with an accessible name, in the page's colours.

    `colours`: colour as written in the file -> name of the page's variable for it.
    """
    text = svg
    for pattern in _DROPPED:
        text = pattern.sub("", text)
    text = text.replace("xlink:href", "href")
    referenced = set(re.findall(r'(?:url\(|href=")#([\w.-]+)', text))
    text = re.sub(
        r' id="([^"]*)"', lambda match: match.group() if match[1] in referenced else "", text
    )
    for colour, variable in colours.items():
        text = text.replace(colour, f"var(--{variable})")
    text = re.sub(r'<svg([^>]*?) height="[^"]*"', r"<svg\1", text, count=1)
    text = re.sub(r'<svg([^>]*?) width="[^"]*"', r"<svg\1", text, count=1)
    opening = f'<svg role="img" aria-label="{escape(label)}"'
    return Markup(text.strip().replace("<svg", opening, 1))
