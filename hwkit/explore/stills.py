"""What a page shows without its script: the answer, and samples drawn when it was written."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hwkit.circuit import Design
from hwkit.circuit.variation import Variation
from hwkit.circuit.variation.drawing import Drawing
from hwkit.explore.controls import affected_design, variation
from hwkit.explore.description import Bench
from hwkit.explore.silicon import first_runs
from hwkit.langevin import prepare_states
from hwkit.plotting.style import grey_range
from hwkit.report.formats import share
from hwkit.report.pictures import picture_uri
from hwkit.study.kinds.tolerance.nominal import BoardMetrics, Nominal, choose_mode
from hwkit.tolerance import Yield, drawn, estimate_yield, judge
from hwkit.training import Recognition, recognise
from hwkit.trajectories import FloatArray
from hwkit.twin import Boards, bind, simulate_boards
from hwkit.wiener import child_seed

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

    pictures: tuple[Still, ...]
    share: str


@dataclass(frozen=True)
class Stills:
    """Both sides, the grey values' range in units of x, and the answer in a sentence."""

    ideal: StillSide
    board: StillSide
    grey: tuple[float, float]
    answer: str


@dataclass(frozen=True, eq=False)
class _Opened:
    """A bench with its controls where they are at first."""

    bench: Bench
    design: Design
    variation: Variation

    @classmethod
    def of(cls, bench: Bench) -> "_Opened":
        design = affected_design(bench.design, bench.options, bench.controls, {})
        return cls(bench, design, variation(bench.controls, {}))

    @property
    def drawing(self) -> Drawing:
        return Drawing(self.design, self.variation, self.bench.boards_seed)

    def starts(self, runs: int) -> FloatArray:
        """Return uncoupled states (runs, N)."""
        bench, seed = self.bench, child_seed(self.bench.noise_seed, "preparation", "boards")
        return prepare_states(self.design.model, bench.t_final, bench.dt, runs, seed)

    @property
    def noise_seed(self) -> int:
        """The root of the runs' noise."""
        return child_seed(self.bench.noise_seed, "generation", "boards")


def make_stills(bench: Bench) -> Stills:
    """Run the circuit of exact parts and board 0 on the same noise, and measure some boards."""
    states, found = first_runs(bench) if bench.machines else _first_runs(bench)
    grey = grey_range(np.concatenate([side[:, : bench.patterns.shape[1]] for side in states]))
    seen = [recognise(side, bench.patterns) for side in states]
    return Stills(
        _side(states[0], seen[0], bench, grey, reference(bench)),
        _side(states[1], seen[1], bench, grey, "this board"),
        grey,
        _answer(seen, found, reference(bench)),
    )


def _first_runs(bench: Bench) -> tuple[list[FloatArray], Yield]:
    """Return end states (samples, N) of the exact circuit and of board 0, and the yield."""
    opened = _Opened.of(bench)
    starts = opened.starts(bench.samples)
    times = (bench.t_final, bench.dt, bench.samples, opened.noise_seed, starts)
    board = drawn(opened.drawing, [0])
    runs = (
        simulate_boards(bench.design, *times, mode="double"),
        simulate_boards(opened.design, *times, boards=board, mode="double"),
    )
    return [side.x[0, :, -1] for side in runs], measured_yield(opened)


def reference(bench: Bench) -> str:
    """Return what boards are shown beside: the ideal machine, if its design has no options."""
    plain = bench.options is None or bench.options == type(bench.options)()
    exact = plain and not bench.machines
    return "ideal machine" if exact else "circuit as designed"


def _answer(seen: Sequence[Recognition], found: Yield, beside: str) -> str:
    ideal, good = (int(one.recognisable.sum()) for one in seen)
    interval = f"{found.level:.0%} interval {found.low:.0%} to {found.high:.0%}"
    return (
        f"{share(good, len(seen[0].best))} samples of this board are recognisable, and {ideal} of "
        f"the {beside}; {found.value:.0%} of boards pass ({interval}, {found.boards} boards)."
    ).replace("%", "\N{NO-BREAK SPACE}%")


def measured_yield(opened: _Opened) -> Yield:
    """Return the yield on the first boards, each measured on the bench's paths."""
    bench, bound = opened.bench, bind(opened.design)
    mode, starts = choose_mode(bound, "auto"), opened.starts(bench.paths)
    times = (bench.t_final, bench.dt, bench.paths, opened.noise_seed, starts)
    runs = simulate_boards(opened.design, *times, boards=Boards({}, 1), mode=mode, bound=bound)
    nominal = Nominal(
        opened.design,
        bench.patterns,
        starts,
        opened.noise_seed,
        bench.t_final,
        bench.dt,
        mode,
        runs.x[0, :, -1],
        tuple(limit.metric for limit in bench.specification),
        opened.variation,
    )
    metrics = BoardMetrics(nominal)(drawn(opened.drawing, range(_BOARDS)))
    passed = judge(bench.specification, metrics)[0]
    return estimate_yield(int(np.count_nonzero(passed)), _BOARDS, bench.level, bench.method)


def _side(
    states: FloatArray, seen: Recognition, bench: Bench, grey: tuple[float, float], name: str
) -> StillSide:
    shown = states[:, : bench.patterns.shape[1]]
    pictures = tuple(
        Still(
            picture_uri(_as_picture(np.nan_to_num(row)), grey),
            *_told(seen, bench.labels, k, name),
            bool(seen.recognisable[k]),
        )
        for k, row in enumerate(shown)
    )
    return StillSide(pictures, f"{share(int(seen.recognisable.sum()), len(states))} recognisable")


def _told(seen: Recognition, labels: Sequence[str], sample: int, name: str) -> tuple[str, str]:
    """Return what a sample is in words, and its caption."""
    label = "–" if seen.best[sample] < 0 else labels[seen.best[sample]]
    strength, met = seen.correlation[sample], bool(seen.recognisable[sample])
    alt = f"sample {sample}, {name}: most like pattern {label}, correlation {strength:.2f}"
    caption = f"{label} · {strength:z.2f}{'' if met else ' ✗'}".replace("-", "−")
    return alt if met else f"{alt}, not recognisable", caption


def _as_picture(values: FloatArray) -> FloatArray:
    """Return values (n,) in the smallest nearly square picture, its rest as the least of them."""
    columns = int(np.ceil(np.sqrt(values.size)))
    rows = -(-values.size // columns)
    whole = np.full(rows * columns, values.min())
    whole[: values.size] = values
    return whole.reshape(rows, columns)
