"""What single boards of a tolerance study do: some in ngspice, path by path, and the worst."""

import math
from collections.abc import Sequence

import numpy as np

from hwkit.errors import SimulationError
from hwkit.fidelity import Metric
from hwkit.model.files import write_arrays
from hwkit.ordering import rising
from hwkit.study.kinds.tolerance.batches import Campaign
from hwkit.study.kinds.tolerance.corners import Corner
from hwkit.study.kinds.tolerance.nominal import Nominal
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.kinds.tolerance.results import CHECK, WORST, Apart, CheckedBoard, WorstBoard
from hwkit.study.run import Run
from hwkit.study.values import read_value
from hwkit.tolerance import BoardTable, drawn
from hwkit.training import recognise
from hwkit.trajectories import FloatArray
from hwkit.twin import Boards, Mode, bind, simulate_boards
from hwkit.wiener import child_seed

WORST_BOARDS, WORST_PATHS, _WORST_TIMES = 3, 12, 25
_Checked = tuple[CheckedBoard, ...]


def spice_check(
    run: Run[TolerancePlan], nominal: Nominal, main: Campaign, n_boards: int
) -> _Checked:
    """Simulate a random subset of the boards in ngspice, path by path, on the same noise."""
    plan = run.plan.check
    if not plan.boards:
        return ()
    if run.folder.has(CHECK):
        return read_value(run.folder / CHECK, _Checked)
    rng = np.random.default_rng(child_seed(run.plan.seed, "check"))
    chosen = np.sort(rng.choice(n_boards, min(plan.boards, n_boards), replace=False)).tolist()
    paths, drawing = min(plan.paths, run.plan.boards.paths), main.drawing(nominal)
    rows = tuple(
        _checked(run, nominal, number, drawn(drawing, [number]), paths) for number in chosen
    )
    if not any(row.failure for row in rows):  # a failure says nothing about the twin: try again
        run.folder.write_value(CHECK, rows)
    return rows


def _checked(
    run: Run[TolerancePlan], about: Nominal, number: int, board: Boards, paths: int
) -> CheckedBoard:
    """Simulate one board in ngspice and in the twin's modes."""
    starts, bound = about.starts[:paths], bind(about.design)
    try:
        spice = run.spice(
            "check in SPICE",
            board.design(about.design, 0),
            about.t_final,
            about.dt,
            paths,
            seed=about.seed,
            x0=starts,
            tight=True,
        )
    except SimulationError as error:
        return CheckedBoard(number, paths, about.mode, failure=str(error))

    def apart(mode: Mode) -> Apart:
        times = (about.t_final, about.dt, paths, about.seed, starts)
        runs = simulate_boards(about.design, *times, boards=board, mode=mode, bound=bound)
        difference = np.abs(runs.x[0, :, -1] - spice.final)
        return Apart(float(difference.max()), float(np.sqrt(np.mean(difference**2))))

    fast = apart("fast") if about.mode == "fast" else None
    return CheckedBoard(number, paths, about.mode, "", apart("implicit"), fast)


def check_metrics(plan: TolerancePlan, nominal: Nominal, rows: _Checked) -> list[Metric]:
    """Return how far the twin is from SPICE on the boards that were checked."""
    if not rows:
        return []
    limits, done = plan.check, [row for row in rows if row.implicit is not None]
    paths, lost = sum(row.paths for row in done), ""
    if len(done) < len(rows):
        lost = f"; {len(rows) - len(done)} of {len(rows)} boards failed in ngspice"
    metrics = [
        Metric(
            "twin, backward Euler, against SPICE",
            "path",
            max((row.implicit.largest for row in done if row.implicit), default=math.nan),
            limits.implicit,
            n=paths,
            note=f"largest over units and paths of {len(done)} boards at t_f{lost}",
        )
    ]
    if nominal.mode == "fast":
        metrics.append(
            Metric(
                "twin, fast mode, against SPICE",
                "path",
                max((row.fast.rms for row in done if row.fast), default=math.nan),
                limits.fast,
                n=paths,
                note="rms over units and paths at t_f, worst board",
            )
        )
    return metrics


def worst(
    run: Run[TolerancePlan], nominal: Nominal, main: Campaign, table: BoardTable
) -> tuple[WorstBoard, ...]:
    """Run the boards that miss the first limit by most once more and keep their paths."""
    with run.stage("worst boards"):
        rows = rising(_margins(table, main.places))[:WORST_BOARDS].tolist()
        numbers = table.boards[rows].tolist()
        final = _keep_paths(run, nominal, main, numbers)
    return tuple(
        WorstBoard(
            board=number,
            shown=tuple(recognise(x, nominal.patterns).best.tolist()),
            metrics={name: float(values[row]) for name, values in table.metrics.items()},
        )
        for row, number, x in zip(rows, numbers, final, strict=True)
    )


def _margins(table: BoardTable, places: Sequence[Corner]) -> FloatArray:
    """Return how far every board is within the first limit, (boards,); failed boards come last."""
    first = table.specification[: len(places)]  # the first limit at each temperature
    margin = np.full(len(table.boards), np.inf)
    for limit in first:
        values = table.metrics[limit.metric]
        if limit.low is not None:
            margin = np.minimum(margin, values - limit.low)
        if limit.high is not None:
            margin = np.minimum(margin, limit.high - values)
    return np.where(np.isfinite(margin), margin, np.inf)


def _keep_paths(
    run: Run[TolerancePlan], about: Nominal, main: Campaign, numbers: Sequence[int]
) -> FloatArray:
    """Write the paths of some boards and of the nominal one; return end states, (boards, ...)."""
    paths = min(WORST_PATHS, len(about.starts))
    every = max(1, round(about.t_final / about.dt) // _WORST_TIMES)
    times = (about.t_final, about.dt, paths, about.seed, about.starts[:paths])
    design, bound, boards = about.design, bind(about.design), drawn(main.drawing(about), numbers)
    runs = simulate_boards(
        design, *times, boards=boards, mode=about.mode, bound=bound, save_every=every
    )
    nominal = simulate_boards(design, *times, mode=about.mode, bound=bound, save_every=every)
    x = np.concatenate([nominal.x, runs.x]).astype(np.float32)
    arrays = {"boards": np.array([-1, *numbers]), "t": runs.t, "x": x}
    run.folder.write(WORST, lambda path: write_arrays(arrays, path))
    return np.asarray(runs.x[:, :, -1])
