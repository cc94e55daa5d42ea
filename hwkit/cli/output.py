"""What the command line shows: results as text or JSON, progress bars, verdict tables."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hwkit.fidelity import Verdict

from hwkit.cli.progress import Announce, Progress, progress_lines
from hwkit.terminal import escaped_streams, one_line, unescaped


def emit(as_json: bool, facts: dict[str, Any], text: str) -> None:
    """Print the facts as one JSON object, or the text for people."""
    print(to_json(facts, indent=2) if as_json else text)


def to_json(facts: Any, indent: int | None = None) -> str:
    """Return facts as JSON in printable ASCII: the streams' own escapes would not be JSON."""
    return json.dumps(facts, indent=indent).replace("\x7f", "\\u007f")


_MOST_NAMED = 3  # limits that were missed


@contextmanager
def progress_bars() -> Iterator[Announce]:
    """Yield what announces stages: bars on a terminal, plain lines on standard error elsewhere."""
    if not sys.stderr.isatty():
        with progress_lines() as announce:
            yield announce
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    name = TextColumn("{task.description}", markup=False)  # a name of a file may hold brackets
    columns = (name, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(file=unescaped(sys.stderr))
    with Bars(*columns, console=console) as bars, escaped_streams():  # of what is said meanwhile

        def announce(stage: str) -> Progress:
            task = bars.add_task(one_line(stage), total=None)
            return lambda done, total: bars.update(task, completed=done, total=total)

        yield announce


def answer(verdict: "Verdict") -> str:
    """Return the verdict as one line: how many limits are met, and which are not."""
    limited = [metric for metric in verdict.metrics if metric.limit is not None]
    missed = [one_line(metric.name) for metric in limited if not metric.passed]
    if not limited:
        return "No limit was set; nothing is judged."
    if not missed:
        return f"PASSED: all {len(limited)} limits are met."
    named = ", ".join(missed[:_MOST_NAMED]) + ", ..." * (len(missed) > _MOST_NAMED)
    return f"NOT PASSED: {len(missed)} of {len(limited)} limits are missed: {named}."


def verdict_table(verdict: "Verdict") -> str:
    """Return the metrics as a table of plain text."""
    from hwkit.fidelity.verdict import table

    return "\n".join(table(verdict.metrics))
