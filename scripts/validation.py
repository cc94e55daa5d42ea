"""Run every study and write docs/validation.md: `python scripts/validation.py [STUDY ...]`.

Each study's verdict is kept beside its file, in sims/<study>.json; the page is made of all of them.
Run folders (runs/<study>) are resumed if they hold the same plan's results.
"""

import argparse
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from hwkit.fidelity import Metric, Verdict

ROOT = Path(__file__).parent.parent
SIMS, PAGE = ROOT / "sims", ROOT / "docs" / "validation.md"
HEADER = """\
# Validation

What the studies in `sims/` measured, against the limits they are held to. This page is written by

    python scripts/validation.py

which runs every study (resuming finished ones) and keeps its verdict in `sims/<study>.json`.
A standard error stands behind ±; a limit of – means that the number is reported, not judged.
"""


def run(study: Path) -> None:
    """Run a study and keep its verdict."""
    folder = ROOT / "runs" / study.stem
    command = [sys.executable, "-m", "hwkit", "run", str(study), "--out", str(folder)]
    status = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
    if status not in (0, 1):  # 1: a limit is not met, which the page says
        sys.exit(f"{study.name} ended with exit status {status}")
    shutil.copy(folder / "verdict.json", SIMS / f"{study.stem}.json")


def table(verdict: Verdict) -> str:
    """Return the metrics as a Markdown table."""
    lines = ["| | metric | value | limit | n | note |", "| --- | --- | --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(_cells(metric))} |" for metric in verdict.metrics]
    return "\n".join(lines)


def _cells(metric: Metric) -> list[str]:
    mark = "reported" if metric.limit is None else "met" if metric.passed else "**missed**"
    error = "" if metric.stderr is None else f" ± {metric.stderr:.1g}"
    sign = "≤" if metric.direction == "<=" else "≥"
    limit = "–" if metric.limit is None else f"{sign} {metric.limit:.4g}"
    value = f"{metric.value:.4g}{error}"
    return [mark, metric.name, value, limit, str(metric.n), metric.note.replace("|", "\\|")]


def section(study: Path) -> str:
    """Return a study's part of the page."""
    plan = tomllib.loads(study.read_text(encoding="utf-8"))
    verdict = Verdict.load(SIMS / f"{study.stem}.json")
    result = "All limits are met." if verdict.passed else "Not all limits are met."
    command = f"`hwkit run sims/{study.name}`"
    return f"\n## {plan['title']}\n\n{command}. {result}\n\n{table(verdict)}\n"


def main() -> None:
    """Run the named studies, or all, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", nargs="*", help="names such as digits; all by default")
    names = parser.parse_args().studies
    every = sorted(SIMS.glob("*.toml"))
    for study in every:
        if not names or study.stem in names:
            run(study)
    finished = [study for study in every if (SIMS / f"{study.stem}.json").is_file()]
    PAGE.write_text(HEADER + "".join(map(section, finished)), encoding="utf-8")


if __name__ == "__main__":
    main()
