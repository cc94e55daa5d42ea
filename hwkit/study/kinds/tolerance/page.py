"""The page of a tolerance study: reads its run folder, computes no boards."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hwkit.fidelity import Verdict, shown_share
from hwkit.files import write_text
from hwkit.model.files import read_arrays
from hwkit.report.formats import number
from hwkit.report.pictures import Picture, data_uri
from hwkit.report.rendering import PAGE, Section, render_page
from hwkit.report.studies import finished_study, provenance, read_study
from hwkit.report.verdict import summarise
from hwkit.study import TolerancePlan
from hwkit.study.kinds.tolerance import figures as figures
from hwkit.study.kinds.tolerance.batches import read_table
from hwkit.study.kinds.tolerance.checks import WORST
from hwkit.study.kinds.tolerance.study import ANSWERS, RESULTS
from hwkit.training import normalized_patterns, recognise

_SHOWN_PARTS = 20


def write_tolerance_report(folder: Path | str) -> Path:
    """Write `report.html` of a tolerance study and return its path.

    Raises:
        DataError: if the folder is no finished tolerance study, or a file in it can't be read.
    """
    folder = Path(folder)
    with finished_study(folder, "tolerance study", "tolerance", ANSWERS, RESULTS, WORST):
        plan, facts = read_study(folder, TolerancePlan, ANSWERS)
        worst, verdict = read_arrays(folder / WORST), Verdict.load(folder / "verdict.json")
        sections = list(_sections(folder, plan, facts, worst, verdict))
        write_text(folder / PAGE, render_page(plan, summarise(verdict), sections))
    return folder / PAGE


def _sections(
    folder: Path,
    plan: TolerancePlan,
    facts: dict[str, Any],
    worst: dict[str, Any],
    verdict: Verdict,
) -> Iterator[Section]:
    yield Section("metrics", "Verdict", summarise(verdict).groups)
    yield Section("tolerance-yield", "Yield", _yield(facts))
    yield Section("tolerance-spread", "Spread over boards", _spread(folder, plan, facts))
    if facts["sensitivity"] is not None or facts["sobol"] is not None:
        yield Section("tolerance-parts", "What matters", _parts(facts))
    if facts["budget"] is not None or facts["rare"] is not None:
        yield Section("tolerance-budget", "Budget", facts | {"number": number})
    yield Section("tolerance-worst", "Worst boards", _worst(plan, facts, worst))
    if facts["check"]:
        yield Section("tolerance-check", "Check in SPICE", _check(facts))
    yield Section("provenance", "Cost and provenance", provenance(folder))


def _yield(facts: dict[str, Any]) -> dict[str, Any]:
    found = facts["yield"]
    return {
        "value": f"{found['value']:.1%}",
        "interval": f"{found['low']:.1%} to {found['high']:.1%}",
        "level": f"{found['level']:.0%}",
        "method": found["method"],
        "boards": found["boards"],
        "specification": found["specification"],
        "causes": [(name, count) for name, count in facts["causes"].items()],
        "curves": [figures.yield_curve(curve) for curve in facts["curves"] or []],
    }


def _spread(folder: Path, plan: TolerancePlan, facts: dict[str, Any]) -> dict[str, Any]:
    table, drawings = read_table(folder / RESULTS), []
    limits = {entry.metric: [x for x in (entry.min, entry.max) if x is not None]
              for entry in plan.specification}  # fmt: skip
    for name in dict.fromkeys([*limits, "recognisable share", "path rms", "heat"]):
        values = np.array(table[name], dtype=np.float64)
        values = values[np.isfinite(values)]
        if values.size and np.ptp(values) > 0:
            nominal = facts["nominal"][name]
            drawings.append(figures.distribution(name, values, nominal, limits.get(name, [])))
    varied = [n for n, entry in facts["metrics"].items() if entry["std"] and entry["quantiles"]]
    fans = [figures.fan(facts["metrics"], facts["nominal"], varied)] if varied else []
    return {"drawings": drawings, "fans": fans}


def _parts(facts: dict[str, Any]) -> dict[str, Any]:
    drawings, rows = [], []
    found, sobol = facts["sensitivity"], facts["sobol"]
    if sobol is not None:
        groups = sobol["groups"]
        drawings.append(
            figures.bars(
                "sobol",
                [g["group"] for g in groups],
                [g["total"] for g in groups],
                [(g["total_low"], g["total_high"]) for g in groups],
                f"total Sobol index of {sobol['metric']}",
            )
        )
    if found is not None:
        groups = found["groups"]
        if groups:
            labels, shares = [g["group"] for g in groups], [g["share"] for g in groups]
            what = f"first-order share of {found['metric']}"
            drawings.append(figures.bars("groups", labels, shares, None, what))
        rows = [
            {
                "part": f"{p['name']} {p['part']}",
                "between": ", ".join(p["between"]),
                "share": f"{p['share']:.2%}",
                "effect": number(p["effect"]),
                "derivative": number(p["derivative"]),
            }
            for p in found["parts"][:_SHOWN_PARTS]
        ]
    return {
        "drawings": drawings,
        "rows": rows,
        "metric": found["metric"] if found else "",
        "paths": found["paths"] if found else 0,
    }


def _worst(plan: TolerancePlan, facts: dict[str, Any], worst: dict[str, Any]) -> dict[str, Any]:
    patterns = normalized_patterns(plan.data.patterns())
    classes, n = [str(label) for label in plan.data.classes], patterns.shape[1]
    boards = []
    final = worst["x"][:, :, -1, :n].astype(np.float64)
    finite = final[np.isfinite(final)]
    grey = (float(np.quantile(finite, 0.01)), float(np.quantile(finite, 0.99)))
    for place, name in enumerate(["nominal", *(str(b) for b in worst["boards"][1:])]):
        seen = recognise(final[place], patterns)
        pictures = []
        for path, state in enumerate(final[place]):
            if not np.all(np.isfinite(state)):
                pictures.append(Picture("", f"path {path}: failed", "failed"))
                continue
            like = classes[seen.best[path]]
            caption = like + ("" if seen.recognisable[path] else " ✗")
            alt = f"path {path}: most like {like}, correlation {seen.correlation[path]:.2f}"
            pictures.append(Picture(data_uri(state, grey), alt, caption))
        drawing = None
        whole = np.all(np.isfinite(worst["x"][place]))
        if place and whole:
            x = worst["x"].astype(np.float64)
            drawing = figures.worst_path(worst["t"], x[0], x[place], int(worst["boards"][place]))
        metrics = {} if not place else facts["worst"][place - 1]["metrics"]
        numbers = [(k, _metric(k, v, plan.boards.paths)) for k, v in metrics.items()]
        boards.append({"name": name, "pictures": pictures, "drawing": drawing, "numbers": numbers})
    return {"boards": boards}


def _metric(name: str, value: float | None, paths: int) -> str:
    """Format a metric of one board; a share of its paths with what so many paths say of it."""
    if value is None:
        return "no value"
    return shown_share(value, paths) if name.endswith(" share") else number(value)


def _check(facts: dict[str, Any]) -> list[dict[str, str]]:
    rows = []
    for row in facts["check"]:
        cells = {"board": str(row["board"]), "paths": str(row["paths"])}
        for mode in ("implicit", "fast"):
            own = row.get(mode)
            cells[mode] = "–" if own is None else f"{number(own['largest'])} ({number(own['rms'])})"
        rows.append(cells | {"failure": row.get("failure", "")})
    return rows
