"""Pictures of digits: how they form over time, and what the spread of a board's parts does."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from vector_files import standalone

import hwkit
from hwkit.circuit.variation import Spread, Variation
from hwkit.circuit.variation.distributions import Normal
from hwkit.circuit.variation.drawing import draw
from hwkit.patterns import digit_patterns
from hwkit.report.pictures import data_uri
from hwkit.twin import Boards, simulate_boards

FloatArray = NDArray[np.float64]

RUN = {"t_final": 2.5, "dt": 2.5e-3}
TILE, GAP, LEFT = 36, 5, 62
PARTS = ("coupling", "onsite-linear", "onsite-cubic", "bias", "capacitor")
SPREADS = (0.01, 0.05, 0.1, 0.2)
N_BOARDS, N_RUNS, SHOWN = 20, 20, 7


@cache
def trained() -> hwkit.TrainingResult:
    """Return the machine of the demonstration: the first 0, 1 and 2 of 8x8 digits."""
    return hwkit.train(digit_patterns([0, 1, 2]), n_hidden=64)


def forming() -> str:
    """Return three runs of the ideal machine at eight times, from noise to digits."""
    model, patterns = trained().model, trained().patterns
    steps = (0, 100, 200, 300, 400, 600, 800, 1000)
    x0 = hwkit.prepare_states(model, **RUN, n_trajectories=60, seed=1)
    runs = hwkit.simulate_langevin(model, **RUN, n_trajectories=60, seed=2, x0=x0, save_every=steps)
    seen = hwkit.recognise(runs.final, patterns)
    chosen = [int(np.flatnonzero(seen.recognisable & (seen.best == p))[0]) for p in range(3)]
    rows = [runs.x[run, :, : model.n_visible] for run in chosen]
    heads = [f"{step * RUN['dt']:.3g}" for step in steps]
    label = "Three runs of a trained machine: noise turns into a 0, a 1 and a 2"
    return _grid(rows, ["", "", ""], heads, "time", label, left=34)


def spread() -> str:
    """Return end states of the same runs on the ideal machine and on boards of growing spread."""
    model, patterns = trained().model, trained().patterns
    design = hwkit.compile_model(model)
    run = {**RUN, "dt": 1e-2, "n_trajectories": N_RUNS, "seed": 2}
    x0 = hwkit.prepare_states(model, **RUN, n_trajectories=N_RUNS, seed=1)
    ideal = simulate_boards(design, **run, x0=x0).x[0, :, -1]
    rows, names = [ideal[:SHOWN]], [f"exact|{_share(ideal, patterns)}"]
    for sigma in SPREADS:
        spreads = tuple(Spread(part, part, Normal(sigma)) for part in PARTS)
        values = draw(design, Variation(spreads), seed=5, boards=range(N_BOARDS))
        boards = simulate_boards(design, **run, x0=x0, boards=Boards(values, N_BOARDS))
        final = boards.x[:, :, -1]
        rows.append(final[np.arange(SHOWN), np.arange(SHOWN)])  # another board for each run
        names.append(f"{100 * sigma:.0f} %|{_share(final.reshape(-1, model.n_units), patterns)}")
    label = "Generated digits on an exact board and on boards of 1, 5, 10 and 20 % spread"
    return _grid([row[:, : model.n_visible] for row in rows], names, [], "spread", label)


def _share(states: FloatArray, patterns: FloatArray) -> str:
    """Return how many of the samples are recognisable, in percent."""
    return f"{100 * hwkit.recognise(states, patterns).share:.0f} %"


def _grid(
    rows: Sequence[FloatArray],
    names: Sequence[str],
    heads: Sequence[str],
    corner: str,
    label: str,
    left: int = LEFT,
) -> str:
    """Return rows of pictures, each (columns, pixels), with names at the left and heads above."""
    values = np.concatenate(rows)
    grey = float(np.quantile(values, 0.02)), float(np.quantile(values, 0.98))
    right = 58 if any("|" in name for name in names) else 4
    step, top = TILE + GAP, 22
    width = left + step * len(rows[0]) + right
    parts = [_text(2, 14, corner, "start")]
    parts += [_text(left + step * k + TILE / 2, 14, head) for k, head in enumerate(heads)]
    if right > 4:
        parts.append(_text(width - 2, 14, "recognisable", "end"))
    for r, (row, name) in enumerate(zip(rows, names, strict=True)):
        y = top + step * r
        first, _, last = name.partition("|")
        parts += [_text(2, y + 23, first, "start"), _text(width - 2, y + 23, last, "end")]
        parts += [_tile(left + step * k, y, state, grey) for k, state in enumerate(row)]
    height = top + step * len(rows)
    box = f'<svg role="img" aria-label="{label}" viewBox="0 0 {width} {height}">'
    return standalone(f"{box}\n{chr(10).join(filter(None, parts))}\n</svg>", label)


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    style = f'font-size="12" text-anchor="{anchor}" fill="var(--ink)"'
    return f'<text x="{x:g}" y="{y:g}" {style}>{text}</text>' if text else ""


def _tile(x: float, y: float, state: FloatArray, grey: tuple[float, float]) -> str:
    place = f'x="{x:g}" y="{y:g}" width="{TILE}" height="{TILE}"'
    return (
        f'<image class="pixels" {place} style="image-rendering:pixelated" '
        f'href="{data_uri(state, grey)}"/><rect {place} fill="none" stroke="var(--rule)"/>'
    )
