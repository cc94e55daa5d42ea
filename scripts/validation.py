"""Run every study and write docs/validation.md: `python scripts/validation.py [STUDY ...]`.

Each study's verdict is kept beside its file, in sims/<study>.json, and what it found of its faulty
circuits in sims/<study>-controls.json; the page is made of all of them.
Run folders (runs/<study>) are resumed if they hold the same plan's results.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from energy_sections import curves, keep_curves, ledger_table

from hwkit.circuit import FAULTS
from hwkit.fidelity import FEWER_RUNS, ErrorBudget, Metric, Verdict
from hwkit.fidelity.budget import SAMPLING, Contribution
from hwkit.fidelity.power import ALPHA

ROOT = Path(__file__).parent.parent
SIMS, PAGE = ROOT / "sims", ROOT / "docs" / "validation.md"
HEADER = """\
# Validation

What the studies in `sims/` measured, against the limits they must meet. This page is written by

    python scripts/validation.py

which runs every study (resuming finished ones) and keeps its verdict in `sims/<study>.json`
(and, where there are any, faults in `-controls.json`, the error budget in `-causes.json`, the
energy ledger in `-ledger.json`, curves in `-curves.json`).
A standard error is behind ±; a limit of – means that the number is reported, not judged.
"""


def run(study: Path) -> None:
    """Run a study and keep its verdict."""
    folder = ROOT / "runs" / study.stem
    command = [sys.executable, "-m", "hwkit", "run", str(study), "--out", str(folder)]
    status = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
    if status not in (0, 1):  # 1: a limit is not met, which the page says
        sys.exit(f"{study.name} ended with exit status {status}")
    shutil.copy(folder / "verdict.json", SIMS / f"{study.stem}.json")
    if (folder / "budget.json").is_file():
        shutil.copy(folder / "budget.json", SIMS / f"{study.stem}-causes.json")
    if (folder / "ledger.json").is_file():
        shutil.copy(folder / "ledger.json", kept(study, "ledger"))
    if (folder / "storage.json").is_file():
        keep_curves(folder / "storage.json", kept(study, "curves"))
    faults = (
        tomllib.loads(study.read_text(encoding="utf-8")).get("distribution", {}).get("controls", [])
    )
    found = {fault: detection(Verdict.load(folder / f"control-{fault}.json")) for fault in faults}
    if found:
        text = json.dumps(found, indent=2) + "\n"
        (SIMS / f"{study.stem}-controls.json").write_text(text, encoding="utf-8")


def kept(study: Path, what: str) -> Path:
    """Return the file beside a study that keeps some of its results."""
    return SIMS / f"{study.stem}-{what}.json"


def detection(verdict: Verdict) -> dict[str, object]:
    """Return what each level says of a faulty circuit: the error, or the smallest p by runs."""
    rows = [m for m in verdict.metrics if m.level == "distribution" and m.quantity != FEWER_RUNS]
    tests = [metric for metric in rows if metric.direction == ">="]
    smallest = {tests[0].n: min(metric.value for metric in tests)}
    smallest |= {m.n: m.value for m in verdict.metrics if m.quantity == FEWER_RUNS}
    levels = {metric.level: metric for metric in verdict.metrics if metric.level != "distribution"}
    return {
        **{level: {"value": m.value, "seen": not m.passed} for level, m in levels.items()},
        "distribution": {str(n): smallest[n] for n in sorted(smallest)},
    }


def detection_map(study: Path) -> str:
    """Return the table of faults by level and number of runs; nothing if there is none."""
    file = SIMS / f"{study.stem}-controls.json"
    if not file.is_file():
        return ""
    found = json.loads(file.read_text(encoding="utf-8"))
    runs = list(next(iter(found.values()))["distribution"])
    head = ["fault", "drift error", "path error", *(f"distribution, {n} runs" for n in runs)]
    lines = [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
    for fault, levels in found.items():
        errors = [_seen(f"{levels[k]['value']:.2g}", levels[k]["seen"]) for k in ("drift", "path")]
        seen = [_seen(f"p = {p:.2g}", p < ALPHA) for p in levels["distribution"].values()]
        lines.append(f"| {' | '.join([f'{fault}: {FAULTS[fault].meaning}', *errors, *seen])} |")
    unseen = [fault for fault, levels in found.items() if levels["distribution"][runs[-1]] >= ALPHA]
    static = [fault for fault, levels in found.items() if not levels["drift"]["seen"]]
    says = "What each level says of a faulty circuit; **bold** where it rejects it. Distribution: "
    says += (
        "the smallest p of all its tests, adjusted for their number (0.0014 is the smallest there "
        "can be).\n\n"
    )
    says += "\n".join(lines) + "\n\n"
    says += f"Not seen by drift, whatever the states: {', '.join(static) or 'none'}. "
    says += (
        f"Not seen by the distribution level with {runs[-1]} runs: {', '.join(unseen) or 'none'}. "
    )
    says += "By path, two runs see every fault.\n" if _all_seen(found) else "\n"
    return "\n" + says


def _all_seen(found: dict[str, dict[str, dict[str, bool]]]) -> bool:
    return all(levels["path"]["seen"] for levels in found.values())


def _seen(text: str, seen: bool) -> str:
    return f"**{text}**" if seen else text


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
    body = f"\n## {plan['title']}\n\n{command}. {result}\n\n{table(verdict)}\n"
    return (
        body
        + detection_map(study)
        + budget_table(study)
        + ledger_table(kept(study, "ledger"))
        + curves(kept(study, "curves"))
    )


def budget_table(study: Path) -> str:
    """Return the error budget, a row for each cause; nothing if there is none."""
    file = SIMS / f"{study.stem}-causes.json"
    if not file.is_file():
        return ""
    rows = ErrorBudget.load(file).rows
    statistics = list(dict.fromkeys(row.statistic for row in rows))
    lines = [f"| cause | {' | '.join(statistics)} |", "| --- " * (len(statistics) + 1) + "|"]
    for cause in dict.fromkeys(row.cause for row in rows):
        own = {row.statistic: row for row in rows if row.cause == cause}
        cells = [_change(own[statistic]) for statistic in statistics]
        lines.append(f"| {cause} | {' | '.join(cells)} |")
    says = (
        f"What each cause changes, switched on alone, paired on common noise ({rows[0].n} runs); "
    )
    says += "**bold** where it lies more than two standard errors from zero.\n\n"
    return "\n" + says + "\n".join(lines) + "\n"


def _change(row: Contribution) -> str:
    if row.cause == SAMPLING:
        return f"± {row.stderr:.1g}"
    text = f"{row.difference:+.2g} ± {row.stderr:.1g}"
    return _seen(text, abs(row.difference) > 2 * row.stderr)


def main() -> None:
    """Run the named studies, or all, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", nargs="*", help="names such as digits; all by default")
    names = parser.parse_args().studies
    others = ("codesign", "dataset", "tolerance")  # with pages of their own
    every = sorted(s for s in SIMS.glob("*.toml") if not s.stem.startswith(others))
    for study in every:
        if not names or study.stem in names:
            run(study)
    finished = [study for study in every if (SIMS / f"{study.stem}.json").is_file()]
    PAGE.write_text(HEADER + "".join(map(section, finished)), encoding="utf-8")


if __name__ == "__main__":
    main()
