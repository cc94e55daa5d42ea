"""The worst boards on the page: what they generate, beside the nominal board."""

import math
from dataclasses import dataclass

import numpy as np

from hwkit.fidelity import shown_share
from hwkit.model.files import read_arrays
from hwkit.plotting.style import grey_range
from hwkit.report.drawing import Drawing
from hwkit.report.formats import number
from hwkit.report.pictures import Picture, data_uri
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.tolerance import figures
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.kinds.tolerance.results import WORST, Answers
from hwkit.tolerance import load_metric
from hwkit.training import normalized_patterns, recognise
from hwkit.trajectories import FloatArray


@dataclass(frozen=True)
class ShownBoard:
    """End states of a board as pictures, its path that strays most, its metrics."""

    name: str
    pictures: list[Picture]
    drawing: Drawing | None
    numbers: list[tuple[str, str]]


def worst_boards(plan: TolerancePlan, run: FinishedRun, answers: Answers) -> list[ShownBoard]:
    """Return the nominal board and the worst ones, with the end states of the same paths."""
    arrays = read_arrays(run / WORST)
    x = arrays["x"].astype(np.float64)
    patterns = normalized_patterns(plan.data.patterns())
    final = x[:, :, -1, : patterns.shape[1]]
    labels, grey = [str(label) for label in plan.data.classes], grey_range(final)
    boards = [ShownBoard("Nominal board", _pictures(final[0], patterns, labels, grey), None, [])]
    for place, board in enumerate(answers.worst, start=1):
        drawing = None
        if np.all(np.isfinite(x[place])):
            drawing = figures.worst_path(arrays["t"], x[0], x[place], board.board)
        boards.append(
            ShownBoard(
                f"Board {board.board}",
                _pictures(final[place], patterns, labels, grey),
                drawing,
                [(name, _metric(name, v, plan)) for name, v in board.metrics.items()],
            )
        )
    return boards


def _pictures(
    states: FloatArray, patterns: FloatArray, labels: list[str], grey: tuple[float, float]
) -> list[Picture]:
    """Return pictures of a board's end states (paths, n_visible), with what they look like."""
    recognised, pictures = recognise(states, patterns), []
    for path, state in enumerate(states):
        if not np.all(np.isfinite(state)):
            pictures.append(Picture("", f"path {path}: failed", "failed"))
            continue
        like = labels[recognised.best[path]]
        caption = like + ("" if recognised.recognisable[path] else " ✗")
        correlation = f"{recognised.correlation[path]:.2f}"
        alt = f"path {path}: most like {like}, correlation {correlation}"
        pictures.append(Picture(data_uri(state, grey), alt, caption))
    return pictures


def _metric(name: str, value: float, plan: TolerancePlan) -> str:
    """Format a metric of one board; a share of its paths with what so many paths say of it."""
    if not math.isfinite(value):
        return "no value"
    return shown_share(value, plan.boards.paths) if load_metric(name).share else number(value)
