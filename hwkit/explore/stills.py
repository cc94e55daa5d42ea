"""What a page shows without its script: the answer, and samples drawn when it was written."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hwkit.circuit.variation.drawing import Drawing
from hwkit.explore.subjects import Subject
from hwkit.langevin import prepare_states, simulate_langevin
from hwkit.plotting.style import grey_range
from hwkit.report.formats import share
from hwkit.report.pictures import picture_uri
from hwkit.study.kinds.tolerance.nominal import BoardMetrics, Nominal, choose_mode
from hwkit.tolerance import Yield, drawn, estimate_yield, judge
from hwkit.training import Recognition, recognise
from hwkit.trajectories import FloatArray
from hwkit.twin import Boards, bind, simulate_boards

SAMPLES = 16
_BOARDS = 20  # of the yield that is told without the script


@dataclass(frozen=True)
class Still:
    """A sample: a grey picture as a data URI, what it is in words, its caption."""

    source: str
    alt: str
    caption: str
    recognised: bool


@dataclass(frozen=True)
class StillSide:
    """The samples of one side, and how many of them are recognisable."""

    items: tuple[Still, ...]
    share: str


@dataclass(frozen=True)
class Stills:
    """Both sides, the grey values' range in units of x, and the answer in a sentence."""

    ideal: StillSide
    board: StillSide
    grey: tuple[float, float]
    answer: str


def make_stills(subject: Subject) -> Stills:
    """Run the ideal machine and board 0 on the same noise, and measure some boards."""
    drawing = Drawing(subject.design, subject.variation, subject.board_seed)
    starts = prepare_states(
        subject.design.model, subject.t_final, subject.dt, SAMPLES, subject.start_seed
    )
    times = (subject.t_final, subject.dt, SAMPLES, subject.noise_seed, starts)
    ideal = simulate_langevin(subject.design.model, *times).final
    bound = bind(subject.design)
    mode = choose_mode(bound, "auto")
    runs = simulate_boards(
        subject.design, *times, boards=drawn(drawing, [0]), mode=mode, bound=bound
    )
    board = runs.x[0, :, -1]
    n_visible = subject.patterns.shape[1]
    grey = grey_range(np.concatenate([ideal[:, :n_visible], board[:, :n_visible]]))
    found = measured_yield(subject, drawing)
    seen = [recognise(states, subject.patterns) for states in (ideal, board)]
    return Stills(
        _side(ideal, seen[0], subject, grey, "ideal machine"),
        _side(board, seen[1], subject, grey, "this board"),
        grey,
        _answer(seen, found),
    )


def _answer(seen: Sequence[Recognition], found: Yield) -> str:
    good, ideal = (int(one.recognisable.sum()) for one in reversed(seen))
    interval = f"{found.level:.0%} interval {found.low:.0%} to {found.high:.0%}"
    return (
        f"On board 0, {share(good, SAMPLES)} samples are recognisable, and {share(ideal, SAMPLES)} "
        f"of the ideal machine; {found.value:.0%} of boards pass ({interval}, "
        f"{found.boards} boards)."
    ).replace("%", "\N{NO-BREAK SPACE}%")


def measured_yield(subject: Subject, drawing: Drawing, boards: int = _BOARDS) -> Yield:
    """Return the yield on the first boards, each measured on the subject's paths."""
    bound = bind(subject.design)
    mode = choose_mode(bound, "auto")
    starts = prepare_states(
        subject.design.model, subject.t_final, subject.dt, subject.paths, subject.start_seed
    )
    times = (subject.t_final, subject.dt, subject.paths, subject.noise_seed, starts)
    runs = simulate_boards(subject.design, *times, boards=Boards({}, 1), mode=mode, bound=bound)
    nominal = Nominal(
        subject.design,
        subject.patterns,
        starts,
        subject.noise_seed,
        subject.t_final,
        subject.dt,
        mode,
        runs.x[0, :, -1],
        tuple(limit.metric for limit in subject.limits),
        subject.variation,
    )
    metrics = BoardMetrics(nominal)(drawn(drawing, range(boards)))
    passed = judge(subject.limits, metrics)[0]
    return estimate_yield(int(np.count_nonzero(passed)), boards)


def _side(
    states: FloatArray, seen: Recognition, subject: Subject, grey: tuple[float, float], name: str
) -> StillSide:
    items = tuple(_still(states, seen, subject, grey, name, k) for k in range(len(states)))
    good = int(seen.recognisable.sum())
    return StillSide(items, f"{share(good, len(states))} recognisable")


def _still(
    states: FloatArray,
    seen: Recognition,
    subject: Subject,
    grey: tuple[float, float],
    name: str,
    sample: int,
) -> Still:
    label = "–" if seen.best[sample] < 0 else subject.labels[seen.best[sample]]
    strength, met = seen.correlation[sample], bool(seen.recognisable[sample])
    alt = f"sample {sample}, {name}: most like pattern {label}, correlation {strength:.2f}"
    values = np.nan_to_num(states[sample, : subject.patterns.shape[1]])
    return Still(
        picture_uri(_as_picture(values, picture_shape(subject)), grey),
        alt if met else f"{alt}, not recognisable",
        f"{label} · {strength:z.2f}{'' if met else ' ✗'}".replace("-", "−"),
        met,
    )


def picture_shape(subject: Subject) -> tuple[int, int]:
    """Return rows and columns in which the visible units are drawn."""
    n = subject.patterns.shape[1]
    columns = int(np.ceil(np.sqrt(n)))
    return -(-n // columns), columns


def _as_picture(values: FloatArray, shape: tuple[int, int]) -> FloatArray:
    whole = np.full(shape[0] * shape[1], values.min())
    whole[: values.size] = values
    return whole.reshape(shape)
