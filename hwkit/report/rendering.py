"""The frame of every report page: one HTML file with its style inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hwkit.terminal import shown

PAGE = "report.html"
_SPACES = "\n\t\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"  # of our own numbers and templates


@dataclass(frozen=True)
class Section:
    """A section of the page: its anchor (and template), its title, what it shows."""

    anchor: str
    title: str
    content: Any


def render_page(plan: Any, summary: Any, sections: Sequence[Section]) -> str:
    """Return the page of a study: its plan (name, title), the verdict's summary, and sections."""
    loader = PackageLoader("hwkit.report", "templates")
    environment = Environment(
        loader=loader,
        autoescape=True,
        finalize=_safe,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css, _, _ = loader.get_source(environment, "report.css")
    return environment.get_template("page.html.j2").render(
        title=plan.title or plan.name,
        plan=plan,
        css=Markup(css),
        summary=summary,
        sections=sections,
    )


def _safe(value: object) -> object:
    """Show text with its control characters escaped; Markup is our own."""
    return value if hasattr(value, "__html__") else shown(str(value), keep=_SPACES)
