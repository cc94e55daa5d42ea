"""One board of a co-design study: built once, programmed with every variant, on one noise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.codesign.boards import BoardErrors, Mismatch
from hwkit.codesign.evaluation import Generation, board_quality
from hwkit.codesign.inference import Inferred, infer_from_paths
from hwkit.codesign.trims import Dac, trim_biases
from hwkit.langevin import simulate_drift_machines
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
class VariantQuality:
    """What one variant does on one board.

    Attributes:
        share: of its samples that are recognisable.
        class_shares: share of each class, (P,).
        phi: expected loss of the board without sampling, in units of one step's squared residual.
    """

    share: float
    class_shares: list[float]
    phi: float


BoardQualities = dict[str, VariantQuality]
"""What each variant does on one board."""


@dataclass(frozen=True)
class BoardEvaluator:
    """Builds boards by their number and evaluates every variant on them.

    Attributes:
        machines: what is programmed, by variant; "ideal" is free of the board's errors.
        mismatch: standard deviations of the boards' errors.
        patterns: normalised, (P, n_visible).
        generation: how boards generate; each board has a seed of its own in place of this one's.
        seed: root of the boards (fabrication) and of their noise.
        statistics: of the patterns on this hardware: what trims are set to meet.
        calibration: how a board is measured and trimmed; None for no calibrated variant.
        calibrated: the variant that is trimmed board by board.
    """

    machines: Mapping[str, DriftMachine]
    mismatch: Mismatch
    patterns: FloatArray
    generation: Generation
    seed: int
    statistics: NoisingStatistics
    calibration: Calibration | None = None
    calibrated: str = "aware"

    def evaluate(self, number: int) -> BoardQualities:
        """Build board `number`, program each variant into it, let it generate."""
        size = self.machines["ideal"].n_units
        errors = BoardErrors.draw(self.mismatch, size, child_seed(self.seed, "fabrication"), number)
        noise = child_seed(self.seed, "noise", str(number))
        built = {
            name: machine if name == "ideal" else errors.build(machine)
            for name, machine in self.machines.items()
        }
        if self.calibration is not None:
            board = built[self.calibrated]
            built["calibrated"] = self._trimmed(self.calibration, board, noise)
        generation = replace(self.generation, seed=noise)
        quality = board_quality(list(built.values()), self.patterns, generation)
        return {
            name: VariantQuality(float(share), shares.tolist(), phi(self.statistics, b.J, b.b))
            for (name, b), share, shares in zip(
                built.items(), quality.share, quality.class_shares, strict=True
            )
        }

    def _trimmed(self, how: Calibration, board: DriftMachine, seed: int) -> DriftMachine:
        """Record the board's paths, estimate its couplings and biases, set the biases' trims."""
        nominal, dt = self.machines[self.calibrated], self.generation.dt
        recording = child_seed(seed, "recording")
        paths = simulate_drift_machines(
            [board], how.t_final, dt, how.runs, recording, save_every=1
        )[0]
        spread = np.hypot(self.mismatch.coupling, self.mismatch.lot) * np.abs(nominal.J)
        prior = Inferred(nominal.J, nominal.b, spread, np.full(board.n_units, np.inf))
        estimate = infer_from_paths(
            paths,
            dt,
            nominal.J != 0,
            nominal.onsite,
            nominal.kT,
            nominal.mobility,
            nominal.transfer,
            prior,
        )
        return replace(board, b=board.b + trim_biases(self.statistics, estimate, how.dac))


def worker(evaluator: BoardEvaluator) -> Callable[[int], BoardQualities]:
    """Return what evaluates a board by its number, in a worker process."""
    return evaluator.evaluate
