"""The frame of every report page: one HTML file with its style inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hwkit.fidelity import Verdict
from hwkit.report.verdict import Summary, summarise
from hwkit.terminal import shown

PAGE = "report.html"
_SPACES = "\n\t\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"  # of our own numbers and templates


@dataclass(frozen=True)
class Section:
    """A section of the page: its anchor (and template), its title, what it shows."""

    anchor: str
    title: str
    content: Any


def metrics_section(verdict: Verdict) -> Section:
    """Return the section with every number of a verdict."""
    return Section("metrics", "Verdict", summarise(verdict).groups)


def render_page(
    name: str, title: str, summary: Summary, sections: Sequence[Section], package: str = ""
) -> str:
    """Return the page of a study.

    Args:
        name: the study's.
        title: the page's.
        summary: the verdict, as text.
        sections: in order.
        package: whose `templates/` has the sections' templates; those of hwkit.report are there
            for all.
    """
    loader = _templates(package)
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
        name=name,
        title=title,
        css=Markup(css),
        summary=summary,
        sections=sections,
    )


def _templates(package: str) -> BaseLoader:
    frame = PackageLoader("hwkit.report", "templates")
    if not package or not files(package).joinpath("templates").is_dir():
        return frame
    return ChoiceLoader([PackageLoader(package, "templates"), frame])


def _safe(value: object) -> object:
    """Show text with its control characters escaped; Markup is our own."""
    return value if hasattr(value, "__html__") else shown(str(value), keep=_SPACES)
