"""The frame of every report page: one HTML file with its style and its script inside.

The first screen answers: a sentence, three numbers with intervals, a picture. Below are the
sections, their tables folded. The page is complete without its script, which is the only one that
browsers are told to run there.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hwkit.fidelity import Verdict
from hwkit.report.answers import Answer
from hwkit.report.tables import finished_tables
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


@dataclass(frozen=True)
class Head:
    """What a page is of: name and kind of the study, title of the page, what the kind answers."""

    name: str
    kind: str
    title: str
    question: str = ""


def render_page(
    head: Head,
    answer: Answer,
    summary: Summary,
    sections: Sequence[Section],
    package: str = "",
) -> str:
    """Return the page of a study.

    Args:
        head: what the page is of.
        answer: what its first screen says.
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
    environment.filters["tables"] = finished_tables
    css, script = (
        loader.get_source(environment, f"report.{kind}")[0].strip() for kind in ("css", "js")
    )
    return environment.get_template("page.html.j2").render(
        head=head,
        css=Markup(css),
        script=Markup(script),
        script_hash=script_hash(script),
        answer=answer,
        summary=summary,
        sections=sections,
    )


def script_hash(script: str) -> str:
    """Return the digest by which a browser knows the page's own script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")


def _templates(package: str) -> BaseLoader:
    frame = PackageLoader("hwkit.report", "templates")
    if not package or not files(package).joinpath("templates").is_dir():
        return frame
    return ChoiceLoader([PackageLoader(package, "templates"), frame])


def _safe(value: object) -> object:
    """Show text with its control characters escaped; Markup is our own."""
    return value if hasattr(value, "__html__") else shown(str(value), keep=_SPACES)
