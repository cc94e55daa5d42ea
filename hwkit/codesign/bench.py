"""One board of a co-design study: built once, programmed with every variant, on one noise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.codesign.boards import BoardErrors, Mismatch
from hwkit.codesign.evaluation import Generation, board_quality
from hwkit.codesign.inference import Inferred, infer_from_paths
from hwkit.codesign.trims import Dac, trim_biases
from hwkit.langevin import simulate_boards
from hwkit.model import DriftMachine
from hwkit.training import NoisingStatistics, phi
from hwkit.wiener import child_seed

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """How a board is measured and trimmed: the recording, and what the trims can be set to."""

    runs: int
    t_final: float
    dac: Dac


@dataclass(frozen=True)
class Bench:
    """What all boards of a study have in common.

    Attributes:
        machines: what is programmed, by variant; "ideal" is not spoilt by the board.
        statistics: of the patterns on this hardware: what trims are set to meet.
        calibrated: the variant that is trimmed board by board.
        seed: root of the boards (fabrication) and of their noise.
    """

    machines: Mapping[str, DriftMachine]
    mismatch: Mismatch
    patterns: FloatArray
    generation: Generation
    seed: int
    statistics: NoisingStatistics
    calibration: Calibration | None = None
    calibrated: str = "aware"


BoardResult = dict[str, tuple[float, FloatArray, float]]
"""Recognisable share, class shares and expected phi of each variant."""


def runner(bench: Bench) -> Callable[[int], BoardResult]:
    """Return what evaluates a board by its number, in a worker process."""
    return lambda number: evaluate_board(bench, number)


def evaluate_board(bench: Bench, number: int) -> BoardResult:
    """Build board `number`, program each variant into it, let it generate."""
    size = bench.machines["ideal"].n_units
    errors = BoardErrors.draw(bench.mismatch, size, child_seed(bench.seed, "fabrication"), number)
    noise = child_seed(bench.seed, "noise", str(number))
    built = {
        name: machine if name == "ideal" else errors.build(machine)
        for name, machine in bench.machines.items()
    }
    if bench.calibration is not None:
        nominal, board = bench.machines[bench.calibrated], built[bench.calibrated]
        built["calibrated"] = calibrate(bench, bench.calibration, nominal, board, noise)
    quality = board_quality(
        list(built.values()), bench.patterns, replace(bench.generation, seed=noise)
    )
    losses = [phi(bench.statistics, board.J, board.b) for board in built.values()]
    shares = zip(quality.share.tolist(), quality.class_shares, losses, strict=True)
    return dict(zip(built, shares, strict=True))


def calibrate(
    bench: Bench, how: Calibration, nominal: DriftMachine, board: DriftMachine, seed: int
) -> DriftMachine:
    """Record the board's paths, estimate what it is, set the biases' trims."""
    n = board.n_units
    dt = bench.generation.dt
    paths = simulate_boards(
        [board], how.t_final, dt, how.runs, child_seed(seed, "recording"), save_every=1
    )[0]
    spread = np.hypot(bench.mismatch.coupling, bench.mismatch.lot) * np.abs(nominal.J)
    prior = Inferred(nominal.J, nominal.b, spread, np.full(n, np.inf))
    found = infer_from_paths(
        paths,
        dt,
        nominal.J != 0,
        nominal.onsite,
        nominal.kT,
        nominal.mobility,
        nominal.transfer,
        prior,
    )
    return replace(board, b=board.b + trim_biases(bench.statistics, found, how.dac))
