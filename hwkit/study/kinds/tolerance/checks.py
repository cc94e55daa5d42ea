"""What single boards of a tolerance study do: some in ngspice, path by path, and the worst."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import SimulationError
from hwkit.fidelity import Metric
from hwkit.files import replacing
from hwkit.ordering import rising
from hwkit.spice import simulate_spice
from hwkit.study.kinds.tolerance.batches import Campaign
from hwkit.study.kinds.tolerance.metrics import METRICS
from hwkit.tolerance import (
    BoardTable,
    drawn,
)
from hwkit.training import recognise
from hwkit.twin import bind, simulate_boards
from hwkit.wiener import child_seed

if TYPE_CHECKING:
    from hwkit.study.kinds.tolerance.study import Run

FloatArray = NDArray[np.float64]
WORST = "worst.npz"
_WORST_BOARDS, _WORST_PATHS, _WORST_TIMES = 3, 12, 25


def spice_check(run: "Run", main: Campaign, n_boards: int) -> list[dict[str, Any]]:
    """Simulate a random subset of the boards in ngspice, path by path, on the same noise."""
    plan, about = run.plan.check, run.nominal
    if not plan.boards:
        return []
    rng = np.random.default_rng(child_seed(run.plan.seed, "check"))
    chosen = np.sort(rng.choice(n_boards, min(plan.boards, n_boards), replace=False)).tolist()
    paths = min(plan.paths, run.plan.boards.paths)
    drawing, bound, rows = main.drawing(about), bind(about.design), []
    with run.stage("check in SPICE") as progress:
        for done, number in enumerate(chosen, start=1):
            boards = drawn(drawing, [number])
            design = boards.design(about.design, 0)
            times = (about.t_final, about.dt, paths, about.seed, about.starts[:paths])
            row: dict[str, Any] = {"board": number, "paths": paths, "mode": about.mode}
            try:
                spice = simulate_spice(design, *times, jobs=min(run.jobs, paths), tight=True)
            except SimulationError as error:
                rows.append(row | {"failure": str(error)})
                continue
            for mode in ("implicit", "fast") if about.mode == "fast" else ("implicit",):
                runs = simulate_boards(
                    about.design,
                    *times,
                    boards=boards,
                    mode=mode,
                    bound=bound,
                )
                apart = np.abs(runs.x[0, :, -1] - spice.final)
                row[mode] = {"largest": float(apart.max()), "rms": _rms(apart)}
            rows.append(row)
            progress(done, len(chosen))
    return rows


def _rms(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def check_metrics(run: "Run", rows: Sequence[dict[str, Any]]) -> list[Metric]:
    """Return how far the twin is from SPICE on the boards that were checked."""
    limits, done = run.plan.check, [row for row in rows if "implicit" in row]
    if not rows:
        return []
    paths = sum(row["paths"] for row in done)
    lost = f"; {len(rows) - len(done)} of {len(rows)} boards failed in ngspice" * (
        len(done) < len(rows)
    )
    found = [
        Metric(
            "twin, backward Euler, against SPICE",
            "path",
            max((row["implicit"]["largest"] for row in done), default=math.nan),
            limits.implicit,
            n=paths,
            note=f"largest over units and paths of {len(done)} boards at t_f{lost}",
        )
    ]
    if run.nominal.mode == "fast":
        found.append(
            Metric(
                "twin, fast mode, against SPICE",
                "path",
                max((row["fast"]["rms"] for row in done), default=math.nan),
                limits.fast,
                n=paths,
                note="rms over units and paths at t_f, worst board",
            )
        )
    return found


def worst(run: "Run", main: Campaign, table: BoardTable) -> list[dict[str, Any]]:
    """Run the boards that miss the first limit by most once more and keep their paths."""
    about, limit = run.nominal, table.specification[0]
    values = table.metrics[limit.metric]
    margin = np.full(len(values), np.inf)
    if limit.low is not None:
        margin = np.minimum(margin, values - limit.low)
    if limit.high is not None:
        margin = np.minimum(margin, limit.high - values)
    order = rising(np.where(np.isfinite(margin), margin, np.inf))
    chosen = table.boards[order[:_WORST_BOARDS]].tolist()
    boards = drawn(main.drawing(about), chosen)
    paths = min(_WORST_PATHS, len(about.starts))
    every = max(1, round(about.t_final / about.dt) // _WORST_TIMES)
    times = (about.t_final, about.dt, paths, about.seed, about.starts[:paths])
    bound = bind(about.design)
    runs = simulate_boards(
        about.design, *times, boards=boards, mode=about.mode, bound=bound, save_every=every
    )
    nominal = simulate_boards(about.design, *times, mode=about.mode, bound=bound, save_every=every)
    x = np.concatenate([nominal.x, runs.x]).astype(np.float32)

    def save(path: Path) -> None:
        with replacing(path) as temporary, temporary.open("wb") as stream:
            np.savez(stream, boards=np.array([-1, *chosen]), t=runs.t, x=x)

    run.folder.write(WORST, save)
    rows = []
    for place, number in enumerate(chosen):
        row = int(order[place])
        seen = recognise(runs.x[place, :, -1], about.patterns)
        metrics = {name: float(table.metrics[name][row]) for name in METRICS}
        rows.append({"board": number, "shown": seen.best.tolist(), "metrics": metrics})
    return rows
