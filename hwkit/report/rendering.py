"""The frame of every report page: one HTML file with its style inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

PAGE = "report.html"


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
