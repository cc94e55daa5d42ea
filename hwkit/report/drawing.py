"""From a matplotlib figure to inline SVG that takes its colours and fonts from the page.

Figures are drawn in the light theme's colours, which are then replaced by the page's CSS variables:
one figure serves light, dark and print. Text stays text. Ids are hashes of the content and of the
figure's name, and no date is written, so the same results give the same bytes. A figure carries the
numbers that it draws, for download, and where its axes lie, for what a pointer reads off.
"""

import io
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from hwkit.plotting import part
from hwkit.plotting.blank import panel
from hwkit.plotting.style import IDEAL, INK, MUTED, RULE, SPICE, canvas
from hwkit.report.downloads import csv_uri
from hwkit.report.formats import power_of_ten

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

# What a page's figures need is taken from here, the style included.
__all__ = [
    "IDEAL",
    "INK",
    "MUTED",
    "RULE",
    "SPICE",
    "Chart",
    "Drawing",
    "adopted",
    "canvas",
    "panel",
    "powers_of_ten",
    "to_svg",
]

_VARIABLES = {INK: "ink", MUTED: "muted", RULE: "rule", IDEAL: "ideal", SPICE: "spice"}

_DROPPED = (
    re.compile(r"^.*?(?=<svg)", re.DOTALL),  # XML declaration
    re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL),
    re.compile(r"\s*<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL),  # would style the page
    re.compile(r' xmlns(:xlink)?="[^"]*"'),
    re.compile(r"font-family: ?[^;\"]*;? ?"),
    re.compile(r' font-family="[^"]*"'),
    re.compile(r' transform="rotate\(-0 [^"]*"'),
)


_WIDTH = re.compile(r'viewBox="0 0 ([\d.]+) ')
_ZOOM = 1.35  # most that a figure is enlarged: its text then has 13.5 CSS pixels


class Chart(Markup):
    """Inline SVG together with the numbers that it draws.

    Attributes:
        csv: the numbers as CSV; "" if there are none.
        axes: where its panels lie, as JSON; see `drawn.axes_json`.
    """

    csv: str = ""
    axes: str = ""


@dataclass(frozen=True)
class Drawing:
    """A figure on the page, and what is to be seen in it.

    Attributes:
        svg: the figure.
        caption: what is to be seen.
        files: of the run that hold what is drawn, where that is too much for the page.
    """

    svg: Markup
    caption: str
    files: tuple[str, ...] = ()

    @property
    def data(self) -> str:
        """The numbers drawn as a data URI of CSV; "" if the figure has none of its own."""
        return csv_uri(self.svg.csv) if isinstance(self.svg, Chart) and self.svg.csv else ""

    @property
    def axes(self) -> str:
        """Where the panels lie, as JSON; "" if nothing is known of them."""
        return self.svg.axes if isinstance(self.svg, Chart) else ""

    @property
    def width(self) -> int:
        """Most CSS pixels that the figure is wide on a page; 0 if it does not say its size."""
        width = _WIDTH.search(self.svg)
        return round(_ZOOM * float(width[1])) if width else 0

    def _repr_svg_(self) -> str:
        """Return the figure for notebooks: it brings the light theme's colours and paper along."""
        width = _WIDTH.search(self.svg)
        colours = "; ".join(f"--{name}: {colour}" for colour, name in _VARIABLES.items())
        opening = (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'width="{width[1] if width else "100%"}" style="background: #fff; {colours}"'
        )
        return str(self.svg).replace("<svg", opening, 1)  # Markup would escape the new text


def powers_of_ten() -> "FuncFormatter":
    """Return a tick format for logarithmic axes that needs no mathematical typesetting."""
    formatter: FuncFormatter = part("ticker").FuncFormatter(
        lambda value, _: power_of_ten(round(math.log10(value)))
    )
    return formatter


def to_svg(figure: "Figure", label: str) -> Chart:
    """Return a figure as inline SVG with an accessible name, and the numbers that it draws."""
    from hwkit.report.drawn import axes_json, figure_csv  # all of matplotlib

    stream = io.StringIO()
    figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    chart = Chart(adopted(stream.getvalue(), label, _VARIABLES))
    chart.csv, chart.axes = figure_csv(figure), axes_json(figure)  # laid out by now
    return chart


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
