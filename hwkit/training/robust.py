"""Training against the tolerances of parts, in closed form: the expected loss of a drawn board.

phi(J, b) = <|J x' + b - y|^2> is quadratic, so its mean over boards with independent errors of zero
mean needs no board to be drawn. Added to phi, in its units:

    relative error sigma of every coupling    sigma^2   sum_ij J_ij^2 G_jj   (ordered pairs)
    relative error sigma_b of every bias      sigma_b^2 sum_i b_i^2
    offset d at the input of every coupling   d^2       sum_ij J_ij^2
    one error sigma_c common to all couplings sigma_c^2 sum_ij J_ij (J G)_ij  (a lot, a supply)

It does not matter whether an error is drawn once for a pair or for each direction. Errors of fixed
size in couplings, biases or onsite parameters (quantisation among them) add a constant: they raise
the loss of every machine alike, so nothing can be trained against them here.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError
from hwkit.training.statistics import NoisingStatistics

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Robust:
    """Standard deviations of the errors to train against.

    Attributes:
        relative: of every coupling, relative to it.
        bias: of every bias, relative to it.
        offset: at the input of every coupling, in units of x.
        common: of all couplings together, relative.
    """

    relative: float = 0.0
    bias: float = 0.0
    offset: float = 0.0
    common: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not np.isfinite(value) or value < 0:
                raise ConfigError(
                    f"robust error {field.name} is {value!r}; give a standard deviation, 0 or more"
                )

    def penalty(self, statistics: NoisingStatistics) -> "Penalty":
        """Return the terms that these errors add to phi."""
        gram = np.sum(statistics.factor**2, axis=0) + statistics.variance
        weights = self.relative**2 * np.broadcast_to(gram, (gram.size, gram.size)) + self.offset**2
        return Penalty(weights, self.bias**2, self.common**2)


@dataclass(frozen=True, eq=False)
class Penalty:
    """Quadratic terms beside phi: sum P_ij J_ij^2 + p |b|^2 + c tr(J G J^T).

    Attributes:
        couplings: P, (N, N).
        biases: p.
        gain: c.
    """

    couplings: FloatArray
    biases: float = 0.0
    gain: float = 0.0

    def value(self, statistics: NoisingStatistics, J: FloatArray, b: FloatArray) -> float:
        """Return the terms at one machine, J (N, N) and b (N,)."""
        gain = self.gain * np.sum(statistics.times_gram(J) * J)
        return float(np.sum(self.couplings * J * J) + self.biases * b @ b + gain)
